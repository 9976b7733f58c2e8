//! The health of every node, normalised: what `GET /admin/v1/fleet` shows.
//!
//! Parts are read independently, so that a node that can say who it is but not what it holds is
//! shown with what it said, and with the first thing that went wrong.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use streams::{
    error::Classified,
    ids::{FlowIds, NodeId, ShardId, TenantId},
    placement::ShardState,
};
use tokio::time::timeout;

use super::{Observer, Unknown, all, metrics};
use crate::{
    contract::{Check, Health, NodeKind, Ready, ReadyState, Revisions, TenantState, TenantStatus},
    directory::{DirectoryNode, Snapshot},
    error::NodeError,
};

/// One word for a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FleetStatus {
    /// Healthy and ready.
    Ready,
    /// Answers, but a check fails.
    NotReady,
    /// The whole node drains.
    Draining,
    /// Does not answer, or not as itself.
    Unknown,
}

/// What went wrong while looking at a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NodeFault {
    /// Stable code, as of [`NodeError`], or `node_unknown`.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// One node now. Every `null` means unknown (or, where said, not applicable), never zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NodeHealth {
    /// The node.
    pub node_id: NodeId,
    /// Its kind.
    pub kind: NodeKind,
    /// Its shard; null for a Gateway.
    #[schema(required = true)]
    pub shard: Option<ShardId>,
    /// Whether its shard takes tenants; null for a Gateway.
    #[schema(required = true)]
    pub shard_state: Option<ShardState>,
    /// Where the control plane speaks to it.
    pub admin_url: String,
    /// One word.
    pub status: FleetStatus,
    /// Version of its build.
    #[schema(required = true)]
    pub version: Option<String>,
    /// Commit of its build.
    #[schema(required = true)]
    pub git_sha: Option<String>,
    /// When its process started.
    #[schema(required = true)]
    pub started_at: Option<DateTime<Utc>>,
    /// Its readiness checks.
    pub checks: Vec<Check>,
    /// Revisions of the placement maps it has applied.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub placement: Revisions,
    /// Whether it has applied less than the control plane has seen, on a map it follows.
    #[schema(required = true)]
    pub placement_behind: Option<bool>,
    /// Tenants it holds; null for a Gateway.
    #[schema(required = true)]
    pub tenants: Option<u64>,
    /// Of these, being drained.
    #[schema(required = true)]
    pub tenants_draining: Option<u64>,
    /// Tenants it may hold at most; null when it does not say, and for a Gateway.
    #[schema(required = true)]
    pub max_tenants: Option<u64>,
    /// Work in flight over all tenants.
    #[schema(required = true)]
    pub inflight: Option<u64>,
    /// Age of the oldest work in flight, ms; null for a Gateway.
    #[schema(required = true)]
    pub inflight_oldest_ms: Option<u64>,
    /// Events not yet applied, over all tenants; null for a Gateway.
    #[schema(required = true)]
    pub lag_events: Option<u64>,
    /// Age of the oldest unapplied event, ms; null for a Gateway.
    #[schema(required = true)]
    pub lag_ms: Option<u64>,
    /// When looking began.
    pub observed_at: DateTime<Utc>,
    /// How old this was when the snapshot was complete, ms.
    pub age_ms: u64,
    /// The first thing that went wrong.
    #[schema(required = true)]
    pub error: Option<NodeFault>,
}

/// Every node of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FleetHealth {
    /// When looking ended.
    pub observed_at: DateTime<Utc>,
    /// Gateways first, then by kind, shard and node.
    pub nodes: Vec<NodeHealth>,
}

impl Observer {
    /// Looks at every node of the directory. A dead node costs its deadline, not the answer.
    pub async fn fleet(&self, snapshot: &Snapshot, ids: &FlowIds) -> FleetHealth {
        let look = |node: DirectoryNode| async move { self.look(&node, snapshot, ids).await };
        let mut nodes = all(snapshot.all_nodes(), look).await;
        nodes.sort_by(|a, b| (a.kind, &a.shard, &a.node_id).cmp(&(b.kind, &b.shard, &b.node_id)));
        let observed_at = self.clock.now();
        for node in &mut nodes {
            let age = observed_at.signed_duration_since(node.observed_at).num_milliseconds();
            node.age_ms = age.max(0).unsigned_abs();
        }
        FleetHealth { observed_at, nodes }
    }

    async fn look(&self, node: &DirectoryNode, snapshot: &Snapshot, ids: &FlowIds) -> NodeHealth {
        let mut seen = NodeHealth::blank(node, self.clock.now());
        let target = &node.target;
        let parts = async {
            tokio::join!(
                timeout(self.per_node, self.client.health(target, ids)),
                timeout(self.per_node, self.client.ready(target, ids)),
                timeout(self.per_node, self.load(node, ids))
            )
        };
        let (health, ready, load) = parts.await;
        let late = || fault_text(format!("no answer within {} ms", self.per_node.as_millis()));
        let fault = |e: &NodeError| NodeFault { code: e.code().to_owned(), message: e.to_string() };
        match health.map(|h| h.map_err(|e| fault(&e))).unwrap_or_else(|_| Err(late())) {
            Ok(health) if health.service == node.kind => seen.is_alive(health),
            Ok(health) => {
                let text = format!("answers as {}, listed as {}", health.service, node.kind);
                seen.error = Some(NodeFault { code: "node_identity".to_owned(), message: text });
            }
            Err(fault) => seen.error = Some(fault),
        }
        if seen.error.is_some() {
            return seen;
        }
        match ready.map(|r| r.map_err(|e| fault(&e))).unwrap_or_else(|_| Err(late())) {
            Ok(ready) => seen.is_ready(ready, &snapshot.revisions),
            Err(fault) => seen.error = Some(fault),
        }
        match load.unwrap_or_else(|_| Err(late())) {
            Ok(load) => seen.holds(load),
            Err(fault) => seen.error = seen.error.take().or(Some(fault)),
        }
        seen
    }

    async fn load(&self, node: &DirectoryNode, ids: &FlowIds) -> Result<Load, NodeFault> {
        if node.kind == NodeKind::Gateway {
            let text = self.client.metrics(&node.target, ids).await;
            let text = text.map_err(|e| fault_text(e.to_string()))?;
            let inflight = metrics::sum(&text, "gateway_inflight");
            return Ok(Load { inflight, ..Load::default() });
        }
        let (tenants, info) =
            tokio::join!(self.tenants_of(&node.target, ids), self.client.info(&node.target, ids));
        let mut load = Load::of(&tenants.map_err(|Unknown(text)| fault_text(text))?);
        // A limit that is not told is unknown, not a fault: the gates refuse such a target.
        load.max_tenants = info.ok().and_then(|told| told.limits.max_tenants);
        Ok(load)
    }
}

fn fault_text(message: String) -> NodeFault {
    NodeFault { code: "node_unknown".to_owned(), message }
}

/// What a node carries.
#[derive(Debug, Default)]
struct Load {
    tenants: Option<u64>,
    draining: Option<u64>,
    max_tenants: Option<u64>,
    inflight: Option<u64>,
    oldest_ms: Option<u64>,
    lag_events: Option<u64>,
    lag_ms: Option<u64>,
}

impl Load {
    /// Sums over all tenants; one tenant that cannot be told makes the sum unknown.
    fn of(all: &BTreeMap<TenantId, TenantStatus>) -> Self {
        let inflight: Option<Vec<_>> = all.values().map(|t| t.inflight.as_ref()).collect();
        let lag: Option<Vec<_>> = all.values().map(|t| t.lag).collect();
        let draining = all.values().filter(|t| t.state == TenantState::Draining).count();
        Self {
            tenants: Some(all.len() as u64),
            draining: Some(draining as u64),
            max_tenants: None,
            inflight: inflight.as_ref().map(|v| v.iter().map(|i| i.count).sum()),
            oldest_ms: inflight.map(|v| v.iter().map(|i| i.oldest_ms).max().unwrap_or(0)),
            lag_events: lag.as_ref().map(|v| v.iter().map(|l| l.events).sum()),
            lag_ms: lag.map(|v| v.iter().map(|l| l.age_ms).max().unwrap_or(0)),
        }
    }
}

impl NodeHealth {
    fn blank(node: &DirectoryNode, observed_at: DateTime<Utc>) -> Self {
        Self {
            node_id: node.target.node_id.clone(),
            kind: node.kind,
            shard: node.shard.clone(),
            shard_state: node.shard_state,
            admin_url: node.target.admin_url.clone(),
            status: FleetStatus::Unknown,
            version: None,
            git_sha: None,
            started_at: None,
            checks: Vec::new(),
            placement: Revisions::new(),
            placement_behind: None,
            tenants: None,
            tenants_draining: None,
            max_tenants: None,
            inflight: None,
            inflight_oldest_ms: None,
            lag_events: None,
            lag_ms: None,
            observed_at,
            age_ms: 0,
            error: None,
        }
    }

    fn is_alive(&mut self, health: Health) {
        self.version = Some(health.version);
        self.git_sha = Some(health.git_sha);
        self.started_at = Some(health.started_at);
    }

    fn is_ready(&mut self, ready: Ready, ours: &Revisions) {
        self.status = match ready.status {
            ReadyState::Ready => FleetStatus::Ready,
            ReadyState::NotReady => FleetStatus::NotReady,
            ReadyState::Draining => FleetStatus::Draining,
        };
        let behind = |(map, applied)| ours.get(map).is_some_and(|seen| applied < seen);
        self.placement_behind =
            (!ready.placement.is_empty()).then(|| ready.placement.iter().any(behind));
        self.checks = ready.checks;
        self.placement = ready.placement;
    }

    fn holds(&mut self, load: Load) {
        self.tenants = load.tenants;
        self.tenants_draining = load.draining;
        self.max_tenants = load.max_tenants;
        self.inflight = load.inflight;
        self.inflight_oldest_ms = load.oldest_ms;
        self.lag_events = load.lag_events;
        self.lag_ms = load.lag_ms;
    }
}
