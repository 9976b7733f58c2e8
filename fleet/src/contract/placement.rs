//! A node's effective placement and the reload that waits for a newer one.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use streams::{
    ids::{Hash, Revision, ServiceKind},
    placement::{PlacementMap, snapshot_hash},
};

/// The three placement maps, by the name of their bucket.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MapName {
    /// `aggregate_placement`.
    AggregatePlacement,
    /// `projection_placement`.
    ProjectionPlacement,
    /// `runner_placement`.
    RunnerPlacement,
}

impl MapName {
    /// All three.
    pub const ALL: [Self; 3] =
        [Self::AggregatePlacement, Self::ProjectionPlacement, Self::RunnerPlacement];

    /// Name of the bucket, the wire form.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        streams::catalog::placement_bucket(self.kind())
    }

    /// The kind whose tenants it places.
    #[must_use]
    pub fn kind(self) -> ServiceKind {
        match self {
            Self::AggregatePlacement => ServiceKind::Aggregate,
            Self::ProjectionPlacement => ServiceKind::Projection,
            Self::RunnerPlacement => ServiceKind::Runner,
        }
    }
}

impl From<ServiceKind> for MapName {
    fn from(kind: ServiceKind) -> Self {
        match kind {
            ServiceKind::Aggregate => Self::AggregatePlacement,
            ServiceKind::Projection => Self::ProjectionPlacement,
            ServiceKind::Runner => Self::RunnerPlacement,
        }
    }
}

impl fmt::Display for MapName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A revision vector: the highest applied revision of each map.
pub type Revisions = BTreeMap<MapName, Revision>;

/// `POST /admin/v1/reload` → 200 [`ReloadResult`] when every named map is at or past its revision,
/// 202 with the same body when not yet after `wait_ms`. Never goes backwards. It carries a fence
/// for the record, but a node does **not** compare it: reloads of concurrent jobs meet on one node,
/// and waiting for a revision is safe whoever asks. A map the node does not follow: 422.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReloadRequest {
    /// What to reach.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub min_revision: Revisions,
    /// How long to wait, ms, at most 30,000.
    pub wait_ms: u64,
}

/// Body of both answers of a reload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReloadResult {
    /// What has been applied, every map the node follows.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub applied: Revisions,
    /// As [`PlacementSnapshot::snapshot_sha256`].
    pub snapshot_sha256: Hash,
}

/// Where a placement comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotSource {
    /// The NATS buckets.
    Kv,
    /// The development file; mutations are refused.
    File,
}

/// `GET /admin/v1/placement?entries=true|false` (default true): the effective in-memory placement.
/// A Gateway follows all three maps; a node that holds tenants may follow only its own.
/// `revisions` is the highest revision *seen applied* in each bucket, deletions included, so it may
/// lie above [`PlacementMap::revision`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlacementSnapshot {
    /// Where it comes from.
    pub source: SnapshotSource,
    /// Revision of each map the node follows.
    pub revisions: Revisions,
    /// [`snapshot_hash`] over exactly the maps in `revisions`: all three at a Gateway.
    pub snapshot_sha256: Hash,
    /// The maps themselves; absent with `entries=false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entries: Option<BTreeMap<MapName, PlacementMap>>,
}

impl PlacementSnapshot {
    /// The snapshot of `maps`.
    #[must_use]
    pub fn of(
        source: SnapshotSource,
        revisions: Revisions,
        maps: &BTreeMap<ServiceKind, PlacementMap>,
        with_entries: bool,
    ) -> Self {
        Self {
            source,
            revisions,
            snapshot_sha256: snapshot_hash(maps),
            entries: with_entries
                .then(|| maps.iter().map(|(k, m)| (MapName::from(*k), m.clone())).collect()),
        }
    }
}
