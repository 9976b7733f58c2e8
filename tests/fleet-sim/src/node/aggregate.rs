//! The Aggregate's data side: a command is accepted, appended to the tenant's log, acknowledged.
//!
//! The append demands that the log still ends where this node's fold ends, so two Aggregates can
//! never both append on the same state. A lost acknowledgement is settled before the work counts as
//! finished: a drain never ends while an append may still land.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::State as Shared,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::post,
};
use fleet::contract::ProblemCode;
use streams::{
    clock::pause,
    ids::{Epoch, FlowIds, Seq, TenantId},
    ports::AppendError,
};
use tokio::{sync::oneshot, time::timeout};

use super::{Life, feed, order::DataTenant, pump, serving::Ticket};
use crate::{
    data::{self, Acknowledged, Command, SERVED_BY},
    event::{Logged, TenantEvent},
    fault::Fault,
    flow,
    problem::{Answer, Body, fail},
};

/// How long the fold may take to meet the end of the log before the command is answered 503.
const MEET: Duration = Duration::from_secs(5);

/// Data routes of an Aggregate.
pub fn routes() -> Router<Arc<Life>> {
    Router::new().route(data::COMMANDS, post(command))
}

async fn command(
    life: Shared<Arc<Life>>,
    data: DataTenant,
    headers: HeaderMap,
    Body(command): Body<Command>,
) -> Answer<Response> {
    if !command.valid() {
        return Err(fail(ProblemCode::BadArgument, "entity is 1 to 64 of a-z, 0-9 and -"));
    }
    let flow = flow::current().unwrap_or_else(|| flow::of_request(&headers, &*life.world.ids));
    let work = (flow.request_id.to_string(), "command");
    let (ticket, epoch) = Ticket::accept(&life, &data.tenant, data.asked, work)?;
    let (tell, told) = oneshot::channel();
    let carry = Carry { life: life.0.clone(), tenant: data.tenant, epoch, flow, command, ticket };
    // Its own task: a client that goes away does not cancel what was accepted.
    life.spawn(async move {
        let _ = tell.send(carry.out().await);
    });
    let gone = |_| fail(ProblemCode::Unavailable, "the node stops");
    let acknowledged = told.await.map_err(gone)??;
    let served_by = [(SERVED_BY, life.spec.node_id.to_string())];
    Ok((served_by, Json(acknowledged)).into_response())
}

/// One accepted command.
struct Carry {
    life: Arc<Life>,
    tenant: TenantId,
    epoch: Epoch,
    flow: FlowIds,
    command: Command,
    ticket: Ticket,
}

enum Found {
    /// The request is in the log already.
    Stored(Seq),
    /// The log ends here, as far as this node knows.
    End(Seq, u64),
}

impl Carry {
    async fn out(self) -> Answer<Acknowledged> {
        let turn = self.life.turn(&self.tenant);
        let _turn = turn.lock().await;
        if self.life.has(Fault::AckWithoutAppend) {
            let seq = self.life.lock().heads.get(&self.tenant).map(|h| h.seq).unwrap_or_default();
            return Ok(Acknowledged { seq, replayed: false });
        }
        loop {
            let (after, n) = match self.look()? {
                Found::Stored(seq) => return Ok(Acknowledged { seq, replayed: true }),
                Found::End(after, n) => (after, n),
            };
            let event = self.event(n + 1);
            match self.append(&event, after).await {
                Ok(seq) => {
                    self.stored(seq, event.clone());
                    if self.life.has(Fault::DoubleAppend) {
                        let again = self.event(n + 2);
                        let _ = self.life.world.log.append(again.message(&self.tenant, seq)).await;
                    }
                    return Ok(Acknowledged { seq, replayed: false });
                }
                Err(AppendError::Conflict(_)) => self.meet().await?,
                Err(error) => return Err(fail(ProblemCode::Unavailable, error.to_string())),
            }
        }
    }

    /// Looks at the fold; refuses when the node may not append for the tenant any more.
    fn look(&self) -> Answer<Found> {
        let state = self.life.lock();
        let broken = self.life.has(Fault::IgnoreDrain) || self.life.has(Fault::IgnoreEpoch);
        if !self.ticket.holds(&state) && !broken {
            return Err(fail(ProblemCode::TenantDraining, "the command was given up by force"));
        }
        let above = self.life.seen(&self.tenant).is_some_and(|seen| seen.epoch > self.epoch);
        if above && !broken {
            return Err(fail(ProblemCode::TenantDraining, "a higher epoch is in force"));
        }
        let gone = || fail(ProblemCode::NotOwner, "this node holds nothing of the tenant");
        let live = state.live.get(&self.tenant).ok_or_else(gone)?;
        let stored = live.fold.stored_at(&self.flow.request_id);
        let stored = stored.filter(|_| !self.life.has(Fault::DoubleAppend));
        Ok(stored.map_or(Found::End(live.fold.applied, live.fold.events), Found::Stored))
    }

    fn event(&self, n: u64) -> TenantEvent {
        TenantEvent {
            v: 1,
            n,
            request_id: self.flow.request_id.clone(),
            entity: self.command.entity.clone(),
            amount: self.command.amount,
            effect: self.command.effect,
            node_id: self.life.spec.node_id.clone(),
            epoch: self.epoch,
            correlation_id: self.flow.correlation_id.clone(),
            trace_id: self.flow.trace_id.clone(),
        }
    }

    /// Appends until the outcome is known: repeating the same message under the same condition is
    /// safe, giving up on an unknown outcome is not.
    async fn append(&self, event: &TenantEvent, after: Seq) -> Result<Seq, AppendError> {
        let message = event.message(&self.tenant, after);
        let mut unknown = false;
        loop {
            match self.life.world.log.append(message.clone()).await {
                Ok(stored) => return Ok(stored.seq),
                Err(AppendError::Unknown(_)) => unknown = true,
                Err(AppendError::Unavailable(_) | AppendError::Full(_)) if unknown => {}
                Err(error) => return Err(error),
            }
            pause(Duration::from_millis(500)).await;
        }
    }

    /// The fold takes what was just stored, unless the feed has brought it already.
    fn stored(&self, seq: Seq, event: TenantEvent) {
        let mut state = self.life.lock();
        let at = self.life.world.now();
        if let Some(live) = state.live.get_mut(&self.tenant)
            && !live.behind
            && live.queue.is_empty()
            && seq > live.fold.applied
        {
            live.fold.apply(&Logged { seq, at, event });
        }
    }

    /// Waits until the fold has met the end of the log: another append came first.
    async fn meet(&self) -> Answer<()> {
        let not_read = |e: streams::ports::ReadError| fail(ProblemCode::Unavailable, e.to_string());
        let head = feed::head_of(&self.life, &self.tenant).await.map_err(not_read)?;
        let end = head.map(|h| h.seq).unwrap_or_default();
        let mut changes = self.life.changes();
        let met = async {
            loop {
                changes.borrow_and_update();
                {
                    let mut state = self.life.lock();
                    pump::pump(&self.life, &mut state, &self.tenant);
                    let applied = state.live.get(&self.tenant).map(|l| l.fold.applied);
                    if applied.is_some_and(|a| a >= end) {
                        return;
                    }
                }
                if changes.changed().await.is_err() {
                    return;
                }
            }
        };
        let late = |_| fail(ProblemCode::Unavailable, "the tenant's log is still being read");
        timeout(MEET, met).await.map_err(late)
    }
}
