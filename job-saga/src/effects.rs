//! What a step may touch outside the log: nodes, placement, routing, time. One trait, so that the
//! same step bodies run against the fleet and under the seeded scheduler of the tests.
//!
//! It makes no choices and retries nothing; the log owns every retry. The adapter to real nodes is
//! [`live`]; the steps are in [`crate::sagas`].

pub mod live;

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fleet::{
    client::{DigestReading, NodeTarget, Reloaded, Stamp, TenantAt},
    contract::{
        ActivateRequest, DrainRequest, DrainStatus, Info, PlacementSnapshot, PrepareRequest,
        ReloadRequest, Revisions, TenantStatus,
    },
    error::NodeError,
};
use streams::{
    ids::{FlowIds, Hash, Revision, Seq, ServiceKind, TenantId},
    job::{facts::Facts, step::StepError},
    placement::{Revised, TenantEntry},
    ports::KvError,
};

use crate::engine::Effect;

/// The control plane's own routing snapshot: what every Gateway must come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    /// Highest revision seen of each map.
    pub revisions: Revisions,
    /// Hash over the maps.
    pub hash: Hash,
}

/// Everything outside the log that a step may touch.
#[async_trait]
pub trait Fleet: Send + Sync + std::fmt::Debug {
    /// `GET /admin/v1/info`.
    async fn info(&self, node: &NodeTarget, ids: &FlowIds) -> Result<Info, NodeError>;
    /// `GET …/{t}`.
    async fn tenant(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
        tenant: &TenantId,
    ) -> Result<TenantStatus, NodeError>;
    /// `GET …/{t}/drain`; `None` when there never was one.
    async fn drain_status(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
        tenant: &TenantId,
    ) -> Result<Option<DrainStatus>, NodeError>;
    /// `GET …/{t}/digest`.
    async fn digest(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
        tenant: &TenantId,
        at: Seq,
    ) -> Result<DigestReading, NodeError>;
    /// `GET /admin/v1/placement` without entries.
    async fn placement(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
    ) -> Result<PlacementSnapshot, NodeError>;
    /// `PUT …/{t}/drain`.
    async fn drain(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        at: TenantAt<'_>,
        request: &DrainRequest,
    ) -> Result<DrainStatus, NodeError>;
    /// `DELETE …/{t}/drain`.
    async fn undrain(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        at: TenantAt<'_>,
    ) -> Result<DrainStatus, NodeError>;
    /// `POST …/{t}/prepare`.
    async fn prepare(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        tenant: &TenantId,
        request: &PrepareRequest,
    ) -> Result<TenantStatus, NodeError>;
    /// `DELETE …/{t}/prepare`.
    async fn release(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        at: TenantAt<'_>,
    ) -> Result<TenantStatus, NodeError>;
    /// `POST …/{t}/activate`.
    async fn activate(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        tenant: &TenantId,
        request: &ActivateRequest,
    ) -> Result<TenantStatus, NodeError>;
    /// `POST /admin/v1/reload`.
    async fn reload(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        request: &ReloadRequest,
    ) -> Result<Reloaded, NodeError>;

    /// The tenant's placement entry now.
    async fn entry(
        &self,
        kind: ServiceKind,
        tenant: &TenantId,
    ) -> Result<Option<Revised<TenantEntry>>, KvError>;
    /// Its stored revisions, oldest first, as far as they can be read.
    async fn entry_history(
        &self,
        kind: ServiceKind,
        tenant: &TenantId,
    ) -> Result<Vec<Revised<TenantEntry>>, KvError>;
    /// Writes the entry when it is still at `expected`.
    async fn set_entry(
        &self,
        kind: ServiceKind,
        entry: &TenantEntry,
        expected: Revision,
    ) -> Result<Revision, KvError>;

    /// Facts about a tenant, for plans and gates. Epoch floors are the engine's to fill in.
    async fn facts(
        &self,
        ids: &FlowIds,
        tenant: &TenantId,
        kinds: &[ServiceKind],
    ) -> Result<Facts, String>;
    /// The control plane's own routing; `None` before the buckets were read once.
    fn routing(&self) -> Option<Routing>;
    /// Wall clock, for `updated_at` of an entry only.
    fn wall(&self) -> DateTime<Utc>;
    /// Monotonic time, for an attempt's own deadline.
    fn monotonic(&self) -> Duration;
    /// Waits.
    async fn pause(&self, time: Duration);
}

/// Pause between two looks inside an attempt.
const POLL: Duration = Duration::from_millis(200);
/// An attempt stops looking this long before its time is up, to say itself what it saw.
const MARGIN: Duration = Duration::from_millis(300);

/// One attempt under way: the effect and the world it acts on.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The world.
    pub fleet: &'a dyn Fleet,
    /// What is to be done.
    pub effect: &'a Effect,
    /// When to stop looking, in the fleet's monotonic time.
    pub until: Duration,
}

impl<'a> Attempt<'a> {
    /// Begins an attempt now.
    #[must_use]
    pub fn begin(fleet: &'a dyn Fleet, effect: &'a Effect) -> Self {
        let until = fleet.monotonic() + effect.timeout.saturating_sub(MARGIN);
        Self { fleet, effect, until }
    }

    /// What every mutation of this attempt carries.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        Stamp {
            job_id: self.effect.job_id.clone(),
            step: self.effect.step.id.clone(),
            undo: self.effect.undo,
            fence: self.effect.fence,
            ids: self.effect.ids.clone(),
        }
    }

    /// Looks until something is seen, an error is final, or the attempt's time is up; then the last
    /// thing that was not yet so is the error. Writes nothing.
    ///
    /// # Errors
    /// The final error, or the last "not yet".
    pub async fn poll<T, F>(&self, mut look: impl FnMut() -> F) -> Result<T, StepError>
    where
        F: Future<Output = Result<T, StepError>> + Send,
        T: Send,
    {
        loop {
            match look().await {
                Ok(seen) => return Ok(seen),
                Err(error) if !error.retryable => return Err(error),
                Err(error) => {
                    let pause = error.retry_after_ms.map_or(POLL, Duration::from_millis).max(POLL);
                    if self.fleet.monotonic() + pause >= self.until {
                        return Err(error);
                    }
                    self.fleet.pause(pause).await;
                }
            }
        }
    }
}

/// Joins sentences about several nodes into one.
#[must_use]
pub fn sentence(parts: &BTreeMap<String, String>) -> String {
    parts.values().cloned().collect::<Vec<_>>().join("; ")
}
