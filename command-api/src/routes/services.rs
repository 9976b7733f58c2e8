//! The processes of the control plane that are alive: what runs, in which version, who leads.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Serialize;
use streams::{
    catalog::{LEASE_KEY, META},
    ids::NodeId,
    lease::Lease,
};

use crate::{
    auth::{guard::Platform, rights::Sight},
    error::ApiResult,
    queries::readings,
    rights::FleetRead,
    state::AppState,
};

/// The program of which one process leads.
const LED: &str = "job-saga";

/// Every process that answers now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Services {
    /// By service and instance.
    items: Vec<ServiceProcess>,
    /// When they were asked for; answers serve others for two seconds.
    observed_at: DateTime<Utc>,
}

/// One running process.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ServiceProcess {
    /// Which program.
    #[schema(example = "job-saga")]
    service: String,
    /// Unique among all processes.
    #[schema(example = "job-saga-3f9c01ab")]
    instance_id: String,
    /// Version of its build.
    #[schema(example = "0.1.0")]
    version: String,
    /// Commit of its build, or `unknown`.
    git_sha: String,
    /// When it started, by its own clock.
    started_at: DateTime<Utc>,
    /// Whether it holds the leader lease; null where nobody leads, and when the lease cannot be read.
    #[schema(required = true)]
    leader: Option<bool>,
}

/// The processes of the control plane that are alive.
#[utoipa::path(get, path = "/admin/v1/services", responses((status = 200, body = Services)))]
pub(crate) async fn list(
    guard: Platform<FleetRead>,
    State(state): State<AppState>,
) -> ApiResult<Json<Services>> {
    let observed_at = state.clock().now();
    if guard.sight != Sight::All {
        // They are the platform's, and no tenant's.
        return Ok(Json(Services { items: Vec::new(), observed_at }));
    }
    let alive = readings::processes(&state).await?;
    let lease = lease(&state).await;
    let leads = |service: &str, instance: &str| {
        let holder = lease.as_ref().filter(|_| service == LED)?;
        Some(holder.as_ref().is_some_and(|holder| holder.as_str() == instance))
    };
    let item = |process: &streams::jetstream::Process| ServiceProcess {
        leader: leads(&process.service, &process.instance_id),
        service: process.service.clone(),
        instance_id: process.instance_id.clone(),
        version: process.version.clone(),
        git_sha: process.git_sha.clone(),
        started_at: process.started_at,
    };
    Ok(Json(Services { items: alive.iter().map(item).collect(), observed_at }))
}

/// Who holds the lease; `None` when that cannot be said.
async fn lease(state: &AppState) -> Option<Option<NodeId>> {
    match state.ports().kv.get(META, LEASE_KEY).await {
        Ok(entry) => match entry.and_then(|entry| entry.value) {
            Some(value) => serde_json::from_slice(&value).ok().map(|lease: Lease| lease.holder),
            None => Some(None),
        },
        Err(error) => {
            tracing::warn!(%error, "the leader lease cannot be read");
            None
        }
    }
}
