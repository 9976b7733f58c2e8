//! One life of a node: what it holds in memory between its start and its crash.
//!
//! A node trusts its durable records ([`records`]), the log and the placement it watches, nothing
//! else. [`rules`] says which change of a tenant is legal, [`pump`] advances folds, [`feed`] reads
//! the log, [`drain`] finishes work, [`fencing`] reacts to the placement; [`admin`] is the contract's
//! HTTP side, [`aggregate`] and [`projection`] the data side, [`runner`] runs effects. Who starts it
//! again after a crash is [`crate::slot`].

pub mod admin;
pub mod aggregate;
pub mod catch_up;
pub mod checkpoint;
pub mod digest;
pub mod drain;
pub mod faulty;
pub mod feed;
pub mod fencing;
pub mod live;
pub mod node_drain;
pub mod order;
pub mod probes;
pub mod projection;
pub mod pump;
pub mod records;
pub mod reload;
pub mod rules;
#[cfg(test)]
mod rules_tests;
pub mod runner;
pub mod serving;
pub mod status;

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use fleet::contract::{ProblemCode, TenantState};
use streams::ids::{Seq, ServiceKind, TenantId};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use self::{
    live::{Head, Live},
    records::{NodeRecord, RecordFile},
    rules::Seen,
};
use crate::{
    durable::Lines,
    fault::{Fault, Faults},
    problem::{Answer, fail},
    routing::Routing,
    topology::NodeSpec,
    world::World,
};

/// What a node knows; behind one lock, never held over an await.
#[derive(Debug)]
pub struct State {
    /// Durable, saved before it is believed.
    pub record: NodeRecord,
    /// Per tenant that is not absent.
    pub live: BTreeMap<TenantId, Live>,
    /// Ends of the tenants' logs as far as the feed has seen.
    pub heads: BTreeMap<TenantId, Head>,
    /// The feed has handed on everything up to here.
    pub feed: Seq,
    /// Whether the feed has begun.
    pub feeding: bool,
    /// Effects this node has run (Runner).
    pub ledger: Option<Lines>,
    /// Drains that a task is driving.
    driving: BTreeSet<TenantId>,
    turns: BTreeMap<TenantId, Arc<tokio::sync::Mutex<()>>>,
    next_work: u64,
}

/// One life of a node.
#[derive(Debug)]
pub struct Life {
    /// Who it is.
    pub spec: NodeSpec,
    /// Common ground.
    pub world: Arc<World>,
    /// What is wrong with it.
    pub faults: Arc<Faults>,
    /// The placement it sees; none until first loaded.
    pub routing: watch::Receiver<Option<Arc<Routing>>>,
    /// When this life began.
    pub started_at: DateTime<Utc>,
    /// Cancelled when it ends.
    pub dead: CancellationToken,
    folder: PathBuf,
    record_file: RecordFile,
    changed: watch::Sender<u64>,
    requests: AtomicU64,
    state: Mutex<State>,
}

/// A request of a Gateway that has not been answered yet.
#[derive(Debug)]
pub struct OpenRequest(Arc<Life>);

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Ordering::Relaxed);
        if self.0.lock().record.draining() {
            self.0.bump();
        }
    }
}

impl Life {
    /// Begins a life from what the node's folder holds.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn begin(
        spec: NodeSpec,
        world: Arc<World>,
        faults: Arc<Faults>,
        routing: watch::Receiver<Option<Arc<Routing>>>,
    ) -> std::io::Result<Arc<Self>> {
        let folder = world.state_dir.join("nodes").join(spec.node_id.as_str());
        std::fs::create_dir_all(&folder)?;
        let record_file = RecordFile(folder.join("record.json"));
        let record = record_file.load()?;
        let runner = spec.kind.service_kind() == Some(ServiceKind::Runner);
        let (ledger, executed) =
            if runner { runner::open_ledger(&folder)? } else { Default::default() };
        let mut live = checkpoint::load(&folder, &record)?;
        for (tenant, live) in &mut live {
            live.executed_to = executed.get(tenant).copied().unwrap_or_default();
        }
        let state = State {
            record,
            live,
            heads: BTreeMap::new(),
            feed: Seq(0),
            feeding: false,
            ledger,
            driving: BTreeSet::new(),
            turns: BTreeMap::new(),
            next_work: 0,
        };
        Ok(Arc::new(Self {
            started_at: world.now(),
            spec,
            world,
            faults,
            routing,
            dead: CancellationToken::new(),
            folder,
            record_file,
            changed: watch::Sender::new(0),
            requests: AtomicU64::new(0),
            state: Mutex::new(state),
        }))
    }

    /// Starts everything that runs by itself.
    pub fn run(self: &Arc<Self>) {
        if self.kind().is_some() {
            self.spawn(feed::run(self.clone()));
            self.spawn(fencing::run(self.clone()));
            self.spawn(checkpoint::run(self.clone()));
            self.spawn(pump::on_fault_change(self.clone()));
        }
        let draining: Vec<_> = {
            let state = self.lock();
            let open = |s: TenantState| s == TenantState::Draining;
            let all = state.record.tenants.iter();
            all.filter(|(_, r)| open(r.state)).map(|(t, _)| t.clone()).collect()
        };
        for tenant in draining {
            drain::drive(self, tenant);
        }
        if self.lock().record.draining() {
            self.spawn(node_drain::drive(self.clone()));
        }
    }

    /// The kind whose tenants it holds; none for a Gateway.
    #[must_use]
    pub fn kind(&self) -> Option<ServiceKind> {
        self.spec.kind.service_kind()
    }

    /// Runs `task` until it ends or the node dies.
    pub fn spawn(self: &Arc<Self>, task: impl Future<Output = ()> + Send + 'static) {
        let dead = self.dead.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = dead.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// What the node knows.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everyone who waits that something changed.
    pub fn bump(&self) {
        self.changed.send_modify(|n| *n += 1);
    }

    /// Tells of every change from now on.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Changes the durable record: saved first, then believed. A refusal changes nothing.
    ///
    /// # Errors
    /// The refusal, or 503 when the disk does not take it.
    pub fn commit<T>(
        &self,
        state: &mut State,
        change: impl FnOnce(&mut NodeRecord) -> Answer<T>,
    ) -> Answer<T> {
        let mut next = state.record.clone();
        let value = change(&mut next)?;
        if next != state.record {
            self.record_file.save(&next).map_err(|error| {
                tracing::error!(node_id = %self.spec.node_id, %error, "the record is not saved");
                fail(ProblemCode::Unavailable, "the node cannot write its state now")
            })?;
            state.record = next;
        }
        Ok(value)
    }

    /// Counts a request until the guard is dropped.
    #[must_use]
    pub fn open_request(self: &Arc<Self>) -> OpenRequest {
        self.requests.fetch_add(1, Ordering::Relaxed);
        OpenRequest(self.clone())
    }

    /// Requests of a Gateway that have not been answered yet.
    #[must_use]
    pub fn open_requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Appends of one tenant take turns.
    #[must_use]
    pub fn turn(&self, tenant: &TenantId) -> Arc<tokio::sync::Mutex<()>> {
        self.lock().turns.entry(tenant.clone()).or_default().clone()
    }

    /// What the placement in memory says of a tenant.
    #[must_use]
    pub fn seen(&self, tenant: &TenantId) -> Option<Seen> {
        let routing = self.routing.borrow().clone()?;
        let (epoch, shard) = routing.placed(self.kind()?, tenant)?;
        Some(Seen { epoch, here: Some(shard) == self.spec.shard.as_ref() })
    }

    /// Whether a fault is on.
    #[must_use]
    pub fn has(&self, fault: Fault) -> bool {
        self.faults.is(fault)
    }
}
