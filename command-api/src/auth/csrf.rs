//! Cross-site defence of requests that a cookie authenticates, and of the sign-in itself.
//!
//! Three walls: the cookie is `SameSite=Strict`; a mutation carries a header and a content type that
//! a form cannot send; and the browser's own word about where it comes from must be ours.

use axum::http::{HeaderMap, Method, header};

use crate::{
    edge::flow::single,
    error::{ApiError, ApiResult, Code},
};

/// Sent by the console with every mutation; no cross-site form can.
pub const CONTROL_UI: &str = "x-control-ui";

/// Refuses a cookie-authenticated mutation that did not come from the console.
///
/// # Errors
/// 403 `csrf_refused`.
pub fn check_mutation(method: &Method, headers: &HeaderMap, allowed: &[String]) -> ApiResult<()> {
    if method.is_safe() {
        return Ok(());
    }
    if single(headers, CONTROL_UI) != Some("1") {
        return Err(refused("a mutation by cookie needs the header x-control-ui: 1"));
    }
    check_origin(headers, allowed)
}

/// Refuses a request that a browser says came from somewhere else.
///
/// # Errors
/// 403 `csrf_refused`.
pub fn check_origin(headers: &HeaderMap, allowed: &[String]) -> ApiResult<()> {
    if headers.contains_key("sec-fetch-site")
        && !matches!(single(headers, "sec-fetch-site"), Some("same-origin" | "none"))
    {
        return Err(refused("Sec-Fetch-Site says that another site asks"));
    }
    if !headers.contains_key(header::ORIGIN) {
        return Ok(());
    }
    let origin = single(headers, header::ORIGIN.as_str());
    let host = single(headers, header::HOST.as_str());
    let same_host = |origin: &str| {
        let authority = origin.strip_prefix("https://").or(origin.strip_prefix("http://"));
        authority.is_some() && authority == host
    };
    match origin {
        Some(origin) if allowed.iter().any(|a| a == origin) || same_host(origin) => Ok(()),
        _ => Err(refused("Origin is not the console's")),
    }
}

fn refused(detail: &str) -> ApiError {
    ApiError::new(Code::CsrfRefused, detail)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(n, v): &(&'static str, &'static str)| {
            (HeaderName::from_static(n), HeaderValue::from_static(v))
        };
        all.iter().map(pair).collect()
    }

    #[test]
    fn a_mutation_by_cookie_passes_only_from_the_console() {
        let check = |all: &[(&'static str, &'static str)]| {
            check_mutation(&Method::POST, &headers(all), &["http://dev:5173".to_owned()]).is_ok()
        };
        assert!(check(&[("x-control-ui", "1")]));
        assert!(check(&[("x-control-ui", "1"), ("origin", "http://a:1"), ("host", "a:1")]));
        assert!(check(&[("x-control-ui", "1"), ("origin", "http://dev:5173"), ("host", "a:1")]));
        assert!(!check(&[("x-control-ui", "1"), ("origin", "http://evil"), ("host", "a:1")]));
        assert!(!check(&[("x-control-ui", "1"), ("origin", "null"), ("host", "a:1")]));
        assert!(!check(&[("x-control-ui", "1"), ("sec-fetch-site", "cross-site")]));
        assert!(!check(&[("x-control-ui", "1"), ("sec-fetch-site", "same-site")]));
        assert!(!check(&[]));
        assert!(check_mutation(&Method::GET, &headers(&[]), &[]).is_ok());
    }
}
