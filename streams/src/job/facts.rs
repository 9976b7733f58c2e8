//! Observed facts: what planning and gates may know about the world, gathered by `fleet`.
//!
//! An unreachable node is [`Reading::Unknown`], never zero. Facts carry the time they were observed
//! so that a gate can call them too old; the plan's hash contains none of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{Epoch, Fence, Hash, NodeId, Revision, ServiceKind, ShardId},
    placement::{Revised, ShardEntry, TenantEntry},
};

/// What was seen, or why nothing was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "reading", rename_all = "snake_case")]
pub enum Reading<T> {
    /// Seen.
    Known {
        /// What.
        value: T,
        /// When, by the observer's clock.
        observed_at: DateTime<Utc>,
    },
    /// Not seen.
    Unknown {
        /// Why, as a sentence.
        because: String,
        /// When it was tried.
        observed_at: DateTime<Utc>,
    },
}

impl<T> Reading<T> {
    /// The value when it was seen no longer than `max_age_ms` before `now`.
    ///
    /// # Errors
    /// Why it is unknown, as a sentence.
    pub fn fresh(&self, now: DateTime<Utc>, max_age_ms: u64) -> Result<&T, String> {
        match self {
            Self::Unknown { because, .. } => Err(because.clone()),
            Self::Known { value, observed_at } => {
                let age = now.signed_duration_since(*observed_at).num_milliseconds().max(0);
                if age.unsigned_abs() > max_age_ms {
                    Err(format!(
                        "the reading is {age} ms old; older than {max_age_ms} ms counts as unknown"
                    ))
                } else {
                    Ok(value)
                }
            }
        }
    }

    /// When it was seen or tried.
    #[must_use]
    pub fn observed_at(&self) -> DateTime<Utc> {
        match self {
            Self::Known { observed_at, .. } | Self::Unknown { observed_at, .. } => *observed_at,
        }
    }
}

/// State of a tenant on a node (contracts §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenantState {
    /// Not here.
    Absent,
    /// Warming up: tails the log, serves nothing.
    Preparing,
    /// Served here.
    Active,
    /// New work refused, old work being finished.
    Draining,
    /// New work refused, nothing in flight, position durable.
    Drained,
}

/// One tenant on one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TenantReading {
    /// Its state there.
    pub state: TenantState,
    /// The epoch the node serves or prepares it under.
    pub epoch: Epoch,
    /// The highest fence the node has accepted for it.
    pub fence: Fence,
    /// Work accepted and not yet durably finished.
    pub inflight: u64,
    /// Events of the tenant's log not yet applied.
    pub lag_events: u64,
    /// Age of the oldest unapplied event, milliseconds.
    pub lag_ms: u64,
    /// Last applied sequence of the tenant's log.
    pub applied_seq: u64,
}

/// One node as asked about one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NodeReading {
    /// `/ready` said ready.
    pub ready: bool,
    /// The node as a whole drains.
    pub draining: bool,
    /// How many tenants it may hold.
    pub max_tenants: u64,
    /// What it can do, e.g. `tenant.drain`.
    pub capabilities: Vec<String>,
    /// The tenant there.
    pub tenant: TenantReading,
}

/// One Gateway's routing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GatewayReading {
    /// `/ready` said ready.
    pub ready: bool,
    /// Highest revision applied per map.
    pub revisions: BTreeMap<ServiceKind, Revision>,
    /// Hash of its routing snapshot.
    pub snapshot_sha256: Hash,
}

/// One shard of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShardFacts {
    /// Its entry.
    pub entry: Revised<ShardEntry>,
    /// Tenants it owns by the placement map.
    pub tenants: u64,
}

/// One placement map as far as the tenant is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MapFacts {
    /// The tenant's entry.
    pub entry: Option<Revised<TenantEntry>>,
    /// The directory.
    pub shards: BTreeMap<ShardId, ShardFacts>,
    /// Highest revision of the map.
    pub revision: Revision,
    /// Highest epoch the event log knows for this tenant and map; 0 when none. From the log, not
    /// from the fleet: an epoch never repeats, also after an edit by hand.
    pub epoch_floor: Epoch,
}

/// Everything a plan and its gates may look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Facts {
    /// When gathering ended, by the gatherer's clock.
    pub observed_at: DateTime<Utc>,
    /// The maps, all three kinds.
    pub maps: BTreeMap<ServiceKind, MapFacts>,
    /// Hash of the control plane's own routing snapshot over the three maps.
    pub snapshot_sha256: Hash,
    /// Nodes of every shard of the kinds that move (source and possible targets).
    pub nodes: BTreeMap<NodeId, Reading<NodeReading>>,
    /// Admin URL of every Gateway of `gateway_nodes`.
    pub gateway_urls: BTreeMap<NodeId, String>,
    /// What every Gateway of `gateway_nodes` reports.
    pub gateways: BTreeMap<NodeId, Reading<GatewayReading>>,
}
