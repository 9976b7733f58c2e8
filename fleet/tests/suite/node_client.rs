//! What the node client sends, and what it makes of answers.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    response::{IntoResponse, Response},
};
use fleet::{
    client::{DigestReading, TenantAt, read_token},
    contract::{
        ActivateRequest, DrainMode, DrainRequest, MapName, PrepareRequest, ProblemCode, ReadyState,
        ReloadRequest, Revisions, TenantQuery,
    },
    error::NodeError,
};
use http::Method;
use streams::{
    error::{Classified, ErrorClass},
    ids::{Epoch, Fence, Revision, Seq, TenantId},
    job::facts::TenantState,
};

use crate::fake::{Server, TOKEN, client, client_with, flow, problem, quick, stamp};

fn acme() -> TenantId {
    "acme".parse().unwrap()
}

fn drain() -> DrainRequest {
    DrainRequest {
        mode: DrainMode::Graceful,
        deadline_ms: Some(60_000),
        force_on_deadline: false,
        reason: "move".to_owned(),
        job_id: stamp().job_id,
    }
}

async fn always(body: &'static str) -> Server {
    Server::start(Router::new().fallback(move || async move { body })).await
}

/// T2.2
#[tokio::test]
async fn every_mutation_carries_ids_fence_key_and_where_meant_tenant_and_epoch() {
    let node = always("{}").await;
    let (client, target, stamp, tenant) = (client(), node.node(), stamp(), acme());
    let at = TenantAt { tenant: &tenant, epoch: Epoch(8) };
    let prepare = PrepareRequest { epoch: Epoch(8), from_seq: Seq(0), hold_at: None };
    let activate = ActivateRequest { epoch: Epoch(8), min_seq: Seq(5) };
    let reload = ReloadRequest { min_revision: Revisions::new(), wait_ms: 0 };
    let _ = client.drain(&target, &stamp, at, &drain()).await;
    let _ = client.undrain(&target, &stamp, at).await;
    let _ = client.prepare(&target, &stamp, &tenant, &prepare).await;
    let _ = client.release(&target, &stamp, at).await;
    let _ = client.activate(&target, &stamp, &tenant, &activate).await;
    let _ = client.drop_tenant(&target, &stamp, at).await;
    let _ = client.drain_node(&target, &stamp, &drain()).await;
    let _ = client.undrain_node(&target, &stamp).await;
    let _ = client.reload(&target, &stamp, &reload).await;
    let seen = node.seen();
    let calls: Vec<_> = seen.iter().map(|s| (s.method.clone(), s.path.as_str())).collect();
    let t = "/admin/v1/tenants/acme";
    assert_eq!(
        calls,
        [
            (Method::PUT, &*format!("{t}/drain")),
            (Method::DELETE, &*format!("{t}/drain")),
            (Method::POST, &*format!("{t}/prepare")),
            (Method::DELETE, &*format!("{t}/prepare")),
            (Method::POST, &*format!("{t}/activate")),
            (Method::DELETE, t),
            (Method::PUT, "/admin/v1/drain"),
            (Method::DELETE, "/admin/v1/drain"),
            (Method::POST, "/admin/v1/reload"),
        ]
    );
    for (index, request) in seen.iter().enumerate() {
        assert_eq!(request.header("authorization"), format!("Bearer {TOKEN}"));
        assert_eq!(request.header("x-request-id"), "req_test-1");
        assert_eq!(request.header("x-correlation-id"), "cor_test-1");
        let trace: Vec<_> = request.header("traceparent").split('-').collect();
        assert_eq!((trace[0], trace[1]), ("00", "0af7651916cd43dd8448eb211c80319c"));
        assert!(trace[2].len() == 16 && trace[2] != "0000000000000000" && trace[3] == "01");
        let key = "job_01ARZ3NDEKTSV4RRFFQ69G5FAV/04.drain";
        assert_eq!(request.header("idempotency-key"), key);
        assert_eq!(request.header("x-control-fence"), "90211");
        let about = (request.header("x-tenant-id"), request.header("x-placement-epoch"));
        assert_eq!(about, if index < 6 { ("acme", "8") } else { ("", "") });
    }
    let undo = fleet::client::Stamp { undo: true, ..stamp };
    let _ = client.undrain(&target, &undo, at).await;
    let last = node.seen().pop().unwrap();
    assert!(last.header("idempotency-key").ends_with("/04.drain/undo"));
}

#[tokio::test]
async fn bodies_are_exactly_the_contract() {
    let node = always("{}").await;
    let tenant = acme();
    let at = TenantAt { tenant: &tenant, epoch: Epoch(8) };
    let _ = client().drain(&node.node(), &stamp(), at, &drain()).await;
    let held = PrepareRequest { epoch: Epoch(8), from_seq: Seq(0), hold_at: Some(Seq(5519)) };
    let _ = client().prepare(&node.node(), &stamp(), &tenant, &held).await;
    let min_revision = Revisions::from([(MapName::RunnerPlacement, Revision(812))]);
    let reload = ReloadRequest { min_revision, wait_ms: 0 };
    let _ = client().reload(&node.node(), &stamp(), &reload).await;
    let bodies: Vec<serde_json::Value> =
        node.seen().iter().map(|s| serde_json::from_slice(&s.body).unwrap()).collect();
    let expected = serde_json::json!([
        {"mode":"graceful","deadline_ms":60000,"force_on_deadline":false,"reason":"move",
         "job_id":"job_01ARZ3NDEKTSV4RRFFQ69G5FAV"},
        {"epoch":8,"from_seq":0,"hold_at":5519},
        {"min_revision":{"runner_placement":812},"wait_ms":0},
    ]);
    assert_eq!(serde_json::Value::from(bodies), expected);
}

#[tokio::test]
async fn the_examples_of_the_contract_sheet_decode() {
    let status = r#"{"tenant_id":"acme","state":"active","epoch":7,"fence":90211,
        "inflight":{"count":3,"oldest_ms":840,
            "blockers":[{"id":"c1","kind":"command","age_ms":840}]},
        "lag":{"applied_seq":5500,"head_seq":5519,"events":4,"age_ms":120},"size_bytes":1,
        "observed_at":"2026-11-24T14:00:00Z","future_field":true}"#;
    let node = always(status).await;
    let tenant = client().tenant(&node.node(), &flow(), &acme()).await.unwrap();
    assert_eq!((tenant.state, tenant.fence), (TenantState::Active, Fence(90_211)));
    let other = client().tenant(&node.node(), &flow(), &"globex".parse().unwrap()).await;
    assert!(matches!(other, Err(NodeError::BadBody { .. })), "{other:?}");
    let query = TenantQuery {
        state: Some(TenantState::Active),
        cursor: Some("a&b=c".to_owned()),
        limit: Some(5),
    };
    let _ = client().tenants(&node.node(), &flow(), &query).await;
    let path = node.seen().pop().unwrap().path;
    assert_eq!(path, "/admin/v1/tenants?state=active&cursor=a%26b%3Dc&limit=5");
}

#[tokio::test]
async fn garbage_and_foreign_answers_are_unreadable_and_not_retried() {
    let wrong_node = r#"{"status":"ok","service":"runner","node_id":"n-2","version":"1",
        "git_sha":"x","started_at":"2026-11-24T14:00:00Z"}"#;
    for (body, code) in [("<html>", "node_answer_unreadable"), (wrong_node, "node_identity")] {
        let node = always(body).await;
        let error = client().health(&node.node(), &flow()).await.unwrap_err();
        assert_eq!((error.code(), error.is_retryable()), (code, false));
        assert!(!error.to_string().contains("<html>"), "no body in the message");
    }
}

#[tokio::test]
async fn problems_keep_status_code_wait_and_the_current_value() {
    let router = Router::new().fallback(|request: axum::extract::Request| async move {
        match request.method().as_str() {
            "PUT" => problem(412, r#"{"code":"stale_fence","current_fence":90500,"detail":"d"}"#),
            "DELETE" => {
                let mut late = problem(503, r#"{"code":"unavailable","status":503}"#);
                late.headers_mut().insert("retry-after", "7".parse().unwrap());
                late
            }
            _ => (http::StatusCode::BAD_GATEWAY, "<html>proxy</html>").into_response(),
        }
    });
    let node = Server::start(router).await;
    let tenant = acme();
    let at = TenantAt { tenant: &tenant, epoch: Epoch(8) };
    let stale = client().drain(&node.node(), &stamp(), at, &drain()).await.unwrap_err();
    assert_eq!((stale.code(), stale.class()), ("stale_fence", ErrorClass::Conflict));
    let NodeError::Problem { body, .. } = &stale else { panic!("{stale}") };
    assert_eq!(body.current_fence, Some(Fence(90_500)));
    assert!(!stale.is_retryable() && stale.had_no_effect());
    let late = client().undrain(&node.node(), &stamp(), at).await.unwrap_err();
    assert_eq!((late.retry_after_ms(), late.is_retryable()), (Some(7_000), true));
    let proxy = client().health(&node.node(), &flow()).await.unwrap_err();
    assert_eq!(proxy.problem(), Some(&ProblemCode::Other("http_502".to_owned())));
    assert!(proxy.is_retryable() && proxy.class() == ErrorClass::Unavailable);
}

#[tokio::test]
async fn ready_reads_its_body_from_503_too() {
    let draining = r#"{"status":"draining","checks":[],"placement":{"aggregate_placement":812}}"#;
    let node = Server::start(Router::new().fallback(|| async { problem(503, draining) })).await;
    let ready = client().ready(&node.node(), &flow()).await.unwrap();
    assert_eq!(ready.status, ReadyState::Draining);
    assert_eq!(ready.placement[&MapName::AggregatePlacement], Revision(812));
    let node = Server::start(Router::new().fallback(|| async { problem(503, "gone") })).await;
    let error = client().ready(&node.node(), &flow()).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
}

#[tokio::test]
async fn no_drain_and_a_pending_digest_are_answers() {
    let router = Router::new().fallback(|request: axum::extract::Request| async move {
        if request.uri().path().ends_with("/digest") {
            let builder = Response::builder().status(202);
            return builder.body(Body::from(r#"{"at_seq":7}"#)).unwrap();
        }
        problem(404, r#"{"code":"no_drain"}"#)
    });
    let node = Server::start(router).await;
    assert_eq!(client().drain_status(&node.node(), &flow(), &acme()).await, Ok(None));
    assert_eq!(client().node_drain_status(&node.node(), &flow()).await, Ok(None));
    let digest = client().digest(&node.node(), &flow(), &acme(), Seq(7)).await.unwrap();
    assert!(matches!(digest, DigestReading::Pending(p) if p.at_seq == Seq(7)));
    assert_eq!(node.seen().pop().unwrap().path, "/admin/v1/tenants/acme/digest?at_seq=7");
}

#[tokio::test]
async fn a_reload_has_the_time_it_asks_the_node_to_wait() {
    let router = Router::new().fallback(|| async {
        streams::clock::pause(Duration::from_millis(400)).await;
        let hash = streams::ids::Hash::zero();
        let body = format!(r#"{{"applied":{{"runner_placement":9}},"snapshot_sha256":"{hash}"}}"#);
        (http::StatusCode::ACCEPTED, body)
    });
    let node = Server::start(router).await;
    let client = client_with(&quick(200));
    let reload = |wait_ms| ReloadRequest { min_revision: Revisions::new(), wait_ms };
    let done = client.reload(&node.node(), &stamp(), &reload(2_000)).await.unwrap();
    assert!(!done.reached);
    assert_eq!(done.result.applied[&MapName::RunnerPlacement], Revision(9));
    let error = client.reload(&node.node(), &stamp(), &reload(0)).await.unwrap_err();
    assert!(matches!(error, NodeError::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn the_token_is_in_no_debug_output_and_no_error() {
    let node = always("x").await;
    let client = client();
    let error = client.health(&node.node(), &flow()).await.unwrap_err();
    for text in [format!("{client:?}"), format!("{error:?}"), error.to_string()] {
        assert!(!text.contains(TOKEN), "{text}");
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    std::fs::write(&path, format!("  {TOKEN}\n")).unwrap();
    let token = read_token(&path).unwrap();
    assert!(!format!("{token:?}").contains(TOKEN));
    std::fs::write(&path, "two words").unwrap();
    assert!(read_token(&path).is_err());
}
