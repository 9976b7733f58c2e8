//! What the nodes say, asked at most every two seconds however many pages want to know.

use std::sync::Arc;

use fleet::{
    directory::Snapshot,
    facts::{FleetHealth, TenantsByNode},
};
use streams::ids::FlowIds;

use crate::state::AppState;

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
