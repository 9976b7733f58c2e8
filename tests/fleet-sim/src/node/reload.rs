//! Waiting for a placement revision, and the effective placement.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State as Shared, http::StatusCode};
use fleet::contract::{PlacementSnapshot, ProblemCode, ReloadRequest, ReloadResult, Revisions};
use serde::Deserialize;
use tokio::time::timeout;

use super::{Life, order::NodeOrder};
use crate::{
    fault::Fault,
    problem::{Answer, Body, Fail, Query, fail},
    routing::Routing,
};

const LONGEST_WAIT_MS: u64 = 30_000;

fn not_loaded() -> Fail {
    fail(ProblemCode::Unavailable, "the placement is not loaded yet")
}

fn reached(now: &Revisions, wanted: &Revisions) -> bool {
    wanted.iter().all(|(map, min)| now.get(map).is_some_and(|at| at >= min))
}

/// `POST /admin/v1/reload`: the watch is always on, so there is only waiting to do.
///
/// # Errors
/// 422 for a map the node does not follow or too long a wait; 503 with `refuse_reload` on.
pub async fn reload(
    life: Shared<Arc<Life>>,
    NodeOrder(_): NodeOrder,
    Body(request): Body<ReloadRequest>,
) -> Answer<(StatusCode, Json<ReloadResult>)> {
    if request.wait_ms > LONGEST_WAIT_MS {
        return Err(fail(ProblemCode::BadArgument, "wait_ms is at most 30000"));
    }
    if life.has(Fault::RefuseReload) {
        return Err(fail(ProblemCode::Unavailable, "the node does not reload now"));
    }
    let mut routing = life.routing.clone();
    if let Some(now) = routing.borrow().as_ref() {
        let follows = now.revisions();
        if let Some(map) = request.min_revision.keys().find(|m| !follows.contains_key(m)) {
            let detail = format!("this node does not follow {map}");
            return Err(fail(ProblemCode::BadArgument, detail));
        }
    }
    let there = |now: &Option<Arc<Routing>>| {
        now.as_ref().is_some_and(|r| reached(r.revisions(), &request.min_revision))
    };
    let waited = timeout(Duration::from_millis(request.wait_ms), routing.wait_for(there)).await;
    let status = match waited {
        Ok(Ok(_)) => StatusCode::OK,
        Ok(Err(_)) | Err(_) => StatusCode::ACCEPTED,
    };
    let now = life.routing.borrow().clone().ok_or_else(not_loaded)?;
    let result =
        ReloadResult { applied: now.revisions().clone(), snapshot_sha256: now.hash().clone() };
    Ok((status, Json(result)))
}

/// Query of [`placement`].
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entries {
    entries: Option<bool>,
}

/// `GET /admin/v1/placement`.
///
/// # Errors
/// 503 before the placement is loaded.
pub async fn placement(
    life: Shared<Arc<Life>>,
    Query(query): Query<Entries>,
) -> Answer<Json<PlacementSnapshot>> {
    let now = life.routing.borrow().clone().ok_or_else(not_loaded)?;
    Ok(Json(now.snapshot(query.entries.unwrap_or(true))))
}
