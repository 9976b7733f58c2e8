//! Every node as it is now.

use std::collections::BTreeSet;

use axum::{Json, extract::State};
use fleet::{directory::Snapshot, facts::FleetHealth};
use streams::ids::ShardId;

use crate::{
    auth::{guard::Platform, rights::Sight},
    error::ApiResult,
    queries::readings,
    rights::FleetRead,
    routes::Current,
    state::AppState,
};

/// Every node: health, readiness, version, lag, work in flight. Unknown is null, never zero.
#[utoipa::path(get, path = "/admin/v1/fleet", responses(
    (status = 200, body = Current<FleetHealth>)))]
pub(crate) async fn all(
    guard: Platform<FleetRead>,
    State(state): State<AppState>,
) -> ApiResult<Json<Current<FleetHealth>>> {
    let snapshot = state.placement()?;
    let mut health = (*readings::health(&state, &snapshot, &guard.caller.flow).await).clone();
    if let Some(shards) = visible(&snapshot, &guard.sight) {
        health.nodes.retain(|n| n.shard.as_ref().is_some_and(|shard| shards.contains(shard)));
    }
    Ok(Json(Current::new(health, state.models().jobs.as_of())))
}

/// Shards of the tenants one may see; `None` is all.
fn visible(snapshot: &Snapshot, sight: &Sight) -> Option<BTreeSet<ShardId>> {
    let Sight::Only(tenants) = sight else { return None };
    let entries = tenants.iter().flat_map(|tenant| snapshot.placement_of(tenant).into_values());
    Some(entries.map(|entry| entry.value.shard.clone()).collect())
}
