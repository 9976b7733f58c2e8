//! Paths that are passed on to the Gateway, and the reason that goes with a write.

use fleet::{
    contract::headers::{decode_reason, encode_reason},
    gateway::{from_gateway, pass_through_path, to_gateway},
};

use super::text;

const PREFIXES: [&str; 3] = ["/iam/v1/", "/config/v1/", "/definitions/v1/"];

pub(crate) const WORDS: &[&str] = &[
    "/iam/v1/users",
    "/iam/users",
    "/config/v1/tenant/documents/",
    "/definitions/v1/runner/",
    "/",
    "..",
    "/../",
    "/./",
    "%2e",
    "%2E%2e",
    "%2f",
    "%5c",
    "\\",
    "?",
    "#",
    "//",
    "http://evil.example",
    "@",
    ":",
    ";",
    "%",
    "%zz",
    "\r\n",
    "\t",
    "é",
    "*",
    "/auth/v1/login",
    "/v1/",
];

pub(crate) fn run(data: &[u8]) {
    let Some(text) = text(data) else { return };
    if let Ok(path) = pass_through_path(text) {
        leads_where_it_says(path);
    }
    if let Some(theirs) = to_gateway(text) {
        leads_where_it_says(&theirs);
        if !text.contains('?') {
            assert_eq!(from_gateway(&theirs).as_deref(), Some(text), "and back again");
        }
    }
    if let Some(ours) = from_gateway(text) {
        let theirs = to_gateway(&ours).expect("what comes from the Gateway leads to it");
        leads_where_it_says(&theirs);
    }
    if let Some(reason) = decode_reason(text) {
        assert_eq!(decode_reason(&encode_reason(&reason)), Some(reason));
    }
    let encoded = encode_reason(text);
    assert!(encoded.bytes().all(|b| b.is_ascii_graphic() || b == b' '), "{encoded:?}");
}

/// However a server reads it: the host stays, nothing climbs, nothing hides behind a fragment.
fn leads_where_it_says(path: &str) {
    let url = reqwest::Url::parse(&format!("http://gateway.example:8000{path}"));
    let url = url.unwrap_or_else(|e| panic!("{path:?}: {e}"));
    assert_eq!((url.host_str(), url.port()), (Some("gateway.example"), Some(8000)), "{path:?}");
    assert!(url.username().is_empty() && url.fragment().is_none(), "{path:?}");
    assert!(PREFIXES.iter().any(|prefix| url.path().starts_with(prefix)), "{path:?}");
    let own = path.split('?').next().unwrap_or_default();
    assert_eq!(url.path(), own, "what is sent is what was checked");
    let mut decoded = percent_encoding::percent_decode_str(url.path()).decode_utf8_lossy();
    // Also when somebody on the way decodes once more than they should.
    for _ in 0..2 {
        let segments: Vec<&str> = decoded.split('/').collect();
        assert!(!segments.contains(&"..") || own.contains("%25"), "{path:?}");
        decoded =
            percent_encoding::percent_decode_str(&decoded).decode_utf8_lossy().into_owned().into();
    }
}
