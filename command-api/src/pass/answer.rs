//! The Gateway's answer as ours: status and bytes as they came, `Location` on our path.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use fleet::gateway::{PassThroughAnswer, from_gateway};
use serde::de::IgnoredAny;

use crate::error::{ApiError, Code};

/// Marks a response that the Gateway has written: nobody rewrites its errors.
#[derive(Debug, Clone, Copy)]
pub struct Passed;

/// Where our routes of the Gateway's administration begin.
pub(super) const OURS: &str = "/admin/v1";

/// What makes an answer one that cannot be passed on: a success that is not JSON. Errors are passed
/// on whatever they look like, for they are words for a person.
///
/// # Errors
/// A sentence.
pub fn usable(answer: &PassThroughAnswer) -> Result<(), &'static str> {
    if !(200..300).contains(&answer.status) || answer.body.is_empty() {
        return Ok(());
    }
    let content_type = answer.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let json = essence.eq_ignore_ascii_case("application/json");
    if !json || std::str::from_utf8(&answer.body).is_err() {
        return Err("the Gateway answered with something else than JSON");
    }
    match serde_json::from_slice::<IgnoredAny>(&answer.body) {
        Ok(_) => Ok(()),
        Err(_) => Err("the Gateway answered with JSON that cannot be read"),
    }
}

/// The response.
#[must_use]
pub fn response(answer: PassThroughAnswer) -> Response {
    let Ok(status) = StatusCode::from_u16(answer.status) else {
        let detail = format!("the Gateway answered with status {}", answer.status);
        return ApiError::new(Code::GatewayError, detail).into_response();
    };
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    *headers = answer.headers;
    if let Some(location) = headers.remove(header::LOCATION) {
        let ours = location.to_str().ok().and_then(from_gateway);
        let ours = ours.and_then(|path| HeaderValue::try_from(format!("{OURS}{path}")).ok());
        headers.extend(ours.map(|ours| (header::LOCATION, ours)));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(Passed);
    response
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use bytes::Bytes;

    use super::*;

    fn answer(status: u16, content_type: &'static str, body: &'static [u8]) -> PassThroughAnswer {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        PassThroughAnswer { status, headers, body: Bytes::from_static(body) }
    }

    #[test]
    fn a_success_is_json_and_an_error_may_be_anything() {
        assert_eq!(usable(&answer(200, "application/json; charset=utf-8", b"{\"a\":[1]}")), Ok(()));
        assert_eq!(usable(&answer(204, "", b"")), Ok(()));
        assert_eq!(usable(&answer(502, "text/html", b"<h1>Bad gateway</h1>")), Ok(()));
        assert_eq!(usable(&answer(409, "application/json", b"{")), Ok(()));
        assert!(usable(&answer(200, "text/html", b"<h1>Sign in</h1>")).is_err());
        assert!(usable(&answer(200, "application/json", b"{\"a\":")).is_err());
        assert!(usable(&answer(200, "application/json", b"\"\xff\"")).is_err());
    }

    #[test]
    fn a_location_becomes_ours_or_is_left_out() {
        let located = |to: &'static str| {
            let mut answer = answer(201, "application/json", b"{}");
            answer.headers.insert(header::LOCATION, HeaderValue::from_static(to));
            let response = response(answer);
            let location = response.headers().get(header::LOCATION);
            location.map(|value| value.to_str().unwrap().to_owned())
        };
        let ours = Some("/admin/v1/iam/users/usr_1".to_owned());
        assert_eq!(located("/iam/v1/users/usr_1"), ours);
        assert_eq!(located("http://gateway.internal/iam/v1/users/usr_1"), ours);
        assert_eq!(located("https://evil.example/"), None);
        assert_eq!(located("/auth/v1/login"), None);
    }
}
