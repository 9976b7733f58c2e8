//! Turns every error response, whoever made it, into `application/problem+json` with the flow ids.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use problem_details::{ProblemDetails, ProblemType};
use serde::Serialize;
use serde_json::{Map, Value};
use streams::ids::FlowIds;

use crate::{
    error::{ApiError, Code, Problem},
    pass::answer::Passed,
};

/// Members beyond RFC 9457.
#[derive(Debug, Serialize)]
struct Extension<'a> {
    code: &'static str,
    request_id: &'a str,
    correlation_id: &'a str,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

/// Writes the problem document of an error response and returns what it said.
pub fn finish(response: &mut Response, ids: &FlowIds) -> Option<Problem> {
    let status = response.status();
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if is_foreign(response) => foreign(status),
        None => return None,
    };
    let document = ProblemDetails::from_status_code(problem.code.status())
        .with_type(ProblemType::default())
        .with_title(problem.code.title())
        .with_detail(problem.detail.clone())
        .with_extensions(Extension {
            code: problem.code.as_str(),
            request_id: ids.request_id.as_str(),
            correlation_id: ids.correlation_id.as_str(),
            extra: &problem.extra,
        });
    let mut written = document.into_response();
    if let Some(seconds) = problem.retry_after {
        written.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    written.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if problem.code.status() == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("Bearer realm=\"control\"");
        written.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
    }
    for name in [header::ALLOW, header::SET_COOKIE] {
        if let Some(value) = response.headers().get(&name) {
            written.headers_mut().insert(name, value.clone());
        }
    }
    *response = written;
    Some(problem)
}

/// An error answered by a library layer, not by us: it has no JSON body of its own. What the Gateway
/// has answered is nobody's to rewrite.
fn is_foreign(response: &Response) -> bool {
    if response.extensions().get::<Passed>().is_some() {
        return false;
    }
    let failed = response.status().is_client_error() || response.status().is_server_error();
    let json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|v| v.as_bytes().starts_with(b"application/json"));
    failed && !json
}

fn foreign(status: StatusCode) -> Problem {
    let code = match status {
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
        s if s.is_client_error() => Code::InvalidHeader,
        _ => Code::Internal,
    };
    ApiError::new(code, code.title()).problem().clone()
}

#[cfg(test)]
mod tests {
    use streams::ids::RandomIds;

    use super::*;
    use crate::edge::flow;

    fn bare(status: StatusCode) -> Response {
        status.into_response()
    }

    async fn body(response: Response) -> Value {
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn an_error_of_a_library_layer_becomes_a_problem_with_ids() {
        let ids = flow::from_headers(&axum::http::HeaderMap::new(), &RandomIds);
        let mut response = bare(StatusCode::METHOD_NOT_ALLOWED);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET"));
        assert!(finish(&mut response, &ids).is_some());
        assert_eq!(response.headers()[header::ALLOW], "GET");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let body = body(response).await;
        assert_eq!(body["code"], "method_not_allowed");
        assert_eq!(body["request_id"], ids.request_id.as_str());
        assert_eq!(body["status"], 405);
    }

    #[tokio::test]
    async fn a_success_is_left_alone() {
        let ids = flow::from_headers(&axum::http::HeaderMap::new(), &RandomIds);
        assert!(finish(&mut bare(StatusCode::NO_CONTENT), &ids).is_none());
    }
}
