//! The placement maps with their revisions, hashes and shard directories.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fleet::{
    contract::SnapshotSource,
    directory::{Alarm, Snapshot},
};
use serde::Serialize;
use streams::{
    catalog::placement_bucket,
    ids::{Hash, Revision, ServiceKind, ShardId, TenantId},
    placement::{DefaultEntry, GatewayEntry, Revised, ShardEntry, TenantEntry, tenant_key},
};

use crate::{auth::rights::Sight, error::ApiResult, page::AsOf, state::AppState};

/// An alarm for those who do not see every tenant.
const ALARM_OF_OTHERS: &str = "something about this map needs an operator of the whole platform";

/// One shard and how many tenants it owns.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ShardView {
    /// Which.
    pub shard: ShardId,
    /// Its entry.
    pub entry: ShardEntry,
    /// KV revision of the entry.
    pub revision: Revision,
    /// Tenants it owns, of those one may see.
    pub tenants: u64,
}

/// One map.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = PlacementMap)]
pub struct MapView {
    /// Which.
    pub kind: ServiceKind,
    /// The bucket.
    pub bucket: &'static str,
    /// Highest revision applied.
    pub revision: Revision,
    /// SHA-256 over its entries.
    pub hash: Hash,
    /// The shard directory.
    pub shards: Vec<ShardView>,
    /// How first placements are chosen.
    #[schema(required = true)]
    pub default: Option<DefaultEntry>,
    /// Owner of each tenant; only on the page of one map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenants: Option<Vec<PlacedTenant>>,
}

/// One tenant of a map.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PlacedTenant {
    /// Its entry.
    pub entry: TenantEntry,
    /// KV revision of the entry.
    pub revision: Revision,
}

/// All maps.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Placement)]
pub struct PlacementView {
    /// Where it comes from.
    pub source: SnapshotSource,
    /// SHA-256 over the maps; equal at every Gateway that routes by this.
    pub snapshot_sha256: Hash,
    /// The maps.
    pub maps: Vec<MapView>,
    /// The Gateways.
    pub gateways: BTreeMap<String, GatewayEntry>,
    /// What a person should look at, by bucket.
    pub alarms: BTreeMap<String, Alarm>,
    /// How current it is.
    pub as_of: AsOf,
}

/// One stored revision of a tenant's entry.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PlacementRevision {
    /// Its key.
    pub key: String,
    /// KV revision.
    pub revision: Revision,
    /// When it was stored.
    pub at: DateTime<Utc>,
    /// The entry; null when it was deleted or cannot be read.
    #[schema(required = true)]
    pub value: Option<TenantEntry>,
    /// What is wrong with a value that is no entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// All maps.
///
/// # Errors
/// 503 `rebuilding`.
pub fn all(state: &AppState, sight: &Sight) -> ApiResult<PlacementView> {
    let snapshot = state.placement()?;
    let mut alarms = state.ports().directory.view().map(|v| v.alarms.clone()).unwrap_or_default();
    if *sight != Sight::All {
        // What is seen may be about a tenant they may not see.
        alarms.values_mut().for_each(|alarm| ALARM_OF_OTHERS.clone_into(&mut alarm.text));
    }
    let gateway = |(id, e): (&streams::ids::NodeId, &Revised<GatewayEntry>)| {
        (id.to_string(), e.value.clone())
    };
    let kinds = [ServiceKind::Aggregate, ServiceKind::Projection, ServiceKind::Runner];
    Ok(PlacementView {
        source: snapshot.source,
        snapshot_sha256: snapshot.hash.clone(),
        maps: kinds.iter().map(|kind| map(&snapshot, *kind, sight, false)).collect(),
        gateways: snapshot.gateways.iter().map(gateway).collect(),
        alarms,
        as_of: state.models().jobs.as_of(),
    })
}

/// One map, with its tenants when so wanted.
#[must_use]
pub fn map(snapshot: &Snapshot, kind: ServiceKind, sight: &Sight, tenants: bool) -> MapView {
    let map = snapshot.map(kind);
    let visible = || map.tenants.iter().filter(|(tenant, _)| sight.sees(Some(tenant)));
    let shard = |(id, entry): (&ShardId, &Revised<ShardEntry>)| ShardView {
        shard: id.clone(),
        entry: entry.value.clone(),
        revision: entry.revision,
        tenants: visible().filter(|(_, e)| &e.value.shard == id).count() as u64,
    };
    let placed = |(_, e): (&TenantId, &Revised<TenantEntry>)| PlacedTenant {
        entry: e.value.clone(),
        revision: e.revision,
    };
    MapView {
        kind,
        bucket: placement_bucket(kind),
        revision: snapshot.revisions.get(&kind.into()).copied().unwrap_or_default(),
        hash: map.hash(),
        shards: map.shards.iter().map(shard).collect(),
        default: map.default.as_ref().map(|d| d.value.clone()),
        tenants: tenants.then(|| visible().map(placed).collect()),
    }
}

/// Stored revisions of a tenant's entry, oldest first.
///
/// # Errors
/// Those of the bucket.
pub async fn history(
    state: &AppState,
    kind: ServiceKind,
    tenant: &TenantId,
) -> ApiResult<Vec<PlacementRevision>> {
    let key = tenant_key(tenant);
    let stored = state.ports().kv.history(placement_bucket(kind), &key).await?;
    let told = stored.into_iter().map(|e| {
        let parsed = e.value.map(|v| serde_json::from_slice::<TenantEntry>(&v));
        let (value, unreadable) = match parsed {
            None => (None, None),
            Some(Ok(entry)) => (Some(entry), None),
            Some(Err(error)) => (None, Some(error.to_string())),
        };
        PlacementRevision { key: e.key, revision: e.revision, at: e.at, value, unreadable }
    });
    Ok(told.collect())
}
