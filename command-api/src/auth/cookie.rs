//! The session cookie: the only place where a browser's token rests, never within reach of script.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite, time::Duration};
use secrecy::{ExposeSecret, SecretString};

/// Browsers drop larger cookies without a word.
pub const MAX_COOKIE_TOKEN_BYTES: usize = 3584;

/// The cookie came more than once: one of them was planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session cookie came more than once")]
pub struct Planted;

/// Its name: with the `__Host-` prefix wherever it is `Secure`.
#[must_use]
pub fn name(secure: bool) -> &'static str {
    if secure { "__Host-control_session" } else { "control_session" }
}

/// The token of the cookie.
///
/// # Errors
/// [`Planted`].
pub fn read(headers: &HeaderMap, secure: bool) -> Result<Option<SecretString>, Planted> {
    let wanted = name(secure);
    let mut found = None;
    for line in headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()) {
        for pair in Cookie::split_parse(line).filter_map(Result::ok) {
            if pair.name() == wanted && found.replace(SecretString::from(pair.value())).is_some() {
                return Err(Planted);
            }
        }
    }
    Ok(found)
}

/// `Set-Cookie` that signs in; none for a text that is no token, for it could add attributes.
#[must_use]
pub fn set(token: &SecretString, seconds: u64, secure: bool) -> Option<HeaderValue> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if token.expose_secret().is_empty() || !token.expose_secret().bytes().all(plain) {
        return None;
    }
    let age = Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX));
    value(token.expose_secret(), age, secure)
}

/// `Set-Cookie` that signs out.
#[must_use]
pub fn clear(secure: bool) -> Option<HeaderValue> {
    value("", Duration::ZERO, secure)
}

fn value(token: &str, age: Duration, secure: bool) -> Option<HeaderValue> {
    let cookie = Cookie::build((name(secure), token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(secure)
        .max_age(age)
        .build();
    let mut value = HeaderValue::from_str(&cookie.to_string()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_out_of_reach_of_script_and_of_other_sites() {
        let set = set(&SecretString::from("t.o.k"), 900, true).unwrap();
        let text = set.to_str().unwrap();
        for part in ["__Host-control_session=t.o.k", "HttpOnly", "SameSite=Strict", "Secure"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(text.contains("Path=/") && !text.contains("Domain"), "{text}");
        assert!(clear(false).unwrap().to_str().unwrap().contains("Max-Age=0"));
    }

    #[test]
    fn what_is_no_token_sets_no_cookie() {
        for bad in ["", "t; Domain=evil.example", "t\r\nx: y", "t o", "t,u", "\"t\"", "tökén"] {
            assert!(set(&SecretString::from(bad), 900, true).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_planted_second_cookie_is_noticed() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; control_session=one"));
        assert_eq!(read(&headers, false).unwrap().unwrap().expose_secret(), "one");
        assert!(read(&headers, true).unwrap().is_none());
        headers.append(header::COOKIE, HeaderValue::from_static("control_session=two"));
        assert!(read(&headers, false).is_err());
    }
}
