//! The whole service in one process: the real router over the memory log, the real projector, a
//! Gateway on the loopback, and a fleet that says what a test wants.
//!
//! Every reply goes through [`TestApp::send`], which holds it against the document: a problem that a
//! route's document does not name fails the test that met it.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode},
};
use bytes::Bytes;
use command_api::{
    AppState, Ports, Settings, app,
    error::Code,
    limits::Rates,
    openapi::{self, problems},
    pass::answer::Passed,
    ports::{Fleet, Processes},
    router::{Declared, declared, operations},
};
use fleet::{
    directory::{Directory, Snapshot},
    facts::{FleetHealth, TenantsByNode, Wanted},
};
use observability::{Build, Checks, Metrics};
use serde_json::{Value, json};
use streams::{
    clock::{Clock, SystemClock, pause},
    ids::{FlowIds, RandomIds, Revision},
    jetstream::Process,
    job::facts::Facts,
    log::Logs,
    memory::World,
    ports::{KvStore, ReadError},
};
use test_support::facts::healthy;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;
use utoipa::openapi::OpenApi;

use super::gateway::{Gateway, ISSUER};

/// The program the tests are.
pub(crate) const BUILD: Build =
    Build { service: "command-api", version: "0.1.0", git_sha: "0000000" };
/// Nobody is counted: limits have tests of their own.
pub(crate) const UNLIMITED: Rates =
    Rates { address: 0, principal: 0, sign_in_name: 0, sign_in_address: 0 };
/// Nothing in these tests may take longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// Where jobs are made.
pub(crate) const JOBS: &str = "/admin/v1/jobs/tenant-migrate";

#[derive(Debug)]
struct CalmFleet;

#[async_trait]
impl Fleet for CalmFleet {
    async fn facts(&self, _: &Snapshot, _: Wanted<'_>) -> Facts {
        healthy()
    }
    async fn health(&self, _: &Snapshot, _: &FlowIds) -> FleetHealth {
        FleetHealth { observed_at: SystemClock.now(), nodes: Vec::new() }
    }
    async fn tenants(&self, _: &Snapshot, _: &FlowIds) -> TenantsByNode {
        BTreeMap::new()
    }
}

#[derive(Debug)]
struct ThisProcess(Process);

#[async_trait]
impl Processes for ThisProcess {
    async fn alive(&self) -> Result<Vec<Process>, ReadError> {
        Ok(vec![self.0.clone()])
    }
}

/// The process the tests are.
pub(crate) fn process() -> Process {
    let which = (BUILD.service, BUILD.version, BUILD.git_sha);
    Process::starting(which, &SystemClock, &RandomIds)
}

/// A running service.
#[derive(Debug, Clone)]
pub(crate) struct TestApp {
    pub(crate) gateway: Gateway,
    pub(crate) state: AppState,
    router: Router,
}

/// What was answered.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|e| panic!("{e}: {:?}", self.bytes))
    }

    /// The code of a problem.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A request being put together.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
    peer: Option<SocketAddr>,
}

pub(crate) fn get(path: &str) -> Ask {
    Ask { method: Method::GET, path: path.to_owned(), headers: Vec::new(), body: None, peer: None }
}

pub(crate) fn post(path: &str, body: &Value) -> Ask {
    let ask = Ask { method: Method::POST, body: Some(body.to_string()), ..get(path) };
    ask.header("content-type", "application/json")
}

impl Ask {
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        Self { method: method.clone(), ..get(path) }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without a header it would have.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn body(mut self, text: &str) -> Self {
        self.body = Some(text.to_owned());
        self
    }

    /// Over a connection from here.
    pub(crate) fn from(self, peer: SocketAddr) -> Self {
        Self { peer: Some(peer), ..self }
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    fn request(&self) -> Request<Body> {
        let mut request = Request::builder().method(self.method.clone()).uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(peer) = self.peer {
            request = request.extension(ConnectInfo(peer));
        }
        request.body(self.body.clone().map_or_else(Body::empty, Body::from)).unwrap()
    }
}

/// Settings of the tests.
pub(crate) fn settings() -> Settings {
    Settings {
        heartbeat: Duration::from_millis(200),
        rates: UNLIMITED,
        ..Settings::dev(BUILD, ISSUER)
    }
}

impl TestApp {
    /// A service over these logs and buckets, ready.
    pub(crate) async fn over(logs: Logs, kv: Arc<dyn KvStore>, gateway: &Gateway) -> Self {
        let app = Self::not_ready(logs, kv, gateway, settings());
        app.until_ready().await;
        app
    }

    pub(crate) fn not_ready(
        logs: Logs,
        kv: Arc<dyn KvStore>,
        gateway: &Gateway,
        settings: Settings,
    ) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ports = Ports {
            logs,
            directory: Directory::follow_kv(Arc::clone(&kv), Arc::clone(&clock)).0,
            kv,
            gateway: Arc::new(gateway.client()),
            fleet: Arc::new(CalmFleet),
            processes: Arc::new(ThisProcess(process())),
            clock,
            ids: Arc::new(RandomIds),
        };
        let state = AppState::new(ports, settings);
        Self { gateway: gateway.clone(), router: app(&state), state }
    }

    pub(crate) async fn until_ready(&self) {
        let ready = async || self.send(get("/ready")).await.status == 200;
        eventually("the service is ready", ready).await;
    }

    /// Sends and holds the answer against the document.
    pub(crate) async fn send(&self, ask: Ask) -> Reply {
        let response = self.router.clone().oneshot(ask.request()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let passed = response.extensions().get::<Passed>().is_some();
        let bytes = tokio::time::timeout(PATIENCE, to_bytes(response.into_body(), 1 << 24));
        let bytes = bytes.await.expect("an answer ends").unwrap();
        assert!(headers.contains_key("x-request-id"), "{ask:?}");
        let reply = Reply { status: status.as_u16(), headers, bytes };
        // What the Gateway says is its own business.
        if !passed && (status.is_client_error() || status.is_server_error()) {
            check_problem(&ask, status, &reply);
        }
        reply
    }

    /// The answer as it begins: for event streams.
    pub(crate) async fn open(&self, ask: &Ask) -> axum::response::Response {
        self.router.clone().oneshot(ask.request()).await.unwrap()
    }

    /// As the administrator.
    pub(crate) async fn admin(&self, ask: Ask) -> Reply {
        let bearer = self.gateway.bearer("admin");
        self.send(ask.header("authorization", &bearer)).await
    }

    /// A migration of a tenant asked for by the administrator.
    pub(crate) async fn create(&self, tenant: &str, key: &str) -> Reply {
        self.admin(create(tenant, key)).await
    }
}

/// A migration of a tenant's projection.
pub(crate) fn create(tenant: &str, key: &str) -> Ask {
    let body = json!({
        "params": { "targets": { "projection": "prj-02" } },
        "reason": "a test",
        "plan_hash": "0".repeat(64),
    });
    post(JOBS, &body).header("x-tenant-id", tenant).header("idempotency-key", key)
}

/// A verb about a job.
pub(crate) fn verb(job: &str, verb: &str, key: &str) -> Ask {
    let path = format!("/admin/v1/jobs/{job}/{verb}");
    post(&path, &json!({ "reason": "a test" })).header("idempotency-key", key)
}

/// Every problem has its members, and is one that its route's document names.
fn check_problem(ask: &Ask, status: StatusCode, reply: &Reply) {
    static OPERATIONS: LazyLock<(OpenApi, Vec<Declared>)> =
        LazyLock::new(|| (operations(), declared()));
    if ask.path.starts_with("/ready") {
        return;
    }
    let body = reply.json();
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{ask:?}");
    assert_eq!(body["status"], status.as_u16(), "{ask:?} {body}");
    assert_eq!(body["request_id"].as_str(), reply.header("x-request-id"), "{body}");
    assert_eq!(body["correlation_id"].as_str(), reply.header("x-correlation-id"), "{body}");
    assert!(body["title"].is_string() && body["detail"].is_string(), "{body}");
    let code = Code::parse(body["code"].as_str().unwrap()).expect("a code of the table");
    assert_eq!(code.status_u16(), status.as_u16());
    assert_eq!(reply.header("retry-after").is_some(), code.retry_after().is_some(), "{body}");
    assert_eq!(reply.header("www-authenticate").is_some(), status == 401, "{body}");
    let path = ask.path.split('?').next().unwrap();
    let (document, all) = &*OPERATIONS;
    let Some(route) = all.iter().find(|d| d.method == ask.method && fits(d.path, path)) else {
        return;
    };
    let operation = openapi::operation(&document.paths.paths[route.path], &route.method).unwrap();
    let known = problems::documented(&operation.responses, status);
    assert!(known.contains(&code), "{} {} does not document {code:?}", route.method, route.path);
}

fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) =
        (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(p, part)| p.starts_with('{') || *p == part)
}

/// Waits for something to be so, at most [`PATIENCE`].
pub(crate) async fn eventually(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !so().await {
            pause(Duration::from_millis(10)).await;
        }
    });
    assert!(waited.await.is_ok(), "not within {PATIENCE:?}: {what}");
}

/// Entries of tenants `acme` and `bolt`, with their shards.
pub(crate) async fn place(kv: &dyn KvStore) {
    let put = async |key: &str, value: Value| {
        let value = Bytes::from(value.to_string());
        kv.compare_and_set("projection_placement", key, value, Revision(0)).await.unwrap();
    };
    for (shard, node) in [("prj-01", "prj-01a"), ("prj-02", "prj-02a")] {
        let url = "http://127.0.0.1:1";
        let nodes = json!([{ "node_id": node, "data_url": url, "admin_url": url }]);
        let entry = json!({ "v": 1, "nodes": nodes, "weight": 1, "state": "active", "labels": {} });
        put(&format!("shard.{shard}"), entry).await;
    }
    for tenant in ["acme", "bolt"] {
        let entry = json!({ "v": 1, "tenant_id": tenant, "shard": "prj-01", "epoch": 1,
            "pinned": false, "updated_at": "2026-11-24T08:00:00Z" });
        put(&format!("tenant.{tenant}"), entry).await;
    }
}

/// A projector of its own over a memory world; stops when dropped.
pub(crate) fn project(world: &World) -> DropGuard {
    let stop = CancellationToken::new();
    let ports = projector::Ports::new(&world.logs(), world.kv());
    let told = stop.clone();
    tokio::spawn(async move {
        let build = Build { service: "projector", version: "0", git_sha: "0" };
        let (metrics, checks) = (Metrics::new(build), Checks::new(&projector::registry::CHECKS));
        projector::registry::keep(&ports, pace(), &metrics, &checks, &told).await.unwrap();
    });
    stop.drop_guard()
}

pub(crate) fn pace() -> projector::Pace {
    let (check, first) = (Duration::from_millis(20), Duration::from_millis(5));
    projector::Pace { check, retry_first: first, ..projector::Pace::default() }
}

/// A memory world with a fleet's placement, its projector, and a service over it.
pub(crate) async fn started() -> (World, DropGuard, TestApp) {
    let world = World::new();
    place(&*world.kv).await;
    let projector = project(&world);
    let gateway = Gateway::start().await;
    let app = TestApp::over(world.logs(), world.kv(), &gateway).await;
    (world, projector, app)
}
