//! The door, in one process over the memory log: who gets in, with which headers, and what is
//! written down. The tokens are signed with a configured shared secret.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use axum::{Router, body::Body, http::Request};
use command_api::{
    AppState, Ports, Settings, app,
    auth::keys::{KeyMode, shared},
    ports::{Fleet, Gateway, RightsNow},
    router::declared,
};
use fleet::{
    contract::{LoginRequest, LoginResponse, SnapshotSource},
    directory::{Directory, Snapshot},
    error::NodeError,
    facts::{FleetHealth, TenantsByNode, Wanted},
};
use jsonwebtoken::{EncodingKey, Header, encode};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use streams::{
    clock::{Clock, SystemClock},
    ids::{FlowIds, PrincipalId, RandomIds, Seq},
    job::facts::Facts,
    memory::World,
};
use tower::ServiceExt;

const SECRET: &[u8] = b"a secret for tests that is long enough";

#[derive(Debug)]
struct Fakes;

#[async_trait]
impl Gateway for Fakes {
    async fn jwks(&self, _: &FlowIds) -> Result<Vec<Map<String, Value>>, NodeError> {
        Ok(Vec::new())
    }
    async fn login(&self, _: &FlowIds, _: &LoginRequest) -> Result<LoginResponse, NodeError> {
        Err(NodeError::Timeout { url: "fake".to_owned(), after_ms: 1 })
    }
    async fn logout(&self, _: &FlowIds, _: &SecretString) -> Result<(), NodeError> {
        Ok(())
    }
    async fn rights(
        &self,
        _: &FlowIds,
        sub: &PrincipalId,
        session_id: &str,
    ) -> Result<RightsNow, NodeError> {
        let right = if sub.as_str() == "admin" { "control.*" } else { "control.jobs.read" };
        let session_valid = session_id != "ended";
        Ok(RightsNow { rights: vec![right.to_owned()], session_valid })
    }
}

#[async_trait]
impl Fleet for Fakes {
    async fn facts(&self, _: &Snapshot, _: Wanted<'_>) -> Facts {
        unreachable!("no test here plans")
    }
    async fn health(&self, _: &Snapshot, _: &FlowIds) -> FleetHealth {
        FleetHealth { observed_at: SystemClock.now(), nodes: Vec::new() }
    }
    async fn tenants(&self, _: &Snapshot, _: &FlowIds) -> TenantsByNode {
        BTreeMap::new()
    }
}

fn service() -> (World, Router) {
    let world = World::new();
    let now = SystemClock.now();
    let snapshot = Snapshot::new(SnapshotSource::Kv, BTreeMap::new(), Default::default(), now);
    let ports = Ports {
        logs: world.logs(),
        kv: world.kv(),
        directory: Directory::fixed(snapshot),
        gateway: Arc::new(Fakes),
        fleet: Arc::new(Fakes),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    let keys = KeyMode::Shared(shared("HS256", SECRET).unwrap());
    let settings = Settings { keys, ..Settings::dev("issuer") };
    (world, app(&AppState::new(ports, settings)))
}

fn claims(sub: &str) -> Value {
    let now = SystemClock.now().timestamp();
    json!({ "iss": "issuer", "aud": ["control"], "sub": sub, "session_id": "ses", "iat": now,
            "nbf": now, "exp": now + 60 })
}

fn token(typ: &str, claims: &Value) -> String {
    let header = Header { typ: Some(typ.to_owned()), ..Header::default() };
    encode(&header, claims, &EncodingKey::from_secret(SECRET)).unwrap()
}

async fn status(router: &Router, method: &str, path: &str, headers: &[(&str, &str)]) -> u16 {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert!(response.headers().contains_key("x-request-id"), "{method} {path}");
    response.status().as_u16()
}

/// T2.1
#[tokio::test]
async fn health_answers_while_the_process_can() {
    let (_world, router) = service();
    assert_eq!(status(&router, "GET", "/health", &[]).await, 200);
}

/// T2.2
#[tokio::test]
async fn every_guarded_route_of_the_router_answers_401_without_a_good_token() {
    let (_world, router) = service();
    let expired = {
        let mut all = claims("admin");
        all["exp"] = json!(1);
        token("at+jwt", &all)
    };
    let mut bad = vec![None, Some("a.b.c".to_owned()), Some(expired)];
    bad.push(Some(token("JWT", &claims("admin"))));
    for missing in ["exp", "nbf", "iat", "iss", "aud", "sub", "session_id"] {
        let mut all = claims("admin");
        all.as_object_mut().unwrap().remove(missing);
        bad.push(Some(token("at+jwt", &all)));
    }
    for (claim, wrong) in [("aud", "other"), ("iss", "other"), ("session_id", "ended")] {
        let mut all = claims("admin");
        all[claim] = json!(wrong);
        bad.push(Some(token("at+jwt", &all)));
    }
    let guarded: Vec<_> =
        declared().into_iter().filter(|d| d.path.starts_with("/admin/")).collect();
    for route in guarded {
        if route.path == "/admin/v1/session" && route.method == "POST" {
            continue; // the sign-in itself
        }
        for text in &bad {
            let bearer = text.as_ref().map(|t| format!("Bearer {t}"));
            let headers: Vec<_> = bearer.iter().map(|b| ("authorization", b.as_str())).collect();
            let got = status(&router, route.method.as_str(), route.path, &headers).await;
            assert_eq!(got, 401, "{} {} {text:?}", route.method, route.path);
        }
    }
}

/// T2.3
#[tokio::test]
async fn a_bad_tenant_header_is_400_and_publishes_nothing_and_an_unknown_tenant_is_403() {
    let (world, router) = service();
    let bearer = format!("Bearer {}", token("at+jwt", &claims("admin")));
    let path = "/admin/v1/jobs/tenant-migrate";
    for bad in [None, Some(""), Some("a.b"), Some("*"), Some(">"), Some("A")] {
        let mut headers = vec![("authorization", bearer.as_str()), ("idempotency-key", "k")];
        headers.extend(bad.map(|b| ("x-tenant-id", b)));
        assert_eq!(status(&router, "POST", path, &headers).await, 400, "{bad:?}");
    }
    let twice = [("authorization", bearer.as_str()), ("x-tenant-id", "a"), ("x-tenant-id", "a")];
    assert_eq!(status(&router, "POST", path, &twice).await, 400);
    for log in [&world.logs().commands.0, &world.logs().audit.0] {
        assert_eq!(log.info().await.unwrap().last_seq, Seq(0));
    }
    let unknown = [("authorization", bearer.as_str()), ("x-tenant-id", "nobody")];
    assert_eq!(status(&router, "POST", path, &unknown).await, 403);
    assert_eq!(world.logs().audit.0.info().await.unwrap().last_seq, Seq(1), "denials are audited");
}
