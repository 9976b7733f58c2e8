//! Carries a tenant's drain to its end: waits for work in flight, makes the position durable.
//!
//! Aggregate: finishes accepted commands, then its position is the end of the tenant's log.
//! Projection: stops applying. Runner: stops leasing, finishes the lease. The intent is in the
//! record, so that a restart goes on here.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use fleet::contract::TenantState;
use streams::{
    clock::pause,
    ids::{ServiceKind, TenantId},
};

use super::{Life, State, checkpoint, feed, pump, rules};
use crate::fault::Fault;

/// Starts a task that drives the tenant's drain, unless one runs.
pub fn drive(life: &Arc<Life>, tenant: TenantId) {
    if !life.lock().driving.insert(tenant.clone()) {
        life.bump(); // it looks at new options
        return;
    }
    let life = life.clone();
    life.clone().spawn(async move {
        let mut changes = life.changes();
        let mut faults = life.faults.subscribe();
        loop {
            changes.borrow_and_update();
            let wait = match look(&life, &tenant) {
                Look::Over => break,
                Look::Work(wait) => wait,
                Look::Settle => settle(&life, &tenant).await,
            };
            tokio::select! {
                _ = changes.changed() => {}
                _ = faults.changed() => {}
                () = pause(wait) => {}
            }
        }
        life.lock().driving.remove(&tenant);
        life.bump();
    });
}

enum Look {
    /// Drained, or no drain any more.
    Over,
    /// Work remains; look again after this time at the latest.
    Work(Duration),
    /// Nothing in flight: make the position durable.
    Settle,
}

const LONG: Duration = Duration::from_secs(3_600);

fn look(life: &Arc<Life>, tenant: &TenantId) -> Look {
    let now = life.world.now();
    let mut state = life.lock();
    let record = state.record.tenants.get(tenant);
    let Some(record) = record.filter(|r| r.state == TenantState::Draining) else {
        return Look::Over;
    };
    let drain = record.drain.clone();
    if drain.as_ref().is_some_and(|d| d.force_due(now) && !d.forced) {
        give_up(life, &mut state, tenant);
    }
    let late = drain.as_ref().and_then(|d| d.deadline_at).is_some_and(|at| at <= now);
    if late && drain.as_ref().is_some_and(|d| d.errors.is_empty() && !d.force_due(now)) {
        note(life, &mut state, tenant, "the deadline passed; work goes on");
    }
    if inflight(life, &state, tenant) == 0 {
        return Look::Settle;
    }
    let left = drain.and_then(|d| d.deadline_at).map(|at| at - now);
    let left = left.filter(|l| *l > TimeDelta::zero()).and_then(|l| l.to_std().ok());
    Look::Work(left.unwrap_or(LONG))
}

/// How much is in flight, hung work included.
#[must_use]
pub fn inflight(life: &Life, state: &State, tenant: &TenantId) -> usize {
    let work = state.live.get(tenant).map_or(0, |l| l.work.len());
    work + usize::from(hung_since(life, state, tenant).is_some())
}

/// Since when a drain hangs, by the fault.
#[must_use]
pub fn hung_since(
    life: &Life,
    state: &State,
    tenant: &TenantId,
) -> Option<chrono::DateTime<chrono::Utc>> {
    let record = state.record.tenants.get(tenant)?;
    let drain = record.drain.as_ref().filter(|d| d.on() && !d.forced)?;
    let hangs = record.state == TenantState::Draining && life.has(Fault::HangDrain);
    hangs.then_some(drain.started_at)
}

fn give_up(life: &Arc<Life>, state: &mut State, tenant: &TenantId) {
    let count = inflight(life, state, tenant) as u64;
    if let Some(live) = state.live.get_mut(tenant) {
        live.work.clear();
        live.leased = None;
    }
    change_drain(life, state, tenant, |drain| rules::forced(drain, count));
}

fn note(life: &Arc<Life>, state: &mut State, tenant: &TenantId, text: &str) {
    change_drain(life, state, tenant, |drain| drain.errors.push(text.to_owned()));
}

fn change_drain(
    life: &Arc<Life>,
    state: &mut State,
    tenant: &TenantId,
    change: impl FnOnce(&mut super::records::DrainRecord),
) {
    let saved = life.commit(state, |record| {
        if let Some(drain) = record.tenants.get_mut(tenant).and_then(|r| r.drain.as_mut()) {
            change(drain);
        }
        Ok(())
    });
    if let Err(problem) = saved {
        tracing::error!(?problem, %tenant, "the drain's progress is not saved");
    }
}

/// Makes the position durable and ends the drain; says after which time to look again if it cannot.
async fn settle(life: &Arc<Life>, tenant: &TenantId) -> Duration {
    if life.kind() == Some(ServiceKind::Aggregate) {
        match feed::head_of(life, tenant).await {
            Ok(head) => {
                let mut state = life.lock();
                if let Some(live) = state.live.get_mut(tenant) {
                    live.floor = head.map(|h| h.seq).unwrap_or_default();
                }
                pump::pump(life, &mut state, tenant);
            }
            Err(error) => {
                tracing::warn!(%tenant, %error, "the end of the tenant's log cannot be read");
                return Duration::from_millis(500);
            }
        }
    }
    let mut state = life.lock();
    let Some(live) = state.live.get(tenant) else { return LONG };
    if live.fold.applied < live.floor.max(live.executed_to) || inflight(life, &state, tenant) > 0 {
        return LONG; // tells when it has come further
    }
    let final_seq = live.fold.applied;
    let saved = checkpoint::save(life, &state, true).and_then(|()| {
        let saved = life.commit(&mut state, |record| {
            if let Some(record) = record.tenants.get_mut(tenant) {
                rules::drained(record, final_seq);
            }
            Ok(())
        });
        saved.map_err(|fail| std::io::Error::other(fail.0.detail))
    });
    match saved {
        Ok(()) => Duration::ZERO,
        Err(error) => {
            tracing::error!(%tenant, %error, "the drain cannot be ended");
            Duration::from_secs(1)
        }
    }
}
