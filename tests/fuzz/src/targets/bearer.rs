//! `Authorization` and the token in it.

use std::sync::LazyLock;

use axum::http::header::AUTHORIZATION;
use chrono::DateTime;
use command_api::auth::{
    Via,
    guard::credentials,
    keys::Key,
    token::{Expected, MAX_TOKEN_BYTES, inspect, verify},
};
use jsonwebtoken::{Algorithm, DecodingKey};
use secrecy::ExposeSecret;

use super::values;

/// Signed with [`SECRET`]; the only token there is under it.
const GOOD: &str = concat!(
    "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImsxIn0.eyJpc3MiOiJnYXRld2F5Iiwi",
    "YXVkIjpbImNvbnRyb2wiXSwiZXhwIjo0MTAyNDQ0ODAwLCJuYmYiOjEsImlhdCI6MSwic3ViIjoib3Bl",
    "cmF0b3IiLCJzZXNzaW9uX2lkIjoic2VzXzEifQ.DHZg2RpMn5G9fywJwiPBLGgA-u6e-8qlZf1xiUcqE",
    "FE",
);
const SECRET: &[u8] = b"a secret of this test, nowhere else in use";
/// 2026-11-24T08:00:00Z.
const NOW: i64 = 1_795_507_200;

pub(crate) const WORDS: &[&str] = &[
    "Bearer ",
    "bearer ",
    "Basic ",
    "Bearer",
    " ",
    "\n",
    ".",
    "..",
    "=",
    "eyJhbGciOiJub25lIn0",
    "eyJhbGciOiJIUzI1NiJ9",
    "eyJ0eXAiOiJhdCtqd3QifQ",
    "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0",
    GOOD,
];

static KEY: LazyLock<Key> =
    LazyLock::new(|| Key { alg: Algorithm::HS256, decoding: DecodingKey::from_secret(SECRET) });

static EXPECTED: LazyLock<Expected> = LazyLock::new(|| Expected {
    issuer: "gateway".to_owned(),
    audience: "control".to_owned(),
    leeway_s: 60,
});

pub(crate) fn run(data: &[u8]) {
    let headers = values(data, AUTHORIZATION.as_str());
    let Ok((token, via)) = credentials(&headers, true) else { return };
    assert_eq!(via, Via::Bearer);
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let line = all.next().unwrap().to_str().expect("a token is visible ASCII");
    assert!(all.next().is_none(), "two headers are no token");
    let (scheme, rest) = line.split_at(7);
    assert!(scheme.eq_ignore_ascii_case("bearer "), "{line}");
    assert_eq!(token.expose_secret(), rest);
    let Ok(unverified) = inspect(&token) else { return };
    assert!(rest.len() <= MAX_TOKEN_BYTES && rest.matches('.').count() == 2);
    let now = DateTime::from_timestamp(NOW, 0).unwrap();
    let verified = verify(&token, &unverified, &KEY, &EXPECTED, now);
    assert_eq!(verified.is_ok(), rest == GOOD, "only the text that was signed: {verified:?}");
    if let Ok(principal) = verified {
        assert_eq!((principal.sub.as_str(), principal.session_id.as_str()), ("operator", "ses_1"));
    }
}
