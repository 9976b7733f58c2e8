//! Writes the simulated fleet into the buckets: only what is missing, never over another's entry.
//!
//! The shard directory and the Gateways are the fleet's own to write; a tenant's first placement is
//! chosen by the default entry and written with epoch 1. Later placements are not its business.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, bail};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use fleet::contract::NodeKind;
use serde::{Serialize, de::DeserializeOwned};
use streams::{
    catalog::{GATEWAY_NODES, placement_bucket},
    ids::{Epoch, Revision, ServiceKind, TenantId},
    placement::{
        DefaultEntry, GatewayEntry, ShardEntry, ShardNode, ShardState, Strategy, TenantEntry,
        gateway_key, shard_key, tenant_key,
    },
    ports::{KvError, KvStore},
};

use crate::topology::{self, NodeSpec};

/// Label of a Gateway's entry that says which simulated fleet it belongs to.
const FLEET: &str = "sim-fleet";

/// What is to be in the buckets.
#[derive(Debug)]
pub struct Seed<'a> {
    /// The buckets.
    pub kv: &'a Arc<dyn KvStore>,
    /// All nodes.
    pub nodes: &'a [NodeSpec],
    /// All tenants.
    pub tenants: &'a [TenantId],
    /// Identity of this fleet, from the state directory.
    pub fleet_id: &'a str,
    /// Whether the state directory remembers nodes.
    pub remembers: bool,
    /// Now.
    pub now: DateTime<Utc>,
}

impl Seed<'_> {
    /// Writes what is missing.
    ///
    /// # Errors
    /// When the buckets cannot be used, or belong to another fleet than the state directory.
    pub async fn sow(&self) -> anyhow::Result<()> {
        self.belong_together().await?;
        for kind in ServiceKind::DRAIN_ORDER {
            let default = self.directory(kind).await?;
            self.first_placements(kind, &default).await?;
        }
        for node in self.nodes.iter().filter(|n| n.kind == NodeKind::Gateway) {
            let entry = GatewayEntry {
                v: 1,
                admin_url: node.url(),
                data_url: node.url(),
                labels: BTreeMap::from([(FLEET.to_owned(), self.fleet_id.to_owned())]),
            };
            let known: Option<(GatewayEntry, _)> =
                self.get(GATEWAY_NODES, &gateway_key(&node.node_id)).await?;
            let revision = known.as_ref().map(|(_, revision)| *revision);
            if known.is_none_or(|(known, _)| known != entry) {
                self.put(GATEWAY_NODES, &gateway_key(&node.node_id), &entry, revision).await?;
            }
        }
        Ok(())
    }

    /// A state directory and buckets of different fleets would contradict each other silently.
    async fn belong_together(&self) -> anyhow::Result<()> {
        let Some(gateway) = self.nodes.iter().find(|n| n.kind == NodeKind::Gateway) else {
            bail!("a fleet needs a Gateway");
        };
        let key = gateway_key(&gateway.node_id);
        let entry: Option<(GatewayEntry, _)> = self.get(GATEWAY_NODES, &key).await?;
        let owner = entry.as_ref().and_then(|(e, _)| e.labels.get(FLEET));
        match owner {
            Some(owner) if owner != self.fleet_id => bail!(
                "these buckets belong to another simulated fleet: give --state-dir the directory \
                 that fleet was started with, or use an empty NATS store"
            ),
            None if self.remembers => bail!(
                "the state directory remembers a fleet that these buckets do not know: give the \
                 NATS store that fleet ran on, or a new --state-dir"
            ),
            Some(_) | None => Ok(()),
        }
    }

    async fn directory(&self, kind: ServiceKind) -> anyhow::Result<DefaultEntry> {
        let bucket = placement_bucket(kind);
        for shard in topology::shards(self.nodes, kind) {
            let of_shard = self.nodes.iter().filter(|n| n.shard.as_ref() == Some(&shard));
            let nodes: Vec<_> = of_shard
                .map(|n| ShardNode {
                    node_id: n.node_id.clone(),
                    data_url: n.url(),
                    admin_url: n.url(),
                })
                .collect();
            let key = shard_key(&shard);
            match self.get::<ShardEntry>(bucket, &key).await? {
                None => {
                    let (state, labels) = (ShardState::Active, BTreeMap::new());
                    let entry = ShardEntry { v: 1, nodes, weight: 1, state, labels };
                    self.put(bucket, &key, &entry, None).await?;
                }
                Some((known, revision)) if known.nodes != nodes => {
                    let entry = ShardEntry { nodes, ..known };
                    self.put(bucket, &key, &entry, Some(revision)).await?;
                }
                Some(_) => {}
            }
        }
        if let Some((default, _)) = self.get(bucket, "default").await? {
            return Ok(default);
        }
        let shards = topology::shards(self.nodes, kind);
        let default = DefaultEntry { strategy: Strategy::Hash, shards };
        self.put(bucket, "default", &default, None).await?;
        Ok(default)
    }

    async fn first_placements(
        &self,
        kind: ServiceKind,
        default: &DefaultEntry,
    ) -> anyhow::Result<()> {
        let bucket = placement_bucket(kind);
        for tenant in self.tenants {
            let key = tenant_key(tenant);
            if self.get::<TenantEntry>(bucket, &key).await?.is_some() {
                continue;
            }
            let shard = default.first_shard(tenant).context("the default entry names no shard")?;
            let entry = TenantEntry {
                v: 1,
                tenant_id: tenant.clone(),
                shard: shard.clone(),
                epoch: Epoch(1),
                pinned: false,
                job_id: None,
                updated_at: self.now,
            };
            self.put(bucket, &key, &entry, None).await?;
        }
        Ok(())
    }

    async fn get<T: DeserializeOwned>(
        &self,
        bucket: &str,
        key: &str,
    ) -> anyhow::Result<Option<(T, Revision)>> {
        let entry = self.kv.get(bucket, key).await?;
        let Some((value, revision)) = entry.and_then(|e| e.value.map(|v| (v, e.revision))) else {
            return Ok(None);
        };
        let value = serde_json::from_slice(&value);
        Ok(Some((value.with_context(|| format!("{bucket} {key} is not readable"))?, revision)))
    }

    async fn put<T: Serialize>(
        &self,
        bucket: &str,
        key: &str,
        value: &T,
        known: Option<Revision>,
    ) -> anyhow::Result<()> {
        let bytes = Bytes::from(serde_json::to_vec(value)?);
        match self.kv.compare_and_set(bucket, key, bytes, known.unwrap_or_default()).await {
            Ok(_) => Ok(()),
            Err(KvError::Conflict { key, .. }) => {
                bail!("{bucket} {key} was written by another hand meanwhile; start again")
            }
            Err(error) => Err(error.into()),
        }
    }
}
