//! The source's side: drain and final position; undo: back to the state it was found in.

use fleet::{
    client::{NodeTarget, TenantAt},
    contract::{DrainMode, DrainRequest, DrainState, DrainStatus, ProblemCode, TenantState},
};
use streams::{
    error::ErrorClass,
    ids::Seq,
    job::{
        plan::Move,
        step::{Evidence, StepError},
    },
};

use super::{called, targets};
use crate::{
    effects::Attempt,
    planted::{Bug, planted},
};

/// How long a node may drain before it says so in its errors (jobs.md, Drain), milliseconds.
const DRAIN_DEADLINE_MS: u64 = 3_600_000;

fn request(attempt: Attempt<'_>) -> DrainRequest {
    DrainRequest {
        mode: DrainMode::Graceful,
        deadline_ms: Some(DRAIN_DEADLINE_MS),
        force_on_deadline: false,
        reason: attempt.effect.reason.as_str().to_owned(),
        job_id: attempt.effect.job_id.clone(),
    }
}

fn at<'a>(attempt: Attempt<'a>, moved: &Move) -> TenantAt<'a> {
    TenantAt { tenant: &attempt.effect.tenant, epoch: moved.from_epoch }
}

/// Every source node refuses new work, has nothing in flight and a durable position.
pub(super) async fn drain(attempt: Attempt<'_>, moved: &Move) -> Result<Evidence, StepError> {
    // All first, then the waiting: no node goes on taking work while another finishes.
    for node in targets(&moved.source) {
        let (stamp, at) = (attempt.stamp(), at(attempt, moved));
        let ordered = attempt.fleet.drain(&node, &stamp, at, &request(attempt)).await;
        ordered.map_err(|e| called(&node, &e))?;
    }
    for node in targets(&moved.source) {
        attempt.poll(async || ended(attempt, &node).await.map(|_| ())).await?;
    }
    Ok(Evidence::Done)
}

/// The drained node's final position, or what it still works on.
async fn ended(attempt: Attempt<'_>, node: &NodeTarget) -> Result<Seq, StepError> {
    let (ids, tenant) = (&attempt.effect.ids, &attempt.effect.tenant);
    let drain = attempt.fleet.drain_status(node, ids, tenant).await;
    match drain.map_err(|e| called(node, &e))? {
        Some(DrainStatus { state: DrainState::Drained, final_seq: Some(seq), .. }) => Ok(seq),
        Some(drain) => {
            let mut say = format!("{} still works on {}", node.node_id, drain.remaining);
            if let Some(error) = drain.errors.last() {
                say = format!("{say} ({error})");
            }
            Err(StepError::not_yet("still_draining", say))
        }
        None => {
            let say = format!("{} knows of no drain", node.node_id);
            Err(StepError::not_yet("not_draining", say))
        }
    }
}

/// The position the source ended at: the furthest of its nodes.
pub(super) async fn position(attempt: Attempt<'_>, moved: &Move) -> Result<Evidence, StepError> {
    let mut furthest = Seq(0);
    for node in targets(&moved.source) {
        furthest = furthest.max(ended(attempt, &node).await?);
    }
    Ok(Evidence::Position { seq: furthest.0 })
}

/// Undo of drain. A tenant that was drained on purpose before the job stays drained.
pub(super) async fn undrain(attempt: Attempt<'_>, moved: &Move) -> Result<Evidence, StepError> {
    for node in targets(&moved.source) {
        let before = attempt.effect.plan.pre_states.get(&node.node_id);
        let on_purpose = matches!(before, Some(TenantState::Draining | TenantState::Drained));
        if on_purpose || planted(Bug::UndrainSkipped) {
            continue;
        }
        let (stamp, at) = (attempt.stamp(), at(attempt, moved));
        match attempt.fleet.undrain(&node, &stamp, at).await {
            Ok(_) => {}
            Err(error) if error.problem() == Some(&ProblemCode::NoDrain) => {
                // Never drained, but the order to may still be on its way, and a refused call
                // raises no fence. Releasing what was never prepared changes nothing but the fence.
                if !planted(Bug::UndoLeavesFence) {
                    let raised = attempt.fleet.release(&node, &stamp, at).await;
                    raised.map_err(|e| called(&node, &e))?;
                }
            }
            Err(error) => return Err(called(&node, &error)),
        }
        attempt.poll(async || serves(attempt, &node).await).await?;
    }
    Ok(Evidence::Done)
}

async fn serves(attempt: Attempt<'_>, node: &NodeTarget) -> Result<(), StepError> {
    let (ids, tenant) = (&attempt.effect.ids, &attempt.effect.tenant);
    let status = attempt.fleet.tenant(node, ids, tenant).await.map_err(|e| called(node, &e))?;
    match status.state {
        TenantState::Active => Ok(()),
        TenantState::Draining | TenantState::Drained => {
            let say = format!("{} is {:?} still", node.node_id, status.state);
            Err(StepError::not_yet("not_undrained", say))
        }
        TenantState::Absent | TenantState::Preparing => {
            let say = format!("{} does not hold the tenant any more", node.node_id);
            Err(StepError::fatal(ErrorClass::Conflict, "source_lost", say))
        }
    }
}
