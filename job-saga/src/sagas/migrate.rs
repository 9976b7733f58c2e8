//! `tenant-migrate`: what each of its steps does.
//!
//! 1. **Parameters**: [`streams::job::command::MigrateParams`], every target named.
//! 2. **Step table**: [`streams::job::step::rule`]: gates before, time, undo of each kind of step.
//! 3. **Plan**: [`streams::job::planner::plan_migrate`]: order, epochs, reverse plan, hash.
//! 4. **Step bodies**: here, one function a kind; the target's in `target`, the source's in
//!    `source`, the placement entry in `flip`, the Gateways in `routing`.
//! 5. **Tests**: `crate::sim` runs these very bodies under seeds: each step twice, a fault at each
//!    step, a crash after each commit, a stale leader at each step.

mod flip;
mod routing;
mod source;
mod target;

use fleet::{client::NodeTarget, error::NodeError};
use streams::{
    error::ErrorClass,
    ids::ServiceKind,
    job::{
        plan::{Move, Side},
        step::{Evidence, StepError, StepKind, UndoKind},
    },
};

use crate::effects::Attempt;

/// Carries out an attempt of a step.
///
/// # Errors
/// What was seen instead of the step's post-condition.
pub async fn step(attempt: Attempt<'_>) -> Result<Evidence, StepError> {
    match attempt.effect.step.kind {
        StepKind::ProbeUndo => probe_undo(attempt).await,
        StepKind::Prepare => target::prepare(attempt, moved(attempt)?).await,
        StepKind::CatchUp => target::catch_up(attempt, moved(attempt)?).await,
        StepKind::Drain => source::drain(attempt, moved(attempt)?).await,
        StepKind::Position => source::position(attempt, moved(attempt)?).await,
        StepKind::Hold => target::hold(attempt, moved(attempt)?).await,
        StepKind::Flip => flip::flip(attempt, moved(attempt)?).await,
        StepKind::Activate => target::activate(attempt, moved(attempt)?).await,
        StepKind::Barrier => routing::barrier(attempt).await,
        StepKind::Soak => routing::soak(attempt).await,
    }
}

/// Carries out an attempt of a step's undo.
///
/// # Errors
/// What was seen instead of the pre-state.
pub async fn undo(attempt: Attempt<'_>) -> Result<Evidence, StepError> {
    match attempt.effect.step.undo {
        Some(UndoKind::Release) => target::release(attempt, moved(attempt)?).await,
        Some(UndoKind::Undrain) => source::undrain(attempt, moved(attempt)?).await,
        None => Ok(Evidence::Done),
    }
}

/// Asks every node whether it can do, and undo, what is planned.
async fn probe_undo(attempt: Attempt<'_>) -> Result<Evidence, StepError> {
    use fleet::contract::capability::{TENANT_DIGEST, TENANT_DRAIN, TENANT_PREPARE};
    let ids = &attempt.effect.ids;
    let mut nodes = Vec::new();
    for moved in &attempt.effect.plan.base.moves {
        let sides = [(&moved.source, TENANT_DRAIN), (&moved.target, TENANT_PREPARE)];
        for (side, needed) in sides {
            for node in targets(side) {
                let info = attempt.fleet.info(&node, ids).await.map_err(|e| called(&node, &e))?;
                for capability in [needed, TENANT_DIGEST] {
                    if !info.can(capability) {
                        let say = format!(
                            "{} lacks {capability}, so its part could not be undone or checked",
                            node.node_id
                        );
                        return Err(StepError::fatal(ErrorClass::Refused, "not_supported", say));
                    }
                }
                nodes.push(node.node_id.clone());
            }
        }
    }
    Ok(Evidence::Probed { nodes })
}

/// The move this step is about.
fn moved<'a>(attempt: Attempt<'a>) -> Result<&'a Move, StepError> {
    let effect = attempt.effect;
    effect.step.service_kind.and_then(|kind| effect.plan.move_of(kind)).ok_or_else(|| {
        let say = format!("{} names no service kind of its plan", effect.step.id);
        StepError::fatal(ErrorClass::Corrupt, "plan_corrupt", say)
    })
}

/// Every node of a side.
fn targets(side: &Side) -> impl Iterator<Item = NodeTarget> + '_ {
    side.nodes.iter().map(NodeTarget::from)
}

/// A node's error as the step's, with the node's name in front.
fn called(node: &NodeTarget, error: &NodeError) -> StepError {
    let mut step = StepError::from(error);
    step.message = format!("{}: {}", node.node_id, step.message);
    step
}

/// The position the source ended at, left by the position step of this kind.
fn position_of(attempt: Attempt<'_>, kind: ServiceKind) -> Result<u64, StepError> {
    let found = attempt.effect.evidence.iter().find_map(|(step, evidence)| match evidence {
        Evidence::Position { seq } if step.service_kind == Some(kind) => Some(*seq),
        _ => None,
    });
    found.ok_or_else(|| {
        let say = format!("the final position of the {kind} is not in the log");
        StepError::fatal(ErrorClass::Corrupt, "position_missing", say)
    })
}
