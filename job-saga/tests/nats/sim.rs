//! The model fleet of the seeded tests, answering at once, as a real process of the saga meets it.
//!
//! It is the same model: it refuses what a node refuses and notes every broken promise.

#[path = "../../src/sim/answer.rs"]
mod answer;
#[path = "../../src/sim/calls.rs"]
mod calls;
#[path = "../../src/sim/model.rs"]
mod model;

use std::sync::{Arc, Mutex};

use streams::{
    ids::{JobId, ServiceKind, TenantId},
    job::{
        plan::Plan,
        planner::{MigrateAsk, plan_migrate},
        policy::Policy,
    },
};

use self::{
    calls::{Calls, Direct, Op, Reply},
    model::Order,
};

/// A fleet that several sagas share.
#[derive(Debug, Clone)]
pub(crate) struct Fleet(Arc<Mutex<Direct>>);

/// An order that can be kept from arriving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    Prepare,
    Drain,
    Hold,
    Flip,
    Activate,
}

impl Held {
    /// The step of a migration of one kind that gives this order.
    pub(crate) fn step(self) -> &'static str {
        match self {
            Self::Prepare => "02.prepare",
            Self::Drain => "04.drain",
            Self::Hold => "06.hold",
            Self::Flip => "07.flip",
            Self::Activate => "08.activate",
        }
    }

    fn matches(self) -> fn(&Op) -> bool {
        match self {
            Self::Prepare => |op| matches!(op, Op::Order(.., Order::Prepare(None))),
            Self::Drain => |op| matches!(op, Op::Order(.., Order::Drain)),
            Self::Hold => |op| matches!(op, Op::Order(.., Order::Prepare(Some(_)))),
            Self::Flip => |op| matches!(op, Op::Set(..)),
            Self::Activate => |op| matches!(op, Op::Order(.., Order::Activate(_))),
        }
    }
}

impl Fleet {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Direct::new(1))))
    }

    /// The way to it of one process.
    pub(crate) fn seen_by_one(&self) -> Arc<dyn crate::effects::Fleet> {
        Arc::new(Calls(Arc::default(), Some(Arc::clone(&self.0))))
    }

    /// A migration to wherever there is room.
    pub(crate) fn plan(&self, tenant: &TenantId, kinds: &[ServiceKind]) -> Plan {
        let Direct { model, rng, .. } = &mut *self.0.lock().unwrap();
        let facts = answer::facts(model, tenant, kinds, rng);
        let targets = kinds.iter().map(|kind| (*kind, None)).collect();
        let ask = MigrateAsk { targets, reverse_of: None };
        plan_migrate(tenant, &ask, &facts, &Policy::default(), &[]).unwrap()
    }

    /// From here on such orders do not arrive.
    pub(crate) fn hold(&self, held: Held) {
        self.0.lock().unwrap().hold = Some(held.matches());
    }

    /// Waits until such an order was given and is kept.
    pub(crate) async fn held(&self) {
        let kept = async {
            while self.0.lock().unwrap().held.is_empty() {
                streams::clock::pause(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(10), kept).await.expect("the order");
    }

    /// New orders arrive again; those kept so far do not yet.
    pub(crate) fn hold_no_more(&self) {
        self.0.lock().unwrap().hold = None;
    }

    /// The kept orders arrive now, late; how many there were and how many the fleet refused.
    pub(crate) fn let_go(&self) -> (usize, usize) {
        let answered: Vec<_> = {
            let Direct { model, rng, hold, held } = &mut *self.0.lock().unwrap();
            *hold = None;
            let late = std::mem::take(held).into_iter();
            late.map(|(wire, call, op)| (wire, call, answer::answer(model, &op, rng))).collect()
        };
        let refused = |r: &Reply| matches!(r, Reply::Failed(_) | Reply::Set(Err(_)));
        let count = answered.iter().filter(|(_, _, reply)| refused(reply)).count();
        let all = answered.len();
        for (wire, call, reply) in answered {
            wire.lock().unwrap().reply(call, reply);
        }
        (all, count)
    }

    /// How many entries this job has flipped.
    pub(crate) fn flips_of(&self, job: &JobId) -> usize {
        self.0.lock().unwrap().model.flips_of(job)
    }

    /// Every promise that was broken, and every node that is not as it must be with no job open.
    pub(crate) fn broken(&self) -> Vec<String> {
        let model = &mut self.0.lock().unwrap().model;
        model.at_rest();
        model.broken.clone()
    }
}
