//! The door besides tokens: health, headers of tenants and keys, bodies, cookies and other sites.

use serde_json::{Value, json};
use streams::ids::Seq;

use super::app::{Ask, JOBS, TestApp, create, get, post, started, verb};

async fn refused(app: &TestApp, ask: Ask, expected: (u16, &str), what: &str) {
    let reply = app.admin(ask).await;
    assert_eq!((reply.status, reply.code().as_str()), expected, "{what}: {:?}", reply.json());
}

/// T2.1
#[tokio::test]
async fn health_and_readiness_answer_and_name_what_they_looked_at() {
    let (_world, _projector, app) = started().await;
    let health = app.send(get("/health")).await;
    assert_eq!((health.status, health.json()["status"].clone()), (200, json!("ok")));
    let ready = app.send(get("/ready")).await.json();
    let names: Vec<_> = ready["checks"].as_array().unwrap().iter().map(|c| &c["name"]).collect();
    assert_eq!(names, ["gateway", "nats", "placement", "read_models"]);
    let metrics = app.send(get("/metrics")).await;
    let text = String::from_utf8(metrics.bytes.to_vec()).unwrap();
    assert!(text.contains("control_plane_build_info"), "{text}");
}

/// T2.3
#[tokio::test]
async fn a_bad_tenant_header_is_400_and_publishes_nothing_and_an_unknown_tenant_is_403() {
    let (world, _projector, app) = started().await;
    let body = json!({ "params": { "targets": {} } });
    for bad in ["", "a.b", "*", ">", "A", "_", "acme bolt", " ", "ac\u{fc}me", "acme,bolt"] {
        let ask = post(JOBS, &body).header("idempotency-key", "k").header("x-tenant-id", bad);
        refused(&app, ask, (400, "tenant_header_invalid"), bad).await;
    }
    let none = post(JOBS, &body).header("idempotency-key", "k");
    refused(&app, none.clone(), (400, "tenant_header_invalid"), "none").await;
    let twice = none.clone().header("x-tenant-id", "acme").header("x-tenant-id", "acme");
    refused(&app, twice, (400, "tenant_header_invalid"), "two").await;
    for log in [&world.commands, &world.audit] {
        assert_eq!(log.messages().len() as u64, Seq(0).0);
    }
    let unknown = none.header("x-tenant-id", "nobody");
    refused(&app, unknown, (403, "forbidden"), "unknown").await;
    assert_eq!(world.audit.messages().len(), 1, "denials are audited");
    assert_eq!(app.admin(get("/admin/v1/jobs").header("x-tenant-id", "*")).await.status, 200);
}

#[tokio::test]
async fn a_bad_idempotency_key_is_400_and_stores_nothing() {
    let (world, _projector, app) = started().await;
    let body = json!({ "params": { "targets": { "projection": "prj-02" } }, "reason": "r",
        "plan_hash": "0".repeat(64) });
    let ask = post(JOBS, &body).header("x-tenant-id", "acme");
    for bad in ["", "a b", "k\u{e4}se", &"k".repeat(129)] {
        let ask = ask.clone().header("idempotency-key", bad);
        refused(&app, ask, (400, "idempotency_key_invalid"), bad).await;
    }
    refused(&app, ask.clone(), (400, "idempotency_key_invalid"), "none").await;
    let twice = ask.header("idempotency-key", "k").header("idempotency-key", "k");
    refused(&app, twice, (400, "idempotency_key_invalid"), "two").await;
    assert_eq!(world.commands.messages().len(), 0);
}

#[tokio::test]
async fn a_body_that_is_not_exactly_what_is_asked_for_is_refused_and_stores_nothing() {
    let (world, _projector, app) = started().await;
    let good = json!({ "params": { "targets": { "projection": "prj-02" } }, "reason": "r",
        "plan_hash": "0".repeat(64) });
    let change = |pointer: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        body.to_string()
    };
    let mut unknown = good.clone();
    unknown["tenant_id"] = json!("acme");
    for (body, expected) in [
        (String::new(), (400, "malformed_json")),
        ("{".to_owned(), (400, "malformed_json")),
        (format!("{good}x"), (400, "malformed_json")),
        ("[".repeat(100_000)[..60_000].to_owned(), (400, "malformed_json")),
        (format!("{{\"params\":{}1{}}}", "[".repeat(17), "]".repeat(17)), (400, "malformed_json")),
        ("null".to_owned(), (422, "invalid_body")),
        ("[]".to_owned(), (422, "invalid_body")),
        (unknown.to_string(), (422, "invalid_body")),
        (change("/plan_hash", json!("x")), (422, "invalid_body")),
        (change("/params/targets/projection", json!("a.b")), (422, "invalid_body")),
        (change("/params/targets/projection", Value::Null), (422, "target_unresolved")),
        (change("/params/targets", json!({})), (422, "plan_no_targets")),
        (change("/params/targets", json!({ "gateway": "x" })), (422, "invalid_body")),
        (change("/reason", Value::Null), (422, "reason_invalid")),
        (change("/reason", json!(" \t ")), (422, "reason_invalid")),
        (change("/reason", json!("a\u{0}b")), (422, "reason_invalid")),
        (change("/reason", json!("x".repeat(501))), (422, "reason_invalid")),
        (change("/reason", json!("x".repeat(70_000))), (413, "body_too_large")),
    ] {
        let ask = create("acme", "k").body(&body);
        refused(&app, ask, expected, &body.chars().take(80).collect::<String>()).await;
    }
    let text = Ask::of(&axum::http::Method::POST, JOBS).body(&good.to_string());
    let text = text.header("x-tenant-id", "acme").header("idempotency-key", "k");
    refused(&app, text.clone(), (415, "unsupported_media_type"), "no type").await;
    let form = text.header("content-type", "application/x-www-form-urlencoded");
    refused(&app, form, (415, "unsupported_media_type"), "a form").await;
    assert_eq!(world.commands.messages().len(), 0);
}

#[tokio::test]
async fn ids_kinds_and_queries_that_are_none_are_told_apart() {
    let (_world, _projector, app) = started().await;
    let nobody = format!("job_{}", "0".repeat(26));
    for (path, expected) in [
        ("/admin/v1/jobs/x".to_owned(), (400, "invalid_id")),
        ("/admin/v1/jobs/job_%2E%2E".to_owned(), (400, "invalid_id")),
        ("/admin/v1/jobs/%FF".to_owned(), (400, "invalid_id")),
        (format!("/admin/v1/jobs/{nobody}"), (404, "unknown_job")),
        (format!("/admin/v1/jobs/{nobody}/events"), (404, "unknown_job")),
        ("/admin/v1/placement/gateway".to_owned(), (404, "unknown_kind")),
        ("/admin/v1/tenants/nobody".to_owned(), (404, "unknown_tenant")),
        ("/admin/v1/tenants/a.b".to_owned(), (400, "invalid_id")),
        ("/admin/v1/audit/evt-01".to_owned(), (400, "invalid_id")),
        ("/admin/v1/audit/evt-999".to_owned(), (404, "not_found")),
        ("/admin/v1/jobs?limit=0".to_owned(), (400, "invalid_query")),
        ("/admin/v1/jobs?limit=201".to_owned(), (400, "invalid_query")),
        ("/admin/v1/jobs?nonsense=1".to_owned(), (400, "invalid_query")),
        ("/admin/v1/jobs?state=fine".to_owned(), (400, "invalid_query")),
        ("/admin/v1/jobs?cursor=abc".to_owned(), (400, "invalid_query")),
        ("/admin/v1/jobs?sort=reason".to_owned(), (400, "invalid_query")),
        ("/admin/v1/jobs?since=yesterday".to_owned(), (400, "invalid_query")),
        ("/admin/v1/jobs?min_seq=x".to_owned(), (400, "invalid_query")),
        ("/admin/v1/tenants?kind=projection".to_owned(), (400, "invalid_query")),
        ("/admin/v1/search?id=".to_owned(), (400, "invalid_query")),
        ("/admin/v1/nothing".to_owned(), (404, "not_found")),
    ] {
        refused(&app, get(&path), expected, &path).await;
    }
    let large = get("/health").header("x-large", &"x".repeat(33 * 1024));
    refused(&app, large, (431, "headers_too_large"), "headers").await;
    let patch = Ask::of(&axum::http::Method::PATCH, "/admin/v1/jobs");
    let reply = app.admin(patch).await;
    assert_eq!((reply.status, reply.code().as_str()), (405, "method_not_allowed"));
    assert!(reply.header("allow").is_some_and(|methods| methods.contains("GET")));
    refused(&app, verb(&nobody, "cancel", "k"), (404, "unknown_job"), "a verb").await;
}

/// T2.2
#[tokio::test]
async fn a_cookie_signs_in_and_a_mutation_by_it_must_come_from_the_console() {
    let (_world, _projector, app) = started().await;
    let wrong = json!({ "username": "ops", "password": "wrong" });
    let reply = app.send(post("/admin/v1/session", &wrong)).await;
    assert_eq!((reply.status, reply.code().as_str()), (401, "sign_in_failed"));
    app.gateway.logs_in_with(app.gateway.signer.token("admin"));
    let reply = app.send(post("/admin/v1/session", &wrong)).await;
    assert_eq!(reply.status, 204);
    let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let who = app.send(get("/admin/v1/session").header("cookie", &cookie)).await;
    assert_eq!(who.json()["principal"]["sub"], "admin");
    let ask = create("acme", "k").header("cookie", &cookie);
    let bare = app.send(ask.clone()).await;
    assert_eq!((bare.status, bare.code().as_str()), (403, "csrf_refused"));
    let ask = ask.header("x-control-ui", "1");
    let other = ask.clone().header("host", "control").header("origin", "https://evil.test");
    assert_eq!(app.send(other).await.code(), "csrf_refused");
    let site = ask.clone().header("sec-fetch-site", "cross-site");
    assert_eq!(app.send(site).await.code(), "csrf_refused");
    let own = ask.header("host", "control").header("origin", "https://control");
    assert_eq!(app.send(own).await.status, 202);
}

#[tokio::test]
async fn a_token_too_large_for_a_cookie_is_refused_at_sign_in_and_its_session_is_ended() {
    let (_world, _projector, app) = started().await;
    let (key, mut claims) = (&app.gateway.signer, super::gateway::claims("admin"));
    claims["groups"] = json!("x".repeat(3500));
    app.gateway.logs_in_with(key.sign(&key.header(), &claims));
    let body = json!({ "username": "ops", "password": "right" });
    let reply = app.send(post("/admin/v1/session", &body)).await;
    assert_eq!((reply.status, reply.code().as_str()), (502, "token_too_large"));
    assert_eq!(reply.header("set-cookie"), None);
    assert_eq!(app.gateway.asked("logout"), 1);
}
