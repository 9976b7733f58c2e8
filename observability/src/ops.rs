//! `/health`, `/ready` and `/metrics`, as every service serves them.
//!
//! Health has no dependencies: it answers while the process can. Readiness names each check; a
//! check that nobody has reported on yet fails. Nothing here asks anybody: components report.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use serde_json::json;

use crate::Metrics;

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// Works.
    Pass,
    /// Works, but somebody should look.
    Warn,
    /// Does not work: the service is not ready.
    Fail,
}

/// One named check as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub status: CheckStatus,
    /// A sentence; empty on pass.
    pub detail: String,
    /// How long ago it was reported, milliseconds.
    pub age_ms: u64,
}

#[derive(Debug, Clone)]
struct Reported {
    status: CheckStatus,
    detail: String,
    at: Instant,
}

/// What a service needs to be ready; cheap to clone, shared by its components.
#[derive(Debug, Clone)]
pub struct Checks(Arc<Mutex<BTreeMap<&'static str, Reported>>>);

impl Checks {
    /// The checks of a service, all failing until somebody reports.
    #[must_use]
    pub fn new(names: &[&'static str]) -> Self {
        let fresh = || Reported {
            status: CheckStatus::Fail,
            detail: "not reported yet".to_owned(),
            at: Instant::now(),
        };
        Self(Arc::new(Mutex::new(names.iter().map(|name| (*name, fresh())).collect())))
    }

    /// The check works.
    pub fn pass(&self, name: &'static str) {
        self.report(name, CheckStatus::Pass, String::new());
    }

    /// The check works, and there is something to say about it.
    pub fn tell(&self, name: &'static str, detail: impl Into<String>) {
        self.report(name, CheckStatus::Pass, detail.into());
    }

    /// The check works, but somebody should look.
    pub fn warn(&self, name: &'static str, detail: impl Into<String>) {
        self.report(name, CheckStatus::Warn, detail.into());
    }

    /// The check does not work.
    pub fn fail(&self, name: &'static str, because: impl Into<String>) {
        self.report(name, CheckStatus::Fail, because.into());
    }

    fn report(&self, name: &'static str, status: CheckStatus, detail: String) {
        let mut checks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        checks.insert(name, Reported { status, detail, at: Instant::now() });
    }

    /// Whether no check fails.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.list().iter().all(|check| check.status != CheckStatus::Fail)
    }

    /// Every check by name.
    #[must_use]
    pub fn list(&self) -> Vec<Check> {
        let checks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        checks
            .iter()
            .map(|(name, reported)| Check {
                name: (*name).to_owned(),
                status: reported.status,
                detail: reported.detail.clone(),
                age_ms: u64::try_from(reported.at.elapsed().as_millis()).unwrap_or(u64::MAX),
            })
            .collect()
    }

    /// `/ready`: 200 or 503, each check named.
    #[must_use]
    pub fn response(&self) -> Response {
        let (status, word) = if self.ready() {
            (StatusCode::OK, "ready")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "not_ready")
        };
        (status, Json(json!({ "status": word, "checks": self.list() }))).into_response()
    }
}

/// The three routes.
pub fn ops_router(metrics: Metrics, checks: Checks) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/metrics", get(render))
        .with_state(metrics)
        .route("/ready", get(async move || checks.response()))
}

async fn health(State(metrics): State<Metrics>) -> Response {
    let build = metrics.build();
    Json(json!({
        "status": "ok",
        "service": build.service,
        "version": build.version,
        "git_sha": build.git_sha,
    }))
    .into_response()
}

async fn render(State(metrics): State<Metrics>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, metrics.render()).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;
    use crate::Build;

    async fn get(router: &Router, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// T2.1
    #[tokio::test]
    async fn health_always_answers_and_ready_names_the_check_that_fails() {
        let build = Build { service: "projector", version: "0.1.0", git_sha: "abc" };
        let checks = Checks::new(&["log", "view.jobs"]);
        let router = ops_router(Metrics::new(build), checks.clone());
        assert_eq!(get(&router, "/health").await.0, StatusCode::OK);
        let (status, body) = get(&router, "/ready").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains("view.jobs") && body.contains("not reported yet"), "{body}");

        checks.pass("log");
        checks.warn("view.jobs", "behind");
        let (status, body) = get(&router, "/ready").await;
        assert_eq!(status, StatusCode::OK, "{body}");

        checks.fail("log", "no server answers");
        let (status, body) = get(&router, "/ready").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains("no server answers"), "{body}");
        assert!(get(&router, "/metrics").await.1.contains("control_plane_build_info"));
    }
}
