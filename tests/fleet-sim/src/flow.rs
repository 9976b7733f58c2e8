//! The ids of a flow at every node: taken from the request or made, echoed, logged, passed on.
//!
//! A handler runs inside [`FLOW`], so that problems, outbound calls and events can name the flow
//! without carrying it through every argument.

use std::{cell::RefCell, sync::Arc};

use axum::{extract::Request, http::HeaderMap, middleware::Next, response::Response};
use fleet::contract::{
    headers::{CORRELATION_ID, REQUEST_ID, TENANT_ID, TRACEPARENT, traceparent},
    paths,
};
use http::{HeaderValue, Method};
use streams::ids::{CorrelationId, FlowIds, IdSource, RequestId, TenantId, TraceId};
use tracing::{Instrument, field::Empty};

tokio::task_local! {
    /// The flow of the request this task answers.
    pub static FLOW: FlowIds;
    /// Who calls, as its lines say already.
    static WHO: RefCell<Who>;
}

/// The flow of the current request, if there is one.
#[must_use]
pub fn current() -> Option<FlowIds> {
    FLOW.try_with(Clone::clone).ok()
}

/// Who calls in the current request.
#[derive(Debug, Default)]
enum Who {
    #[default]
    Unknown,
    Program,
    Person(String),
}

/// Names the person who calls in every further line of the current request.
pub fn note_principal(sub: &str) {
    let _ = WHO.try_with(|who| who.replace(Who::Person(sub.to_owned())));
    tracing::Span::current().record("principal_id", sub);
}

/// Says who calls in every further line of the current request, where it is no person: the control
/// plane with its service token, a Gateway, a client of the fleet.
pub fn note_caller(caller: &'static str) {
    let _ = WHO.try_with(|who| who.replace(Who::Program));
    tracing::Span::current().record("caller", caller);
}

/// The person who calls in the current request, once they are known.
#[must_use]
pub fn principal() -> Option<String> {
    let name = |who: &RefCell<Who>| match &*who.borrow() {
        Who::Person(sub) => Some(sub.clone()),
        Who::Unknown | Who::Program => None,
    };
    WHO.try_with(name).ok().flatten()
}

/// Names the tenant that the current request means, where its headers and path do not.
pub fn note_tenant(tenant: &TenantId) {
    tracing::Span::current().record("tenant_id", tenant.as_str());
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

/// The tenant a request means, by its headers or by its path.
#[must_use]
pub fn meant(request: &Request) -> Option<TenantId> {
    if let Some(text) = text(request.headers(), TENANT_ID) {
        return text.parse().ok();
    }
    let rest = request.uri().path().strip_prefix(paths::TENANTS)?.strip_prefix('/')?;
    rest.split('/').next()?.parse().ok()
}

/// Whether a request's line is of interest without looking for it: what people and the control
/// plane do, and what failed. Traffic, probes and polling are dense.
fn of_note(method: &Method, path: &str, status: u16) -> bool {
    const PEOPLE: [&str; 4] = ["/auth/", "/iam/", "/config/", "/definitions/"];
    let changes = path.starts_with("/admin") && method != Method::GET;
    changes || status >= 500 || PEOPLE.iter().any(|start| path.starts_with(start))
}

/// Runs the rest of the request inside its flow, logs one line about it, echoes the ids. Every line
/// on the way has the ids, the tenant that is meant and who calls. The line is `info` for what
/// [`of_note`] tells, else `debug`.
pub async fn layer(
    node_id: String,
    ids: Arc<dyn IdSource>,
    request: Request,
    next: Next,
) -> Response {
    let flow = of_request(request.headers(), ids.as_ref());
    let FlowIds { request_id, correlation_id, trace_id } = &flow;
    let span = tracing::info_span!(
        "request", node_id, %request_id, %correlation_id, %trace_id, tenant_id = Empty,
        principal_id = Empty, caller = Empty
    );
    if let Some(tenant) = meant(&request) {
        span.record("tenant_id", tenant.as_str());
    }
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let started = std::time::Instant::now();
    let answer = async {
        let response = FLOW.scope(flow.clone(), next.run(request)).await;
        if WHO.with(|who| matches!(*who.borrow(), Who::Unknown)) {
            note_caller("unknown");
        }
        let status = response.status().as_u16();
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if of_note(&method, &path, status) {
            tracing::info!(%method, path, status, took_ms, "answered");
        } else {
            tracing::debug!(%method, path, status, took_ms, "answered");
        }
        response
    };
    let mut response = WHO.scope(RefCell::default(), answer.instrument(span)).await;
    for (name, value) in outbound(&flow, ids.as_ref()) {
        if let Some(name) = name {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
