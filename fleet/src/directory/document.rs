//! The Gateway's whole-document model of placement, and the importer that turns it into the entries
//! of the buckets. Pure.
//!
//! A document says less than the buckets do: every tenant gets epoch 1, every shard is active.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use streams::{
    catalog::{GATEWAY_NODES, placement_bucket},
    ids::{Epoch, NodeId, Revision, ServiceKind, ShardId, TenantId},
    placement::{
        GatewayEntry, PlacementError, PlacementMap, Revised, ShardEntry, ShardNode, ShardState,
        TenantEntry, gateway_key, shard_key, tenant_key,
    },
};

/// The document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Rises with every edit.
    pub revision: u64,
    /// Shard of each tenant's Aggregate.
    #[serde(default)]
    pub aggregate_placement: BTreeMap<TenantId, ShardId>,
    /// Shard of each tenant's Projection.
    #[serde(default)]
    pub projection_placement: BTreeMap<TenantId, ShardId>,
    /// Shard of each tenant's Runner.
    #[serde(default)]
    pub runner_placement: BTreeMap<TenantId, ShardId>,
    /// Nodes of each Aggregate shard.
    #[serde(default)]
    pub aggregate_shards: BTreeMap<ShardId, Vec<Endpoint>>,
    /// Nodes of each Projection shard.
    #[serde(default)]
    pub projection_shards: BTreeMap<ShardId, Vec<Endpoint>>,
    /// Nodes of each Runner shard.
    #[serde(default)]
    pub runner_shards: BTreeMap<ShardId, Vec<Endpoint>>,
    /// The Gateways.
    #[serde(default)]
    pub gateways: BTreeMap<NodeId, Endpoint>,
}

/// A node: one URL for everything, or an object that tells traffic and administration apart.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct Endpoint {
    /// The node; `<shard>-<n>` (from 1) when not said.
    pub node_id: Option<NodeId>,
    /// Where tenants' traffic goes.
    pub data_url: String,
    /// Where the control plane speaks to it.
    pub admin_url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndpointObject {
    node_id: Option<NodeId>,
    data_url: String,
    admin_url: String,
}

impl TryFrom<serde_json::Value> for Endpoint {
    type Error = String;

    fn try_from(value: serde_json::Value) -> Result<Self, String> {
        if let serde_json::Value::String(url) = value {
            return Ok(Self { node_id: None, data_url: url.clone(), admin_url: url });
        }
        let EndpointObject { node_id, data_url, admin_url } =
            serde_json::from_value(value).map_err(|e| format!("an endpoint is a URL or {e}"))?;
        Ok(Self { node_id, data_url, admin_url })
    }
}

/// Why a document cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not this JSON.
    #[error("the placement document is not valid: {0}")]
    Decode(String),
    /// Decodes, but routes a tenant nowhere.
    #[error("the placement document is not consistent: {kind} {cause}")]
    Placement {
        /// Which map.
        kind: ServiceKind,
        /// What is wrong.
        cause: PlacementError,
    },
    /// A shard id too long to name its nodes after.
    #[error("shard {0} needs a node_id for each of its endpoints")]
    NodeId(ShardId),
}

/// One entry to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportEntry {
    /// Bucket.
    pub bucket: &'static str,
    /// Key.
    pub key: String,
    /// JSON value.
    pub value: Bytes,
}

/// The maps and Gateways a document says.
pub(super) type Parts =
    (BTreeMap<ServiceKind, (PlacementMap, Revision)>, BTreeMap<NodeId, Revised<GatewayEntry>>);

impl Document {
    /// Decodes a document.
    ///
    /// # Errors
    /// [`DocumentError::Decode`].
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        serde_json::from_slice(bytes).map_err(|e| DocumentError::Decode(e.to_string()))
    }

    /// The bucket entries that say the same, shards before the tenants on them, so that a watcher
    /// that follows the import is never left with a dangling tenant. `at` becomes `updated_at`.
    ///
    /// # Errors
    /// [`DocumentError`] when the document is not consistent; nothing is given then.
    pub fn import(&self, at: DateTime<Utc>) -> Result<Vec<ImportEntry>, DocumentError> {
        let (maps, gateways) = self.parts(at)?;
        let mut all = Vec::new();
        for (kind, (map, _)) in &maps {
            let bucket = placement_bucket(*kind);
            let shards = map.shards.iter().map(|(id, e)| entry(bucket, shard_key(id), &e.value));
            let tenants = map.tenants.iter().map(|(id, e)| entry(bucket, tenant_key(id), &e.value));
            all.extend(shards.chain(tenants));
        }
        all.extend(gateways.iter().map(|(id, e)| entry(GATEWAY_NODES, gateway_key(id), &e.value)));
        Ok(all)
    }

    /// The maps in memory, every entry at the document's revision.
    pub(super) fn parts(&self, at: DateTime<Utc>) -> Result<Parts, DocumentError> {
        let revision = Revision(self.revision);
        let mut maps = BTreeMap::new();
        for kind in ServiceKind::DRAIN_ORDER {
            let (tenants, shards) = match kind {
                ServiceKind::Aggregate => (&self.aggregate_placement, &self.aggregate_shards),
                ServiceKind::Projection => (&self.projection_placement, &self.projection_shards),
                ServiceKind::Runner => (&self.runner_placement, &self.runner_shards),
            };
            let mut map = PlacementMap::default();
            for (id, endpoints) in shards {
                let value = shard_entry(id, endpoints)?;
                map.shards.insert(id.clone(), Revised { value, revision });
            }
            for (id, shard) in tenants {
                let value = tenant_entry(id, shard, at);
                map.tenants.insert(id.clone(), Revised { value, revision });
            }
            map.validate().map_err(|cause| DocumentError::Placement { kind, cause })?;
            maps.insert(kind, (map, revision));
        }
        let gateway = |(id, endpoint): (&NodeId, &Endpoint)| {
            let value = GatewayEntry {
                v: 1,
                admin_url: endpoint.admin_url.clone(),
                data_url: endpoint.data_url.clone(),
                labels: BTreeMap::new(),
            };
            (id.clone(), Revised { value, revision })
        };
        Ok((maps, self.gateways.iter().map(gateway).collect()))
    }
}

fn tenant_entry(id: &TenantId, shard: &ShardId, at: DateTime<Utc>) -> TenantEntry {
    TenantEntry {
        v: 1,
        tenant_id: id.clone(),
        shard: shard.clone(),
        epoch: Epoch(1),
        pinned: false,
        job_id: None,
        updated_at: at,
    }
}

fn shard_entry(id: &ShardId, endpoints: &[Endpoint]) -> Result<ShardEntry, DocumentError> {
    let node = |(index, endpoint): (usize, &Endpoint)| {
        let node_id = match &endpoint.node_id {
            Some(node_id) => node_id.clone(),
            None => format!("{id}-{}", index + 1)
                .parse()
                .map_err(|_| DocumentError::NodeId(id.clone()))?,
        };
        let (data_url, admin_url) = (endpoint.data_url.clone(), endpoint.admin_url.clone());
        Ok(ShardNode { node_id, data_url, admin_url })
    };
    Ok(ShardEntry {
        v: 1,
        nodes: endpoints.iter().enumerate().map(node).collect::<Result<_, _>>()?,
        weight: 1,
        state: ShardState::Active,
        labels: BTreeMap::new(),
    })
}

fn entry<T: Serialize>(bucket: &'static str, key: String, value: &T) -> ImportEntry {
    let value = serde_json::to_vec(value).expect("placement types always serialise");
    ImportEntry { bucket, key, value: Bytes::from(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"revision":3,
        "aggregate_placement":{"acme":"agg-01"},"runner_placement":{"acme":"run-01"},
        "aggregate_shards":{"agg-01":["http://127.0.0.1:9001"]},
        "runner_shards":{"run-01":[{"node_id":"run-1a","data_url":"http://127.0.0.1:1",
            "admin_url":"http://127.0.0.1:2"}]},
        "gateways":{"gw-1":"http://127.0.0.1:8000"}}"#;

    fn at() -> DateTime<Utc> {
        "2026-11-24T08:00:00Z".parse().unwrap()
    }

    /// T4.1
    #[test]
    fn a_document_becomes_entries_that_fold_into_the_same_maps() {
        let document = Document::parse(DOCUMENT.as_bytes()).unwrap();
        let (maps, gateways) = document.parts(at()).unwrap();
        let entries = document.import(at()).unwrap();
        for (kind, (expected, _)) in maps {
            let mut folded = PlacementMap::default();
            for e in entries.iter().filter(|e| e.bucket == placement_bucket(kind)) {
                folded.apply(&e.key, Some(&e.value), Revision(3)).unwrap();
                folded.validate().unwrap();
            }
            assert_eq!(folded, expected);
        }
        assert_eq!(gateways.len(), 1);
        let keys: Vec<_> = entries.iter().map(|e| e.key.as_str()).collect();
        let expected = ["shard.agg-01", "tenant.acme", "shard.run-01", "tenant.acme", "node.gw-1"];
        let mut sorted = (keys.clone(), expected.to_vec());
        sorted.0.sort_unstable();
        sorted.1.sort_unstable();
        assert_eq!(sorted.0, sorted.1);
    }

    /// T4.1
    #[test]
    fn an_inconsistent_or_foreign_document_gives_nothing() {
        let dangling = r#"{"revision":1,"aggregate_placement":{"acme":"nowhere"}}"#;
        let error = Document::parse(dangling.as_bytes()).unwrap().import(at()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the placement document is not consistent: aggregate tenant acme is placed on nowhere, \
             which is unknown"
        );
        for bad in ["{}", r#"{"revision":1,"x":1}"#, r#"{"revision":1,"runner_shards":{"a":[3]}}"#]
        {
            assert!(Document::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
