//! The targets, one file each: words for the mutator, and the property.

pub(crate) mod bearer;
pub(crate) mod cookie;
pub(crate) mod event;
pub(crate) mod idempotency_key;
pub(crate) mod pass_through;
pub(crate) mod placement;
pub(crate) mod prometheus;
pub(crate) mod tenant_id;
pub(crate) mod traceparent;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The input as the values of one header, a line each; a line that no server would let through as
/// a value is left out.
fn values(data: &[u8], name: &'static str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    add(&mut headers, data, name);
    headers
}

fn add(headers: &mut HeaderMap, data: &[u8], name: &'static str) {
    for line in data.split(|b| *b == b'\n').take(8) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
}

/// The input as a text, when it is one.
fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}
