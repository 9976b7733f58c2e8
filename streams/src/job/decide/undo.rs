//! Decision: an undo succeeds, is tried again, or leaves the job stuck with its locks kept.

use crate::{
    ids::StepId,
    job::{
        decide::{
            Draft,
            step::{backoff_ms, elapsed_ms},
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
    let state = job.step(step_id);
    let attempt = state.map_or(1, |s| s.attempt.max(1));
    let started = state.and_then(|s| s.undo_started_at).unwrap_or(context.at);
    let step_id = step_id.clone();
    draft.push(JobEvent::UndoAttemptFailed {
        step_id: step_id.clone(),
        attempt,
        error: error.clone(),
    })?;
    let delay_ms = backoff_ms(&job.job_id, &step_id, attempt, error.retry_after_ms, policy);
    let spent = elapsed_ms(started, context.at) + delay_ms;
    if error.retryable && spent < policy.step_deadline_ms {
        draft.push(JobEvent::UndoRetryScheduled { step_id, attempt: attempt + 1, delay_ms })?;
    } else {
        draft.push(JobEvent::BecameStuck { step_id, error })?;
    }
    Ok(draft.into_events())
}
