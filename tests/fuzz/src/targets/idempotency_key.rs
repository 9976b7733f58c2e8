//! `Idempotency-Key`, which names a job.

use streams::{
    ids::{IdempotencyKey, JobId, PrincipalId, TenantId},
    subjects,
};

use super::text;

pub(crate) const WORDS: &[&str] = &[" ", "\t", "\r\n", "/", ".", "*", ">", "é", "\0", "a", "key-1"];

pub(crate) fn run(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let parsed = text.parse::<IdempotencyKey>();
    let visible = text.chars().all(|c| ('!'..='~').contains(&c));
    assert_eq!(parsed.is_ok(), visible && (1..=128).contains(&text.len()), "{text:?}");
    let Ok(key) = parsed else { return };
    assert_eq!(key.as_str(), text);
    let who: PrincipalId = "u1".parse().unwrap();
    let tenant: TenantId = "acme".parse().unwrap();
    let job = JobId::derive(&who, "tenant-migrate", Some(&tenant), &key);
    assert_eq!(job.as_str().parse::<JobId>().as_ref(), Ok(&job));
    assert_eq!(job, JobId::derive(&who, "tenant-migrate", Some(&tenant), &key));
    // The same key of somebody else, on another route, for nobody, or with one more letter.
    let other: PrincipalId = "u2".parse().unwrap();
    let mut others = vec![
        JobId::derive(&other, "tenant-migrate", Some(&tenant), &key),
        JobId::derive(&who, "tenant-drain", Some(&tenant), &key),
        JobId::derive(&who, "tenant-migrate", None, &key),
    ];
    if let Ok(longer) = format!("{text}x").parse() {
        others.push(JobId::derive(&who, "tenant-migrate", Some(&tenant), &longer));
    }
    assert!(!others.contains(&job), "{text:?}");
    let subject = subjects::create_command(Some(&tenant), &job);
    assert_eq!(subject, format!("control.cmd.acme.{job}.create"));
    assert_eq!(subject.split('.').count(), 5);
}
