//! May this node serve this tenant now? Asked at every request, under the node's lock.

use std::sync::Arc;

use fleet::contract::{ProblemCode, TenantState};
use streams::ids::{Epoch, TenantId};

use super::{Life, State, live::Work};
use crate::{
    fault::Fault,
    problem::{Answer, fail},
};

/// Whether the node serves the tenant; gives the epoch it does so under. `asked` is the epoch of
/// the Gateway's map: a higher one than the node's own tells it that the tenant has moved.
///
/// # Errors
/// The refusal that the contract names for the tenant's state.
pub fn admit(life: &Life, state: &State, tenant: &TenantId, asked: Option<Epoch>) -> Answer<Epoch> {
    let Some(record) = state.record.tenants.get(tenant) else {
        return Err(fail(ProblemCode::NotOwner, "this node holds nothing of the tenant"));
    };
    let anyway = life.has(Fault::IgnoreDrain) && record.state != TenantState::Absent;
    if anyway {
        return Ok(record.epoch);
    }
    if life.routing.borrow().is_none() {
        return Err(fail(ProblemCode::Unavailable, "the placement is not loaded yet"));
    }
    if state.record.draining() {
        return Err(fail(ProblemCode::NodeDraining, "the node drains"));
    }
    match record.state {
        TenantState::Absent => {
            Err(fail(ProblemCode::NotOwner, "this node holds nothing of the tenant"))
        }
        TenantState::Preparing => {
            Err(fail(ProblemCode::Preparing, "the tenant is being prepared here"))
        }
        TenantState::Draining | TenantState::Drained => {
            Err(fail(ProblemCode::TenantDraining, "the tenant drains here"))
        }
        TenantState::Active => {
            let seen = life.seen(tenant).map(|s| s.epoch);
            let above = seen.max(asked).is_some_and(|epoch| epoch > record.epoch);
            if above && !life.has(Fault::IgnoreEpoch) {
                return Err(fail(ProblemCode::TenantDraining, "a higher epoch is in force"));
            }
            Ok(record.epoch)
        }
    }
}

/// Work in flight of a tenant; over when dropped.
#[derive(Debug)]
pub struct Ticket {
    life: Arc<Life>,
    tenant: TenantId,
    id: u64,
}

impl Ticket {
    /// Accepts a piece of work, if the node serves the tenant.
    ///
    /// # Errors
    /// As [`admit`].
    pub fn accept(
        life: &Arc<Life>,
        tenant: &TenantId,
        asked: Option<Epoch>,
        work: (String, &'static str),
    ) -> Answer<(Self, Epoch)> {
        let mut state = life.lock();
        let epoch = admit(life, &state, tenant, asked)?;
        state.next_work += 1;
        let id = state.next_work;
        let work = Work { id: work.0, kind: work.1, since: life.world.now() };
        if let Some(live) = state.live.get_mut(tenant) {
            live.work.insert(id, work);
        }
        Ok((Self { life: life.clone(), tenant: tenant.clone(), id }, epoch))
    }

    /// Whether the work was not given up by force meanwhile.
    #[must_use]
    pub fn holds(&self, state: &State) -> bool {
        state.live.get(&self.tenant).is_some_and(|l| l.work.contains_key(&self.id))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.life.lock();
        let live = state.live.get_mut(&self.tenant);
        let was = live.and_then(|live| live.work.remove(&self.id));
        let draining = state.record.draining()
            || state.record.tenants.get(&self.tenant).is_some_and(|r| r.drain.is_some());
        drop(state);
        if was.is_some() && draining {
            self.life.bump();
        }
    }
}
