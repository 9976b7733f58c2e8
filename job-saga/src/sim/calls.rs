//! The seam to the fleet as calls that the scheduler delivers, delays, loses and repeats.
//!
//! A call is a value; the step body waits until the scheduler has put a reply under its number.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fleet::{
    client::{DigestReading, NodeTarget, Reloaded, Stamp, TenantAt},
    contract::{
        ActivateRequest, DrainRequest, DrainStatus, Info, PlacementSnapshot, PrepareRequest,
        ReloadRequest, TenantStatus,
    },
    error::NodeError,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use streams::{
    ids::{FlowIds, NodeId, Revision, Seq, ServiceKind, TenantId},
    job::facts::Facts,
    placement::{Revised, TenantEntry},
    ports::KvError,
};
use test_support::facts::at;

use super::{
    answer,
    model::{Model, Order},
};
use crate::effects::{Fleet, Routing};

/// What is asked.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Info(NodeId),
    Tenant(NodeId, TenantId),
    DrainStatus(NodeId, TenantId),
    Digest(NodeId, TenantId, Seq),
    Placement(NodeId),
    Reload(NodeId),
    Order(NodeId, TenantId, (streams::ids::Fence, streams::ids::Epoch), Order),
    Entry(ServiceKind, TenantId),
    History(ServiceKind, TenantId),
    Set(ServiceKind, Box<TenantEntry>, Revision),
    Facts(TenantId, Vec<ServiceKind>),
    Pause(Duration),
}

/// What is answered.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    Failed(NodeError),
    Info(Box<Info>),
    Tenant(Box<TenantStatus>),
    Drain(Option<DrainStatus>),
    Digest(DigestReading),
    Placement(Box<PlacementSnapshot>),
    Reloaded(Reloaded),
    Entry(Option<Revised<TenantEntry>>),
    History(Vec<Revised<TenantEntry>>),
    Set(Result<Revision, KvError>),
    Kv(KvError),
    Facts(Result<Box<Facts>, String>),
    Paused,
}

/// Calls made and replies waiting, shared by the scheduler and the step bodies.
#[derive(Debug, Default)]
pub(super) struct Wire {
    next: u64,
    pub(super) made: Vec<(u64, Op)>,
    pub(super) replies: BTreeMap<u64, Reply>,
    /// Who waits for a reply that did not come at once; the scheduler polls without being woken.
    waiting: BTreeMap<u64, Waker>,
    pub(super) routing: Option<Routing>,
    pub(super) now: Duration,
}

/// One saga's way to the fleet: over the scheduler's wire, or straight to a model.
#[derive(Debug, Clone)]
pub(super) struct Calls(pub(super) Arc<Mutex<Wire>>, pub(super) Option<Arc<Mutex<Direct>>>);

/// A model that answers at once: for the runtime's own tests.
#[derive(Debug)]
pub(super) struct Direct {
    pub(super) model: Model,
    pub(super) rng: ChaCha8Rng,
    /// Calls that do not arrive until they are let go.
    pub(super) hold: Option<fn(&Op) -> bool>,
    pub(super) held: Vec<(Arc<Mutex<Wire>>, u64, Op)>,
}

impl Direct {
    /// Over a model fleet of this seed.
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Self { model: Model::new(&mut rng), rng, hold: None, held: Vec::new() }
    }
}

struct Awaited {
    wire: Arc<Mutex<Wire>>,
    id: u64,
}

impl Future for Awaited {
    type Output = Reply;
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Reply> {
        let mut wire = self.wire.lock().unwrap();
        let Some(reply) = wire.replies.remove(&self.id) else {
            wire.waiting.insert(self.id, context.waker().clone());
            return Poll::Pending;
        };
        wire.waiting.remove(&self.id);
        Poll::Ready(reply)
    }
}

impl Wire {
    /// Puts a call on the wire; its reply will stand under this number.
    pub(super) fn call(&mut self, op: Op) -> u64 {
        self.next += 1;
        self.made.push((self.next, op));
        self.next
    }

    pub(super) fn reply(&mut self, call: u64, reply: Reply) {
        self.replies.insert(call, reply);
        if let Some(waiting) = self.waiting.remove(&call) {
            waiting.wake();
        }
    }
}

impl Calls {
    fn call(&self, op: Op) -> Awaited {
        let mut wire = self.0.lock().unwrap();
        let id = wire.call(op);
        if let Some(direct) = &self.1 {
            let Direct { model, rng, hold, held } = &mut *direct.lock().unwrap();
            for (call, op) in std::mem::take(&mut wire.made) {
                if let Op::Pause(time) = &op {
                    wire.now += *time;
                }
                if hold.is_some_and(|holds| holds(&op)) {
                    held.push((Arc::clone(&self.0), call, op));
                    continue;
                }
                let reply = answer::answer(model, &op, rng);
                wire.reply(call, reply);
            }
            wire.routing = Some(answer::routing(model));
        }
        drop(wire);
        Awaited { wire: Arc::clone(&self.0), id }
    }
}

macro_rules! answer {
    ($reply:expr, $variant:ident) => {
        match $reply {
            Reply::$variant(value) => Ok(value),
            Reply::Failed(error) => Err(error),
            other => unreachable!("another reply came: {other:?}"),
        }
    };
}

impl Calls {
    async fn order(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        at: TenantAt<'_>,
        order: Order,
    ) -> Reply {
        let fenced = (stamp.fence, at.epoch);
        self.call(Op::Order(node.node_id.clone(), at.tenant.clone(), fenced, order)).await
    }
}

#[async_trait]
impl Fleet for Calls {
    async fn info(&self, node: &NodeTarget, _: &FlowIds) -> Result<Info, NodeError> {
        answer!(self.call(Op::Info(node.node_id.clone())).await, Info).map(|i| *i)
    }

    async fn tenant(
        &self,
        node: &NodeTarget,
        _: &FlowIds,
        tenant: &TenantId,
    ) -> Result<TenantStatus, NodeError> {
        let op = Op::Tenant(node.node_id.clone(), tenant.clone());
        answer!(self.call(op).await, Tenant).map(|t| *t)
    }

    async fn drain_status(
        &self,
        node: &NodeTarget,
        _: &FlowIds,
        tenant: &TenantId,
    ) -> Result<Option<DrainStatus>, NodeError> {
        answer!(self.call(Op::DrainStatus(node.node_id.clone(), tenant.clone())).await, Drain)
    }

    async fn digest(
        &self,
        node: &NodeTarget,
        _: &FlowIds,
        tenant: &TenantId,
        at: Seq,
    ) -> Result<DigestReading, NodeError> {
        let op = Op::Digest(node.node_id.clone(), tenant.clone(), at);
        answer!(self.call(op).await, Digest)
    }

    async fn placement(
        &self,
        node: &NodeTarget,
        _: &FlowIds,
    ) -> Result<PlacementSnapshot, NodeError> {
        answer!(self.call(Op::Placement(node.node_id.clone())).await, Placement).map(|p| *p)
    }

    async fn drain(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        at: TenantAt<'_>,
        _: &DrainRequest,
    ) -> Result<DrainStatus, NodeError> {
        answer!(self.order(node, stamp, at, Order::Drain).await, Drain).map(|d| d.unwrap())
    }

    async fn undrain(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        at: TenantAt<'_>,
    ) -> Result<DrainStatus, NodeError> {
        answer!(self.order(node, stamp, at, Order::Undrain).await, Drain).map(|d| d.unwrap())
    }

    async fn prepare(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        tenant: &TenantId,
        request: &PrepareRequest,
    ) -> Result<TenantStatus, NodeError> {
        let at = TenantAt { tenant, epoch: request.epoch };
        let order = Order::Prepare(request.hold_at.map(|s| s.0));
        answer!(self.order(node, stamp, at, order).await, Tenant).map(|t| *t)
    }

    async fn release(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        at: TenantAt<'_>,
    ) -> Result<TenantStatus, NodeError> {
        answer!(self.order(node, stamp, at, Order::Release).await, Tenant).map(|t| *t)
    }

    async fn activate(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        tenant: &TenantId,
        request: &ActivateRequest,
    ) -> Result<TenantStatus, NodeError> {
        let at = TenantAt { tenant, epoch: request.epoch };
        let order = Order::Activate(request.min_seq.0);
        answer!(self.order(node, stamp, at, order).await, Tenant).map(|t| *t)
    }

    async fn reload(
        &self,
        node: &NodeTarget,
        _: &Stamp,
        _: &ReloadRequest,
    ) -> Result<Reloaded, NodeError> {
        answer!(self.call(Op::Reload(node.node_id.clone())).await, Reloaded)
    }

    async fn entry(
        &self,
        kind: ServiceKind,
        tenant: &TenantId,
    ) -> Result<Option<Revised<TenantEntry>>, KvError> {
        match self.call(Op::Entry(kind, tenant.clone())).await {
            Reply::Entry(entry) => Ok(entry),
            Reply::Kv(error) => Err(error),
            other => unreachable!("another reply came: {other:?}"),
        }
    }

    async fn entry_history(
        &self,
        kind: ServiceKind,
        tenant: &TenantId,
    ) -> Result<Vec<Revised<TenantEntry>>, KvError> {
        match self.call(Op::History(kind, tenant.clone())).await {
            Reply::History(all) => Ok(all),
            Reply::Kv(error) => Err(error),
            other => unreachable!("another reply came: {other:?}"),
        }
    }

    async fn set_entry(
        &self,
        kind: ServiceKind,
        entry: &TenantEntry,
        expected: Revision,
    ) -> Result<Revision, KvError> {
        match self.call(Op::Set(kind, Box::new(entry.clone()), expected)).await {
            Reply::Set(result) => result,
            Reply::Kv(error) => Err(error),
            other => unreachable!("another reply came: {other:?}"),
        }
    }

    async fn facts(
        &self,
        _: &FlowIds,
        tenant: &TenantId,
        kinds: &[ServiceKind],
    ) -> Result<Facts, String> {
        match self.call(Op::Facts(tenant.clone(), kinds.to_vec())).await {
            Reply::Facts(facts) => facts.map(|f| *f),
            other => unreachable!("another reply came: {other:?}"),
        }
    }

    fn routing(&self) -> Option<Routing> {
        self.0.lock().unwrap().routing.clone()
    }

    fn wall(&self) -> DateTime<Utc> {
        at(0) + self.0.lock().unwrap().now
    }

    fn monotonic(&self) -> Duration {
        self.0.lock().unwrap().now
    }

    async fn pause(&self, time: Duration) {
        let _ = self.call(Op::Pause(time)).await;
    }
}
