//! Strict extractors: what is not exactly what a route takes is refused with a code, never guessed.

use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::{HeaderMap, header, request::Parts},
};
use serde::de::DeserializeOwned;
use std::{str::FromStr, time::Duration};
use streams::ids::{IdempotencyKey, InvalidId, JobId};

use crate::{
    edge::flow::single,
    error::{ApiError, ApiResult, Code},
    state::AppState,
};

/// Largest body, bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// Deepest nesting of a body.
pub const MAX_DEPTH: usize = 16;
/// Longest wait a client may ask for.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// A JSON body of a type that refuses unknown fields.
#[derive(Debug)]
pub struct StrictJson<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for StrictJson<T> {
    type Rejection = ApiError;
    async fn from_request(request: Request, _: &AppState) -> ApiResult<Self> {
        parse(&json_bytes(request).await?).map(Self)
    }
}

/// A body that says it is JSON, within its limits of size and depth.
///
/// # Errors
/// 415 `unsupported_media_type`, 413 `body_too_large`, 400 `malformed_json`.
pub async fn json_bytes(request: Request) -> ApiResult<Bytes> {
    if !is_json(request.headers()) {
        let code = Code::UnsupportedMediaType;
        return Err(ApiError::new(code, "send Content-Type: application/json"));
    }
    let bytes = to_bytes(request.into_body(), MAX_BODY_BYTES).await.map_err(|e| {
        let detail = format!("at most {MAX_BODY_BYTES} bytes are read");
        ApiError::new(Code::BodyTooLarge, detail).caused_by(e)
    })?;
    shallow(&bytes).map(|()| bytes)
}

fn shallow(bytes: &Bytes) -> ApiResult<()> {
    if depth(bytes) <= MAX_DEPTH {
        return Ok(());
    }
    let detail = format!("it is nested more than {MAX_DEPTH} deep");
    Err(ApiError::new(Code::MalformedJson, detail))
}

fn is_json(headers: &HeaderMap) -> bool {
    let text = single(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let parameters = parameters.trim().to_ascii_lowercase();
    essence.trim().eq_ignore_ascii_case("application/json")
        && matches!(parameters.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"")
}

fn parse<T: DeserializeOwned>(bytes: &Bytes) -> ApiResult<T> {
    shallow(bytes)?;
    serde_json::from_slice(bytes).map_err(|error| {
        let code = if error.is_data() { Code::InvalidBody } else { Code::MalformedJson };
        ApiError::new(code, without_text(&error.to_string()))
    })
}

/// A decoder's words without the text that was sent where another type belongs: it could be a
/// password, and these words are logged.
fn without_text(told: &str) -> String {
    let quoted = told.split_once(": string \"").zip(told.rsplit_once("\", expected "));
    match quoted {
        Some(((kind, _), (_, expected))) => format!("{kind}: a string, expected {expected}"),
        None => told.to_owned(),
    }
}

/// Deepest nesting, without decoding: brackets outside of strings.
fn depth(bytes: &[u8]) -> usize {
    let (mut now, mut most, mut text, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in bytes {
        match (text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => text = false,
            (false, b'"') => text = true,
            (false, b'{' | b'[') => {
                now += 1;
                most = most.max(now);
            }
            (false, b'}' | b']') => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// Query parameters of a type that refuses unknown ones.
#[derive(Debug)]
pub struct StrictQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for StrictQuery<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> ApiResult<Self> {
        Query::try_from_uri(&parts.uri).map(|Query(value)| Self(value)).map_err(|e| {
            let told = e.body_text();
            let own = told.strip_prefix("Failed to deserialize query string: ");
            ApiError::new(Code::InvalidQuery, own.unwrap_or(&told))
        })
    }
}

/// The one parameter of a path, as an id.
#[derive(Debug)]
pub struct PathId<T>(pub T);

impl<T: FromStr<Err = InvalidId>> FromRequestParts<AppState> for PathId<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        let text = path_text(parts, state).await?;
        text.parse()
            .map(Self)
            .map_err(|e: InvalidId| ApiError::new(Code::InvalidId, format!("in the path: {e}")))
    }
}

/// The one parameter of a path, as the name of a kind; 404 when there is no such kind.
#[derive(Debug)]
pub struct PathKind<T>(pub T);

impl<T: FromStr<Err = InvalidId>> FromRequestParts<AppState> for PathKind<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        let text = path_text(parts, state).await?;
        text.parse().map(Self).map_err(|e: InvalidId| {
            ApiError::new(Code::UnknownKind, format!("there is {}", e.expected))
        })
    }
}

async fn path_text(parts: &mut Parts, state: &AppState) -> ApiResult<String> {
    let path = axum::extract::Path::<String>::from_request_parts(parts, state).await;
    path.map(|axum::extract::Path(text)| text)
        .map_err(|e| ApiError::new(Code::InvalidId, "the path cannot be read").caused_by(e))
}

/// Exactly one valid `Idempotency-Key`.
#[derive(Debug)]
pub struct Key(pub IdempotencyKey);

impl FromRequestParts<AppState> for Key {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> ApiResult<Self> {
        let refuse = |detail: &str| ApiError::new(Code::IdempotencyKeyInvalid, detail);
        let mut all = parts.headers.get_all("idempotency-key").iter();
        match (all.next(), all.next()) {
            (None, _) => Err(refuse("Idempotency-Key is missing")),
            (Some(_), Some(_)) => Err(refuse("Idempotency-Key came more than once")),
            (Some(value), None) => {
                let text = value.to_str().unwrap_or("");
                text.parse().map(Self).map_err(|e: InvalidId| refuse(&e.to_string()))
            }
        }
    }
}

/// `Prefer: wait=<seconds>`; anything else in that header is ignored, as RFC 7240 says.
#[derive(Debug, Clone, Copy)]
pub struct PreferWait(pub Option<Duration>);

impl FromRequestParts<AppState> for PreferWait {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> ApiResult<Self> {
        let lines = parts.headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok());
        let wait = lines.flat_map(|line| line.split(',')).find_map(|preference| {
            let seconds = preference.trim().strip_prefix("wait=")?.trim().parse().ok()?;
            Some(Duration::from_secs(seconds).min(MAX_WAIT))
        });
        Ok(Self(wait.filter(|w| !w.is_zero())))
    }
}

/// A `job_id` of a path.
pub type PathJob = PathId<JobId>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_brackets_and_not_those_in_texts() {
        assert_eq!(depth(br#"{"a":[1,{"b":"]}[[\"[["}]}"#), 3);
        assert_eq!(depth(b"[[[]],[]]"), 3);
        assert_eq!(depth(b"1"), 0);
        assert_eq!(depth("[".repeat(40).as_bytes()), 40);
    }

    #[test]
    fn an_unknown_field_is_not_the_same_as_no_json() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Body {
            #[allow(dead_code)] // only decoded
            a: u8,
        }
        let code = |text: &str| parse::<Body>(&Bytes::from(text.to_owned())).unwrap_err().code();
        assert_eq!(code(r#"{"a":1,"b":2}"#), Code::InvalidBody);
        assert_eq!(code(r#"{"a":1,"a":2}"#), Code::InvalidBody);
        assert_eq!(code(r#"{"a":"x"}"#), Code::InvalidBody);
        assert_eq!(code(r#"{"a":1"#), Code::MalformedJson);
        assert_eq!(code(""), Code::MalformedJson);
        assert_eq!(code(&"[".repeat(17)), Code::MalformedJson);
    }

    #[test]
    fn a_text_in_the_wrong_place_is_not_repeated() {
        let body = Bytes::from_static(b"\"hunter2 \\\" and more\"");
        let error = parse::<std::collections::BTreeMap<String, u8>>(&body).unwrap_err();
        let detail = &error.problem().detail;
        assert_eq!(detail, "invalid type: a string, expected a map at line 1 column 21");
    }

    #[test]
    fn only_json_in_utf8_is_a_json_body() {
        let ok = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            is_json(&headers)
        };
        assert!(ok("application/json") && ok("Application/JSON; charset=UTF-8"));
        assert!(!ok("text/plain") && !ok("application/json; charset=latin1") && !ok(""));
    }
}
