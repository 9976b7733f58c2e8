//! One URL below `/admin/v1/jobs/`, two things: a job, which is read, and a kind of job, of which one
//! is made. The router knows only that GET and POST are served there; which of them is, depends on
//! the last segment.

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header::ALLOW},
    middleware::Next,
    response::{IntoResponse, Response},
};
use streams::{ids::JobId, job::command::JobKind};

const JOBS: &str = "/admin/v1/jobs/";

/// Answers 405, with what is allowed, to a method that the other thing would have. A segment that is
/// neither is left to the handlers, which say what is wrong with it.
pub(super) async fn only_its_own(request: Request, next: Next) -> Response {
    let (path, method) = (request.uri().path(), request.method());
    match path.strip_prefix(JOBS).and_then(allowed) {
        Some("POST") if method == Method::POST => {}
        Some(reads) if reads != "POST" && matches!(*method, Method::GET | Method::HEAD) => {}
        Some(allowed) => {
            let allow = [(ALLOW, HeaderValue::from_static(allowed))];
            return (StatusCode::METHOD_NOT_ALLOWED, allow).into_response();
        }
        None => {}
    }
    next.run(request).await
}

fn allowed(segment: &str) -> Option<&'static str> {
    if segment.parse::<JobKind>().is_ok() {
        return Some("POST");
    }
    segment.parse::<JobId>().is_ok().then_some("GET,HEAD")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_read_and_a_kind_of_job_is_posted_to() {
        assert_eq!(allowed("tenant-migrate"), Some("POST"));
        assert_eq!(allowed("job_01J9ZK7Q4M8V2T6RX3WB5NCE0H"), Some("GET,HEAD"));
        for neither in ["", "job_", "tenant-migrat", "job_01J9ZK7Q4M8V2T6RX3WB5NCE0H/events"] {
            assert_eq!(allowed(neither), None, "{neither}");
        }
    }
}
