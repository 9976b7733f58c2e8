//! Reads the log for a node: hands every new event to its tenant, keeps the heads.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use streams::{
    clock::pause,
    ids::TenantId,
    ports::{Message, ReadError},
};

use super::{Life, live::Head, pump};
use crate::{event, event::Logged};

/// Reads from the present end of the log on, for ever. What lies before it each tenant reads by
/// itself ([`super::catch_up`]).
pub async fn run(life: Arc<Life>) {
    loop {
        if let Err(error) = follow(&life).await {
            let node_id = &life.spec.node_id;
            tracing::warn!(%node_id, %error, "the log cannot be read");
        }
        pause(Duration::from_secs(1)).await;
    }
}

async fn follow(life: &Arc<Life>) -> Result<(), ReadError> {
    let end = life.world.log.info().await?.last_seq;
    let mut routing = life.routing.clone();
    let loaded = routing.wait_for(Option::is_some).await;
    let tenants: Vec<TenantId> = loaded.ok().and_then(|r| r.clone()).map_or_else(Vec::new, |r| {
        life.kind().into_iter().flat_map(|k| r.tenants(k)).map(|(t, _, _)| t.clone()).collect()
    });
    for tenant in tenants {
        if let Some(head) = head_of(life, &tenant).await? {
            life.lock().heads.insert(tenant, head);
        }
    }
    let begun = {
        let mut state = life.lock();
        let begun = if state.feeding && state.feed <= end { state.feed } else { end };
        state.feed = begun;
        state.feeding = true;
        pump::pump_all(life, &mut state);
        begun
    };
    life.bump();
    let mut messages = life.world.log.read(begun.next()).await?;
    while let Some(message) = messages.next().await {
        take(life, &message?);
    }
    Ok(())
}

/// End of a tenant's log as the log says now.
///
/// # Errors
/// When the log cannot be read.
pub async fn head_of(life: &Life, tenant: &TenantId) -> Result<Option<Head>, ReadError> {
    let last = life.world.log.last_on(&event::subject(tenant)).await?;
    let logged = last.as_ref().and_then(Logged::decode).map(|(_, logged)| logged);
    Ok(logged.map(|l| Head { seq: l.seq, n: l.event.n, at: l.at }))
}

fn take(life: &Arc<Life>, message: &Message) {
    let mut state = life.lock();
    let before = state.feed;
    if let Some((tenant, logged)) = Logged::decode(message) {
        let head = Head { seq: logged.seq, n: logged.event.n, at: logged.at };
        let known = state.heads.entry(tenant.clone()).or_default();
        if head.seq > known.seq {
            *known = head;
        }
        let known = state.live.get_mut(&tenant).map(|live| live.take(logged, before)).is_some();
        state.feed = message.seq;
        if known {
            pump::pump(life, &mut state, &tenant);
            drop(state);
            life.bump();
        }
    } else {
        state.feed = message.seq;
    }
}
