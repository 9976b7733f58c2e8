//! Writes to the Gateway in the audit log: intent before, outcome after, whatever happens between.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use command_api::sweeper::{self, Pace, Sweeper};
use serde_json::{Value, json};
use streams::{
    ids::Seq,
    log::{AuditLog, AuditRecord, AuditResult},
    memory::{Fault, World},
};
use tokio::sync::Notify;

use super::{
    app::{Ask, TestApp, eventually, get, settings, started},
    gateway::administration::{Script, says},
    passing::write,
};

const USER: &str = "/admin/v1/iam/users/usr_1";
const SECRET: &str = "correct horse battery staple";

/// Records of class `write`, with their sequences.
fn written(world: &World) -> Vec<(Seq, AuditRecord)> {
    let messages = world.audit.messages();
    let all = messages.iter().map(|m| (m.seq, AuditLog::decode(m).unwrap()));
    all.filter(|(_, record)| record.class == "write").collect()
}

/// Rows of the audit list that are about writes, newest first.
async fn rows(app: &TestApp, query: &str) -> Vec<Value> {
    let reply = app.admin(get(&format!("/admin/v1/audit?{query}"))).await;
    assert_eq!(reply.status, 200, "{query} {:?}", reply.bytes);
    let items = reply.json()["items"].as_array().unwrap().clone();
    items.into_iter().filter(|row| row["resource"].is_string()).collect()
}

async fn until(app: &TestApp, result: &str) -> Value {
    let found = async || rows(app, &format!("result={result}")).await.len() == 1;
    eventually(&format!("a row is {result}"), found).await;
    rows(app, &format!("result={result}")).await.remove(0)
}

fn quick() -> Pace {
    Pace { every: Duration::from_millis(20), after: Duration::from_millis(100) }
}

/// I6, T2.2
#[tokio::test]
async fn a_write_is_an_intent_before_it_is_sent_and_an_outcome_after_and_one_row() {
    let (world, _projector, app) = started().await;
    let let_go = Arc::new(Notify::new());
    let made = says(201, "application/json", "{}").with("location", "/iam/v1/users/usr_9");
    app.gateway.administration.script(Script::Waits(Arc::clone(&let_go), made));
    let body = json!({ "username": "ada", "password": SECRET }).to_string();
    let ask = Ask::of(&Method::POST, "/admin/v1/iam/users")
        .header("content-type", "application/json")
        .header("x-reason", "gr%C3%B6%C3%9Fere Schicht")
        .header("x-correlation-id", "cor:write")
        .body(&body);
    let asking = {
        let app = app.clone();
        tokio::spawn(async move { app.admin(ask).await })
    };
    let sent = async || app.gateway.administration.arrived().len() == 1;
    eventually("the Gateway has it", sent).await;
    let [(seq, intent)] = written(&world).try_into().unwrap();
    assert_eq!((intent.result, intent.closes), (AuditResult::Pending, None));
    let row = until(&app, "pending").await;
    assert_eq!((&row["resource"], &row["closed_at"]), (&json!("users"), &Value::Null));
    let_go.notify_one();
    assert_eq!(asking.await.unwrap().status, 201);
    let [_, (closed, outcome)] = written(&world).try_into().unwrap();
    assert_eq!((outcome.closes, outcome.result), (Some(seq), AuditResult::Ok));
    let row = until(&app, "ok").await;
    assert_eq!(row["seq"], format!("aud-{seq}"));
    for (field, expected) in [
        ("operation", json!("iam.users.create")),
        ("resource", json!("users/usr_9")),
        ("status", json!(201)),
        ("closed_seq", json!(closed.0)),
        ("actor", json!("admin")),
        ("right", json!("control.iam.write")),
        ("reason", json!("größere Schicht")),
    ] {
        assert_eq!(row[field], expected, "{field}");
    }
    assert_eq!(row["ids"]["correlation_id"], "cor:write");
    let one = app.admin(get(&format!("/admin/v1/audit/aud-{seq}"))).await.json();
    assert_eq!(one["result"], "ok");
    for query in ["resource=users/usr_9", "operation=iam.users.create", "correlation_id=cor:write"]
    {
        assert_eq!(rows(&app, query).await.len(), 1, "{query}");
    }
    let hits = app.admin(get("/admin/v1/search?id=cor:write")).await.json();
    assert_eq!(hits["hits"][0]["type"], "audit", "{hits}");
    let stored = world.audit.messages();
    assert!(stored.iter().all(|m| !String::from_utf8_lossy(&m.payload).contains(SECRET)));
}

/// I6
#[tokio::test]
async fn the_row_says_what_the_gateway_said() {
    for (status, code, expected) in [
        (200, None, "ok"),
        (401, Some("unauthenticated"), "denied"),
        (403, Some("forbidden"), "denied"),
        (404, Some("not_found"), "error"),
        (409, Some("last_administrator"), "error"),
        (412, Some("stale_version"), "error"),
        (428, Some("version_required"), "error"),
        (429, Some("rate_limited"), "error"),
        (500, Some("internal"), "error"),
        (503, Some("unavailable"), "error"),
        (504, None, "unknown"),
        (502, None, "unknown"),
    ] {
        let (world, _projector, app) = started().await;
        let body = code.map_or("{}".to_owned(), |code| json!({ "code": code }).to_string());
        let answer = says(status, "application/json", body);
        app.gateway.administration.script(Script::Says(answer));
        let path = "/admin/v1/config/tenant/documents/limits";
        let ask = write(&Method::PUT, path).header("x-tenant-id", "acme");
        assert_eq!(app.admin(ask).await.status, status);
        let row = until(&app, expected).await;
        assert_eq!((&row["status"], &row["code"]), (&json!(status), &json!(code)), "{status}");
        assert_eq!(row["tenant_id"], "acme");
        assert_eq!(
            (&row["operation"], &row["resource"]),
            (&json!("config.documents.write"), &json!("documents/limits"))
        );
        assert_eq!(written(&world).len(), 2);
    }
}

/// I6
#[tokio::test]
async fn without_a_recorded_intent_nothing_is_sent() {
    let (world, _projector, app) = started().await;
    for fault in [Fault::Unavailable, Fault::Full, Fault::UnknownNotStored, Fault::UnknownStored] {
        world.audit.faults().push(fault);
        let reply = app.admin(write(&Method::DELETE, USER)).await;
        assert_eq!((reply.status, reply.code().as_str()), (503, "audit_unavailable"), "{fault:?}");
    }
    world.set_offline(true);
    let reply = app.admin(write(&Method::DELETE, USER)).await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "audit_unavailable"));
    assert_eq!(app.gateway.administration.arrived().len(), 0);
    world.set_offline(false);
    // The one intent that was stored without our hearing of it is closed like any other.
    let sweeping = tokio::spawn(sweeper::run(app.state.clone(), quick()));
    until(&app, "unknown").await;
    sweeping.abort();
}

/// I6, T2.2
#[tokio::test]
async fn what_we_refuse_ourselves_is_one_record_and_not_a_pair() {
    let (world, _projector, app) = started().await;
    app.gateway.grant("reader", &["control.iam.read"]);
    let denied = write(&Method::PUT, USER).bearer(&app.gateway.signer.token("reader"));
    assert_eq!(app.send(denied).await.code(), "forbidden");
    let silent = Ask::of(&Method::DELETE, USER);
    assert_eq!(app.admin(silent).await.code(), "reason_invalid");
    let lost = write(&Method::PUT, "/admin/v1/iam/users/%2e%2e");
    assert_eq!(app.admin(lost).await.code(), "invalid_id");
    let records: Vec<_> =
        world.audit.messages().iter().map(|m| AuditLog::decode(m).unwrap()).collect();
    let told: Vec<_> = records.iter().map(|r| (r.class.as_str(), r.operation.as_str())).collect();
    assert_eq!(told, [("denied", "iam.users.update"), ("refused", "iam.users.delete")]);
    assert!(records.iter().all(|r| r.resource.as_deref() == Some("users/usr_1")));
    let read = get(USER).bearer(&app.gateway.signer.token("nobody"));
    assert_eq!(app.send(read).await.code(), "forbidden");
    let last = world.audit.messages().pop().unwrap();
    assert_eq!(AuditLog::decode(&last).unwrap().operation, "iam.read");
    assert_eq!(app.gateway.administration.arrived().len(), 0);
}

/// I6
#[tokio::test]
async fn an_answer_that_does_not_come_may_have_happened_and_is_said_so() {
    let (_world, _projector, app) = started().await;
    app.gateway.administration.script(Script::Silent);
    let reply = app.admin(write(&Method::PUT, USER)).await;
    assert_eq!((reply.status, reply.code().as_str()), (504, "gateway_outcome_unknown"));
    let row = until(&app, "unknown").await;
    assert_eq!(row["code"], "gateway_outcome_unknown");
    app.gateway.administration.script(Script::Breaks);
    let reply = app.admin(write(&Method::PUT, USER)).await;
    assert_eq!((reply.status, reply.code().as_str()), (504, "gateway_outcome_unknown"));
    let away = says(303, "", "").with("location", "/iam/v1/users");
    app.gateway.administration.script(Script::Says(away));
    let reply = app.admin(write(&Method::PUT, USER)).await;
    assert_eq!((reply.status, reply.code().as_str()), (502, "gateway_error"));
    let page = says(200, "text/html", "<h1>Sign in</h1>");
    app.gateway.administration.script(Script::Says(page));
    let reply = app.admin(write(&Method::PUT, USER)).await;
    assert_eq!((reply.status, reply.code().as_str()), (502, "gateway_error"));
    let all = async || rows(&app, "result=unknown").await.len() == 4;
    eventually("nobody can tell of any of them", all).await;
}

#[tokio::test]
async fn a_gateway_that_nobody_can_connect_to_has_done_nothing() {
    let (_world, _projector, app) = started().await;
    // Tokens and rights are known by now; from here on nobody listens.
    assert_eq!(app.admin(write(&Method::DELETE, USER)).await.status, 204);
    app.gateway.hang_up().await;
    let reply = app.admin(write(&Method::PUT, USER)).await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "gateway_unavailable"));
    let row = until(&app, "error").await;
    assert_eq!((&row["code"], &row["status"]), (&json!("gateway_unavailable"), &Value::Null));
}

/// I6
#[tokio::test]
async fn a_client_that_goes_away_takes_the_outcome_not_with_it() {
    let (world, _projector, app) = started().await;
    let let_go = Arc::new(Notify::new());
    let done = says(200, "application/json", "{}");
    app.gateway.administration.script(Script::Waits(Arc::clone(&let_go), done));
    let asking = {
        let app = app.clone();
        tokio::spawn(async move { app.admin(write(&Method::PUT, USER)).await })
    };
    let sent = async || app.gateway.administration.arrived().len() == 1;
    eventually("the Gateway has it", sent).await;
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    let_go.notify_one();
    let row = until(&app, "ok").await;
    assert_eq!(row["status"], 200);
    assert_eq!(written(&world).len(), 2);
}

/// I6
#[tokio::test]
async fn an_outcome_that_cannot_be_recorded_is_answered_and_recorded_later() {
    for fault in [Fault::Unavailable, Fault::UnknownNotStored, Fault::UnknownStored] {
        let (world, _projector, app) = started().await;
        let let_go = Arc::new(Notify::new());
        let done = says(200, "application/json", "{\"done\":1}");
        app.gateway.administration.script(Script::Waits(Arc::clone(&let_go), done));
        let asking = {
            let app = app.clone();
            tokio::spawn(async move { app.admin(write(&Method::PUT, USER)).await })
        };
        let sent = async || app.gateway.administration.arrived().len() == 1;
        eventually("the Gateway has it", sent).await;
        world.audit.faults().push(fault);
        let_go.notify_one();
        let reply = asking.await.unwrap();
        assert_eq!((reply.status, reply.json()), (200, json!({ "done": 1 })), "{fault:?}");
        until(&app, "ok").await;
        assert_eq!(written(&world).len(), 2, "{fault:?}: one outcome, however often it was tried");
    }
}

/// I6
#[tokio::test]
async fn an_intent_whose_process_died_is_closed_as_unknown_once_and_a_late_outcome_wins() {
    let (world, _projector, app) = started().await;
    // What a process leaves that dies while the Gateway works.
    app.gateway.administration.script(Script::Silent);
    let asking = {
        let app = app.clone();
        tokio::spawn(async move { app.admin(write(&Method::DELETE, USER)).await })
    };
    eventually("the intent is recorded", async || written(&world).len() == 1).await;
    let (seq, intent) = written(&world).remove(0);
    let others = TestApp::not_ready(world.logs(), world.kv(), &app.gateway, settings());
    let sweeping = [
        tokio::spawn(sweeper::run(app.state.clone(), quick())),
        tokio::spawn(sweeper::run(others.state.clone(), quick())),
    ];
    let row = until(&app, "unknown").await;
    assert_eq!(
        (&row["seq"], &row["code"]),
        (&json!(format!("aud-{seq}")), &json!("gateway_outcome_unknown"))
    );
    let closings = |world: &World| {
        let all = written(world).into_iter();
        all.filter(|(_, r)| r.result == AuditResult::Unknown).count()
    };
    assert_eq!(closings(&world), 1, "two processes close it once");
    let late = AuditRecord {
        record_id: "cmd_01J9ZK7Q4M8V2T6RX3WB5NCE0H".parse().unwrap(),
        result: AuditResult::Ok,
        status: Some(204),
        closes: Some(seq),
        ..intent
    };
    world.logs().audit.append(&late).await.unwrap();
    assert_eq!(until(&app, "ok").await["status"], 204);
    let reply = asking.await.unwrap();
    assert_eq!(reply.code(), "gateway_outcome_unknown");
    assert_eq!(rows(&app, "result=unknown").await.len(), 0, "what is known stays known");
    for task in sweeping {
        task.abort();
    }
}

/// I6
#[tokio::test]
async fn nothing_is_closed_that_is_only_not_visible_yet() {
    let (world, projector, app) = started().await;
    let let_go = Arc::new(Notify::new());
    let done = says(204, "", "");
    app.gateway.administration.script(Script::Waits(Arc::clone(&let_go), done));
    let asking = {
        let app = app.clone();
        tokio::spawn(async move { app.admin(write(&Method::DELETE, USER)).await })
    };
    until(&app, "pending").await;
    // The projector stands still while the write ends: its row stays pending.
    drop(projector);
    let_go.notify_one();
    assert_eq!(asking.await.unwrap().status, 204);
    assert_eq!(written(&world).len(), 2);
    let mut sweeper = Sweeper::new(app.state.clone(), Duration::ZERO);
    for look in 0..10 {
        sweeper.sweep().await;
        assert_eq!(written(&world).len(), 2, "it waits for the view, look {look}");
    }
    let _projector = super::app::project(&world);
    until(&app, "ok").await;
    sweeper.sweep().await;
    assert_eq!(written(&world).len(), 2);
}
