//! The ids of a flow at every node: taken from the request or made, echoed, logged, passed on.
//!
//! A handler runs inside [`FLOW`], so that problems, outbound calls and events can name the flow
//! without carrying it through every argument.

use std::sync::Arc;

use axum::{extract::Request, http::HeaderMap, middleware::Next, response::Response};
use fleet::contract::headers::{CORRELATION_ID, REQUEST_ID, TRACEPARENT, traceparent};
use http::HeaderValue;
use streams::ids::{CorrelationId, FlowIds, IdSource, RequestId, TraceId};
use tracing::Instrument;

tokio::task_local! {
    /// The flow of the request this task answers.
    pub static FLOW: FlowIds;
}

/// The flow of the current request, if there is one.
#[must_use]
pub fn current() -> Option<FlowIds> {
    FLOW.try_with(Clone::clone).ok()
}

/// A new flow, for traffic that starts here.
#[must_use]
pub fn fresh(ids: &dyn IdSource) -> FlowIds {
    FlowIds {
        request_id: RequestId::from_uuid(ids.uuid()),
        correlation_id: CorrelationId::from_uuid(ids.uuid()),
        trace_id: trace_id(ids),
    }
}

fn trace_id(ids: &dyn IdSource) -> TraceId {
    let text = format!("{:032x}", ids.uuid().as_u128().max(1));
    text.parse().expect("32 hexadecimal digits, not all zero")
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// The flow a request belongs to: what its headers say, and new ids for what they do not.
#[must_use]
pub fn of_request(headers: &HeaderMap, ids: &dyn IdSource) -> FlowIds {
    let new = fresh(ids);
    let parse_trace = |t: &str| t.split('-').nth(1).and_then(|id| id.parse().ok());
    FlowIds {
        request_id: text(headers, REQUEST_ID)
            .and_then(|t| t.parse().ok())
            .unwrap_or(new.request_id),
        correlation_id: text(headers, CORRELATION_ID)
            .and_then(|t| t.parse().ok())
            .unwrap_or(new.correlation_id),
        trace_id: text(headers, TRACEPARENT).and_then(parse_trace).unwrap_or(new.trace_id),
    }
}

/// The three headers of an outbound call; the callee is a child span.
#[must_use]
pub fn outbound(flow: &FlowIds, ids: &dyn IdSource) -> HeaderMap {
    let span = u64::try_from(ids.uuid().as_u128() & u128::from(u64::MAX)).unwrap_or(1);
    let mut headers = HeaderMap::new();
    let pairs = [
        (REQUEST_ID, flow.request_id.to_string()),
        (CORRELATION_ID, flow.correlation_id.to_string()),
        (TRACEPARENT, traceparent(&flow.trace_id, span)),
    ];
    for (name, value) in pairs {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    headers
}

/// Runs the rest of the request inside its flow, logs one line about it, echoes the ids. The line
/// is `info` for calls that change something on the admin side, else `debug`: traffic is dense.
pub async fn layer(
    node_id: String,
    ids: Arc<dyn IdSource>,
    request: Request,
    next: Next,
) -> Response {
    let flow = of_request(request.headers(), ids.as_ref());
    let tenant_id = text(request.headers(), "x-tenant-id").unwrap_or("").to_owned();
    let FlowIds { request_id, correlation_id, trace_id } = &flow;
    let span = tracing::info_span!(
        "request", node_id, tenant_id, %request_id, %correlation_id, %trace_id
    );
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let started = std::time::Instant::now();
    let answer = async {
        let response = FLOW.scope(flow.clone(), next.run(request)).await;
        let status = response.status().as_u16();
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        // The ids stand in the line itself too, so that a log store can filter by them.
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    node_id, tenant_id, %request_id, %correlation_id, %trace_id,
                    %method, path, status, took_ms, "answered"
                )
            };
        }
        if (path.starts_with("/admin") && method != http::Method::GET) || status >= 500 {
            line!(info);
        } else {
            line!(debug);
        }
        response
    };
    let mut response = answer.instrument(span).await;
    for (name, value) in outbound(&flow, ids.as_ref()) {
        if let Some(name) = name {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
