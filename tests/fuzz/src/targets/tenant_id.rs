//! A tenant id, and everything that is built of one.

use fleet::contract::paths;
use streams::{
    ids::{JobId, TenantId},
    placement::tenant_key,
    shapes::matches_subject,
    subjects::{self, EventSubject},
};

use super::text;

pub(crate) const WORDS: &[&str] =
    &[".", "*", ">", "_", "-", "/", "..", "%2e", "\r\n", "\0", "A", "é", " ", "acme", "tenant."];

pub(crate) fn run(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let first = text.chars().next().is_some_and(slug);
    let rest = text.chars().all(|c| slug(c) || c == '-' || c == '_');
    let parsed = text.parse::<TenantId>();
    assert_eq!(parsed.is_ok(), first && rest && text.len() <= 63, "{text:?}");
    let Ok(tenant) = parsed else { return };
    assert_eq!(tenant.to_string(), text);
    let job: JobId = "job_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
    let subject = subjects::job_events(Some(&tenant), &job);
    assert!(matches_subject(&format!("control.evt.{text}.job.*"), &subject), "{subject}");
    assert_eq!(subject.split('.').count(), 5);
    let read = subjects::parse_event(&subject);
    assert_eq!(read, Some(EventSubject::Job { tenant: Some(tenant.clone()), job }));
    assert_eq!(tenant_key(&tenant).split('.').count(), 2);
    let url = reqwest::Url::parse(&format!("http://n{}", paths::drain(&tenant))).unwrap();
    let segments: Vec<&str> = url.path_segments().unwrap().collect();
    assert_eq!(segments, ["admin", "v1", "tenants", text, "drain"]);
    assert_eq!((url.query(), url.fragment()), (None, None));
}
