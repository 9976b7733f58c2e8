//! What a node tells of a tenant: the contract's objects, from the record and what is in memory.

use fleet::contract::{
    DrainState, DrainStatus, Inflight, Lag, NodeDrainStatus, TenantDrain, TenantState, TenantStatus,
};
use streams::ids::{Epoch, Fence, TenantId};

use super::{Life, State, drain, records::DrainRecord};
use crate::fault::Fault;

/// The state in words.
#[must_use]
pub fn state_name(state: TenantState) -> &'static str {
    match state {
        TenantState::Absent => "absent",
        TenantState::Preparing => "preparing",
        TenantState::Active => "active",
        TenantState::Draining => "draining",
        TenantState::Drained => "drained",
    }
}

/// Where a tenant stands, a drain of the whole node included.
#[must_use]
pub fn effective(life: &Life, state: &State, tenant: &TenantId) -> TenantState {
    let own = state.record.tenants.get(tenant).map_or(TenantState::Absent, |r| r.state);
    if own != TenantState::Active || !state.record.draining() {
        return own;
    }
    let hung = life.has(Fault::HangDrain)
        && state.record.drain.as_ref().is_some_and(|d| d.on() && !d.forced);
    let busy = state.live.get(tenant).is_some_and(|l| !l.work.is_empty());
    if hung || busy { TenantState::Draining } else { TenantState::Drained }
}

/// Work in flight of a tenant.
#[must_use]
pub fn inflight(life: &Life, state: &State, tenant: &TenantId) -> Option<Inflight> {
    let live = state.live.get(tenant)?;
    let now = life.world.now();
    if life.has(Fault::LieHealth) {
        return Some(Inflight { count: 0, oldest_ms: 0, blockers: Vec::new() });
    }
    Some(live.inflight(now, drain::hung_since(life, state, tenant)))
}

/// Distance of a tenant to the end of its log; none while the node has not read the log's end.
#[must_use]
pub fn lag(life: &Life, state: &State, tenant: &TenantId) -> Option<Lag> {
    let live = state.live.get(tenant).filter(|_| state.feeding)?;
    let head = state.heads.get(tenant).copied().unwrap_or_default();
    let lag = live.lag(head, life.world.now());
    if life.has(Fault::LieHealth) {
        return Some(Lag { head_seq: lag.applied_seq, events: 0, age_ms: 0, ..lag });
    }
    Some(lag)
}

/// The tenant's status object.
#[must_use]
pub fn tenant(life: &Life, state: &State, tenant: &TenantId) -> TenantStatus {
    let record = state.record.tenants.get(tenant);
    TenantStatus {
        tenant_id: tenant.clone(),
        state: effective(life, state, tenant),
        epoch: record.map_or(Epoch(0), |r| r.epoch),
        fence: record.map_or(Fence(0), |r| r.fence),
        inflight: inflight(life, state, tenant),
        lag: lag(life, state, tenant),
        size_bytes: state.live.get(tenant).map(|l| l.fold.size()),
        observed_at: life.world.now(),
    }
}

/// The drain object of a tenant.
#[must_use]
pub fn drain(life: &Life, state: &State, tenant: &TenantId, drain: &DrainRecord) -> DrainStatus {
    let on = drain.state == DrainState::Draining;
    DrainStatus {
        state: drain.state,
        started_at: drain.started_at,
        deadline_at: drain.deadline_at,
        remaining: if on { drain::inflight(life, state, tenant) as u64 } else { 0 },
        abandoned: drain.abandoned,
        forced: drain.forced,
        final_seq: drain.final_seq,
        errors: drain.errors.clone(),
        reason: drain.reason.clone(),
        persisted: true,
    }
}

/// The drain object of the whole node.
#[must_use]
pub fn node_drain(life: &Life, state: &State, drain: &DrainRecord) -> NodeDrainStatus {
    let held = state.record.tenants.iter().filter(|(_, r)| r.state != TenantState::Absent);
    let tenants: std::collections::BTreeMap<_, _> = held
        .map(|(tenant, record)| {
            let now = effective(life, state, tenant);
            let own_drain = record.drain.as_ref().filter(|d| d.on()).and_then(|d| d.final_seq);
            let applied = state.live.get(tenant).map(|l| l.fold.applied);
            let final_seq = own_drain.or(applied).filter(|_| now == TenantState::Drained);
            let remaining = state.live.get(tenant).map_or(0, |l| l.work.len()) as u64
                + u64::from(drain_hangs(life, drain));
            (tenant.clone(), TenantDrain { state: now, remaining, final_seq })
        })
        .collect();
    NodeDrainStatus {
        state: drain.state,
        started_at: drain.started_at,
        deadline_at: drain.deadline_at,
        remaining: tenants.values().map(|t| t.remaining).sum::<u64>() + life.open_requests(),
        abandoned: drain.abandoned,
        forced: drain.forced,
        errors: drain.errors.clone(),
        reason: drain.reason.clone(),
        persisted: true,
        tenants,
    }
}

fn drain_hangs(life: &Life, drain: &DrainRecord) -> bool {
    drain.state == DrainState::Draining && !drain.forced && life.has(Fault::HangDrain)
}
