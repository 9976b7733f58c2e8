//! The model of the fleet: nodes by the contract's state machine, placement by compare-and-set,
//! Gateways that follow. It refuses what a node refuses and notes every broken promise.

use std::collections::BTreeMap;

use fleet::contract::{Problem, ProblemCode};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use streams::{
    ids::{Epoch, Fence, JobId, NodeId, Revision, ServiceKind, ShardId, TenantId},
    job::facts::TenantState,
    placement::{Revised, TenantEntry},
};
use test_support::facts::{at, shard};

/// A tenant on a node.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) state: TenantState,
    before: TenantState,
    pub(super) epoch: Epoch,
    pub(super) fence: Fence,
    pub(super) applied: u64,
    hold: Option<u64>,
    pub(super) inflight: u64,
    pub(super) drain: Option<Drain>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Drain {
    pub(super) cancelled: bool,
    pub(super) final_seq: Option<u64>,
}

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) id: NodeId,
    pub(super) kind: ServiceKind,
    pub(super) shard: ShardId,
    pub(super) up: bool,
    pub(super) held: BTreeMap<TenantId, Held>,
}

/// A mutation of a tenant on a node.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    Drain,
    Undrain,
    Prepare(Option<u64>),
    Release,
    Activate(u64),
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) nodes: BTreeMap<NodeId, Node>,
    pub(super) tenants: Vec<TenantId>,
    /// Tenants that were drained on purpose before any job.
    pub(super) drained: Vec<TenantId>,
    pub(super) entries: BTreeMap<(ServiceKind, TenantId), Vec<Revised<TenantEntry>>>,
    pub(super) revisions: BTreeMap<ServiceKind, u64>,
    /// Revisions each Gateway has applied.
    pub(super) gateways: BTreeMap<NodeId, BTreeMap<ServiceKind, u64>>,
    heads: BTreeMap<TenantId, u64>,
    flips: BTreeMap<(JobId, ServiceKind), u32>,
    pub(super) broken: Vec<String>,
}

pub(super) type Refused = Box<Problem>;

fn refuse(code: ProblemCode, say: &str) -> Refused {
    Box::new(Problem::new(code, say))
}

impl Model {
    pub(super) fn new(rng: &mut ChaCha8Rng) -> Self {
        let tenants: Vec<TenantId> = ["acme", "bolt", "cyan"].map(|t| t.parse().unwrap()).to_vec();
        let drained = if rng.random_bool(0.2) { vec![tenants[2].clone()] } else { Vec::new() };
        let mut model = Self {
            nodes: BTreeMap::new(),
            drained,
            entries: BTreeMap::new(),
            revisions: ServiceKind::DRAIN_ORDER.map(|k| (k, 0)).into(),
            gateways: BTreeMap::new(),
            heads: tenants.iter().map(|t| (t.clone(), 40)).collect(),
            flips: BTreeMap::new(),
            broken: Vec::new(),
            tenants,
        };
        for kind in ServiceKind::DRAIN_ORDER {
            for n in [1, 2] {
                let several = if rng.random_bool(0.3) { "ab" } else { "a" };
                for letter in several.chars() {
                    let id: NodeId = format!("{}{letter}", shard(kind, n)).parse().unwrap();
                    let held = BTreeMap::new();
                    let shard = shard(kind, n);
                    model.nodes.insert(id.clone(), Node { id, kind, shard, up: true, held });
                }
            }
            for tenant in model.tenants.clone() {
                model.place(kind, &tenant);
            }
        }
        for id in ["gw-1", "gw-2"] {
            model.gateways.insert(id.parse().unwrap(), model.revisions.clone());
        }
        model
    }

    fn place(&mut self, kind: ServiceKind, tenant: &TenantId) {
        let entry = TenantEntry {
            v: 1,
            tenant_id: tenant.clone(),
            shard: shard(kind, 1),
            epoch: Epoch(1),
            pinned: false,
            job_id: None,
            updated_at: at(0),
        };
        self.write(kind, entry);
        let on_purpose = self.drained.contains(tenant);
        for node in self.nodes.values_mut().filter(|n| n.kind == kind && n.shard == shard(kind, 1))
        {
            let drain = on_purpose.then_some(Drain { cancelled: false, final_seq: Some(40) });
            let state = if on_purpose { TenantState::Drained } else { TenantState::Active };
            let held = Held {
                state,
                before: TenantState::Absent,
                epoch: Epoch(1),
                fence: Fence(0),
                applied: 40,
                hold: None,
                inflight: 0,
                drain,
            };
            node.held.insert(tenant.clone(), held);
        }
    }

    fn write(&mut self, kind: ServiceKind, entry: TenantEntry) -> Revision {
        let last = self.revisions.entry(kind).or_default();
        *last += 1;
        let revision = Revision(*last);
        let key = (kind, entry.tenant_id.clone());
        self.entries.entry(key).or_default().push(Revised { value: entry, revision });
        revision
    }

    pub(super) fn entry(&self, kind: ServiceKind, t: &TenantId) -> Option<&Revised<TenantEntry>> {
        self.entries.get(&(kind, t.clone()))?.last()
    }

    /// Another hand touches an entry without moving it.
    pub(super) fn touch(&mut self, kind: ServiceKind, tenant: &TenantId) {
        let mut entry = self.entry(kind, tenant).unwrap().value.clone();
        entry.pinned = !entry.pinned;
        entry.job_id = None;
        self.write(kind, entry);
    }

    /// Time passes at a node.
    pub(super) fn live(&mut self, node: &NodeId, tenant: &TenantId, rng: &mut ChaCha8Rng) {
        let head = self.heads.get_mut(tenant).unwrap();
        *head += rng.random_range(0..3);
        let head = *head;
        let node = self.nodes.get_mut(node).unwrap();
        let Some(held) = node.held.get_mut(tenant) else { return };
        match held.state {
            TenantState::Active => {
                held.applied = head;
                held.inflight = rng.random_range(0..3);
            }
            TenantState::Draining => {
                held.inflight = held.inflight.saturating_sub(rng.random_range(0..2));
                if held.inflight == 0 {
                    held.state = TenantState::Drained;
                    held.drain = Some(Drain { cancelled: false, final_seq: Some(held.applied) });
                }
            }
            TenantState::Preparing => {
                let to = held.hold.unwrap_or(head).min(head);
                held.applied = if held.applied > to {
                    to
                } else {
                    (held.applied + rng.random_range(0..60)).min(to)
                };
            }
            TenantState::Absent | TenantState::Drained => {}
        }
    }

    pub(super) fn lag(&self, tenant: &TenantId, held: &Held) -> u64 {
        match held.state {
            TenantState::Active => 0,
            _ => self.heads[tenant].saturating_sub(held.applied),
        }
    }

    pub(super) fn head(&self, tenant: &TenantId) -> u64 {
        self.heads[tenant]
    }

    /// A fenced mutation.
    pub(super) fn order(
        &mut self,
        id: &NodeId,
        tenant: &TenantId,
        (fence, epoch): (Fence, Epoch),
        order: Order,
    ) -> Result<Held, Refused> {
        let node = self.nodes.get_mut(id).unwrap();
        let (kind, own) = (node.kind, node.shard.clone());
        let mut held = node.held.get(tenant).cloned().unwrap_or(Held {
            state: TenantState::Absent,
            before: TenantState::Absent,
            epoch: Epoch(0),
            fence: Fence(0),
            applied: 0,
            hold: None,
            inflight: 0,
            drain: None,
        });
        if fence < held.fence {
            return Err(Box::new(Problem::stale_fence(held.fence)));
        }
        if epoch < held.epoch && !matches!(order, Order::Release) {
            return Err(Box::new(Problem::stale_epoch(held.epoch)));
        }
        let owner = self.entry(kind, tenant).map(|e| (e.value.shard.clone(), e.value.epoch));
        let served =
            self.act(&mut held, epoch, order, owner.as_ref().is_some_and(|o| o.0 == own))?;
        held.fence = fence;
        if served {
            self.serves(id, tenant, &own, held.epoch, owner.as_ref());
        }
        self.nodes.get_mut(id).unwrap().held.insert(tenant.clone(), held.clone());
        Ok(held)
    }

    /// The contract's state machine; true when the node serves the tenant from here on.
    fn act(
        &self,
        held: &mut Held,
        epoch: Epoch,
        order: Order,
        owns: bool,
    ) -> Result<bool, Refused> {
        use TenantState as S;
        let wrong = || refuse(ProblemCode::WrongState, "not in this state");
        match (order, held.state) {
            (Order::Drain | Order::Activate(_), S::Absent) => {
                return Err(refuse(ProblemCode::UnknownTenant, "absent"));
            }
            (Order::Drain, S::Active) => {
                (held.state, held.drain) = (S::Draining, Some(Drain::default()));
            }
            (Order::Drain, S::Draining | S::Drained) | (Order::Release, S::Absent | S::Drained) => {
            }
            (Order::Undrain, _) if held.drain.is_none() => {
                return Err(refuse(ProblemCode::NoDrain, "never drained"));
            }
            (Order::Undrain, S::Draining | S::Drained) if owns => {
                (held.state, held.epoch) = (S::Active, epoch);
                held.drain = Some(Drain { cancelled: true, final_seq: None });
                return Ok(true);
            }
            (Order::Undrain, S::Active) => {}
            (Order::Prepare(hold), S::Absent | S::Drained | S::Preparing) => {
                if held.state != S::Preparing {
                    held.before = held.state;
                }
                (held.state, held.epoch, held.hold) = (S::Preparing, epoch, hold);
            }
            (Order::Release, S::Preparing) => {
                (held.state, held.hold) = (held.before, None);
            }
            (Order::Release, S::Active | S::Draining) => {}
            (Order::Activate(min), S::Preparing | S::Drained) if held.applied >= min => {
                (held.state, held.epoch, held.hold) = (S::Active, epoch, None);
                held.drain = None;
                return Ok(true);
            }
            (Order::Activate(_), S::Active) if held.epoch == epoch => {}
            _ => return Err(wrong()),
        }
        Ok(false)
    }

    /// A node begins to serve: it must own the tenant, and nobody else may serve it.
    fn serves(
        &mut self,
        id: &NodeId,
        tenant: &TenantId,
        own: &ShardId,
        epoch: Epoch,
        owner: Option<&(ShardId, Epoch)>,
    ) {
        if owner.is_none_or(|(shard, at)| shard != own || *at != epoch) {
            let say = format!("{id} serves {tenant} at epoch {epoch}, placement says {owner:?}");
            self.broken.push(say);
        }
        let kind = self.nodes[id].kind;
        for other in self.nodes.values().filter(|n| n.kind == kind && n.shard != *own) {
            let state = other.held.get(tenant).map(|h| h.state);
            if matches!(state, Some(TenantState::Active | TenantState::Draining)) {
                self.broken.push(format!("{id} and {} serve {tenant} at once", other.id));
            }
        }
    }

    /// The flip, and any other write by compare-and-set.
    pub(super) fn set(
        &mut self,
        kind: ServiceKind,
        entry: &TenantEntry,
        expected: Revision,
    ) -> Result<Revision, ()> {
        let now = self.entry(kind, &entry.tenant_id).map_or(Revision(0), |e| e.revision);
        if now != expected {
            return Err(());
        }
        let tenant = &entry.tenant_id;
        let before = self.entry(kind, tenant).unwrap().value.clone();
        let mut broken = Vec::new();
        if entry.epoch <= before.epoch {
            broken.push(format!("epoch {} of {tenant} came again", entry.epoch));
        }
        let held = |shard: &ShardId| -> Vec<(NodeId, Option<Held>)> {
            let on = self.nodes.values().filter(|n| n.kind == kind && n.shard == *shard);
            on.map(|n| (n.id.clone(), n.held.get(tenant).cloned())).collect()
        };
        let mut end = 0;
        for (id, held) in held(&before.shard) {
            match held {
                Some(h) if h.state == TenantState::Drained => end = end.max(h.applied),
                other => broken.push(format!("flip of {tenant} while {id} is {other:?}")),
            }
        }
        for (id, held) in held(&entry.shard) {
            match held {
                Some(h) if h.state == TenantState::Preparing && h.applied >= end => {}
                other => broken.push(format!("flip of {tenant} to {id}, which is {other:?}")),
            }
        }
        if let Some(job) = &entry.job_id {
            let flips = self.flips.entry((job.clone(), kind)).or_default();
            *flips += 1;
            if *flips > 1 {
                broken.push(format!("{job} flipped the {kind} twice"));
            }
        } else {
            broken.push("a flip without a job".to_owned());
        }
        self.broken.append(&mut broken);
        Ok(self.write(kind, entry.clone()))
    }

    pub(super) fn flips_of(&self, job: &JobId) -> usize {
        self.flips.keys().filter(|(j, _)| j == job).count()
    }

    /// With every job ended: the owner serves (or is drained on purpose), nobody else holds on.
    pub(super) fn at_rest(&mut self) {
        for ((kind, tenant), entries) in &self.entries {
            let entry = &entries.last().unwrap().value;
            for node in self.nodes.values().filter(|n| n.kind == *kind) {
                let held = node.held.get(tenant);
                let state = held.map_or(TenantState::Absent, |h| h.state);
                let owner = node.shard == entry.shard;
                let on_purpose = entry.epoch == Epoch(1) && self.drained.contains(tenant);
                let fine = match state {
                    TenantState::Active => owner && held.unwrap().epoch == entry.epoch,
                    TenantState::Drained => !owner || on_purpose,
                    TenantState::Absent => !owner,
                    TenantState::Preparing | TenantState::Draining => false,
                };
                if !fine {
                    let say = format!(
                        "at the end {} has {tenant} as {state:?}; placement says {} at epoch {}",
                        node.id, entry.shard, entry.epoch
                    );
                    self.broken.push(say);
                }
            }
        }
    }
}
