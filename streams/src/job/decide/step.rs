//! Decision: a step starts, succeeds, is tried again, or ends the way forward.

use chrono::{DateTime, Utc};

use crate::{
    ids::{Hash, JobId, StepId},
    job::{
        decide::Draft,
        event::{Cause, JobEvent, PauseCause},
        plan::{Gate, Verdict},
        policy::Policy,
        state::{Context, Illegal, Job},
        step::{Evidence, StepError, StepRule, rule},
    },
};

/// Starts the next step when no gate stands before it, or ends the job when none is left. A step
/// with gates is started by [`gates_observed`] once they were looked at.
///
/// # Errors
/// [`Illegal`] when the job is not running.
pub fn go_on(draft: &mut Draft, policy: &Policy) -> Result<(), Illegal> {
    if draft.job().all_done() {
        return draft.push(JobEvent::Succeeded);
    }
    let next = draft.job().next_pending().map(|s| (s.step.id.clone(), s.step.kind));
    match next {
        Some((step_id, kind)) if rule(kind, policy).before.is_empty() => {
            draft.push(JobEvent::StepStarted { step_id })
        }
        _ => Ok(()),
    }
}

/// What follows from gates observed before a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateDecision {
    /// These events.
    Commit(Vec<JobEvent>),
    /// Nothing new to write; look again after a moment.
    Wait,
}

/// Decides on gates observed before the next step. Polling writes nothing: only a first look that
/// does not hold, a changed verdict, or the end of the wait is an event.
///
/// # Errors
/// [`Illegal`] when the step is not the next one.
pub fn gates_observed(
    job: &Job,
    step_id: &StepId,
    gates: Vec<Gate>,
    context: Context,
    policy: &Policy,
) -> Result<GateDecision, Illegal> {
    let mut draft = Draft::new(job, context);
    let step_id = step_id.clone();
    let verdicts = |gates: &[Gate]| gates.iter().map(|g| g.verdict).collect::<Vec<_>>();
    let before = job.step(&step_id);
    let changed = before.is_none_or(|s| verdicts(&s.gates) != verdicts(&gates));
    let worst = gates.iter().filter(|g| !g.holds()).max_by_key(|g| g.verdict).cloned();
    let Some(worst) = worst else {
        draft.push(JobEvent::GatesObserved { step_id: step_id.clone(), gates })?;
        draft.push(JobEvent::StepStarted { step_id })?;
        return Ok(GateDecision::Commit(draft.into_events()));
    };
    let since = before.and_then(|s| s.gates_waiting_since).unwrap_or(context.at);
    if elapsed_ms(since, context.at) < policy.gate_wait_ms {
        if !changed {
            return Ok(GateDecision::Wait);
        }
        draft.push(JobEvent::GatesObserved { step_id, gates })?;
        return Ok(GateDecision::Commit(draft.into_events()));
    }
    let gate = worst.id.clone();
    if worst.verdict == Verdict::Unknown || job.past_no_return() {
        draft.push(JobEvent::Paused { cause: PauseCause::GateUnknown { step_id, gate } })?;
    } else {
        draft.compensate(Cause::GateFailed { step_id, gate })?;
    }
    Ok(GateDecision::Commit(draft.into_events()))
}

/// A step's post-condition was observed.
///
/// # Errors
/// [`Illegal`] when the step is not running.
pub fn succeeded(
    job: &Job,
    step_id: &StepId,
    evidence: Evidence,
    context: Context,
    policy: &Policy,
) -> Result<Vec<JobEvent>, Illegal> {
    let mut draft = Draft::new(job, context);
    draft.push(JobEvent::StepSucceeded { step_id: step_id.clone(), evidence })?;
    go_on(&mut draft, policy)?;
    Ok(draft.into_events())
}

/// A new leader repeats a running step under its own fence.
///
/// # Errors
/// [`Illegal`] when the step is not running.
pub fn resumed(job: &Job, step_id: &StepId, context: Context) -> Result<Vec<JobEvent>, Illegal> {
    let mut draft = Draft::new(job, context);
    draft.push(JobEvent::StepResumed { step_id: step_id.clone() })?;
    Ok(draft.into_events())
}

/// An attempt failed: another one is scheduled, or the budget is spent and the job is undone, or
/// past the point of no return waits for a person.
///
/// # Errors
/// [`Illegal`] when the step is not running.
pub fn attempt_failed(
    job: &Job,
    step_id: &StepId,
    error: StepError,
    context: Context,
    policy: &Policy,
) -> Result<Vec<JobEvent>, Illegal> {
    let mut draft = Draft::new(job, context);
    let state = job.step(step_id);
    let attempt = attempt_of(job, step_id);
    // A pause does not use up the step's time.
    let started = state.and_then(|s| s.started_at).max(job.running_since).unwrap_or(context.at);
    let time_ms = rule_of(job, step_id, policy).map_or(policy.step_deadline_ms, |r| r.deadline_ms);
    let again = retry_in(job, step_id, &error, elapsed_ms(started, context.at), time_ms, policy);
    let step_id = step_id.clone();
    draft.push(JobEvent::StepAttemptFailed {
        step_id: step_id.clone(),
        attempt,
        error: error.clone(),
    })?;
    if let Some(delay_ms) = again {
        draft.push(JobEvent::RetryScheduled { step_id, attempt: attempt + 1, delay_ms })?;
    } else if !draft.job().past_no_return() || draft.job().flip_refused() {
        // Undoing is safe before the point of no return, and when that was refused for good.
        draft.compensate(Cause::StepFailed { step_id, error })?;
    } else {
        draft.push(JobEvent::Paused { cause: PauseCause::StepFailed { step_id, error } })?;
    }
    Ok(draft.into_events())
}

/// The attempt under way of a step or of its undo, from 1.
pub(super) fn attempt_of(job: &Job, step_id: &StepId) -> u32 {
    job.step(step_id).map_or(1, |s| s.attempt.max(1))
}

/// The pause before the next attempt, milliseconds; `None` when the error is final or the next
/// attempt would begin after the step's time.
pub(super) fn retry_in(
    job: &Job,
    step_id: &StepId,
    error: &StepError,
    spent_ms: u64,
    time_ms: u64,
    policy: &Policy,
) -> Option<u64> {
    let attempt = attempt_of(job, step_id);
    let delay_ms = backoff_ms(&job.job_id, step_id, attempt, error.retry_after_ms, policy);
    (error.retryable && spent_ms + delay_ms < time_ms).then_some(delay_ms)
}

/// The job's running time is used up.
///
/// # Errors
/// [`Illegal`] when the job is not running.
pub fn deadline_exceeded(job: &Job, context: Context) -> Result<Vec<JobEvent>, Illegal> {
    let mut draft = Draft::new(job, context);
    if job.past_no_return() {
        draft.push(JobEvent::Paused { cause: PauseCause::DeadlineExceeded })?;
    } else {
        draft.compensate(Cause::DeadlineExceeded)?;
    }
    Ok(draft.into_events())
}

/// Milliseconds between two times, never negative.
#[must_use]
pub fn elapsed_ms(from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    to.signed_duration_since(from).num_milliseconds().max(0).unsigned_abs()
}

/// Full-jitter back-off, doubled per attempt and capped; the jitter is derived from what is tried,
/// so that a replay schedules the same. `Retry-After` is honoured as a lower bound.
#[must_use]
pub fn backoff_ms(
    job: &JobId,
    step: &StepId,
    attempt: u32,
    retry_after_ms: Option<u64>,
    policy: &Policy,
) -> u64 {
    let doubled = policy.backoff_first_ms.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    let ceiling = doubled.min(policy.backoff_cap_ms).max(1);
    let seed = Hash::of(format!("{job}/{step}/{attempt}").as_bytes());
    let draw = u64::from_str_radix(&seed.as_str()[..12], 16).unwrap_or(0);
    // Half is kept as a floor, so that a draw of nothing does not make a busy retry.
    let jittered = ceiling / 2 + draw % (ceiling / 2 + 1);
    jittered.max(retry_after_ms.unwrap_or(0).min(policy.backoff_cap_ms * 4))
}

/// The rule of a job's step.
#[must_use]
pub fn rule_of(job: &Job, step_id: &StepId, policy: &Policy) -> Option<StepRule> {
    job.step(step_id).map(|s| rule(s.step.kind, policy))
}
