//! Reads one tenant's part of the log again: a new target, a rebuild, a node that fell behind.
//!
//! Runs until it meets the feed or the tenant's state lets it go no further. Order and once-ness
//! hold because it and the feed never apply to the same tenant at the same time (`Live::behind`).

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use futures::StreamExt;
use streams::{
    clock::pause,
    ids::{Seq, TenantId},
    ports::{Message, ReadError},
};

use super::{Life, State, pump, pump::Step, runner};
use crate::{event, event::Logged};

/// Starts reading on from the tenant's position. The caller has looked that it may.
pub fn start(life: &Arc<Life>, state: &mut State, tenant: &TenantId) {
    if let Some(live) = state.live.get_mut(tenant) {
        live.catching_up = true;
        let (from, round) = (live.position.next(), live.round);
        life.spawn(run(life.clone(), tenant.clone(), from, round));
    }
}

async fn run(life: Arc<Life>, tenant: TenantId, from: Seq, round: u64) {
    let subject = event::subject(&tenant);
    let mut messages = match life.world.log.read(from).await {
        Ok(messages) => messages,
        Err(error) => return give_up(&life, &tenant, round, &error).await,
    };
    while let Some(message) = messages.next().await {
        match message {
            Ok(message) => {
                let mine = message.subject == subject;
                if step(&life, &tenant, round, &message, mine).await.is_break() {
                    return;
                }
            }
            Err(error) => return give_up(&life, &tenant, round, &error).await,
        }
    }
    let ended = ReadError::Unavailable("the read ended".to_owned());
    give_up(&life, &tenant, round, &ended).await;
}

/// Takes one message; breaks when reading on is over.
async fn step(
    life: &Arc<Life>,
    tenant: &TenantId,
    round: u64,
    message: &Message,
    mine: bool,
) -> ControlFlow<()> {
    let logged = mine.then(|| Logged::decode(message)).flatten().map(|(_, logged)| logged);
    let mut changes = life.changes();
    loop {
        changes.borrow_and_update();
        {
            let mut state = life.lock();
            match advance(life, &mut state, tenant, round, message.seq, logged.as_ref()) {
                Advance::Next => return ControlFlow::Continue(()),
                Advance::Over => {
                    drop(state);
                    life.bump();
                    return ControlFlow::Break(());
                }
                Advance::Leased => {}
            }
        }
        if changes.changed().await.is_err() {
            return ControlFlow::Break(());
        }
    }
}

enum Advance {
    Next,
    Leased,
    Over,
}

fn advance(
    life: &Arc<Life>,
    state: &mut State,
    tenant: &TenantId,
    round: u64,
    seq: Seq,
    logged: Option<&Logged>,
) -> Advance {
    let Some(live) = state.live.get(tenant).filter(|l| l.round == round) else {
        return Advance::Over;
    };
    if live.leased.is_some() {
        return Advance::Leased;
    }
    if let Some(logged) = logged.filter(|l| l.seq > live.fold.applied) {
        match pump::next_step(life, state, tenant, logged) {
            Step::Wait => return stop(state, tenant, Seq(seq.0 - 1)),
            Step::Run => {
                runner::lease(life, state, tenant, logged.clone());
                return Advance::Leased;
            }
            Step::Apply => {
                if let Some(live) = state.live.get_mut(tenant) {
                    pump::apply(life, live, logged);
                }
            }
        }
    }
    if let Some(live) = state.live.get_mut(tenant) {
        live.position = seq;
    }
    if seq >= state.feed {
        pump::resume(state, tenant);
        pump::pump(life, state, tenant);
        return Advance::Over;
    }
    if pump::may_advance(life, state, tenant, seq.next()) {
        Advance::Next
    } else {
        stop(state, tenant, seq)
    }
}

fn stop(state: &mut State, tenant: &TenantId, position: Seq) -> Advance {
    if let Some(live) = state.live.get_mut(tenant) {
        live.position = position;
        live.catching_up = false;
    }
    Advance::Over
}

/// The log could not be read on: try again soon; from the start when it lost a part.
async fn give_up(life: &Arc<Life>, tenant: &TenantId, round: u64, error: &ReadError) {
    let node_id = &life.spec.node_id;
    tracing::warn!(%node_id, %tenant, %error, "the tenant's log cannot be read on");
    pause(Duration::from_millis(500)).await;
    let mut state = life.lock();
    if let Some(live) = state.live.get_mut(tenant).filter(|l| l.round == round) {
        live.catching_up = false;
        if matches!(error, ReadError::Lost(_)) {
            tracing::error!(%node_id, %tenant, "the log lost a part: the fold is begun anew");
            live.reset();
        }
        pump::pump(life, &mut state, tenant);
    }
}
