//! The routes that need no right: health, readiness, metrics, the OpenAPI document.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use observability::ops::{Check, CheckStatus, Checks};
use serde::Serialize;
use streams::ids::FlowIds;

use crate::{auth::guard::Public, edge::flow, read::view::Index, router, state::AppState};

/// NATS is not ready when it has not answered for this long.
const NATS_SILENCE: Duration = Duration::from_secs(4);
/// The Gateway's time to answer a readiness check.
const GATEWAY_PATIENCE: Duration = Duration::from_secs(1);

/// That the process answers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
    /// Always `command-api`.
    #[schema(example = "command-api")]
    service: &'static str,
    /// Version of the build.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// Commit of the build.
    git_sha: &'static str,
}

/// Whether requests are served as they should be.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Readiness {
    /// One word.
    status: ReadyWord,
    /// Each check by name.
    checks: Vec<ReadyCheck>,
}

/// Ready means: no check fails.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReadyWord {
    /// 200.
    Ready,
    /// 503.
    NotReady,
}

/// One named check.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ReadyCheck {
    /// `nats`, `read_models`, `placement` or `gateway`.
    #[schema(example = "nats")]
    name: String,
    /// How it stands.
    status: CheckWord,
    /// A sentence; empty on pass.
    detail: String,
}

/// Only `fail` makes the service not ready.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CheckWord {
    /// Works.
    Pass,
    /// Works, but somebody should look.
    Warn,
    /// Does not work.
    Fail,
}

/// Alive: answers while the process can.
#[utoipa::path(get, path = "/health", responses((status = 200, body = Health)))]
pub(crate) async fn health(_: Public, State(state): State<AppState>) -> Json<Health> {
    let build = state.settings().build;
    Json(Health {
        status: "ok",
        service: build.service,
        version: build.version,
        git_sha: build.git_sha,
    })
}

/// Ready: each check named; 503 when one fails.
#[utoipa::path(get, path = "/ready", responses(
    (status = 200, body = Readiness), (status = 503, body = Readiness)))]
pub(crate) async fn ready(_: Public, State(state): State<AppState>) -> Response {
    let checks = Checks::new(&["nats", "read_models", "placement", "gateway"]);
    nats(&state, &checks);
    read_models(&state, &checks);
    placement(&state, &checks);
    gateway(&state, &checks).await;
    readiness(&checks)
}

fn readiness(checks: &Checks) -> Response {
    let word = |status| match status {
        CheckStatus::Pass => CheckWord::Pass,
        CheckStatus::Warn => CheckWord::Warn,
        CheckStatus::Fail => CheckWord::Fail,
    };
    let check = |check: Check| ReadyCheck {
        name: check.name,
        status: word(check.status),
        detail: check.detail,
    };
    let all = checks.list().into_iter().map(check).collect();
    let (status, word) = if checks.ready() {
        (StatusCode::OK, ReadyWord::Ready)
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, ReadyWord::NotReady)
    };
    (status, Json(Readiness { status: word, checks: all })).into_response()
}

fn nats(state: &AppState, checks: &Checks) {
    let seen = state.models().head.seen();
    let silent = seen.head.map(|(_, at): (_, Instant)| at.elapsed());
    match (silent, seen.trouble) {
        (None, trouble) => checks.fail("nats", trouble.unwrap_or("no answer yet".to_owned())),
        (Some(silence), trouble) if silence > NATS_SILENCE => {
            let detail = format!("no answer for {} ms", silence.as_millis());
            checks.fail("nats", trouble.unwrap_or(detail));
        }
        (Some(_), Some(trouble)) => checks.warn("nats", trouble),
        (Some(_), None) => checks.pass("nats"),
    }
}

fn read_models(state: &AppState, checks: &Checks) {
    let (jobs, audit) = (&state.models().jobs, &state.models().audit);
    let age = jobs.as_of().age_ms.max(audit.as_of().age_ms);
    let missing = [
        (crate::read::jobs_index::JobsIndex::VIEW, jobs.standing().loaded),
        (crate::read::audit_index::AuditIndex::VIEW, audit.standing().loaded),
    ];
    let missing: Vec<_> = missing.iter().filter(|(_, there)| !there).map(|(v, _)| *v).collect();
    if !missing.is_empty() {
        checks.fail("read_models", format!("being built: {}", missing.join(", ")));
    } else if age > 10_000 {
        checks.warn("read_models", format!("behind the log for {age} ms"));
    } else {
        checks.pass("read_models");
    }
}

fn placement(state: &AppState, checks: &Checks) {
    match state.ports().directory.view() {
        None => checks.fail("placement", "not read yet"),
        Some(view) => match view.alarms.values().next() {
            Some(alarm) => checks.warn("placement", alarm.text.clone()),
            None => checks.pass("placement"),
        },
    }
}

/// A Gateway that is down takes nobody's console away: it is a warning, and rights fail closed.
async fn gateway(state: &AppState, checks: &Checks) {
    let answer = state.readings().gateway.get_with((), async {
        let ids: FlowIds = flow::from_headers(&axum::http::HeaderMap::new(), state.ids());
        match tokio::time::timeout(GATEWAY_PATIENCE, state.ports().gateway.jwks(&ids)).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no answer within {} ms", GATEWAY_PATIENCE.as_millis())),
        }
    });
    match answer.await {
        None => checks.pass("gateway"),
        Some(trouble) => checks.warn("gateway", trouble),
    }
}

/// Metrics in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", responses(
    (status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(_: Public, State(state): State<AppState>) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (headers, state.metrics().render()).into_response()
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", responses(
    (status = 200, description = "OpenAPI 3.1.", body = std::collections::HashMap<String, serde_json::Value>)))]
pub(crate) async fn openapi(_: Public) -> Response {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| router::document().to_string().into());
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.clone()).into_response()
}
