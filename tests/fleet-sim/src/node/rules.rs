//! The state machine of one tenant on one node, as the contract states it. Pure.
//!
//! Every function either changes the record and says so, or refuses and changes nothing. Effects
//! (draining work, tailing the log) follow from the new record; see [`super::pump`], [`super::drain`].

use chrono::{DateTime, Utc};
use fleet::contract::{
    ActivateRequest, DrainMode, DrainRequest, DrainState, PrepareRequest, Problem, ProblemCode,
    TenantState,
};
use streams::ids::{Epoch, Fence, Seq};

use super::records::{Before, DrainRecord, TenantRecord};
use crate::problem::{Answer, Fail, fail};

/// What every mutation of a tenant carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Of the commit that ordered it.
    pub fence: Fence,
    /// The caller acts under it.
    pub epoch: Epoch,
}

/// What the placement a node sees says of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Its epoch.
    pub epoch: Epoch,
    /// Whether the shard is this node's.
    pub here: bool,
}

type Outcome = Answer<()>;

fn wrong_state(record: &TenantRecord, wish: &str) -> Fail {
    let state = super::status::state_name(record.state);
    fail(ProblemCode::WrongState, format!("the tenant is {state}: it cannot {wish}"))
}

fn unknown() -> Fail {
    fail(ProblemCode::UnknownTenant, "this node holds nothing of the tenant")
}

/// Refuses an order that is older than one accepted before.
fn in_order(record: &TenantRecord, order: Order) -> Outcome {
    if order.fence < record.fence {
        return Err(Problem::stale_fence(record.fence).into());
    }
    if order.epoch < record.epoch {
        return Err(Problem::stale_epoch(record.epoch).into());
    }
    Ok(())
}

fn moved(seen: Option<Seen>, epoch: Epoch) -> bool {
    seen.is_some_and(|s| s.epoch > epoch || (s.epoch == epoch && !s.here))
}

/// `PUT drain`.
///
/// # Errors
/// The refusal; the record is unchanged.
pub fn drain(
    record: &mut TenantRecord,
    order: Order,
    request: &DrainRequest,
    now: DateTime<Utc>,
) -> Outcome {
    if record.state == TenantState::Absent {
        return Err(unknown());
    }
    in_order(record, order)?;
    match (record.state, record.drain.as_mut()) {
        (TenantState::Active, _) => {
            record.drain = Some(DrainRecord::new(request, now));
            record.state = TenantState::Draining;
        }
        (TenantState::Draining | TenantState::Drained, Some(drain)) => drain.update(request, now),
        _ => return Err(wrong_state(record, "be drained")),
    }
    record.fence = order.fence;
    Ok(())
}

/// `DELETE drain`.
///
/// # Errors
/// The refusal; the record is unchanged.
pub fn undrain(record: &mut TenantRecord, order: Order, seen: Option<Seen>) -> Outcome {
    if record.state == TenantState::Absent {
        return Err(unknown());
    }
    in_order(record, order)?;
    let none = || fail(ProblemCode::NoDrain, "the tenant was not drained here");
    let drain = record.drain.as_ref().ok_or_else(none)?;
    if drain.on() {
        if !matches!(record.state, TenantState::Draining | TenantState::Drained) {
            return Err(wrong_state(record, "be undrained"));
        }
        if moved(seen, order.epoch) {
            let detail = "the placement gives the tenant to another shard, or a higher epoch";
            return Err(fail(ProblemCode::WrongState, detail));
        }
        serve(record, record.epoch.max(order.epoch));
    }
    record.fence = order.fence;
    Ok(())
}

fn serve(record: &mut TenantRecord, epoch: Epoch) {
    record.state = TenantState::Active;
    record.epoch = epoch;
    record.hold_at = None;
    record.before = None;
    if let Some(drain) = record.drain.as_mut() {
        drain.state = DrainState::Cancelled;
        drain.final_seq = None;
    }
}

/// `POST prepare`.
///
/// # Errors
/// The refusal; the record is unchanged.
pub fn prepare(record: &mut TenantRecord, order: Order, request: &PrepareRequest) -> Outcome {
    same_epoch(order, request.epoch)?;
    in_order(record, order)?;
    match record.state {
        TenantState::Absent | TenantState::Drained => {
            record.before = Some(Before { state: record.state, epoch: record.epoch });
        }
        TenantState::Preparing => {}
        TenantState::Active | TenantState::Draining => {
            return Err(wrong_state(record, "be prepared"));
        }
    }
    record.state = TenantState::Preparing;
    record.epoch = request.epoch;
    record.hold_at = request.hold_at;
    record.fence = order.fence;
    Ok(())
}

fn same_epoch(order: Order, body: Epoch) -> Outcome {
    if order.epoch == body {
        return Ok(());
    }
    let detail = format!("x-placement-epoch is {}, the body's epoch {body}", order.epoch);
    Err(fail(ProblemCode::BadArgument, detail))
}

/// `DELETE prepare`: back to what was before. Without a prepare nothing changes but the fence.
///
/// # Errors
/// The refusal; the record is unchanged.
pub fn release(record: &mut TenantRecord, order: Order) -> Outcome {
    in_order(record, order)?;
    if record.state == TenantState::Preparing {
        let absent = Before { state: TenantState::Absent, epoch: Epoch(0) };
        let before = record.before.take().unwrap_or(absent);
        record.state = before.state;
        record.epoch = before.epoch;
        record.hold_at = None;
    }
    record.fence = order.fence;
    Ok(())
}

/// `POST activate`; `applied` is how far the node has come.
///
/// # Errors
/// The refusal; the record is unchanged.
pub fn activate(
    record: &mut TenantRecord,
    order: Order,
    request: &ActivateRequest,
    seen: Option<Seen>,
    applied: Seq,
) -> Outcome {
    if record.state == TenantState::Absent {
        return Err(unknown());
    }
    same_epoch(order, request.epoch)?;
    in_order(record, order)?;
    match record.state {
        TenantState::Active if record.epoch == request.epoch => {}
        TenantState::Preparing | TenantState::Drained => {
            if moved(seen, request.epoch) {
                let detail = "the placement gives the tenant to another shard, or a higher epoch";
                return Err(fail(ProblemCode::WrongState, detail));
            }
            if applied < request.min_seq {
                let detail = format!("applied {applied}, asked for {}", request.min_seq);
                return Err(fail(ProblemCode::WrongState, detail));
            }
            record.settled_to = record.settled_to.max(applied);
            serve(record, request.epoch);
        }
        _ => return Err(wrong_state(record, "be activated under this epoch")),
    }
    record.fence = order.fence;
    Ok(())
}

/// `DELETE` of the tenant: drops the copy of one that has moved away. Absent stays absent.
///
/// # Errors
/// The refusal; the record is unchanged.
pub fn drop_copy(record: &mut TenantRecord, order: Order, seen: Option<Seen>) -> Outcome {
    in_order(record, order)?;
    match record.state {
        TenantState::Absent => {}
        TenantState::Drained if seen.is_some_and(|s| !s.here) => {
            let (epoch, settled_to) = (record.epoch, record.settled_to);
            *record = TenantRecord { epoch, settled_to, ..TenantRecord::default() };
        }
        TenantState::Drained => {
            let detail = "the placement gives the tenant to this shard";
            return Err(fail(ProblemCode::WrongState, detail));
        }
        _ => return Err(wrong_state(record, "be dropped")),
    }
    record.fence = order.fence;
    Ok(())
}

/// The node sees a placement epoch above its own: it stops serving by itself. True when it did.
pub fn fence_oneself(record: &mut TenantRecord, seen: Seen, now: DateTime<Utc>) -> bool {
    let above = seen.epoch > record.epoch;
    if above && record.state == TenantState::Active {
        let reason = format!("placement epoch {} is above its own {}", seen.epoch, record.epoch);
        record.drain = Some(DrainRecord::by_the_node(reason, now));
        record.state = TenantState::Draining;
        return true;
    }
    false
}

/// Everything in flight is finished and the position durable.
pub fn drained(record: &mut TenantRecord, final_seq: Seq) {
    if record.state == TenantState::Draining {
        record.state = TenantState::Drained;
        record.settled_to = record.settled_to.max(final_seq);
        if let Some(drain) = record.drain.as_mut() {
            drain.state = DrainState::Drained;
            drain.final_seq = Some(final_seq);
        }
    }
}

/// `count` pieces of work were given up.
pub fn forced(drain: &mut DrainRecord, count: u64) {
    drain.forced = true;
    drain.abandoned += count;
    if drain.mode == DrainMode::Graceful {
        drain.errors.push("the deadline passed; the rest was given up".to_owned());
    }
}
