//! The fleet's placement as data (contracts §3): entries, shard directory, routing snapshot.
//!
//! Pure: parsing, validation, hashing and the choice of a target. Who reads or writes the buckets
//! is elsewhere (`ports::KvStore`); only the saga writes, by compare-and-set.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    canonical,
    ids::{Epoch, Hash, JobId, NodeId, Revision, ServiceKind, ShardId, TenantId},
};

/// `tenant.<tenant_id>` of a placement bucket: which shard owns the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantEntry {
    /// Wire version, 1.
    pub v: u8,
    /// The tenant; equals the key's last token.
    pub tenant_id: TenantId,
    /// The owning shard.
    pub shard: ShardId,
    /// Rises with each flip; never repeats.
    pub epoch: Epoch,
    /// A pinned tenant is not moved by evacuation.
    #[serde(default)]
    pub pinned: bool,
    /// The job that wrote this entry; with `epoch` it recognises a lost acknowledgement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// When it was written, by the writer's clock; information only.
    pub updated_at: DateTime<Utc>,
}

/// Whether a shard takes new tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShardState {
    /// Takes tenants.
    Active,
    /// Keeps what it has and takes no more.
    Cordoned,
}

/// One node of a shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShardNode {
    /// The node.
    pub node_id: NodeId,
    /// Where tenants' traffic goes.
    pub data_url: String,
    /// Where the control plane speaks to it.
    pub admin_url: String,
}

/// `shard.<shard_id>`: the shard directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShardEntry {
    /// Wire version, 1.
    pub v: u8,
    /// Its nodes; a mutation goes to every one.
    pub nodes: Vec<ShardNode>,
    /// Relative capacity for the first placement.
    #[serde(default = "one")]
    pub weight: u32,
    /// Takes tenants or not.
    pub state: ShardState,
    /// Free labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

fn one() -> u32 {
    1
}

/// `default`: how a tenant's first placement is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DefaultEntry {
    /// How.
    pub strategy: Strategy,
    /// Among which.
    pub shards: Vec<ShardId>,
}

/// How a first placement is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// By a stable hash of the tenant id.
    Hash,
    /// Always the first of the list.
    Fixed,
}

impl DefaultEntry {
    /// The shard of a tenant seen for the first time; `None` when the list is empty.
    #[must_use]
    pub fn first_shard(&self, tenant: &TenantId) -> Option<&ShardId> {
        match self.strategy {
            Strategy::Fixed => self.shards.first(),
            Strategy::Hash => {
                let digest = Hash::of(tenant.as_str().as_bytes());
                let head = u64::from_str_radix(&digest.as_str()[..8], 16).unwrap_or(0);
                let index = usize::try_from(head % (self.shards.len().max(1) as u64)).unwrap_or(0);
                self.shards.get(index)
            }
        }
    }
}

/// `node.<node_id>` of `gateway_nodes`: a member of the barrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GatewayEntry {
    /// Wire version, 1.
    pub v: u8,
    /// Where the control plane speaks to it.
    pub admin_url: String,
    /// Where tenants' traffic enters.
    pub data_url: String,
    /// Free labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// A value with the revision it was read at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Revised<T> {
    /// The value.
    pub value: T,
    /// KV revision of its key.
    pub revision: Revision,
}

/// One placement map in memory: what a bucket says now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacementMap {
    /// Owner of each tenant.
    pub tenants: BTreeMap<TenantId, Revised<TenantEntry>>,
    /// The shard directory.
    pub shards: BTreeMap<ShardId, Revised<ShardEntry>>,
    /// Choice of a first placement.
    pub default: Option<Revised<DefaultEntry>>,
}

/// Why a placement key or value cannot be used; the last good snapshot stays in force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlacementError {
    /// Not a key of this bucket.
    #[error("placement key {0:?} is not tenant.<id>, shard.<id> or default")]
    Key(String),
    /// The value is not the JSON the key demands.
    #[error("placement value of {key} is not valid: {cause}")]
    Value {
        /// The key.
        key: String,
        /// What the decoder said.
        cause: String,
    },
    /// A tenant's shard is not in the directory or has no node.
    #[error("tenant {tenant} is placed on {shard}, which {problem}")]
    Dangling {
        /// The tenant.
        tenant: TenantId,
        /// Its shard.
        shard: ShardId,
        /// `is unknown` or `has no node`.
        problem: &'static str,
    },
}

impl PlacementMap {
    /// Applies one bucket entry; `None` as value means the key was deleted.
    ///
    /// # Errors
    /// [`PlacementError`] when the key or the value is not valid; the map is unchanged then.
    pub fn apply(
        &mut self,
        key: &str,
        value: Option<&[u8]>,
        revision: Revision,
    ) -> Result<(), PlacementError> {
        let bad_key = || PlacementError::Key(key.to_owned());
        if let Some(id) = key.strip_prefix("tenant.") {
            let id: TenantId = id.parse().map_err(|_| bad_key())?;
            match value {
                None => drop(self.tenants.remove(&id)),
                Some(bytes) => {
                    let value: TenantEntry = decode(key, bytes)?;
                    if value.tenant_id != id {
                        return Err(PlacementError::Value {
                            key: key.to_owned(),
                            cause: format!("tenant_id is {}", value.tenant_id),
                        });
                    }
                    self.tenants.insert(id, Revised { value, revision });
                }
            }
        } else if let Some(id) = key.strip_prefix("shard.") {
            let id: ShardId = id.parse().map_err(|_| bad_key())?;
            match value {
                None => drop(self.shards.remove(&id)),
                Some(bytes) => {
                    let value = decode(key, bytes)?;
                    self.shards.insert(id, Revised { value, revision });
                }
            }
        } else if key == "default" {
            self.default = match value {
                None => None,
                Some(bytes) => Some(Revised { value: decode(key, bytes)?, revision }),
            };
        } else {
            return Err(bad_key());
        }
        Ok(())
    }

    /// Whether every tenant's shard exists and has a node.
    ///
    /// # Errors
    /// [`PlacementError::Dangling`] naming the first tenant that cannot be routed.
    pub fn validate(&self) -> Result<(), PlacementError> {
        for (tenant, entry) in &self.tenants {
            let shard = &entry.value.shard;
            let problem = match self.shards.get(shard) {
                None => "is unknown",
                Some(found) if found.value.nodes.is_empty() => "has no node",
                Some(_) => continue,
            };
            let (tenant, shard) = (tenant.clone(), shard.clone());
            return Err(PlacementError::Dangling { tenant, shard, problem });
        }
        Ok(())
    }

    /// Highest revision applied: this map's component of a snapshot's revision vector.
    #[must_use]
    pub fn revision(&self) -> Revision {
        let tenants = self.tenants.values().map(|e| e.revision);
        let shards = self.shards.values().map(|e| e.revision);
        let default = self.default.iter().map(|e| e.revision);
        tenants.chain(shards).chain(default).max().unwrap_or_default()
    }

    /// SHA-256 over the sorted entries (values only, so that equal content hashes equal).
    #[must_use]
    pub fn hash(&self) -> Hash {
        let tenants: BTreeMap<_, _> = self.tenants.iter().map(|(k, e)| (k, &e.value)).collect();
        let shards: BTreeMap<_, _> = self.shards.iter().map(|(k, e)| (k, &e.value)).collect();
        canonical::hash(&(tenants, shards, self.default.as_ref().map(|e| &e.value)))
    }

    /// How many tenants a shard owns.
    #[must_use]
    pub fn tenants_on(&self, shard: &ShardId) -> usize {
        self.tenants.values().filter(|e| &e.value.shard == shard).count()
    }
}

fn decode<T: de::DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, PlacementError> {
    serde_json::from_slice(bytes)
        .map_err(|e| PlacementError::Value { key: key.to_owned(), cause: e.to_string() })
}
use serde::de;

/// The hash of a whole routing snapshot: SHA-256 over the hashes of its maps, by service kind.
/// Every Gateway and the control plane compute it alike, so equal hashes mean equal routing.
#[must_use]
pub fn snapshot_hash(maps: &BTreeMap<ServiceKind, PlacementMap>) -> Hash {
    let parts: BTreeMap<&str, Hash> = maps.iter().map(|(k, m)| (k.as_str(), m.hash())).collect();
    canonical::hash(&parts)
}

/// Key of a tenant's entry.
#[must_use]
pub fn tenant_key(tenant: &TenantId) -> String {
    format!("tenant.{tenant}")
}

/// Key of a shard's entry.
#[must_use]
pub fn shard_key(shard: &ShardId) -> String {
    format!("shard.{shard}")
}

/// Key of a Gateway's entry.
#[must_use]
pub fn gateway_key(node: &NodeId) -> String {
    format!("node.{node}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = r#"{"v":1,"tenant_id":"acme","shard":"agg-02","epoch":7,"pinned":false,
        "updated_at":"2026-11-24T14:00:00Z"}"#;
    const SHARD: &str = r#"{"v":1,"nodes":[{"node_id":"agg-2a","data_url":"http://127.0.0.1:1",
        "admin_url":"http://127.0.0.1:2"}],"state":"active"}"#;

    fn map() -> PlacementMap {
        let mut map = PlacementMap::default();
        map.apply("shard.agg-02", Some(SHARD.as_bytes()), Revision(3)).unwrap();
        map.apply("tenant.acme", Some(ENTRY.as_bytes()), Revision(4)).unwrap();
        map
    }

    /// T4.1
    #[test]
    fn a_valid_document_is_applied_and_revision_and_hash_follow() {
        let map = map();
        map.validate().unwrap();
        assert_eq!(map.revision(), Revision(4));
        let mut again = PlacementMap::default();
        again.apply("tenant.acme", Some(ENTRY.as_bytes()), Revision(9)).unwrap();
        again.apply("shard.agg-02", Some(SHARD.as_bytes()), Revision(8)).unwrap();
        assert_eq!(map.hash(), again.hash(), "order and revisions do not matter");
        again.apply("tenant.acme", None, Revision(10)).unwrap();
        assert_ne!(map.hash(), again.hash());
    }

    /// T4.1
    #[test]
    fn bad_keys_and_values_change_nothing() {
        let mut map = map();
        let before = map.clone();
        let bad: [(&str, &str); 5] = [
            ("tenant.a.b", ENTRY),
            ("tenant.other", ENTRY),
            ("tenant.acme", r#"{"v":1}"#),
            ("shard.x", "not json"),
            ("other", "{}"),
        ];
        for (key, value) in bad {
            assert!(map.apply(key, Some(value.as_bytes()), Revision(9)).is_err(), "{key}");
            assert_eq!(map, before);
        }
    }

    #[test]
    fn a_tenant_on_an_unknown_shard_is_named() {
        let mut map = map();
        map.apply("shard.agg-02", None, Revision(5)).unwrap();
        let message = map.validate().unwrap_err().to_string();
        assert_eq!(message, "tenant acme is placed on agg-02, which is unknown");
    }
}
