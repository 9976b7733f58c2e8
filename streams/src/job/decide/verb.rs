//! Decision: cancel, pause, resume, retry. Accepted or refused in one commit that answers the
//! command; a refusal names the state and the way out and changes nothing.

use crate::job::{
    command::Verb,
    decide::Draft,
    event::{Asked, Cause, JobEvent, PauseCause},
    state::{Context, Illegal, Job, Status},
};

/// Refuses a verb on a job that never was or has ended.
#[must_use]
pub fn refuse_absent(asked: Asked, ended_as: Option<&str>) -> JobEvent {
    let (code, message) = match ended_as {
        Some(state) => ("wrong_state", format!("the job has ended: {state}")),
        None => ("unknown_job", "no such job was ever accepted".to_owned()),
    };
    JobEvent::VerbRefused { asked, code: code.to_owned(), message }
}

/// Why a verb is refused in the job's present state; `None` when it is legal. Also what the API
/// shows beside a button that is off.
#[must_use]
pub fn refusal(job: &Job, verb: Verb) -> Option<(&'static str, String)> {
    let state = job.status.name();
    let wrong = |say: &str| Some(("wrong_state", format!("the job is {state}: {say}")));
    match (verb, &job.status) {
        (Verb::Cancel, Status::Pending | Status::Running | Status::Paused { .. }) => {
            job.past_no_return().then(|| {
                let say = "past the point of no return: reverse it instead (a mirrored migration)";
                ("past_point_of_no_return", say.to_owned())
            })
        }
        (Verb::Cancel, _) => wrong("it is being undone already"),
        (Verb::Pause, Status::Running) => None,
        (Verb::Pause, _) => wrong("only a running job can be paused"),
        (Verb::Resume, Status::Paused { .. }) => None,
        (Verb::Resume, _) => wrong("only a paused job can be resumed"),
        (Verb::Retry, Status::Stuck { .. }) => None,
        (Verb::Retry, _) => wrong("only a stuck job's undo can be retried"),
    }
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
