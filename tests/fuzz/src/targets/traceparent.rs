//! `traceparent` and the two ids beside it.

use axum::http::HeaderMap;
use command_api::edge::flow::{echo, from_headers, trace_of};
use fleet::contract::headers::{CORRELATION_ID, REQUEST_ID, TRACEPARENT, traceparent};
use streams::ids::RandomIds;

use super::{add, text};

pub(crate) const WORDS: &[&str] = &[
    "00-",
    "01-",
    "ff-",
    "-01",
    "-00",
    "-",
    "0000000000000000",
    "00f067aa0ba902b7",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "00000000000000000000000000000000",
    "A",
    "\n",
    " ",
    ".",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "req_1",
    "cor:1",
];

pub(crate) fn run(data: &[u8]) {
    if let Some(trace) = text(data).and_then(trace_of) {
        let line = text(data).unwrap();
        assert!(line.len() >= 55 && line.is_ascii(), "{line:?}");
        assert_eq!(&line[3..35], trace.as_str());
        assert!(line[..2] != *"00" || line.len() == 55, "{line:?}");
        assert_eq!(trace_of(&traceparent(&trace, 0)), Some(trace));
    }
    let mut headers = HeaderMap::new();
    for name in [REQUEST_ID, CORRELATION_ID, TRACEPARENT] {
        add(&mut headers, data, name);
    }
    let flow = from_headers(&headers, &RandomIds);
    let mut answer = HeaderMap::new();
    echo(&mut answer, &flow, &RandomIds);
    assert_eq!(answer.len(), 3);
    let again = from_headers(&answer, &RandomIds);
    assert_eq!(again, flow, "what is answered is understood as the same flow");
}
