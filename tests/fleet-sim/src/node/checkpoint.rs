//! The folds on disk: an optimisation of a restart, and the durable position a drain ends with.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use fleet::contract::TenantState;
use serde::{Deserialize, Serialize};
use streams::{
    clock::pause,
    ids::{Seq, TenantId},
};

use super::{Life, State, live::Live, records::NodeRecord};
use crate::{durable, fold::Fold};

#[derive(Debug, Serialize, Deserialize)]
struct Saved<F> {
    position: Seq,
    fold: F,
}

fn file(folder: &Path) -> PathBuf {
    folder.join("folds.json")
}

/// The tenants a node begins with, each reading on from its checkpoint.
///
/// # Errors
/// When the file cannot be read.
pub fn load(folder: &Path, record: &NodeRecord) -> io::Result<BTreeMap<TenantId, Live>> {
    let path = file(folder);
    let mut saved: BTreeMap<TenantId, Saved<Fold>> = durable::read(&path)?.unwrap_or_default();
    let held = record.tenants.iter().filter(|(_, r)| r.state != TenantState::Absent);
    let live = held.map(|(tenant, _)| {
        let mut live = Live::empty();
        if let Some(Saved { position, fold }) = saved.remove(tenant) {
            live.fold = fold;
            live.position = position;
        }
        (tenant.clone(), live)
    });
    Ok(live.collect())
}

/// Writes all folds; with `sync` they are on the disk when this returns.
///
/// # Errors
/// When the disk refuses.
pub fn save(life: &Life, state: &State, sync: bool) -> io::Result<()> {
    let folds: BTreeMap<_, _> = state
        .live
        .iter()
        .map(|(t, l)| (t, Saved { position: l.gone_through(state.feed), fold: &l.fold }))
        .collect();
    durable::write(&file(&life.folder), &folds, sync)?;
    match state.ledger.as_ref().filter(|_| sync) {
        Some(ledger) => ledger.sync(),
        None => Ok(()),
    }
}

/// Writes the folds every few seconds, when they have changed.
pub async fn run(life: Arc<Life>) {
    let mut saved = Seq(0);
    loop {
        pause(Duration::from_secs(3)).await;
        let state = life.lock();
        if state.feed != saved {
            saved = state.feed;
            if let Err(error) = save(&life, &state, false) {
                tracing::warn!(node_id = %life.spec.node_id, %error, "the folds are not saved");
            }
        }
    }
}
