//! Reacts to the placement: takes first placements, stops serving what moved away.

use std::sync::Arc;

use fleet::contract::TenantState;
use streams::ids::{Epoch, TenantId};

use super::{
    Life, drain, feed,
    live::Live,
    pump,
    records::TenantRecord,
    rules::{self, Seen},
};
use crate::fault::Fault;

/// Reacts to every snapshot for ever.
pub async fn run(life: Arc<Life>) {
    let mut routing = life.routing.clone();
    let mut faults = life.faults.subscribe();
    loop {
        react(&life);
        tokio::select! {
            changed = routing.changed() => if changed.is_err() { return },
            changed = faults.changed() => if changed.is_err() { return },
        }
    }
}

fn react(life: &Arc<Life>) {
    let (Some(routing), Some(kind)) = (life.routing.borrow().clone(), life.kind()) else { return };
    let placed: Vec<_> = routing
        .tenants(kind)
        .map(|(t, epoch, shard)| {
            (t.clone(), Seen { epoch, here: Some(shard) == life.spec.shard.as_ref() })
        })
        .collect();
    for (tenant, seen) in placed {
        let known = life.lock().record.tenants.get(&tenant).cloned();
        match known {
            None if seen.here && seen.epoch == Epoch(1) => begin(life, &tenant),
            Some(record) if record.state == TenantState::Active && seen.epoch > record.epoch => {
                stop(life, &tenant, seen);
            }
            _ => {}
        }
    }
    life.bump();
}

/// A tenant's first placement is here: it is served without further ado.
fn begin(life: &Arc<Life>, tenant: &TenantId) {
    let mut state = life.lock();
    let saved = life.commit(&mut state, |record| {
        let first =
            TenantRecord { state: TenantState::Active, epoch: Epoch(1), ..TenantRecord::default() };
        record.tenants.entry(tenant.clone()).or_insert(first);
        Ok(())
    });
    if saved.is_ok() {
        state.live.insert(tenant.clone(), Live::empty());
        pump::pump(life, &mut state, tenant);
    }
}

/// A higher epoch is in force: the node fences itself.
fn stop(life: &Arc<Life>, tenant: &TenantId, seen: Seen) {
    if life.has(Fault::IgnoreEpoch) {
        return;
    }
    let now = life.world.now();
    let saved = {
        let mut state = life.lock();
        life.commit(&mut state, |record| {
            let record = record.tenants.get_mut(tenant);
            Ok(record.is_some_and(|r| rules::fence_oneself(r, seen, now)))
        })
    };
    match saved {
        Ok(true) => {
            tracing::info!(
                node_id = %life.spec.node_id, tenant_id = %tenant, epoch = seen.epoch.0,
                "a higher placement epoch is in force: the tenant is served no more"
            );
            drain::drive(life, tenant.clone());
        }
        Ok(false) => {}
        Err(problem) => tracing::error!(?problem, %tenant, "self-fencing is not saved"),
    }
}

/// Begins to hold a tenant's copy: the head of its log is read, then the log itself.
pub async fn hold(life: &Arc<Life>, tenant: &TenantId) {
    let head = feed::head_of(life, tenant).await;
    let mut state = life.lock();
    if let Ok(Some(head)) = head {
        let known = state.heads.entry(tenant.clone()).or_default();
        if head.seq > known.seq {
            *known = head;
        }
    }
    pump::pump(life, &mut state, tenant);
    drop(state);
    life.bump();
}
