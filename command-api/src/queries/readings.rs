//! What the nodes and our own processes say, asked at most every two seconds however many pages want to know.

use std::sync::Arc;

use fleet::{
    directory::Snapshot,
    facts::{FleetHealth, TenantsByNode},
};
use streams::{ids::FlowIds, jetstream::Process};

use crate::{
    error::{ApiError, ApiResult, Code},
    state::AppState,
};

/// Every tenant on every node.
pub async fn tenants(state: &AppState, snapshot: &Snapshot, ids: &FlowIds) -> Arc<TenantsByNode> {
    let ask = async { Arc::new(state.ports().fleet.tenants(snapshot, ids).await) };
    state.readings().tenants.get_with((), ask).await
}

/// Health of every node.
pub async fn health(state: &AppState, snapshot: &Snapshot, ids: &FlowIds) -> Arc<FleetHealth> {
    let ask = async { Arc::new(state.ports().fleet.health(snapshot, ids).await) };
    state.readings().health.get_with((), ask).await
}

/// Every process of the control plane that answers.
///
/// # Errors
/// 503 `services_unavailable`.
pub async fn processes(state: &AppState) -> ApiResult<Arc<Vec<Process>>> {
    let ask = async { state.ports().processes.alive().await.map(Arc::new) };
    state.readings().processes.try_get_with((), ask).await.map_err(|error| {
        let code = Code::ServicesUnavailable;
        ApiError::new(code, code.title()).caused_by(error)
    })
}
