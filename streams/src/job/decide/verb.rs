//! Decision: cancel, pause, resume, retry. Accepted or refused in one commit that answers the
//! command; a refusal says what is true of the job and the way out, and changes nothing.

use crate::job::{
    command::Verb,
    decide::Draft,
    event::{Asked, Cause, JobEvent, PauseCause},
    state::{Context, Illegal, Job, Status},
};

/// Refuses a verb on a job that never was or has ended; `ended_as` is the name of its terminal
/// state.
#[must_use]
pub fn refuse_absent(asked: Asked, ended_as: Option<&str>) -> JobEvent {
    let (code, message) = match ended_as {
        Some(state) => ("wrong_state", ended(state)),
        None => (
            "unknown_job",
            "no such job was ever accepted: check the job id and its tenant".to_owned(),
        ),
    };
    JobEvent::VerbRefused { asked, code: code.to_owned(), message }
}

/// Why a verb is refused in the job's present state; `None` when it is legal. Also what the API
/// shows beside a button that is off.
#[must_use]
pub fn refusal(job: &Job, verb: Verb) -> Option<(&'static str, String)> {
    if verb == Verb::Cancel && may_go_back(&job.status) {
        return past_no_return(job).map(|message| ("past_point_of_no_return", message));
    }
    let message = match &job.status {
        Status::Pending => pending(verb),
        Status::Running => running(verb),
        Status::Paused { .. } => paused(verb, job.past_no_return()),
        Status::Compensating { cause } => Some(compensating(verb, cause)),
        Status::Stuck { step_id, .. } => stuck(verb, step_id.as_str()),
        Status::Succeeded | Status::Cancelled | Status::RolledBack | Status::Rejected { .. } => {
            Some(ended(job.status.name()))
        }
    };
    message.map(|message| ("wrong_state", message))
}

/// The states in which a cancel is decided by how far the job has come.
fn may_go_back(status: &Status) -> bool {
    matches!(status, Status::Pending | Status::Running | Status::Paused { .. })
}

fn past_no_return(job: &Job) -> Option<String> {
    let passed =
        |s: &&crate::job::state::StepState| s.step.point_of_no_return && s.started_at.is_some();
    let step = &job.steps.iter().find(passed)?.step.id;
    let first = match job.status {
        Status::Paused { .. } => "resume it so that it ends, then",
        _ => "let it end, then",
    };
    Some(format!(
        "{step} has started, and from there on nothing is undone: {first} reverse it instead with \
         the mirrored migration"
    ))
}

fn pending(verb: Verb) -> Option<String> {
    let say = match verb {
        Verb::Cancel => return None,
        Verb::Pause => "no step runs that could be paused: cancel it, or pause it once it runs",
        Verb::Resume => "it begins by itself as soon as it is planned",
        Verb::Retry => "nothing has failed; it begins by itself as soon as it is planned",
    };
    Some(format!("the job is pending: {say}"))
}

fn running(verb: Verb) -> Option<String> {
    let say = match verb {
        Verb::Cancel | Verb::Pause => return None,
        Verb::Resume => "there is nothing to resume",
        Verb::Retry => "it tries again by itself what has failed; pause it to stop that",
    };
    Some(format!("the job is running: {say}"))
}

fn paused(verb: Verb, past_no_return: bool) -> Option<String> {
    let or_cancel = if past_no_return { "" } else { ", or cancel it to undo what was started" };
    let say = match verb {
        Verb::Cancel | Verb::Resume => return None,
        Verb::Pause => "nothing more is needed; resume it to go on",
        Verb::Retry => "no undo has failed; resume it to try the step again",
    };
    Some(format!("the job is paused: {say}{or_cancel}"))
}

fn compensating(verb: Verb, cause: &Cause) -> String {
    let why = match cause {
        Cause::Cancelled => "it was cancelled",
        Cause::GateFailed { .. } => "a gate did not hold",
        Cause::StepFailed { .. } => "a step failed",
        Cause::DeadlineExceeded => "it ran longer than its deadline",
    };
    let say = match verb {
        Verb::Cancel => "there is nothing more to cancel; wait until it has ended",
        Verb::Pause => "an undo cannot be paused; wait until it has ended",
        Verb::Resume => "it cannot go forward any more; request it anew once it has ended",
        Verb::Retry => "a failed undo is tried again by itself; wait until it has ended",
    };
    format!("the job is being undone because {why}: {say}")
}

fn stuck(verb: Verb, step: &str) -> Option<String> {
    let say = match verb {
        Verb::Retry => return None,
        Verb::Cancel => "it is being undone already",
        Verb::Pause => "nothing runs that could be paused",
        Verb::Resume => "it cannot go forward any more",
    };
    Some(format!(
        "the job is stuck at the undo of {step}: {say}; mend what its error names, then retry"
    ))
}

/// The same for every verb: an ended job takes none.
fn ended(state: &str) -> String {
    let (how, way_out) = match state {
        "succeeded" => {
            ("has succeeded", "to move the tenant back, reverse it with the mirrored migration")
        }
        "cancelled" => (
            "was cancelled and what it had started is undone",
            "to do it after all, plan it and request it anew",
        ),
        "rolled_back" => (
            "was rolled back and what it had started is undone",
            "mend what its error names, then plan it and request it anew",
        ),
        "rejected" => ("was rejected and nothing was done", "plan it and request it anew"),
        other => return format!("the job has ended as {other}: request a new one"),
    };
    format!("the job {how}: {way_out}")
}

/// Decides.
///
/// # Errors
/// [`Illegal`] on a bug here; nothing is written then.
pub fn decide(job: &Job, asked: Asked, context: Context) -> Result<Vec<JobEvent>, Illegal> {
    let mut draft = Draft::new(job, context);
    let verb = asked.verb;
    if let Some((code, message)) = refusal(job, verb) {
        draft.push(JobEvent::VerbRefused { asked, code: code.to_owned(), message })?;
        return Ok(draft.into_events());
    }
    draft.push(JobEvent::VerbAccepted { asked })?;
    match verb {
        Verb::Cancel if matches!(job.status, Status::Pending) => draft.push(JobEvent::Cancelled)?,
        Verb::Cancel => draft.compensate(Cause::Cancelled)?,
        Verb::Pause => draft.push(JobEvent::Paused { cause: PauseCause::Operator })?,
        Verb::Resume => {
            draft.push(JobEvent::Resumed)?;
            let repeat = draft.job().current().or_else(|| draft.job().failed());
            if let Some(step_id) = repeat.map(|s| s.step.id.clone()) {
                draft.push(JobEvent::StepResumed { step_id })?;
            }
        }
        Verb::Retry => {
            if let Status::Stuck { step_id, .. } = &job.status {
                draft.push(JobEvent::UndoResumed { step_id: step_id.clone() })?;
            }
        }
    }
    Ok(draft.into_events())
}
