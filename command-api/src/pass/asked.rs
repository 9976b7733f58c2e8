//! What of a request goes on to the Gateway, checked as far as it is ours to check.
//!
//! The path is held against the declared route, parameter by parameter, and goes on as it came; so do
//! the query, which the Gateway judges, and the body, of which only size, depth and syntax are
//! looked at.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, request::Parts},
};
use fleet::{
    contract::{
        administration::DefinitionKind,
        headers::{REASON, REASON_MAX, decode_reason},
    },
    gateway::{REQUEST_HEADERS, to_gateway},
};
use percent_encoding::percent_decode_str;
use serde::de::IgnoredAny;
use streams::ids::PrincipalId;

use super::answer::OURS;
use crate::{
    edge::flow::single,
    error::{ApiError, ApiResult, Code},
    extract,
    router::Declared,
    state::AppState,
};

/// Longest session id, bytes.
const MAX_SESSION_ID: usize = 128;
/// Longest name of a role or document, bytes.
const MAX_NAME: usize = 63;

/// A request for the Gateway's administration.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its name in audit records.
    pub operation: String,
    /// What it is about, below its area.
    pub resource: String,
    /// Method at the Gateway.
    pub method: Method,
    /// Path and query at the Gateway.
    pub path: String,
    /// Its headers that go on.
    pub headers: HeaderMap,
}

impl FromRequestParts<AppState> for Asked {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        let matched = parts.extensions.get::<MatchedPath>();
        let route = matched.and_then(|path| state.declared(&parts.method, path.as_str()));
        let route = route.ok_or_else(|| ApiError::new(Code::Internal, "this is no route"))?;
        let raw = parts.uri.path();
        for (name, value) in parameters(route, raw) {
            check(name, value)?;
        }
        let refused = || ApiError::new(Code::InvalidId, "the path cannot be passed on");
        let resource = resource(route, raw).ok_or_else(refused)?;
        let mut path = raw.strip_prefix(OURS).and_then(to_gateway).ok_or_else(refused)?;
        if let Some(query) = parts.uri.query() {
            if !query.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
                let detail = "the query has characters that must be percent-encoded";
                return Err(ApiError::new(Code::InvalidQuery, detail));
            }
            path = format!("{path}?{query}");
        }
        let headers = going_on(&parts.headers)?;
        let method = if parts.method == Method::HEAD { Method::GET } else { parts.method.clone() };
        Ok(Self { operation: route.operation(), resource, method, path, headers })
    }
}

fn parameters<'r>(route: &'r Declared, raw: &'r str) -> impl Iterator<Item = (&'r str, &'r str)> {
    route.path.split('/').zip(raw.split('/')).filter_map(|(part, value)| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        Some((name, value))
    })
}

/// What a request is about: the path below its area down to the last parameter, so that a password
/// and a user's sessions are about the user. Whose configuration it is says the tenant, not the path.
#[must_use]
pub fn resource(route: &Declared, raw: &str) -> Option<String> {
    to_gateway(raw.strip_prefix(OURS)?)?;
    let parts: Vec<(&str, &str)> = route.path.split('/').zip(raw.split('/')).skip(4).collect();
    let last = parts.iter().rposition(|(part, _)| part.starts_with('{'));
    let own = parts.iter().take(last.map_or(parts.len(), |last| last + 1));
    let own = own.filter(|(part, _)| *part != "tenant").map(|(_, value)| *value);
    Some(own.collect::<Vec<_>>().join("/"))
}

/// Whether a path parameter has the shape of what it names.
fn check(name: &str, raw: &str) -> ApiResult<()> {
    let refuse = |told: &str| Err(ApiError::new(Code::InvalidId, format!("in the path: {told}")));
    let Some(text) = decoded(raw) else {
        return refuse("percent-encoded UTF-8 is needed");
    };
    let short = |first: fn(u8) -> bool| {
        let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
        text.len() <= MAX_NAME && text.bytes().next().is_some_and(first) && text.bytes().all(rest)
    };
    match name {
        "kind" if DefinitionKind::ALL.iter().all(|kind| kind.as_str() != text) => {
            let detail = "there is aggregate, projection or runner";
            return Err(ApiError::new(Code::UnknownKind, detail));
        }
        "kind" => {}
        "sub" if text.parse::<PrincipalId>().is_err() => {
            return refuse("a subject has 1 to 128 visible ASCII characters");
        }
        "sub" => {}
        "session_id"
            if text.len() > MAX_SESSION_ID || !text.bytes().all(|b| b.is_ascii_graphic()) =>
        {
            return refuse("a session id has 1 to 128 visible ASCII characters");
        }
        "session_id" => {}
        "role" if !short(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) => {
            return refuse("a role is ^[a-z0-9][a-z0-9._-]{0,62}$");
        }
        "role" => {}
        "name" if !short(|b| b.is_ascii_lowercase()) => {
            return refuse("a name is ^[a-z][a-z0-9._-]{0,62}$");
        }
        "name" => {}
        "version" if text.starts_with('0') || text.parse::<u64>().is_err() => {
            return refuse("a version is an integer from 1");
        }
        "version" => {}
        other => {
            let detail = format!("nobody says what {other} looks like");
            return Err(ApiError::new(Code::Internal, detail));
        }
    }
    Ok(())
}

/// A path segment's text; `None` when it is not whole percent-encoded UTF-8.
fn decoded(raw: &str) -> Option<String> {
    let whole = raw.split('%').skip(1).all(|after| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
    });
    let text = percent_decode_str(raw).decode_utf8().ok().filter(|text| !text.is_empty())?;
    // A sign would be read as part of a number.
    whole.then(|| text.into_owned()).filter(|text| !text.starts_with('+'))
}

/// `*`, or ETags as RFC 9110 writes them.
fn is_condition(value: &HeaderValue) -> bool {
    let one = |tag: &str| {
        let tag = tag.trim();
        let inner = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"');
        inner.and_then(|t| t.strip_suffix('"')).is_some_and(|t| !t.contains('"'))
    };
    value.to_str().is_ok_and(|text| text == "*" || text.split(',').all(one))
}

/// Of two conditions of one name only one could go on, so neither does.
fn going_on(headers: &HeaderMap) -> ApiResult<HeaderMap> {
    let mut all = HeaderMap::new();
    for name in REQUEST_HEADERS {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => {}
            (Some(value), None) if name.starts_with("if-") && !is_condition(value) => {
                let detail = format!("{name} is * or an ETag in quotes");
                return Err(ApiError::new(Code::InvalidHeader, detail));
            }
            (Some(value), None) => {
                all.insert(HeaderName::from_static(name), value.clone());
            }
            (Some(_), Some(_)) => {
                let detail = format!("{name} came more than once");
                return Err(ApiError::new(Code::InvalidHeader, detail));
            }
        }
    }
    Ok(all)
}

/// Why a write is made: exactly one `x-reason`, percent-encoded.
#[derive(Debug, Clone)]
pub struct Because(pub String);

impl FromRequestParts<AppState> for Because {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> ApiResult<Self> {
        single(&parts.headers, REASON).and_then(decode_reason).map(Self).ok_or_else(|| {
            let detail = format!(
                "send x-reason exactly once: 1 to {REASON_MAX} characters, percent-encoded UTF-8"
            );
            ApiError::new(Code::ReasonInvalid, detail)
        })
    }
}

/// A JSON body that goes on byte by byte.
#[derive(Debug, Clone)]
pub struct PassBody(pub Bytes);

impl FromRequest<AppState> for PassBody {
    type Rejection = ApiError;
    async fn from_request(request: Request, _: &AppState) -> ApiResult<Self> {
        let bytes = extract::json_bytes(request).await?;
        let malformed = |cause: String| ApiError::new(Code::MalformedJson, cause);
        std::str::from_utf8(&bytes).map_err(|e| malformed(e.to_string()))?;
        serde_json::from_slice::<IgnoredAny>(&bytes).map_err(|e| malformed(e.to_string()))?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::router::declared;

    fn route(method: &Method, path: &str) -> Declared {
        declared().into_iter().find(|d| d.method == *method && d.path == path).unwrap()
    }

    #[test]
    fn a_write_is_about_the_row_and_not_about_a_part_of_it() {
        for (method, path, raw, expected) in [
            (Method::POST, "/admin/v1/iam/users", "/admin/v1/iam/users", "users"),
            (Method::PUT, "/admin/v1/iam/users/{sub}", "/admin/v1/iam/users/u%7C1", "users/u%7C1"),
            (
                Method::PUT,
                "/admin/v1/iam/users/{sub}/password",
                "/admin/v1/iam/users/usr_1/password",
                "users/usr_1",
            ),
            (
                Method::PUT,
                "/admin/v1/config/tenant/documents/{name}",
                "/admin/v1/config/tenant/documents/limits",
                "documents/limits",
            ),
            (
                Method::DELETE,
                "/admin/v1/definitions/{kind}/{name}",
                "/admin/v1/definitions/aggregate/order",
                "aggregate/order",
            ),
        ] {
            assert_eq!(resource(&route(&method, path), raw).as_deref(), Some(expected));
        }
        let users = route(&Method::GET, "/admin/v1/iam/users/{sub}");
        assert_eq!(resource(&users, "/admin/v1/iam/users/%2e%2e"), None);
    }

    #[test]
    fn each_parameter_has_the_shape_of_what_it_names() {
        for (name, good) in [
            ("kind", "aggregate"),
            ("sub", "idp%7C42"),
            ("session_id", "ses_1"),
            ("role", "0-ops"),
            ("name", "a.b_c-d"),
            ("version", "18446744073709551615"),
        ] {
            assert!(check(name, good).is_ok(), "{name} {good}");
        }
        for (name, bad) in [
            ("kind", "gateway"),
            ("sub", "a%20b"),
            ("sub", "%zz"),
            ("sub", "%"),
            ("session_id", "%C3%A4"),
            ("role", "Ops"),
            ("role", ".ops"),
            ("name", "1a"),
            ("name", "a/b"),
            ("version", "0"),
            ("version", "%2B1"),
            ("version", "1e3"),
            ("version", "18446744073709551616"),
            ("other", "x"),
        ] {
            assert!(check(name, bad).is_err(), "{name} {bad}");
        }
        assert!(check("name", &"a".repeat(64)).is_err());
    }

    #[test]
    fn a_condition_that_came_twice_does_not_go_on() {
        let mut headers = HeaderMap::new();
        headers.insert("if-match", HeaderValue::from_static("\"1\""));
        headers.insert("cookie", HeaderValue::from_static("control_session=x"));
        headers.insert("authorization", HeaderValue::from_static("Bearer x"));
        let on = going_on(&headers).unwrap();
        assert_eq!(on.len(), 1);
        headers.append("if-match", HeaderValue::from_static("\"2\""));
        assert_eq!(going_on(&headers).unwrap_err().code(), Code::InvalidHeader);
        for bad in ["", "1", "\"1", "{}", "\"1\",", "W/1"] {
            headers.insert("if-match", HeaderValue::from_static(bad));
            assert_eq!(going_on(&headers).unwrap_err().code(), Code::InvalidHeader, "{bad:?}");
        }
        for good in ["*", "\"1\"", "W/\"1\", \"2\""] {
            headers.insert("if-match", HeaderValue::from_static(good));
            assert!(going_on(&headers).is_ok(), "{good:?}");
        }
    }
}
