//! What every request passes on its way in and out: ids, limits, problems, headers, log, metrics.
//!
//! One middleware, in one order, so that nothing is answered without it: also not a route that does
//! not exist, a panic, or a request that ran too long. Who may do what is decided further in
//! (`crate::auth`); what was refused is audited by [`audit`].

pub mod address;
pub mod audit;
pub mod flow;
pub mod headers;
pub mod metrics;
pub mod problem;

use std::{any::Any, time::Instant};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use observability::spans;
use streams::{error::ErrorClass, ids::FlowIds};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer,
    sensitive_headers::SetSensitiveRequestHeadersLayer,
};
use tracing::Instrument;

use crate::{
    error::{ApiError, Code, Problem},
    limits::Who,
    state::AppState,
};

/// Largest headers of a request together, bytes.
const MAX_HEADER_BYTES: usize = 32 * 1024;
/// Most headers of a request.
pub const MAX_HEADERS: usize = 100;
/// Longest path and query, bytes.
const MAX_URI_BYTES: usize = 8 * 1024;
/// Routes that are never counted against an address: whoever watches us must not be turned away.
pub const UNLIMITED: [&str; 3] = ["/health", "/ready", "/metrics"];

/// Wraps a router in everything a request passes.
pub fn wrap(router: Router, state: &AppState) -> Router {
    router
        .layer(from_fn_with_state(state.clone(), audit::refusals))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(state.clone(), outer))
        .layer(from_fn(headers::secure))
        .layer(CompressionLayer::new())
        .layer(SetSensitiveRequestHeadersLayer::new([
            axum::http::header::AUTHORIZATION,
            axum::http::header::COOKIE,
        ]))
}

fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without text");
    ApiError::new(Code::Internal, Code::Internal.title()).caused_by(text).into_response()
}

async fn outer(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let (started, counted) = (Instant::now(), state.metrics().request());
    let ids = flow::from_headers(request.headers(), state.ids());
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    // The declared pattern: bounded, unlike the path.
    let declared = matched.and_then(|path| state.declared(&method, path));
    let route = declared.map_or("unmatched", |d| d.path);
    let counted_by_address = !UNLIMITED.contains(&route);
    request.extensions_mut().insert(ids.clone());
    let trusted = &state.settings().trusted_proxies;
    if let Some(source) = address::find(request.extensions(), request.headers(), trusted) {
        request.extensions_mut().insert(source);
    }
    let flow_ids = spans::Flow {
        request_id: ids.request_id.as_str(),
        correlation_id: ids.correlation_id.as_str(),
        trace_id: ids.trace_id.as_str(),
    };
    let span = spans::request(method.as_str(), route, flow_ids);
    let within = within_limits(&state, request, next, counted_by_address);
    let mut response = within.instrument(span.clone()).await;
    let problem = problem::finish(&mut response, &ids);
    flow::echo(response.headers_mut(), &ids, state.ids());
    let took = started.elapsed();
    state.metrics().answered(&method, route, response.status(), took);
    drop(counted);
    span.record("status", response.status().as_u16());
    span.record("latency_ms", u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    span.in_scope(|| log(response.status(), problem.as_ref()));
    response
}

/// Runs the request unless its head is too large, its address asks too often, or too many are being
/// worked on, and not longer than its deadline.
async fn within_limits(
    state: &AppState,
    request: Request,
    next: Next,
    counted_by_address: bool,
) -> Response {
    if let Err(refused) = head(&request) {
        return refused.into_response();
    }
    if counted_by_address
        && let Some(source) = address::of(request.extensions())
        && let Err(refused) = state.limit(Who::Address(source)).await
    {
        return refused.into_response();
    }
    let Ok(_permit) = state.in_flight().try_acquire() else {
        let limit = state.settings().max_in_flight;
        let detail = format!("{limit} requests are being worked on already");
        return ApiError::new(Code::Overloaded, detail).into_response();
    };
    match tokio::time::timeout(state.settings().request_deadline, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let limit = state.settings().request_deadline.as_millis();
            ApiError::new(Code::DeadlineExceeded, format!("no answer within {limit} ms"))
                .into_response()
        }
    }
}

/// Refuses a head that is larger than any of ours.
fn head(request: &Request) -> Result<(), ApiError> {
    let headers = request.headers();
    let size: usize = headers.iter().map(|(n, v)| n.as_str().len() + v.len()).sum();
    if size > MAX_HEADER_BYTES {
        let detail = format!("the headers have {size} bytes, at most {MAX_HEADER_BYTES} are read");
        return Err(ApiError::new(Code::HeadersTooLarge, detail));
    }
    if headers.len() > MAX_HEADERS {
        let detail = format!("there are {} headers, at most {MAX_HEADERS} are read", headers.len());
        return Err(ApiError::new(Code::HeadersTooLarge, detail));
    }
    let length = request.uri().path_and_query().map_or(0, |text| text.as_str().len());
    if length > MAX_URI_BYTES {
        let detail = format!("they have {length} bytes, at most {MAX_URI_BYTES} are read");
        return Err(ApiError::new(Code::UriTooLong, detail));
    }
    Ok(())
}

/// One line a request; the chain of causes is logged here and nowhere else.
fn log(status: StatusCode, problem: Option<&Problem>) {
    let Some(problem) = problem else {
        tracing::info!("request answered");
        return;
    };
    let (code, cause) = (problem.code.as_str(), problem.cause.as_deref());
    if status.is_server_error() && problem.code.class() == ErrorClass::Corrupt {
        tracing::error!(code, cause, detail = problem.detail, "request failed");
    } else if status.is_server_error() {
        tracing::warn!(code, cause, detail = problem.detail, "request failed");
    } else {
        tracing::info!(code, cause, detail = problem.detail, "request refused");
    }
}

/// The flow of a request, for handlers and extractors.
#[must_use]
pub fn flow_of(extensions: &axum::http::Extensions) -> Option<FlowIds> {
    extensions.get::<FlowIds>().cloned()
}
