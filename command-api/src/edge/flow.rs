//! The ids of a flow at the edge: taken over when they are well formed, made when not, always
//! echoed. An id that is not one safe token is replaced, never passed on.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use fleet::contract::headers::{CORRELATION_ID, REQUEST_ID, TRACEPARENT, traceparent};
use streams::ids::{CorrelationId, FlowIds, IdSource, RequestId, TraceId};

/// The only value of a header; `None` when it is missing, repeated or not visible text.
#[must_use]
pub fn single<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// The trace id of a W3C `traceparent`, when the header is valid.
#[must_use]
pub fn trace_of(text: &str) -> Option<TraceId> {
    let hex = |s: &str| s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let mut parts = text.split('-');
    let (version, trace, parent, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    // What a later version adds is not looked at, but it is still a header of visible ASCII.
    let exact = if version == "00" { parts.next().is_none() } else { text.is_ascii() };
    let shaped = version.len() == 2 && parent.len() == 16 && flags.len() == 2;
    let valid = exact && shaped && version != "ff" && hex(version) && hex(parent) && hex(flags);
    if !valid || parent.bytes().all(|b| b == b'0') {
        return None;
    }
    trace.parse().ok()
}

/// The ids a request came with, completed.
#[must_use]
pub fn from_headers(headers: &HeaderMap, ids: &dyn IdSource) -> FlowIds {
    let request_id = single(headers, REQUEST_ID).and_then(|text| text.parse().ok());
    let correlation_id = single(headers, CORRELATION_ID).and_then(|text| text.parse().ok());
    let trace_id = single(headers, TRACEPARENT).and_then(trace_of);
    FlowIds {
        request_id: request_id.unwrap_or_else(|| RequestId::from_uuid(ids.uuid())),
        correlation_id: correlation_id.unwrap_or_else(|| CorrelationId::from_uuid(ids.uuid())),
        trace_id: trace_id.unwrap_or_else(|| fresh_trace(ids)),
    }
}

fn fresh_trace(ids: &dyn IdSource) -> TraceId {
    let text = format!("{:032x}", ids.uuid().as_u128().max(1));
    text.parse().expect("32 hexadecimal digits, not all zero")
}

/// Puts the ids on a response.
pub fn echo(headers: &mut HeaderMap, flow: &FlowIds, ids: &dyn IdSource) {
    let (_, span) = ids.uuid().as_u64_pair();
    let all = [
        (REQUEST_ID, flow.request_id.to_string()),
        (CORRELATION_ID, flow.correlation_id.to_string()),
        (TRACEPARENT, traceparent(&flow.trace_id, span)),
    ];
    for (name, value) in all {
        let value = HeaderValue::from_str(&value).expect("ids are header values");
        headers.insert(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests {
    use streams::ids::RandomIds;

    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn a_valid_traceparent_is_continued_and_any_other_is_replaced() {
        let good = format!("00-{TRACE}-00f067aa0ba902b7-01");
        assert_eq!(trace_of(&good).unwrap().as_str(), TRACE);
        let later = format!("01-{TRACE}-00f067aa0ba902b7-01-more");
        assert_eq!(trace_of(&later).unwrap().as_str(), TRACE);
        for bad in [
            String::new(),
            format!("00-{TRACE}-00f067aa0ba902b7"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-more"),
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
        ] {
            assert_eq!(trace_of(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_safe_id_is_kept_and_an_unsafe_or_repeated_one_is_replaced() {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_static("req:1"));
        headers.append(CORRELATION_ID, HeaderValue::from_static("a"));
        headers.append(CORRELATION_ID, HeaderValue::from_static("b"));
        let ids = from_headers(&headers, &RandomIds);
        assert_eq!(ids.request_id.as_str(), "req:1");
        assert!(ids.correlation_id.as_str().starts_with("cor_"), "{ids:?}");
        headers.insert(REQUEST_ID, HeaderValue::from_static("a b.*"));
        assert!(from_headers(&headers, &RandomIds).request_id.as_str().starts_with("req_"));
    }
}
