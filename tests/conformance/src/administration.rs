//! What holds for a Gateway's administration, tried as somebody who may do everything.
//!
//! Users, roles and documents of the suite's own names are made, looked at, changed and removed
//! again; nothing else is changed. Needs a sign-in ([`Probe::sign_in`]).

pub mod documents;
pub mod people;

use fleet::contract::{ProblemCode, headers};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use streams::ids::{IdSource, RandomIds};

use crate::{
    Case, Outcome,
    probe::{Probe, Reply, demand},
};

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    [people::cases(), documents::cases()].into_iter().flatten().collect()
}

/// A name that nobody else has.
fn own_name() -> String {
    format!("conformance-{}", RandomIds.uuid().simple())
}

/// A secret that nobody else has.
fn own_secret() -> String {
    format!("{}-{}", own_name(), RandomIds.uuid().simple())
}

/// What a write rests on.
#[derive(Debug, Clone, Copy)]
enum Rests {
    Nothing,
    On(u64),
    OnNone,
}

/// Headers of a write with a reason.
fn writing(rests: Rests) -> HeaderMap {
    let mut all = HeaderMap::new();
    let reason = HeaderValue::from_static("conformance%20%E2%9C%93");
    all.insert(HeaderName::from_static(headers::REASON), reason);
    match rests {
        Rests::Nothing => {}
        Rests::On(version) => {
            let value = HeaderValue::from_str(&format!("\"{version}\"")).expect("digits");
            all.insert(header::IF_MATCH, value);
        }
        Rests::OnNone => drop(all.insert(header::IF_NONE_MATCH, HeaderValue::from_static("*"))),
    }
    all
}

async fn write(
    probe: &Probe,
    method: Method,
    path: &str,
    rests: Rests,
    body: Option<Value>,
) -> Result<Reply, String> {
    probe.as_administrator(method, path, writing(rests), body).await
}

async fn read(probe: &Probe, path: &str) -> Result<Reply, String> {
    probe.as_administrator(Method::GET, path, HeaderMap::new(), None).await
}

/// Demands 412 naming the version in force.
fn is_stale(reply: &Reply, current: u64) -> Outcome {
    reply.is_problem(&ProblemCode::StaleVersion)?;
    demand(reply.json["current_version"] == current, || format!("{reply:?}"))
}

/// Demands that the `ETag` is the version.
fn has_etag(reply: &Reply, version: u64) -> Outcome {
    let etag = reply.headers.get(header::ETAG).and_then(|v| v.to_str().ok());
    demand(etag == Some(&format!("\"{version}\"")), || format!("ETag {etag:?}, not {version}"))
}

/// A list in pages of one is the whole list, in order, and its bad queries are refused.
async fn is_paged(probe: &Probe, path: &str, id: &str, sort: &str) -> Outcome {
    let whole = read(probe, &format!("{path}?limit=200")).await?;
    whole.is(200)?;
    let ids = |reply: &Reply| {
        let items = reply.json["items"].as_array().cloned().unwrap_or_default();
        items.into_iter().map(|row| row[id].clone()).collect::<Vec<_>>()
    };
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for _ in 0..=200 {
        let page = read(probe, &format!("{path}?limit=1{cursor}")).await?;
        page.is(200)?;
        demand(page.json["total"].is_u64(), || format!("no total: {page:?}"))?;
        seen.extend(ids(&page));
        match page.json["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let all = ids(&whole);
    let expected = all.len().min(201);
    demand(seen[..seen.len().min(200)] == all[..expected.min(200)], || {
        format!("{path} in pages of one is {seen:?}, whole {all:?}")
    })?;
    let mut turned = ids(&read(probe, &format!("{path}?limit=200&sort=-{sort}")).await?);
    turned.reverse();
    let upward = ids(&read(probe, &format!("{path}?limit=200&sort={sort}")).await?);
    demand(whole.json["next_cursor"].is_string() || turned == upward, || {
        format!("{path}?sort=-{sort} is not the other way round")
    })?;
    for query in ["limit=0", "limit=201", "limit=x", "sort=no-such-field", "surprise=1"] {
        let reply = read(probe, &format!("{path}?{query}")).await?;
        reply.is_problem(&ProblemCode::BadArgument)?;
    }
    Ok(())
}

/// Signs in; the answer.
async fn sign_in(probe: &Probe, username: &str, password: &str) -> Result<Reply, String> {
    probe.login(username, &SecretString::from(password.to_owned())).await
}

/// The bearer token of a sign-in that went well.
fn token_of(reply: &Reply) -> Result<SecretString, String> {
    let login: fleet::contract::LoginResponse = reply.body()?;
    demand(!login.access_token.expose_secret().is_empty(), || "an empty token".to_owned())?;
    Ok(login.access_token)
}
