//! Decision: an undo succeeds, is tried again, or leaves the job stuck with its locks kept.

use crate::{
    ids::StepId,
    job::{
        decide::{
            Draft,
            step::{attempt_of, elapsed_ms, retry_in},
        },
        event::JobEvent,
        policy::Policy,
        state::{Context, Illegal, Job},
        step::StepError,
    },
};

/// The pre-state was observed: the next undo starts, or the job ends.
///
/// # Errors
/// [`Illegal`] when this step is not being undone.
pub fn succeeded(job: &Job, step_id: &StepId, context: Context) -> Result<Vec<JobEvent>, Illegal> {
    let mut draft = Draft::new(job, context);
    draft.push(JobEvent::UndoSucceeded { step_id: step_id.clone() })?;
    draft.next_undo()?;
    Ok(draft.into_events())
}

/// A new leader repeats a running undo under its own fence.
///
/// # Errors
/// [`Illegal`] when this step is not being undone.
pub fn resumed(job: &Job, step_id: &StepId, context: Context) -> Result<Vec<JobEvent>, Illegal> {
    let mut draft = Draft::new(job, context);
    draft.push(JobEvent::UndoResumed { step_id: step_id.clone() })?;
    Ok(draft.into_events())
}

/// An undo's attempt failed.
///
/// # Errors
/// [`Illegal`] when this step is not being undone.
pub fn attempt_failed(
    job: &Job,
    step_id: &StepId,
    error: StepError,
    context: Context,
    policy: &Policy,
) -> Result<Vec<JobEvent>, Illegal> {
    let mut draft = Draft::new(job, context);
    let attempt = attempt_of(job, step_id);
    let started = job.step(step_id).and_then(|s| s.undo_started_at).unwrap_or(context.at);
    let (spent_ms, time_ms) = (elapsed_ms(started, context.at), policy.step_deadline_ms);
    let again = retry_in(job, step_id, &error, spent_ms, time_ms, policy);
    let step_id = step_id.clone();
    draft.push(JobEvent::UndoAttemptFailed {
        step_id: step_id.clone(),
        attempt,
        error: error.clone(),
    })?;
    draft.push(match again {
        Some(delay_ms) => JobEvent::UndoRetryScheduled { step_id, attempt: attempt + 1, delay_ms },
        None => JobEvent::BecameStuck { step_id, error },
    })?;
    Ok(draft.into_events())
}
