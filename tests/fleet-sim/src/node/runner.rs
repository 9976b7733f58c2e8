//! Runs the effects of a tenant's log: each once, in order, under a lease.
//!
//! An effect *is* a line in the ledger: what the simulator's outside world sees. It is written in
//! one call, so a node that dies has run an effect or has not, never half.

use std::{collections::BTreeMap, io, path::Path, sync::Arc, time::Duration};

use fleet::contract::TenantState;
use serde::{Deserialize, Serialize};
use streams::{
    clock::pause,
    ids::{RequestId, Seq, TenantId},
};

use super::{Life, State, live::Work, pump};
use crate::{durable::Lines, event::Logged, fault::Fault};

/// How long an effect takes.
const EFFECT: Duration = Duration::from_millis(8);

/// One effect that was run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Effect {
    /// Whose.
    pub tenant_id: TenantId,
    /// Of which event.
    pub seq: Seq,
    /// Of which request.
    pub request_id: RequestId,
}

/// Opens a node's ledger: the file, and how far each tenant's effects have been run.
///
/// # Errors
/// When it cannot be read.
pub fn open_ledger(folder: &Path) -> io::Result<(Option<Lines>, BTreeMap<TenantId, Seq>)> {
    let (lines, effects) = read_ledger(folder)?;
    let mut executed: BTreeMap<TenantId, Seq> = BTreeMap::new();
    for effect in effects {
        let to = executed.entry(effect.tenant_id).or_default();
        *to = (*to).max(effect.seq);
    }
    Ok((Some(lines), executed))
}

/// The ledger's file and all it holds.
///
/// # Errors
/// When it cannot be read.
pub fn read_ledger(folder: &Path) -> io::Result<(Lines, Vec<Effect>)> {
    Lines::open(&folder.join("effects.jsonl"))
}

/// Whether the effect at `seq` is this node's to run now.
#[must_use]
pub fn is_due(state: &State, tenant: &TenantId, seq: Seq) -> bool {
    let (Some(record), Some(live)) = (state.record.tenants.get(tenant), state.live.get(tenant))
    else {
        return false;
    };
    record.state == TenantState::Active && seq > live.executed_to.max(record.settled_to)
}

/// Takes a lease on the effect of `logged` and runs it.
pub fn lease(life: &Arc<Life>, state: &mut State, tenant: &TenantId, logged: Logged) {
    state.next_work += 1;
    let id = state.next_work;
    let Some(live) = state.live.get_mut(tenant) else { return };
    let request = logged.event.request_id.to_string();
    live.work.insert(id, Work { id: request, kind: "lease", since: life.world.now() });
    live.leased = Some(id);
    let (life, tenant) = (life.clone(), tenant.clone());
    life.clone().spawn(async move {
        pause(EFFECT).await;
        finish(&life, &tenant, id, &logged);
        life.bump();
    });
}

fn finish(life: &Arc<Life>, tenant: &TenantId, id: u64, logged: &Logged) {
    let mut state = life.lock();
    let Some(live) = state.live.get_mut(tenant) else { return };
    if live.work.remove(&id).is_none() {
        return; // given up by force: handed back
    }
    live.leased = None;
    let times = if life.has(Fault::DoubleEffect) { 2 } else { 1 };
    for _ in 0..times {
        if let Err(error) = perform(life, &mut state, tenant, logged) {
            tracing::error!(node_id = %life.spec.node_id, %tenant, %error, "an effect failed");
            return; // not applied: leased again with the next event
        }
    }
    if let Some(live) = state.live.get_mut(tenant) {
        live.executed_to = logged.seq;
        pump::apply(life, live, logged);
        if live.queue.front().is_some_and(|first| first.seq == logged.seq) {
            live.queue.pop_front();
        }
    }
    pump::pump(life, &mut state, tenant);
}

/// The outside world sees the effect.
fn perform(life: &Life, state: &mut State, tenant: &TenantId, logged: &Logged) -> io::Result<()> {
    let Logged { seq, event, .. } = logged;
    let effect =
        Effect { tenant_id: tenant.clone(), seq: *seq, request_id: event.request_id.clone() };
    if let Some(ledger) = state.ledger.as_mut() {
        ledger.append(&effect)?;
    }
    life.world.checker.effect_run(&life.spec.node_id, tenant, *seq);
    tracing::debug!(
        node_id = %life.spec.node_id, tenant_id = %tenant, request_id = %event.request_id,
        correlation_id = %event.correlation_id, trace_id = %event.trace_id, %seq, "effect run"
    );
    Ok(())
}
