//! Advances a tenant's fold as far as its state allows; starts reading on when it fell behind.
//!
//! The one place that decides what may be applied. It applies each event once, in order.

use std::sync::Arc;

use fleet::contract::TenantState;
use streams::ids::{Seq, ServiceKind, TenantId};

use super::{Life, State, catch_up, live::Live, records::TenantRecord, runner};
use crate::{event::Logged, fault::Fault};

/// What to do with the next event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Not now.
    Wait,
    /// Apply it.
    Apply,
    /// Run its effect first.
    Run,
}

/// Whether the event at `next` may be applied now.
#[must_use]
pub fn may_advance(life: &Life, state: &State, tenant: &TenantId, next: Seq) -> bool {
    let (Some(record), Some(live)) = (state.record.tenants.get(tenant), state.live.get(tenant))
    else {
        return false;
    };
    let aggregate = life.kind() == Some(ServiceKind::Aggregate);
    match record.state {
        TenantState::Absent => false,
        TenantState::Preparing => {
            !life.has(Fault::Lag) && record.hold_at.is_none_or(|hold| next <= hold)
        }
        _ if next <= floor(record, live) => true,
        _ if life.has(Fault::Lag) => false,
        TenantState::Active => aggregate || !state.record.draining(),
        TenantState::Draining => aggregate,
        TenantState::Drained => false,
    }
}

/// What a node has done already, and must hold again after a restart before anything else.
fn floor(record: &TenantRecord, live: &Live) -> Seq {
    let drained_at = record.drain.as_ref().filter(|d| d.on()).and_then(|d| d.final_seq);
    live.floor.max(live.executed_to).max(drained_at.unwrap_or_default())
}

/// What to do with `logged` now.
#[must_use]
pub fn next_step(life: &Life, state: &State, tenant: &TenantId, logged: &Logged) -> Step {
    if !may_advance(life, state, tenant, logged.seq) {
        return Step::Wait;
    }
    let runner = life.kind() == Some(ServiceKind::Runner);
    if runner && logged.event.effect && runner::is_due(state, tenant, logged.seq) {
        if life.has(Fault::SkipEffect) { Step::Apply } else { Step::Run }
    } else {
        Step::Apply
    }
}

/// Applies one event to a tenant's fold, as the broken rules have it.
pub fn apply(life: &Life, live: &mut Live, logged: &Logged) {
    let projection = life.kind() == Some(ServiceKind::Projection);
    if projection && life.has(Fault::SkipApply) {
        live.fold.applied = logged.seq;
        return;
    }
    live.fold.apply(logged);
    if projection && life.has(Fault::DoubleApply) {
        live.fold.apply(logged);
    }
}

/// Goes on with one tenant as far as it may.
pub fn pump(life: &Arc<Life>, state: &mut State, tenant: &TenantId) {
    loop {
        let Some(live) = state.live.get(tenant) else { return };
        if live.leased.is_some() {
            return; // goes on when the lease is over
        }
        if live.behind {
            let next = live.position.next();
            let more = state.feeding && live.position < state.feed;
            if more && !live.catching_up && may_advance(life, state, tenant, next) {
                catch_up::start(life, state, tenant);
            } else if !more && state.feeding && !live.catching_up {
                resume(state, tenant);
            }
            return;
        }
        let Some(logged) = live.queue.front().cloned() else {
            caught_up(state, tenant);
            return;
        };
        match next_step(life, state, tenant, &logged) {
            Step::Wait => return,
            Step::Run => return runner::lease(life, state, tenant, logged),
            Step::Apply => {
                if let Some(live) = state.live.get_mut(tenant) {
                    apply(life, live, &logged);
                    live.queue.pop_front();
                }
            }
        }
    }
}

/// Reading on is over: the queue is used from here.
pub fn resume(state: &mut State, tenant: &TenantId) {
    if let Some(live) = state.live.get_mut(tenant) {
        live.behind = false;
        live.catching_up = false;
    }
    caught_up(state, tenant);
}

fn caught_up(state: &mut State, tenant: &TenantId) {
    if let Some(live) = state.live.get_mut(tenant) {
        live.waiting_since = None;
    }
}

/// Goes on with every tenant.
pub fn pump_all(life: &Arc<Life>, state: &mut State) {
    let tenants: Vec<_> = state.live.keys().cloned().collect();
    for tenant in tenants {
        pump(life, state, &tenant);
    }
}

/// A fault that went away may let tenants go on.
pub async fn on_fault_change(life: Arc<Life>) {
    let mut faults = life.faults.subscribe();
    while faults.changed().await.is_ok() {
        pump_all(&life, &mut life.lock());
        life.bump();
    }
}
