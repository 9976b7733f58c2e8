//! The simulator's own API: counters, findings, nodes, faults, traffic. No token: it is a toy's
//! control and listens on the loopback address.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State as Shared},
    http::StatusCode,
    routing::{get, post, put},
};
use fleet::contract::{NodeKind, ProblemCode, TenantState};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use streams::ids::{CorrelationId, Epoch, InvalidId, NodeId, ShardId, TenantId};
use tokio::sync::watch;

use crate::{
    calls::Call,
    checker::{Counters, findings::Finding},
    fault::{Fault, Params},
    gateway::journal::Change,
    problem::{Answer, Body, Query, fail, fail_as},
    slot::Slot,
    world::World,
};

/// What the API works on.
#[derive(Debug)]
pub struct Sim {
    /// Common ground.
    pub world: Arc<World>,
    /// All nodes.
    pub slots: BTreeMap<NodeId, Arc<Slot>>,
    /// Requests a second.
    pub rps: watch::Sender<f64>,
}

type App = Shared<Arc<Sim>>;

/// The routes.
pub fn router(sim: Arc<Sim>) -> Router {
    Router::new()
        .route("/health", get(|| async { Json(json!({"status": "ok", "service": "fleet-sim"})) }))
        .route("/sim/v1/counters", get(counters))
        .route("/sim/v1/findings", get(findings))
        .route("/sim/v1/calls", get(calls))
        .route("/sim/v1/changes", get(changes))
        .route("/sim/v1/nodes", get(nodes))
        .route("/sim/v1/tenants/{tenant_id}", get(tenant))
        .route("/sim/v1/nodes/{node_id}/faults/{fault}", put(set_fault).delete(clear_fault))
        .route("/sim/v1/traffic", get(traffic).put(set_traffic))
        .route("/sim/v1/keys", get(keys))
        .route("/sim/v1/keys/rotate", post(rotate))
        .fallback(|| async { fail(ProblemCode::NotFound, "there is no such path") })
        .with_state(sim)
}

/// Query of [`counters`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settle {
    /// Wait at most so long, ms, until nothing is unsettled (pause the traffic first).
    #[serde(default)]
    settle_ms: u64,
}

async fn counters(sim: App, Query(query): Query<Settle>) -> Json<Counters> {
    let World { checker, log, http, .. } = &*sim.world;
    if query.settle_ms > 0 {
        checker.settle(log, http, Duration::from_millis(query.settle_ms.min(120_000))).await;
    }
    Json(checker.counters())
}

async fn findings(sim: App) -> Json<Vec<Finding>> {
    Json(sim.world.checker.findings())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfFlow {
    correlation_id: Option<CorrelationId>,
}

async fn calls(sim: App, Query(query): Query<OfFlow>) -> Json<Vec<Call>> {
    Json(sim.world.calls.list(query.correlation_id.as_ref()))
}

/// What was changed through the Gateways' administration.
async fn changes(sim: App, Query(query): Query<OfFlow>) -> Json<Vec<Change>> {
    Json(sim.world.changes.list(query.correlation_id.as_ref()))
}

/// One node, as `GET /sim/v1/nodes` shows it.
#[derive(Debug, Serialize)]
struct NodeView {
    node_id: NodeId,
    kind: NodeKind,
    shard: Option<ShardId>,
    admin_url: String,
    data_url: String,
    up: bool,
    restarts: u64,
    faults: BTreeMap<Fault, Params>,
}

fn view(slot: &Slot) -> NodeView {
    NodeView {
        node_id: slot.spec.node_id.clone(),
        kind: slot.spec.kind,
        shard: slot.spec.shard.clone(),
        admin_url: slot.spec.url(),
        data_url: slot.spec.url(),
        up: slot.life().is_some(),
        restarts: slot.restarts(),
        faults: slot.faults.all(),
    }
}

async fn nodes(sim: App) -> Json<Value> {
    let items: Vec<_> = sim.slots.values().map(|slot| view(slot)).collect();
    Json(json!({ "items": items }))
}

/// What one node durably holds of a tenant.
#[derive(Debug, Serialize)]
struct HeldView {
    node_id: NodeId,
    state: TenantState,
    epoch: Epoch,
}

/// Where a tenant is, by the nodes' own records; a node that is down or holds nothing is left out.
async fn tenant(sim: App, Path(tenant_id): Path<String>) -> Answer<Json<Value>> {
    let tenant: TenantId =
        tenant_id.parse().map_err(|e: InvalidId| fail(ProblemCode::BadArgument, e.to_string()))?;
    let held = |slot: &Arc<Slot>| {
        let life = slot.life()?;
        let state = life.lock();
        let record = state.record.tenants.get(&tenant)?;
        let absent = record.state == TenantState::Absent;
        (!absent).then(|| HeldView {
            node_id: slot.spec.node_id.clone(),
            state: record.state,
            epoch: record.epoch,
        })
    };
    let items: Vec<_> = sim.slots.values().filter_map(held).collect();
    Ok(Json(json!({ "tenant_id": tenant, "items": items })))
}

fn find(sim: &Sim, node_id: &str, fault: &str) -> Answer<(Arc<Slot>, Fault)> {
    let slot = node_id.parse().ok().and_then(|id: NodeId| sim.slots.get(&id).cloned());
    let unknown = || fail_as(404, "unknown_node", format!("there is no node {node_id}"));
    let fault = fault.parse::<Fault>().map_err(|e| fail_as(404, "unknown_fault", e.to_string()))?;
    Ok((slot.ok_or_else(unknown)?, fault))
}

async fn set_fault(
    sim: App,
    Path((node_id, fault)): Path<(String, String)>,
    body: Bytes,
) -> Answer<Json<Value>> {
    let (slot, fault) = find(&sim, &node_id, &fault)?;
    let params = if body.is_empty() {
        Params::default()
    } else {
        serde_json::from_slice(&body).map_err(|e| {
            fail(ProblemCode::BadArgument, format!("the body is not {{\"ms\"}}: {e}"))
        })?
    };
    slot.faults.set(fault, params);
    tracing::info!(node_id, %fault, "fault on");
    Ok(Json(json!({ "node_id": node_id, "fault": fault, "on": true, "params": params })))
}

async fn clear_fault(
    sim: App,
    Path((node_id, fault)): Path<(String, String)>,
) -> Answer<Json<Value>> {
    let (slot, fault) = find(&sim, &node_id, &fault)?;
    slot.faults.clear(fault);
    tracing::info!(node_id, %fault, "fault off");
    Ok(Json(json!({ "node_id": node_id, "fault": fault, "on": false })))
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rate {
    rps: f64,
}

async fn traffic(sim: App) -> Json<Rate> {
    Json(Rate { rps: *sim.rps.borrow() })
}

async fn set_traffic(sim: App, Body(rate): Body<Rate>) -> Answer<(StatusCode, Json<Rate>)> {
    if !(0.0..=5_000.0).contains(&rate.rps) {
        return Err(fail(ProblemCode::BadArgument, "rps is 0 to 5000"));
    }
    sim.rps.send_replace(rate.rps);
    Ok((StatusCode::OK, Json(rate)))
}

/// Ids of the keys that sign access tokens, the one that does first.
async fn keys(sim: App) -> Json<Value> {
    Json(json!({ "kids": sim.world.iam.keys.kids() }))
}

/// A new key signs from now on; the one before stays published until the next rotation.
async fn rotate(sim: App) -> Answer<Json<Value>> {
    let kids = sim.world.iam.keys.rotate();
    let kids = kids.map_err(|e| fail_as(409, "not_rotated", e.to_string()))?;
    tracing::info!(?kids, "the keys were rotated");
    Ok(Json(json!({ "kids": kids })))
}
