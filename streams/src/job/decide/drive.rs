//! What an open job needs next. The engine asks this after every commit and after taking the lead;
//! there is no other recovery code.

use chrono::{DateTime, Utc};

use crate::{
    ids::{Fence, StepId},
    job::{
        policy::Policy,
        state::{Job, Status, StepStatus},
        step::rule,
    },
};

/// The one thing that moves a job on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Gather facts, plan, decide.
    Plan,
    /// Look at the gates before this step.
    Observe {
        /// The step.
        step_id: StepId,
    },
    /// Commit the step's start (no gate stands before it).
    Start,
    /// Carry out the step's effect under this fence.
    Perform {
        /// The step.
        step_id: StepId,
        /// The fence its calls carry.
        fence: Fence,
    },
    /// Carry out the undo of a step under this fence.
    Undo {
        /// The step.
        step_id: StepId,
        /// The fence its calls carry.
        fence: Fence,
    },
    /// Nothing before this time; then carry out `then`.
    After {
        /// When, in the engine's time.
        at: DateTime<Utc>,
        /// What.
        then: Box<Next>,
    },
    /// A person's turn.
    Wait,
}

/// What `job` needs next.
#[must_use]
pub fn next(job: &Job, policy: &Policy) -> Next {
    match &job.status {
        Status::Pending => Next::Plan,
        Status::Running => running(job, policy),
        Status::Compensating { .. } => undoing(job),
        Status::Paused { .. }
        | Status::Stuck { .. }
        | Status::Succeeded
        | Status::Cancelled
        | Status::RolledBack
        | Status::Rejected { .. } => Next::Wait,
    }
}

fn running(job: &Job, policy: &Policy) -> Next {
    let fence = job.fence.unwrap_or_default();
    if let Some(current) = job.current() {
        let perform = Next::Perform { step_id: current.step.id.clone(), fence };
        return match (current.status, current.retry_at) {
            (StepStatus::Waiting, Some(at)) => Next::After { at, then: Box::new(perform) },
            _ => perform,
        };
    }
    match job.next_pending() {
        Some(step) if rule(step.step.kind, policy).before.is_empty() => Next::Start,
        Some(step) => Next::Observe { step_id: step.step.id.clone() },
        None => Next::Start, // nothing left: `step::go_on` ends the job
    }
}

fn undoing(job: &Job) -> Next {
    let fence = job.fence.unwrap_or_default();
    match job.current() {
        Some(step) if step.status == StepStatus::Undoing => {
            let undo = Next::Undo { step_id: step.step.id.clone(), fence };
            match step.retry_at {
                Some(at) => Next::After { at, then: Box::new(undo) },
                None => undo,
            }
        }
        _ => Next::Wait,
    }
}
