//! One routing snapshot: immutable, shared by pointer, with its revision vector and hash.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use streams::{
    ids::{Hash, NodeId, Revision, ServiceKind, ShardId, TenantId},
    placement::{GatewayEntry, PlacementMap, Revised, ShardState, TenantEntry, snapshot_hash},
};

use crate::{
    client::NodeTarget,
    contract::{MapName, NodeKind, PlacementSnapshot, Revisions, SnapshotSource},
};

/// A node as the directory knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryNode {
    /// Whom to call.
    pub target: NodeTarget,
    /// Its kind.
    pub kind: NodeKind,
    /// Its shard; `None` for a Gateway.
    pub shard: Option<ShardId>,
    /// Whether its shard takes tenants; `None` for a Gateway.
    pub shard_state: Option<ShardState>,
    /// Where tenants' traffic goes.
    pub data_url: String,
}

/// All maps and the Gateways at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Where it comes from; a `file` snapshot must not be mutated through.
    pub source: SnapshotSource,
    /// The maps, always all three kinds.
    pub maps: BTreeMap<ServiceKind, PlacementMap>,
    /// Highest revision applied per map, deletions included.
    pub revisions: Revisions,
    /// The Gateways.
    pub gateways: BTreeMap<NodeId, Revised<GatewayEntry>>,
    /// Highest revision applied of `gateway_nodes`.
    pub gateways_revision: Revision,
    /// [`snapshot_hash`] over the maps.
    pub hash: Hash,
    /// When it was swapped in.
    pub at: DateTime<Utc>,
}

impl Snapshot {
    /// A snapshot of these parts; a kind without a map gets an empty one.
    #[must_use]
    pub fn new(
        source: SnapshotSource,
        maps: BTreeMap<ServiceKind, (PlacementMap, Revision)>,
        (gateways, gateways_revision): (BTreeMap<NodeId, Revised<GatewayEntry>>, Revision),
        at: DateTime<Utc>,
    ) -> Self {
        let mut all = BTreeMap::new();
        let mut revisions = Revisions::new();
        for kind in ServiceKind::DRAIN_ORDER {
            let (map, seen) = maps.get(&kind).cloned().unwrap_or_default();
            revisions.insert(MapName::from(kind), seen.max(map.revision()));
            all.insert(kind, map);
        }
        let hash = snapshot_hash(&all);
        Self { source, maps: all, revisions, gateways, gateways_revision, hash, at }
    }

    /// The map of a kind.
    ///
    /// # Panics
    /// Never: a snapshot always has all three.
    #[must_use]
    pub fn map(&self, kind: ServiceKind) -> &PlacementMap {
        self.maps.get(&kind).expect("a snapshot has every map")
    }

    /// Whether placement may be changed through what this came from.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.source == SnapshotSource::Kv
    }

    /// The tenant's entry in each map that has one.
    #[must_use]
    pub fn placement_of(&self, tenant: &TenantId) -> BTreeMap<ServiceKind, &Revised<TenantEntry>> {
        let entries = self.maps.iter();
        entries.filter_map(|(kind, map)| Some((*kind, map.tenants.get(tenant)?))).collect()
    }

    /// Every tenant of every map.
    #[must_use]
    pub fn tenants(&self) -> Vec<TenantId> {
        let mut all: Vec<_> = self.maps.values().flat_map(|m| m.tenants.keys().cloned()).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Nodes of one shard; empty when the shard is unknown.
    #[must_use]
    pub fn nodes_of(&self, kind: ServiceKind, shard: &ShardId) -> Vec<NodeTarget> {
        let entry = self.map(kind).shards.get(shard);
        entry.into_iter().flat_map(|e| e.value.nodes.iter().map(NodeTarget::from)).collect()
    }

    /// The Gateways, by id.
    #[must_use]
    pub fn gateway_targets(&self) -> Vec<NodeTarget> {
        let target = |(id, entry): (&NodeId, &Revised<GatewayEntry>)| NodeTarget {
            node_id: id.clone(),
            admin_url: entry.value.admin_url.clone(),
        };
        self.gateways.iter().map(target).collect()
    }

    /// Every node that holds tenants of one of `kinds`, by kind and shard.
    #[must_use]
    pub fn nodes(&self, kinds: &[ServiceKind]) -> Vec<DirectoryNode> {
        let mut all = Vec::new();
        for kind in kinds {
            for (shard, entry) in &self.map(*kind).shards {
                all.extend(entry.value.nodes.iter().map(|node| DirectoryNode {
                    target: NodeTarget::from(node),
                    kind: NodeKind::from(*kind),
                    shard: Some(shard.clone()),
                    shard_state: Some(entry.value.state),
                    data_url: node.data_url.clone(),
                }));
            }
        }
        all
    }

    /// Every node of the fleet, Gateways first.
    #[must_use]
    pub fn all_nodes(&self) -> Vec<DirectoryNode> {
        let gateway = |(id, entry): (&NodeId, &Revised<GatewayEntry>)| DirectoryNode {
            target: NodeTarget { node_id: id.clone(), admin_url: entry.value.admin_url.clone() },
            kind: NodeKind::Gateway,
            shard: None,
            shard_state: None,
            data_url: entry.value.data_url.clone(),
        };
        let kinds = [ServiceKind::Aggregate, ServiceKind::Projection, ServiceKind::Runner];
        self.gateways.iter().map(gateway).chain(self.nodes(&kinds)).collect()
    }

    /// The wire form that a node answers with, for comparing and for `GET …/placement`.
    #[must_use]
    pub fn to_contract(&self, entries: bool) -> PlacementSnapshot {
        PlacementSnapshot::of(self.source, self.revisions.clone(), &self.maps, entries)
    }
}
