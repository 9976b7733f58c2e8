//! Spans: every field a span may have, declared once. Later ones are recorded by name.
//!
//! A span carries ids, never a body, a header or a token.

use tracing::{Span, field::Empty};

/// The ids of one flow, as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow<'a> {
    /// `x-request-id`.
    pub request_id: &'a str,
    /// `x-correlation-id`.
    pub correlation_id: &'a str,
    /// Trace id of `traceparent`.
    pub trace_id: &'a str,
}

/// Fields of [`request`], known at its start or recorded later.
pub const REQUEST_FIELDS: [&str; 11] = [
    "method",
    "route",
    "request_id",
    "correlation_id",
    "trace_id",
    "principal_id",
    "session_id",
    "tenant_id",
    "job_id",
    "status",
    "latency_ms",
];

/// One HTTP request. `route` is the pattern, not the path. Record `principal_id`, `session_id`,
/// `tenant_id`, `job_id`, `status` and `latency_ms` when they are known.
#[must_use]
pub fn request(method: &str, route: &str, flow: Flow<'_>) -> Span {
    tracing::info_span!(
        "request",
        method,
        route,
        request_id = flow.request_id,
        correlation_id = flow.correlation_id,
        trace_id = flow.trace_id,
        principal_id = Empty,
        session_id = Empty,
        tenant_id = Empty,
        job_id = Empty,
        status = Empty,
        latency_ms = Empty,
    )
}

/// Fields of [`job`], known at its start or recorded later.
pub const JOB_FIELDS: [&str; 9] = [
    "job_id",
    "kind",
    "tenant_id",
    "request_id",
    "correlation_id",
    "trace_id",
    "step_id",
    "attempt",
    "fence",
];

/// Work on one job, under the flow that asked for it. `tenant` is `_` on platform scope. Record
/// `step_id`, `attempt` and `fence` around an effect.
#[must_use]
pub fn job(job_id: &str, kind: &str, tenant: &str, flow: Flow<'_>) -> Span {
    tracing::info_span!(
        "job",
        job_id,
        kind,
        tenant_id = tenant,
        request_id = flow.request_id,
        correlation_id = flow.correlation_id,
        trace_id = flow.trace_id,
        step_id = Empty,
        attempt = Empty,
        fence = Empty,
    )
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::Registry;

    use super::*;

    #[test]
    fn spans_have_exactly_the_declared_fields() {
        tracing::subscriber::with_default(Registry::default(), || {
            let flow = Flow { request_id: "r", correlation_id: "c", trace_id: "t" };
            let names = |span: &Span| -> Vec<&str> {
                span.metadata().unwrap().fields().iter().map(|f| f.name()).collect()
            };
            assert_eq!(names(&request("GET", "/", flow)), REQUEST_FIELDS);
            assert_eq!(names(&job("j", "k", "_", flow)), JOB_FIELDS);
        });
    }
}
