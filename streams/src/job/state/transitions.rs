//! The table of legal transitions, of a job and of a step: everything else is an error.

use chrono::{DateTime, Utc};

use crate::{
    ids::{Fence, StepId},
    job::{
        event::{Cause, JobEvent},
        state::{Context, Illegal, Job, Status, StepState, StepStatus},
    },
};

/// The table of legal transitions: (status, event) → status.
pub(super) fn next_status(job: &Job, event: &JobEvent) -> Result<Status, Illegal> {
    use JobEvent as E;
    use Status as S;
    let same = || Ok(job.status.clone());
    match (&job.status, event) {
        (S::Pending, E::Planned { .. }) => Ok(S::Running),
        (S::Pending, E::Rejected { refusal, .. }) => Ok(S::Rejected { refusal: refusal.clone() }),
        (S::Pending, E::Cancelled) if job.steps.is_empty() => Ok(S::Cancelled),
        (
            S::Running,
            E::GatesObserved { .. }
            | E::StepStarted { .. }
            | E::StepResumed { .. }
            | E::StepAttemptFailed { .. }
            | E::RetryScheduled { .. }
            | E::StepSucceeded { .. }
            | E::StepSkipped { .. },
        ) => same(),
        (S::Running, E::Paused { cause }) => Ok(S::Paused { cause: cause.clone() }),
        (S::Running, E::Succeeded) if job.all_done() => Ok(S::Succeeded),
        (S::Paused { .. }, E::Resumed) => Ok(S::Running),
        (S::Running | S::Paused { .. }, E::CompensationStarted { cause }) => {
            Ok(S::Compensating { cause: cause.clone() })
        }
        (
            S::Compensating { .. },
            E::UndoStarted { .. }
            | E::UndoResumed { .. }
            | E::UndoAttemptFailed { .. }
            | E::UndoRetryScheduled { .. }
            | E::UndoSucceeded { .. },
        ) => same(),
        (S::Compensating { cause }, E::BecameStuck { step_id, error }) => {
            Ok(S::Stuck { cause: cause.clone(), step_id: step_id.clone(), error: error.clone() })
        }
        (S::Stuck { cause, .. }, E::UndoResumed { .. }) => {
            Ok(S::Compensating { cause: cause.clone() })
        }
        (S::Compensating { cause: Cause::Cancelled }, E::Cancelled)
            if job.next_undo().is_none() =>
        {
            Ok(S::Cancelled)
        }
        (S::Compensating { cause }, E::RolledBack)
            if *cause != Cause::Cancelled && job.next_undo().is_none() =>
        {
            Ok(S::RolledBack)
        }
        // An answer to a verb changes no state by itself; also an ended job answers.
        (_, E::VerbAccepted { .. } | E::VerbRefused { .. }) => same(),
        (status, event) => Err(Illegal { event: event.name(), state: status.name().to_owned() }),
    }
}

pub(super) fn apply_to_steps(
    job: &mut Job,
    event: &JobEvent,
    context: Context,
) -> Result<(), Illegal> {
    if let JobEvent::Planned { plan } = event {
        job.steps = plan.steps.iter().cloned().map(StepState::new).collect();
        job.plan = Some((**plan).clone());
        return Ok(());
    }
    let Some(step_id) = step_of(event) else {
        apply_to_all(job, event, context);
        return Ok(());
    };
    let fence = Fence::new(context.incarnation, context.seq);
    let first_pending = job.next_pending().map(|s| s.step.id.clone());
    let next_undo = job.next_undo().map(|s| s.step.id.clone());
    let illegal = |state: &str| Illegal { event: event.name(), state: state.to_owned() };
    let step = job.step_mut(step_id).ok_or_else(|| illegal("a plan without this step"))?;
    let in_order = match event {
        JobEvent::GatesObserved { .. }
        | JobEvent::StepStarted { .. }
        | JobEvent::StepSkipped { .. } => first_pending.as_ref() == Some(step_id),
        JobEvent::UndoStarted { .. } => next_undo.as_ref() == Some(step_id),
        _ => true,
    };
    if !in_order {
        return Err(illegal("another step is due"));
    }
    apply_to_step(step, event, context).map_err(|state| illegal(&state))?;
    let fences = matches!(
        event,
        JobEvent::StepStarted { .. }
            | JobEvent::StepResumed { .. }
            | JobEvent::UndoStarted { .. }
            | JobEvent::UndoResumed { .. }
    );
    if fences {
        job.fence = Some(fence);
    }
    Ok(())
}

/// What an event about the whole job means for its steps.
fn apply_to_all(job: &mut Job, event: &JobEvent, context: Context) {
    for step in &mut job.steps {
        match (event, step.status) {
            // Gates are waited for anew, with the whole time.
            (JobEvent::Resumed, StepStatus::Pending) => {
                step.gates_waiting_since = None;
                step.gates.clear();
            }
            // A running step without an undo leaves nothing behind: it ends here.
            (JobEvent::CompensationStarted { .. }, StepStatus::Running | StepStatus::Waiting)
                if step.step.undo.is_none() =>
            {
                step.status = StepStatus::Undone;
                step.retry_at = None;
                step.finished_at = Some(context.at);
            }
            _ => {}
        }
    }
}

fn step_of(event: &JobEvent) -> Option<&StepId> {
    use JobEvent as E;
    match event {
        E::GatesObserved { step_id, .. }
        | E::StepStarted { step_id }
        | E::StepResumed { step_id }
        | E::StepAttemptFailed { step_id, .. }
        | E::RetryScheduled { step_id, .. }
        | E::StepSucceeded { step_id, .. }
        | E::StepSkipped { step_id, .. }
        | E::UndoStarted { step_id }
        | E::UndoResumed { step_id }
        | E::UndoAttemptFailed { step_id, .. }
        | E::UndoRetryScheduled { step_id, .. }
        | E::UndoSucceeded { step_id }
        | E::BecameStuck { step_id, .. } => Some(step_id),
        E::Accepted { .. }
        | E::Rejected { .. }
        | E::Planned { .. }
        | E::VerbAccepted { .. }
        | E::VerbRefused { .. }
        | E::Paused { .. }
        | E::Resumed
        | E::CompensationStarted { .. }
        | E::Succeeded
        | E::Cancelled
        | E::RolledBack => None,
    }
}

/// One step's own transitions; the error names the status it met.
fn apply_to_step(step: &mut StepState, event: &JobEvent, context: Context) -> Result<(), String> {
    use JobEvent as E;
    use StepStatus as S;
    match (step.status, event) {
        (S::Pending, E::GatesObserved { gates, .. }) => {
            let waiting = gates.iter().any(|g| !g.holds());
            step.gates_waiting_since =
                waiting.then(|| step.gates_waiting_since.unwrap_or(context.at));
            step.gates.clone_from(gates);
        }
        (S::Pending, E::StepStarted { .. }) => {
            (step.status, step.attempt) = (S::Running, 1);
            step.started_at = Some(context.at);
        }
        (S::Pending, E::StepSkipped { evidence, .. }) => {
            step.status = S::Skipped;
            step.finished_at = Some(context.at);
            step.evidence = Some(evidence.clone());
        }
        (S::Running | S::Waiting, E::StepResumed { .. }) => {
            step.status = S::Running;
            step.retry_at = None;
            step.attempt = step.attempt.max(1);
        }
        // A retry that is due runs without an event of its own, so the step still waits.
        (S::Running | S::Waiting, E::StepAttemptFailed { attempt, error, .. }) => {
            (step.status, step.attempt) = (S::Failed, *attempt);
            step.retry_at = None;
            step.error = Some(error.clone());
        }
        (S::Failed, E::RetryScheduled { attempt, delay_ms, .. }) => {
            (step.status, step.attempt) = (S::Waiting, *attempt);
            step.retry_at = Some(after(context.at, *delay_ms));
        }
        (S::Running | S::Waiting, E::StepSucceeded { evidence, .. }) => {
            step.status = S::Done;
            step.error = None;
            step.retry_at = None;
            step.finished_at = Some(context.at);
            step.evidence = Some(evidence.clone());
        }
        // After a pause the step that failed past the point of no return is tried again.
        (S::Failed, E::StepResumed { .. }) => {
            (step.status, step.attempt) = (S::Running, 1);
            step.started_at = Some(context.at);
        }
        (S::Running | S::Waiting | S::Failed | S::Done | S::Skipped, E::UndoStarted { .. }) => {
            (step.status, step.attempt) = (S::Undoing, 1);
            step.retry_at = None;
            step.finished_at = None;
            step.undo_started_at = Some(context.at);
        }
        (S::Undoing, _) => return apply_to_undo(step, event, context),
        (status, _) => return Err(format!("step {} {status:?}", step.step.id)),
    }
    Ok(())
}

/// The transitions of a step being undone.
fn apply_to_undo(step: &mut StepState, event: &JobEvent, context: Context) -> Result<(), String> {
    use JobEvent as E;
    match event {
        E::UndoResumed { .. } => {
            step.retry_at = None;
            // A retry of a stuck undo has its whole budget again.
            step.undo_started_at = Some(context.at);
        }
        E::UndoAttemptFailed { attempt, error, .. } => {
            step.attempt = *attempt;
            step.error = Some(error.clone());
        }
        E::UndoRetryScheduled { attempt, delay_ms, .. } => {
            step.attempt = *attempt;
            step.retry_at = Some(after(context.at, *delay_ms));
        }
        E::UndoSucceeded { .. } => {
            step.status = StepStatus::Undone;
            step.retry_at = None;
            step.finished_at = Some(context.at);
        }
        E::BecameStuck { error, .. } => {
            step.retry_at = None;
            step.error = Some(error.clone());
        }
        _ => return Err(format!("step {} {:?}", step.step.id, step.status)),
    }
    Ok(())
}

fn after(at: DateTime<Utc>, delay_ms: u64) -> DateTime<Utc> {
    at + std::time::Duration::from_millis(delay_ms)
}
