//! What is said when something is down: what stays up, what refuses, and with which code.

use std::time::Duration;

use serde_json::json;
use streams::memory::Fault;

use super::{
    app::{Ask, TestApp, create, eventually, get, post, settings, started, verb},
    leader::lead,
};

async fn told(app: &TestApp, ask: Ask) -> (u16, String) {
    let reply = app.admin(ask).await;
    let code = if reply.status >= 400 { reply.code() } else { String::new() };
    (reply.status, code)
}

/// T5.4
#[tokio::test]
async fn with_nats_away_rows_in_memory_are_served_and_everything_else_refuses() {
    let (world, _projector, app) = started().await;
    let _leader = lead(world.logs());
    let job = app.create("acme", "one").await.json()["job_id"].as_str().unwrap().to_owned();
    let path = format!("/admin/v1/jobs/{job}");
    eventually("the job is visible", async || app.admin(get(&path)).await.json()["seq"] != 0).await;
    eventually("the audit is read once", async || {
        app.admin(get("/admin/v1/audit")).await.status == 200
    })
    .await;
    world.set_offline(true);
    for up in ["/health", "/metrics", "/openapi.json"] {
        assert_eq!(app.send(get(up)).await.status, 200, "{up}");
    }
    for up in [
        path.as_str(),
        "/admin/v1/jobs",
        "/admin/v1/tenants",
        "/admin/v1/placement",
        "/admin/v1/placement/projection",
        "/admin/v1/fleet",
        "/admin/v1/search?id=acme",
        "/admin/v1/session",
    ] {
        assert_eq!(told(&app, get(up)).await, (200, String::new()), "{up}");
    }
    let unknown = format!("/admin/v1/jobs/job_{}", "0".repeat(26));
    for (ask, code) in [
        (create("bolt", "two"), "log_unavailable"),
        (verb(&job, "cancel", "c"), "log_unavailable"),
        (get(&unknown), "log_unavailable"),
        (get(&format!("{path}/events")), "log_unavailable"),
        (get("/admin/v1/placement/projection/history?tenant=acme"), "kv_unavailable"),
        (get("/admin/v1/audit").header("accept", "application/x-ndjson"), "audit_unavailable"),
    ] {
        assert_eq!(told(&app, ask.clone()).await, (503, code.to_owned()), "{ask:?}");
    }
    let not_ready = async || app.send(get("/ready")).await.status == 503;
    eventually("readiness says so", not_ready).await;
    let age = app.admin(get("/admin/v1/jobs")).await.json()["as_of"]["age_ms"].as_u64().unwrap();
    assert!(age > 0, "an old answer says how old it is");
    world.set_offline(false);
    app.until_ready().await;
    assert_eq!(told(&app, create("bolt", "two")).await.0, 202);
}

/// T2.2, T5.4
#[tokio::test]
async fn a_denial_that_cannot_be_audited_is_503_and_not_403() {
    let (world, _projector, app) = started().await;
    app.gateway.grant("reader", &["control.jobs.read"]);
    let token = app.gateway.signer.token("reader");
    world.audit.faults().push(Fault::Unavailable);
    let ask = || create("acme", "k").bearer(&token);
    let first = app.send(ask()).await;
    assert_eq!((first.status, first.code().as_str()), (503, "audit_unavailable"));
    assert_eq!(app.send(ask()).await.status, 403);
    assert_eq!(world.audit.messages().len(), 1);
    assert_eq!(world.commands.messages().len(), 0);
}

/// T2.2, T5.4
#[tokio::test]
async fn a_denied_read_that_could_not_be_audited_is_audited_when_it_is_repeated() {
    let (world, _projector, app) = started().await;
    app.gateway.grant("reader", &["control.fleet.read"]);
    let token = app.gateway.signer.token("reader");
    world.audit.faults().push(Fault::Unavailable);
    let ask = || get("/admin/v1/jobs").bearer(&token);
    assert_eq!(app.send(ask()).await.code(), "audit_unavailable");
    assert_eq!(app.send(ask()).await.status, 403);
    assert_eq!(app.send(ask()).await.status, 403);
    assert_eq!(world.audit.messages().len(), 1, "once a minute");
}

/// T5.4
#[tokio::test]
async fn a_full_or_leaderless_log_names_itself_and_the_key_stays_free() {
    let (world, _projector, app) = started().await;
    for (fault, expected) in [
        (Fault::Full, (507, "log_full", "30")),
        (Fault::Unavailable, (503, "log_unavailable", "1")),
    ] {
        world.commands.faults().push(fault);
        let reply = app.create("acme", "k").await;
        let after = reply.header("retry-after").unwrap();
        assert_eq!((reply.status, reply.code().as_str(), after), expected);
    }
    let stored = app.create("acme", "k").await;
    assert_eq!((stored.status, stored.header("idempotency-replayed")), (202, None));
}

/// T2.2
#[tokio::test]
async fn with_the_gateway_away_nobody_gains_a_right_and_nobody_is_called_a_stranger() {
    let (_world, _projector, app) = started().await;
    app.gateway.down(true);
    let fresh = app.admin(get("/admin/v1/jobs")).await;
    assert_eq!((fresh.status, fresh.code().as_str()), (503, "keys_unavailable"));
    app.gateway.down(false);
    let open = async || app.admin(get("/admin/v1/jobs")).await.status == 200;
    eventually("keys are fetched again", open).await;
    app.gateway.down(true);
    assert_eq!(told(&app, get("/admin/v1/jobs")).await.0, 200, "rights of a read hold for a while");
    app.gateway.grant("second", &["control.*"]);
    let token = app.gateway.signer.token("second");
    let unknown = app.send(get("/admin/v1/jobs").bearer(&token)).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (503, "rights_unavailable"));
    let ready = app.send(get("/ready")).await;
    assert_eq!(ready.status, 200, "a Gateway that is away takes nobody's console away");
    let sign_in = post("/admin/v1/session", &json!({ "username": "ops", "password": "x" }));
    let reply = app.send(sign_in).await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "gateway_unavailable"));
    assert_eq!(app.send(get("/health")).await.status, 200);
}

#[tokio::test]
async fn more_requests_than_are_worked_on_are_503_and_a_slow_one_is_504() {
    let (world, _projector, calm) = started().await;
    let settings = command_api::Settings {
        max_in_flight: 1,
        request_deadline: Duration::from_millis(300),
        ..settings()
    };
    let app = TestApp::not_ready(world.logs(), world.kv(), &calm.gateway, settings);
    app.until_ready().await;
    let slow = app.admin(get("/admin/v1/jobs?min_seq=1-9"));
    let busy = async {
        let full = async || app.send(get("/health")).await.code() == "overloaded";
        eventually("a second request is turned away", full).await;
    };
    let (slow, ()) = tokio::join!(slow, busy);
    assert_eq!((slow.status, slow.code().as_str()), (504, "deadline_exceeded"));
}
