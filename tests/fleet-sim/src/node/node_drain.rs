//! Drain of the whole node: durable intent, every tenant refuses new work, survives a restart.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State as Shared, http::StatusCode};
use fleet::contract::{
    DrainRequest, DrainState, NodeDrainStatus, Problem, ProblemCode, TenantState,
};
use streams::{clock::pause, ids::Fence};

use super::{
    Life, State, checkpoint, order::NodeOrder, pump, records::DrainRecord, records::NodeRecord,
    rules, status,
};
use crate::{
    fault::Fault,
    problem::{Answer, Body, fail},
};

fn in_order(life: &Life, record: &NodeRecord, fence: Fence) -> Answer<()> {
    if fence < record.fence && !life.has(Fault::IgnoreFence) {
        return Err(Problem::stale_fence(record.fence).into());
    }
    Ok(())
}

/// `PUT /admin/v1/drain`.
///
/// # Errors
/// 412 `stale_fence`; 422.
pub async fn start(
    life: Shared<Arc<Life>>,
    NodeOrder(fence): NodeOrder,
    Body(request): Body<DrainRequest>,
) -> Answer<(StatusCode, Json<NodeDrainStatus>)> {
    let now = life.world.now();
    {
        let mut state = life.lock();
        life.commit(&mut state, |record| {
            in_order(&life, record, fence)?;
            match record.drain.as_mut().filter(|d| d.on()) {
                Some(drain) => drain.update(&request, now),
                None => record.drain = Some(DrainRecord::new(&request, now)),
            }
            record.fence = record.fence.max(fence);
            Ok(())
        })?;
    }
    life.spawn(drive(life.0.clone()));
    life.bump();
    Ok((StatusCode::ACCEPTED, shown(&life)?))
}

fn shown(life: &Life) -> Answer<Json<NodeDrainStatus>> {
    let state = life.lock();
    let none = || fail(ProblemCode::NoDrain, "the node was not drained");
    let drain = state.record.drain.as_ref().ok_or_else(none)?;
    Ok(Json(status::node_drain(life, &state, drain)))
}

/// `GET /admin/v1/drain`.
///
/// # Errors
/// 404 `no_drain`.
pub async fn show(life: Shared<Arc<Life>>) -> Answer<Json<NodeDrainStatus>> {
    shown(&life)
}

/// `DELETE /admin/v1/drain`.
///
/// # Errors
/// 404 `no_drain`; 412 `stale_fence`.
pub async fn stop(
    life: Shared<Arc<Life>>,
    NodeOrder(fence): NodeOrder,
) -> Answer<Json<NodeDrainStatus>> {
    {
        let mut state = life.lock();
        life.commit(&mut state, |record| {
            in_order(&life, record, fence)?;
            let none = || fail(ProblemCode::NoDrain, "the node was not drained");
            record.drain.as_mut().ok_or_else(none)?.state = DrainState::Cancelled;
            record.fence = record.fence.max(fence);
            Ok(())
        })?;
        pump::pump_all(&life, &mut state);
    }
    life.bump();
    shown(&life)
}

/// Drives the drain to its end.
pub async fn drive(life: Arc<Life>) {
    let mut changes = life.changes();
    let mut faults = life.faults.subscribe();
    loop {
        changes.borrow_and_update();
        let Some(wait) = look(&life) else {
            life.bump();
            return;
        };
        tokio::select! {
            _ = changes.changed() => {}
            _ = faults.changed() => {}
            () = pause(wait) => {}
        }
    }
}

/// None when the drain is over; else after which time to look again.
fn look(life: &Arc<Life>) -> Option<Duration> {
    let now = life.world.now();
    let mut state = life.lock();
    let drain = state.record.drain.clone().filter(|d| d.state == DrainState::Draining)?;
    if drain.force_due(now) && !drain.forced {
        let count: usize = state.live.values().map(|l| l.work.len()).sum();
        for live in state.live.values_mut() {
            live.work.clear();
            live.leased = None;
        }
        save(life, &mut state, |drain| rules::forced(drain, count as u64));
    }
    let held: Vec<_> = state.record.tenants.keys().cloned().collect();
    let open = |t| {
        let now = status::effective(life, &state, t);
        matches!(now, TenantState::Draining | TenantState::Active)
    };
    if !held.iter().any(open) && life.open_requests() == 0 {
        return match checkpoint::save(life, &state, true) {
            Ok(()) => {
                save(life, &mut state, |drain| drain.state = DrainState::Drained);
                None
            }
            Err(error) => {
                tracing::error!(%error, "the node's position is not durable");
                Some(Duration::from_secs(1))
            }
        };
    }
    let left = drain.deadline_at.and_then(|at| (at - now).to_std().ok());
    Some(left.filter(|l| !l.is_zero()).unwrap_or(Duration::from_secs(3_600)))
}

fn save(life: &Life, state: &mut State, change: impl FnOnce(&mut DrainRecord)) {
    let saved = life.commit(state, |record| {
        if let Some(drain) = record.drain.as_mut() {
            change(drain);
        }
        Ok(())
    });
    if let Err(problem) = saved {
        tracing::error!(?problem, "the node drain's progress is not saved");
    }
}
