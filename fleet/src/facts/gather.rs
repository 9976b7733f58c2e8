//! Facts for a plan: the maps as far as one tenant is concerned, and every node that may take part.

use std::collections::BTreeMap;

use futures::{FutureExt, future::join};
use streams::{
    ids::{Epoch, FlowIds, NodeId, ServiceKind, TenantId},
    job::facts::{
        Facts, GatewayReading, MapFacts, NodeReading, Reading, ShardFacts, TenantReading,
        TenantState,
    },
};

use super::{Observer, Unknown, all};
use crate::{
    client::NodeTarget,
    contract::{NodeKind, ReadyState, TenantStatus},
    directory::{DirectoryNode, Snapshot},
};

/// What a plan needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The tenant.
    pub tenant: &'a TenantId,
    /// Service kinds whose nodes take part; the maps are given for all three.
    pub kinds: &'a [ServiceKind],
    /// Highest epoch the event log knows per kind; a kind without an entry has 0.
    pub epoch_floors: &'a BTreeMap<ServiceKind, Epoch>,
    /// The flow that asks.
    pub ids: &'a FlowIds,
}

impl Observer {
    /// Facts about one tenant: from the snapshot what is placed, from the nodes what is.
    pub async fn gather(&self, snapshot: &Snapshot, wanted: Wanted<'_>) -> Facts {
        let nodes = all(snapshot.nodes(wanted.kinds), |node| async move {
            let reading = self.read(self.node(&node, wanted)).await;
            (node.target.node_id, reading)
        });
        let gateways = all(snapshot.gateway_targets(), |target| async move {
            let reading = self.gateway(&target, wanted.ids).await;
            (target.node_id, reading)
        });
        let (nodes, gateways) = join(nodes.boxed(), gateways.boxed()).await;
        let maps = ServiceKind::DRAIN_ORDER.map(|kind| {
            let floor = wanted.epoch_floors.get(&kind).copied().unwrap_or_default();
            (kind, map_facts(snapshot, kind, wanted.tenant, floor))
        });
        Facts {
            observed_at: self.clock.now(),
            maps: maps.into_iter().collect(),
            snapshot_sha256: snapshot.hash.clone(),
            nodes: nodes.into_iter().collect(),
            gateway_urls: snapshot
                .gateway_targets()
                .into_iter()
                .map(|target| (target.node_id, target.admin_url))
                .collect(),
            gateways: gateways.into_iter().collect(),
        }
    }

    /// One Gateway's routing: for the facts and for polling the barrier.
    pub async fn gateway(&self, node: &NodeTarget, ids: &FlowIds) -> Reading<GatewayReading> {
        self.read(async {
            let (ready, placement) = tokio::try_join!(
                self.client.ready(node, ids),
                self.client.placement(node, ids, false)
            )?;
            let revisions = placement.revisions.iter().map(|(map, r)| (map.kind(), *r)).collect();
            Ok(GatewayReading {
                ready: ready.status == ReadyState::Ready,
                revisions,
                snapshot_sha256: placement.snapshot_sha256,
            })
        })
        .await
    }

    /// Every Gateway of a frozen list, as the plan's base has it.
    pub async fn gateways(
        &self,
        targets: Vec<NodeTarget>,
        ids: &FlowIds,
    ) -> BTreeMap<NodeId, Reading<GatewayReading>> {
        let read = |target: NodeTarget| async move {
            let reading = self.gateway(&target, ids).await;
            (target.node_id, reading)
        };
        all(targets, read).await.into_iter().collect()
    }

    async fn node(&self, node: &DirectoryNode, wanted: Wanted<'_>) -> Result<NodeReading, Unknown> {
        let (target, ids) = (&node.target, wanted.ids);
        let (ready, info, tenant) = tokio::try_join!(
            self.client.ready(target, ids),
            self.client.info(target, ids),
            self.client.tenant(target, ids, wanted.tenant)
        )?;
        if info.kind != node.kind || info.shard != node.shard {
            let says = name(info.kind, info.shard.as_ref().map(ToString::to_string));
            let listed = name(node.kind, node.shard.as_ref().map(ToString::to_string));
            return Err(Unknown(format!("the node says it is {says}, the directory {listed}")));
        }
        let Some(max_tenants) = info.limits.max_tenants else {
            return Err(Unknown("the node does not say how many tenants it may hold".to_owned()));
        };
        Ok(NodeReading {
            ready: ready.status == ReadyState::Ready,
            draining: ready.status == ReadyState::Draining,
            max_tenants,
            capabilities: info.capabilities,
            tenant: tenant_reading(&tenant)?,
        })
    }
}

fn name(kind: NodeKind, shard: Option<String>) -> String {
    match shard {
        Some(shard) => format!("{kind} of shard {shard}"),
        None => format!("{kind} of no shard"),
    }
}

/// A status as a reading; what the node cannot tell makes it unknown.
fn tenant_reading(status: &TenantStatus) -> Result<TenantReading, Unknown> {
    let unknown = |what: &str| {
        Err(Unknown(format!("the node cannot tell the {what} of {} now", status.tenant_id)))
    };
    let (inflight, lag) = match (status.state, &status.inflight, status.lag) {
        (TenantState::Absent, _, _) => (0, None),
        (_, None, _) => return unknown("work in flight"),
        (_, _, None) => return unknown("lag"),
        (_, Some(inflight), Some(lag)) => (inflight.count, Some(lag)),
    };
    Ok(TenantReading {
        state: status.state,
        epoch: status.epoch,
        fence: status.fence,
        inflight,
        lag_events: lag.map_or(0, |l| l.events),
        lag_ms: lag.map_or(0, |l| l.age_ms),
        applied_seq: lag.map_or(0, |l| l.applied_seq.0),
    })
}

fn map_facts(
    snapshot: &Snapshot,
    kind: ServiceKind,
    tenant: &TenantId,
    epoch_floor: Epoch,
) -> MapFacts {
    let map = snapshot.map(kind);
    let shard = |(id, entry): (&streams::ids::ShardId, &_)| {
        let tenants = map.tenants_on(id) as u64;
        (id.clone(), ShardFacts { entry: Clone::clone(entry), tenants })
    };
    MapFacts {
        entry: map.tenants.get(tenant).cloned(),
        shards: map.shards.iter().map(shard).collect(),
        revision: snapshot.revisions.get(&kind.into()).copied().unwrap_or_default(),
        epoch_floor,
    }
}
