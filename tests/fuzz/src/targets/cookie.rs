//! The session cookie, as it comes from a browser and as it goes to one.

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use command_api::auth::cookie::{name, read, set};
use secrecy::{ExposeSecret, SecretString};

use super::{text, values};

pub(crate) const WORDS: &[&str] = &[
    "__Host-control_session=",
    "control_session=",
    "control_session",
    "; ",
    ";",
    "=",
    "\n",
    "\"",
    "%",
    "%3B",
    ",",
    "a=b; ",
    "$Version=1; ",
    "__host-control_session=",
    " __Host-control_session=",
];

pub(crate) fn run(data: &[u8]) {
    let headers = values(data, COOKIE.as_str());
    for secure in [true, false] {
        if let Ok(Some(token)) = read(&headers, secure) {
            let lines = headers.get_all(COOKIE).iter().filter_map(|v| v.to_str().ok());
            let pairs = lines.flat_map(|line| line.split(';')).filter_map(|p| p.split_once('='));
            let ours = pairs.filter(|(key, _)| key.trim() == name(secure));
            let all: Vec<&str> = ours.map(|(_, value)| value.trim()).collect();
            assert_eq!(all, [token.expose_secret()], "exactly one, as it came");
        }
        to_a_browser_and_back(data, secure);
    }
}

/// What a browser keeps of `Set-Cookie` and sends back is the token.
fn to_a_browser_and_back(data: &[u8], secure: bool) {
    let Some(token) = text(data) else { return };
    let Some(value) = set(&SecretString::from(token), 900, secure) else { return };
    let line = value.to_str().expect("a cookie is visible ASCII");
    let (pair, attributes) = line.split_once("; ").expect("there are attributes");
    assert_eq!(attributes.contains("Secure"), secure, "{line}");
    for attribute in attributes.split("; ") {
        let known = ["HttpOnly", "SameSite=Strict", "Secure", "Path=/", "Max-Age=900"];
        assert!(known.contains(&attribute), "{attribute:?} in {line:?}");
    }
    let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(pair).unwrap())]);
    let back = read(&headers, secure).expect("one cookie").expect("our name");
    assert_eq!(back.expose_secret(), token);
}
