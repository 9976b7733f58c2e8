//! The fleet as it is: nodes over HTTP, placement in its buckets, the system's clocks.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use fleet::{
    client::{DigestReading, NodeTarget, Reloaded, Stamp, TenantAt},
    contract::{
        ActivateRequest, DrainRequest, DrainStatus, Info, PlacementSnapshot, PrepareRequest,
        ReloadRequest, TenantStatus,
    },
    directory::Directory,
    error::NodeError,
    facts::{Observer, Wanted},
};
use streams::{
    catalog::placement_bucket,
    clock::{Clock, pause},
    ids::{FlowIds, Revision, Seq, ServiceKind, TenantId},
    job::facts::Facts,
    placement::{Revised, TenantEntry, tenant_key},
    ports::{KvEntry, KvError, KvStore},
};

use super::{Fleet, Routing};

/// The real fleet. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Live {
    observer: Observer,
    directory: Directory,
    kv: Arc<dyn KvStore>,
    clock: Arc<dyn Clock>,
    started: std::time::Instant,
}

impl Live {
    /// The fleet of this directory and these buckets.
    #[must_use]
    pub fn new(
        observer: Observer,
        directory: Directory,
        kv: Arc<dyn KvStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { observer, directory, kv, clock, started: std::time::Instant::now() }
    }
}

fn decode(entry: &KvEntry) -> Result<Option<Revised<TenantEntry>>, KvError> {
    let Some(bytes) = &entry.value else { return Ok(None) };
    match serde_json::from_slice(bytes) {
        Ok(value) => Ok(Some(Revised { value, revision: entry.revision })),
        Err(cause) => Err(KvError::Refused(format!("{} is not an entry: {cause}", entry.key))),
    }
}

#[async_trait]
impl Fleet for Live {
    async fn info(&self, node: &NodeTarget, ids: &FlowIds) -> Result<Info, NodeError> {
        self.observer.client().info(node, ids).await
    }

    async fn tenant(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
        tenant: &TenantId,
    ) -> Result<TenantStatus, NodeError> {
        self.observer.client().tenant(node, ids, tenant).await
    }

    async fn drain_status(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
        tenant: &TenantId,
    ) -> Result<Option<DrainStatus>, NodeError> {
        self.observer.client().drain_status(node, ids, tenant).await
    }

    async fn digest(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
        tenant: &TenantId,
        at: Seq,
    ) -> Result<DigestReading, NodeError> {
        self.observer.client().digest(node, ids, tenant, at).await
    }

    async fn placement(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
    ) -> Result<PlacementSnapshot, NodeError> {
        self.observer.client().placement(node, ids, false).await
    }

    async fn drain(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        at: TenantAt<'_>,
        request: &DrainRequest,
    ) -> Result<DrainStatus, NodeError> {
        self.observer.client().drain(node, stamp, at, request).await
    }

    async fn undrain(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        at: TenantAt<'_>,
    ) -> Result<DrainStatus, NodeError> {
        self.observer.client().undrain(node, stamp, at).await
    }

    async fn prepare(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        tenant: &TenantId,
        request: &PrepareRequest,
    ) -> Result<TenantStatus, NodeError> {
        self.observer.client().prepare(node, stamp, tenant, request).await
    }

    async fn release(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        at: TenantAt<'_>,
    ) -> Result<TenantStatus, NodeError> {
        self.observer.client().release(node, stamp, at).await
    }

    async fn activate(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        tenant: &TenantId,
        request: &ActivateRequest,
    ) -> Result<TenantStatus, NodeError> {
        self.observer.client().activate(node, stamp, tenant, request).await
    }

    async fn reload(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        request: &ReloadRequest,
    ) -> Result<Reloaded, NodeError> {
        self.observer.client().reload(node, stamp, request).await
    }

    async fn entry(
        &self,
        kind: ServiceKind,
        tenant: &TenantId,
    ) -> Result<Option<Revised<TenantEntry>>, KvError> {
        let found = self.kv.get(placement_bucket(kind), &tenant_key(tenant)).await?;
        found.map_or(Ok(None), |entry| decode(&entry))
    }

    async fn entry_history(
        &self,
        kind: ServiceKind,
        tenant: &TenantId,
    ) -> Result<Vec<Revised<TenantEntry>>, KvError> {
        let all = self.kv.history(placement_bucket(kind), &tenant_key(tenant)).await?;
        // A revision that cannot be read was not written by us.
        Ok(all.iter().filter_map(|entry| decode(entry).ok().flatten()).collect())
    }

    async fn set_entry(
        &self,
        kind: ServiceKind,
        entry: &TenantEntry,
        expected: Revision,
    ) -> Result<Revision, KvError> {
        let value = serde_json::to_vec(entry).map_err(|e| KvError::Refused(e.to_string()))?;
        let key = tenant_key(&entry.tenant_id);
        self.kv.compare_and_set(placement_bucket(kind), &key, Bytes::from(value), expected).await
    }

    async fn facts(
        &self,
        ids: &FlowIds,
        tenant: &TenantId,
        kinds: &[ServiceKind],
    ) -> Result<Facts, String> {
        let view = self.directory.view().ok_or("the placement buckets have not been read yet")?;
        let floors = BTreeMap::new();
        let wanted = Wanted { tenant, kinds, epoch_floors: &floors, ids };
        Ok(self.observer.gather(&view.snapshot, wanted).await)
    }

    fn routing(&self) -> Option<Routing> {
        let view = self.directory.view()?;
        let (revisions, hash) = (view.snapshot.revisions.clone(), view.snapshot.hash.clone());
        Some(Routing { revisions, hash })
    }

    fn wall(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    async fn pause(&self, time: Duration) {
        pause(time).await;
    }
}
