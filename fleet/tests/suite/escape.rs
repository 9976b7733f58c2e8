//! What a text could do that is taken for an id: become another subject, key, header or path.
//!
//! Texts are generated with a bias to what has meaning on the way. Each is refused, or is the one
//! subject token, KV key, header value and URL segment it should be and nothing else. What an id may
//! look like is said here a second time, in other words than in `streams::ids`.

use std::collections::BTreeMap;

use fleet::{
    client::{TenantAt, stamp_headers},
    contract::{headers, paths},
};
use http::HeaderValue;
use streams::{
    ids::{
        CommandId, CorrelationId, Epoch, IdempotencyKey, JobId, NodeId, PrincipalId, RequestId,
        Revision, Seq, ShardId, StepId, TenantId, TraceId,
    },
    placement::{PlacementMap, gateway_key, shard_key, tenant_key},
    shapes::matches_subject,
    subjects::{self, EventSubject},
};
use test_support::story::Random;

use crate::fake::stamp;

const JOB: &str = "job_01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// What has meaning somewhere on the way, and what only looks like something harmless.
const PIECES: &[&str] = &[
    ".",
    "..",
    "*",
    ">",
    ".>",
    ".*",
    "_",
    "-",
    ":",
    "$",
    "$KV.",
    "$JS.API.",
    "/",
    "//",
    "/../",
    "%",
    "%2e",
    "%2F",
    "%00",
    "%0d%0a",
    "\\",
    "?",
    "#",
    "&",
    "=",
    ";",
    ",",
    "@",
    "|",
    "~",
    "+",
    " ",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "\r\nx-tenant-id: other",
    "\0",
    "\u{7f}",
    "\u{1b}[0m",
    "\"",
    "'",
    "`",
    "<",
    "{",
    "}",
    "{tenant}",
    "[",
    "(",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{200b}",
    "\u{202e}",
    "\u{feff}",
    "é",
    "ß",
    "İ",
    "ａ",
    "а",
    "。",
    "．",
    "／",
    "＊",
    "😀",
    "A",
    "Z",
    "ACME",
    "Acme",
    "acme",
    "other",
    "control",
    "evt",
    "cmd",
    "job",
    "tenant",
    "shard",
    "default",
    "node",
    JOB,
    "cmd_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "07.flip",
    "00",
    "null",
    "true",
    "0",
    "1",
    "a",
];

/// A text: half of the time close to an id, else out of pieces; now and then very long.
fn text(random: &mut Random) -> String {
    let mut out = String::new();
    let harmless = b"abcdefghijklmnopqrstuvwxyz0123456789-_";
    let pick = |random: &mut Random, from: &[u8]| {
        char::from(from[random.below(from.len() as u64) as usize])
    };
    if random.percent(50) {
        // Around the limits of 63 and 128 as well as short.
        let length = [8, 16, 70, 130][random.below(4) as usize];
        for _ in 0..random.below(length) {
            out.push(pick(random, harmless));
        }
    }
    for _ in 0..[0, 0, 1, 1, 2, 4, 8][random.below(7) as usize] {
        let piece = PIECES[random.below(PIECES.len() as u64) as usize];
        let at = random.below(out.len() as u64 + 1) as usize;
        let at = (0..=at).rev().find(|i| out.is_char_boundary(*i)).unwrap_or(0);
        out.insert_str(at, piece);
    }
    if random.below(2_000) == 0 {
        out = out.repeat(1 + 20_000 / out.len().max(1));
    }
    out
}

/// `^[a-z0-9][a-z0-9_-]{0,62}$`, said again.
fn is_slug(text: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let mut chars = text.chars();
    chars.next().is_some_and(word)
        && chars.all(|c| word(c) || c == '-' || c == '_')
        && (1..64).contains(&text.chars().count())
}

/// Whether the server takes a text as one KV key of the entry `kind`.
fn is_key_of(key: &str, kind: &str) -> bool {
    let tokens: Vec<&str> = key.split('.').collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-/_=".contains(c);
    tokens.len() == 2 && tokens[0] == kind && tokens[1].chars().all(plain) && !tokens[1].is_empty()
}

/// The segments of a path as any server would read them; nothing of it is query or fragment.
fn segments(path: &str) -> Vec<String> {
    let url = reqwest::Url::parse(&format!("http://node.example{path}")).unwrap();
    assert_eq!((url.host_str(), url.fragment()), (Some("node.example"), None), "{path}");
    url.path_segments().unwrap().map(str::to_owned).collect()
}

fn header(text: &str) {
    assert_eq!(HeaderValue::from_str(text).unwrap().to_str().unwrap(), text);
}

/// Everything that is built of a tenant id names this tenant and no other.
fn is_only_itself(tenant: &TenantId) {
    let text = tenant.as_str();
    let job: JobId = JOB.parse().unwrap();
    let command: CommandId = "cmd_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
    for (subject, tokens) in [
        (subjects::create_command(Some(tenant), &job), 5),
        (subjects::verb_command(Some(tenant), &job, "cancel", &command), 6),
        (subjects::job_events(Some(tenant), &job), 5),
        (subjects::audit(Some(tenant), "refused"), 4),
    ] {
        let all: Vec<&str> = subject.split('.').collect();
        assert_eq!((all.len(), all[2]), (tokens, text), "{subject}");
        assert!(matches_subject(&format!("control.*.{text}.>"), &subject), "{subject}");
        let platform = matches_subject(&format!("control.*.{}.>", subjects::PLATFORM), &subject);
        assert!(!platform, "{subject}");
        assert!(subject.bytes().all(|b| b.is_ascii_graphic() && !b"*>".contains(&b)), "{subject}");
    }
    let read_back = subjects::parse_event(&subjects::job_events(Some(tenant), &job));
    assert_eq!(read_back, Some(EventSubject::Job { tenant: Some(tenant.clone()), job }));
    assert!(is_key_of(&tenant_key(tenant), "tenant"), "{text}");
    let at = TenantAt { tenant, epoch: Epoch(7) };
    let all = stamp_headers(&stamp(), Some(at));
    assert_eq!(all.get_all(headers::TENANT_ID).iter().count(), 1);
    assert_eq!(all[headers::TENANT_ID].to_str().unwrap(), text);
    for (path, after) in [
        (paths::tenant(tenant), &[][..]),
        (paths::inflight(tenant), &["inflight"]),
        (paths::drain(tenant), &["drain"]),
        (paths::digest(tenant, Seq(9)), &["digest"]),
    ] {
        let expected = [&["admin", "v1", "tenants", text], after].concat();
        assert_eq!(segments(&path), expected, "{path}");
    }
}

/// T2.3: of a million texts none becomes another tenant.
#[test]
fn a_million_texts_are_refused_or_are_exactly_one_tenant() {
    let (mut random, mut taken) = (Random::new(23), BTreeMap::new());
    for round in 0..1_000_000_u32 {
        let text = text(&mut random);
        let parsed = text.parse::<TenantId>();
        assert_eq!(parsed.is_ok(), is_slug(&text), "{text:?}");
        if round % 16 == 0 {
            // The way in through a body decides alike.
            let json = serde_json::to_string(&text).unwrap();
            let decoded = serde_json::from_str::<TenantId>(&json).ok();
            assert_eq!(decoded, parsed.clone().ok(), "{text:?}");
        }
        let Ok(tenant) = parsed else { continue };
        assert_eq!(tenant.to_string(), text, "nothing is made of it but itself");
        // Expensive, so once for each id.
        if taken.insert(tenant.clone(), ()).is_none() {
            is_only_itself(&tenant);
        }
    }
    assert!(taken.len() > 100_000, "only {} different ids were taken", taken.len());
}

/// T2.3: also not by way of the placement, whose keys are read back.
#[test]
fn no_text_after_the_dot_of_a_placement_key_places_another_tenant() {
    let (mut random, mut placed) = (Random::new(24), 0);
    for _ in 0..100_000 {
        let text = text(&mut random);
        let entry = format!(
            r#"{{"v":1,"tenant_id":{},"shard":"s-1","epoch":1,"updated_at":"2026-11-24T08:00:00Z"}}"#,
            serde_json::to_string(&text).unwrap()
        );
        let mut map = PlacementMap::default();
        let done = map.apply(&format!("tenant.{text}"), Some(entry.as_bytes()), Revision(1));
        assert_eq!(done.is_ok(), is_slug(&text), "{text:?}");
        let names: Vec<&str> = map.tenants.keys().map(TenantId::as_str).collect();
        assert_eq!(names, if done.is_ok() { vec![text.as_str()] } else { vec![] });
        placed += usize::from(done.is_ok());
    }
    assert!(placed > 10_000, "only {placed} were placed");
}

/// The other ids, where something is built of them.
#[test]
fn no_other_id_becomes_another_key_header_or_path() {
    let (mut random, mut taken) = (Random::new(25), [0_u32; 7]);
    let token = |t: &str| {
        (1..=128).contains(&t.len())
            && t.chars().all(|c| c.is_ascii_alphanumeric() || "_-:".contains(c))
    };
    let visible =
        |t: &str| (1..=128).contains(&t.len()) && t.chars().all(|c| ('!'..='~').contains(&c));
    for _ in 0..300_000 {
        let text = text(&mut random);
        let mut count = |index: usize, is: bool, should: bool| {
            assert_eq!(is, should, "{index} {text:?}");
            taken[index] += u32::from(is);
            is
        };
        let shard = text.parse::<ShardId>();
        if count(0, shard.is_ok(), is_slug(&text)) {
            assert!(is_key_of(&shard_key(&shard.unwrap()), "shard"));
            assert!(is_key_of(&gateway_key(&text.parse::<NodeId>().unwrap()), "node"));
        }
        if count(1, text.parse::<RequestId>().is_ok(), token(&text)) {
            assert!(text.parse::<CorrelationId>().is_ok());
            header(&text);
        }
        if count(2, text.parse::<IdempotencyKey>().is_ok(), visible(&text)) {
            header(&text);
        }
        if let Ok(sub) = text.parse::<PrincipalId>() {
            let all = segments(&paths::rights(&sub, "s"));
            assert_eq!((all.len(), all[2].as_str(), all[4].as_str()), (5, "principals", "rights"));
            let segment = percent_encoding::percent_decode_str(&all[3]).decode_utf8().unwrap();
            assert_eq!(segment, text);
            count(3, true, visible(&text) && text != "." && text != "..");
        }
        // A session id comes from a token and is not looked at: any text must stay one parameter.
        let path = paths::rights(&"u1".parse().unwrap(), &text);
        let url = reqwest::Url::parse(&format!("http://node.example{path}")).unwrap();
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        assert_eq!(pairs, [("session_id".to_owned(), text.clone())]);
        assert_eq!(url.path(), "/iam/v1/principals/u1/rights");
        if let Ok(step) = text.parse::<StepId>() {
            let key = headers::idempotency_key(&JOB.parse().unwrap(), &step, true);
            header(&key);
            assert!(key.len() <= headers::IDEMPOTENCY_KEY_MAX && key.matches('/').count() == 2);
            count(4, true, true);
        }
        if let Ok(trace) = text.parse::<TraceId>() {
            header(&headers::traceparent(&trace, 1));
            count(5, true, true);
        }
        if let Ok(job) = text.parse::<JobId>() {
            assert_eq!(subjects::job_events(None, &job).split('.').count(), 5);
            count(6, true, true);
        }
    }
    assert!(taken[..5].iter().all(|n| *n > 100) && taken[6] > 100, "taken: {taken:?}");
}
