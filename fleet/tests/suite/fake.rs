//! Small HTTP servers that record what they are asked.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use fleet::{
    client::{NodeClient, NodeTarget, Stamp},
    transport::Limits,
};
use http::{HeaderMap, Method};
use secrecy::SecretString;
use streams::ids::{Fence, FlowIds};

/// The service token of these tests.
pub(crate) const TOKEN: &str = "service-token-canary";

/// One recorded request.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

/// A running server.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Serves `router` on a free port of the loopback.
    pub(crate) async fn start(router: Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let router = router.layer(from_fn_with_state(Arc::clone(&seen), record));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn node(&self) -> NodeTarget {
        target("n-1", &self.url)
    }
}

async fn record(
    State(seen): State<Arc<Mutex<Vec<Seen>>>>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(Seen {
        method: parts.method.clone(),
        path: parts.uri.to_string(),
        headers: parts.headers.clone(),
        body: body.clone(),
    });
    next.run(Request::from_parts(parts, Body::from(body))).await
}

pub(crate) fn target(id: &str, url: &str) -> NodeTarget {
    NodeTarget { node_id: id.parse().unwrap(), admin_url: url.to_owned() }
}

pub(crate) fn flow() -> FlowIds {
    FlowIds {
        request_id: "req_test-1".parse().unwrap(),
        correlation_id: "cor_test-1".parse().unwrap(),
        trace_id: "0af7651916cd43dd8448eb211c80319c".parse().unwrap(),
    }
}

pub(crate) fn stamp() -> Stamp {
    Stamp {
        job_id: "job_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
        step: "04.drain".parse().unwrap(),
        undo: false,
        fence: Fence(90_211),
        ids: flow(),
    }
}

pub(crate) fn client() -> NodeClient {
    client_with(&Limits::default())
}

pub(crate) fn client_with(limits: &Limits) -> NodeClient {
    NodeClient::new(limits, SecretString::from(TOKEN)).unwrap()
}

pub(crate) fn quick(total_ms: u64) -> Limits {
    Limits { total: Duration::from_millis(total_ms), ..Limits::default() }
}

/// A problem response as a node sends it.
pub(crate) fn problem(status: u16, json: &'static str) -> Response {
    let builder = Response::builder().status(status);
    builder.header("content-type", "application/problem+json").body(Body::from(json)).unwrap()
}
