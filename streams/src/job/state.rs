//! The state of one job: a fold of its events. `evolve` is the only way it changes.
//!
//! The legal transitions are one exhaustive match ([`next_status`]); an illegal pair is an error
//! that the glue turns into `Corrupt`, never skipped.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{Fence, Incarnation, JobId, Seq, StepId, TenantId},
    job::{
        command::JobRequest,
        event::{Cause, Held, JobEvent, PauseCause, Refusal},
        plan::{Gate, Plan},
        step::{Evidence, Step, StepError},
    },
};

/// The commit an event stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// Life of the log.
    pub incarnation: Incarnation,
    /// Sequence of the commit.
    pub seq: Seq,
    /// Server timestamp of the commit.
    pub at: DateTime<Utc>,
}

/// Where a job stands (jobs.md, States).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Status {
    /// Accepted, not planned yet.
    Pending,
    /// Steps are being driven.
    Running,
    /// Waits for a person, nothing is undone.
    Paused {
        /// Why.
        cause: PauseCause,
    },
    /// Being undone.
    Compensating {
        /// Why.
        cause: Cause,
    },
    /// An undo failed for good.
    Stuck {
        /// Why undoing began.
        cause: Cause,
        /// Which step's undo failed.
        step_id: StepId,
        /// How.
        error: StepError,
    },
    /// Terminal.
    Succeeded,
    /// Terminal.
    Cancelled,
    /// Terminal.
    RolledBack,
    /// Terminal.
    Rejected {
        /// Why.
        refusal: Refusal,
    },
}

impl Status {
    /// The wire form of the state's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Paused { .. } => "paused",
            Self::Compensating { .. } => "compensating",
            Self::Stuck { .. } => "stuck",
            Self::Succeeded => "succeeded",
            Self::Cancelled => "cancelled",
            Self::RolledBack => "rolled_back",
            Self::Rejected { .. } => "rejected",
        }
    }

    /// Whether the job has ended and its locks are free.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        match self {
            Self::Succeeded | Self::Cancelled | Self::RolledBack | Self::Rejected { .. } => true,
            Self::Pending
            | Self::Running
            | Self::Paused { .. }
            | Self::Compensating { .. }
            | Self::Stuck { .. } => false,
        }
    }
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Not started.
    Pending,
    /// Its effect may be happening.
    Running,
    /// Between two attempts, or before gates that do not hold yet.
    Waiting,
    /// Post-condition observed.
    Done,
    /// Post-condition held before the effect.
    Skipped,
    /// Out of budget.
    Failed,
    /// Its undo may be happening.
    Undoing,
    /// Pre-state observed.
    Undone,
}

/// One step as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepState {
    /// The plan's step.
    pub step: Step,
    /// Where it stands.
    pub status: StepStatus,
    /// Current or last attempt, from 1; 0 before the start. Starts again at 1 when undoing.
    pub attempt: u32,
    /// First start.
    pub started_at: Option<DateTime<Utc>>,
    /// End, of the step or of its undo.
    pub finished_at: Option<DateTime<Utc>>,
    /// When undoing it began.
    pub undo_started_at: Option<DateTime<Utc>>,
    /// When the next attempt is due.
    pub retry_at: Option<DateTime<Utc>>,
    /// When its gates were first seen not to hold.
    pub gates_waiting_since: Option<DateTime<Utc>>,
    /// Last error.
    pub error: Option<StepError>,
    /// What it left.
    pub evidence: Option<Evidence>,
    /// Gates before it, as last observed.
    pub gates: Vec<Gate>,
}

impl StepState {
    fn new(step: Step) -> Self {
        Self {
            step,
            status: StepStatus::Pending,
            attempt: 0,
            started_at: None,
            finished_at: None,
            undo_started_at: None,
            retry_at: None,
            gates_waiting_since: None,
            error: None,
            evidence: None,
            gates: Vec::new(),
        }
    }
}

/// One job as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub job_id: JobId,
    /// For whom.
    pub tenant_id: Option<TenantId>,
    /// The request, whole.
    pub request: JobRequest,
    /// What it holds until it ends.
    pub held: Held,
    /// Where it stands.
    pub status: Status,
    /// The plan, once recomputed.
    pub plan: Option<Plan>,
    /// Its steps.
    pub steps: Vec<StepState>,
    /// Fence of the latest step, undo or resume commit.
    pub fence: Option<Fence>,
    /// Sequence and time of the first commit.
    pub accepted_seq: Seq,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// Sequence of the latest commit.
    pub seq: Seq,
    /// Time of the latest commit.
    pub updated_at: DateTime<Utc>,
    /// When driving began.
    pub running_since: Option<DateTime<Utc>>,
    /// Running time before the last pause, milliseconds.
    pub ran_ms: u64,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// An event that cannot follow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{event} is illegal in state {state}")]
pub struct Illegal {
    /// The event.
    pub event: &'static str,
    /// The state it met, with the step where one matters.
    pub state: String,
}

impl Job {
    /// The step of that id.
    #[must_use]
    pub fn step(&self, id: &StepId) -> Option<&StepState> {
        self.steps.iter().find(|s| &s.step.id == id)
    }

    /// The step that is running, waiting or being undone.
    #[must_use]
    pub fn current(&self) -> Option<&StepState> {
        self.steps.iter().find(|s| {
            matches!(s.status, StepStatus::Running | StepStatus::Waiting | StepStatus::Undoing)
        })
    }

    /// Whether every step of the plan is done or was not needed.
    #[must_use]
    pub fn all_done(&self) -> bool {
        self.plan.is_some()
            && self.steps.iter().all(|s| matches!(s.status, StepStatus::Done | StepStatus::Skipped))
    }

    /// The step that ran out of its budget past the point of no return.
    #[must_use]
    pub fn failed(&self) -> Option<&StepState> {
        self.steps.iter().find(|s| s.status == StepStatus::Failed)
    }

    /// The first step not yet begun.
    #[must_use]
    pub fn next_pending(&self) -> Option<&StepState> {
        self.steps.iter().find(|s| s.status == StepStatus::Pending)
    }

    /// The last started step whose undo is still owed.
    #[must_use]
    pub fn next_undo(&self) -> Option<&StepState> {
        self.steps.iter().rev().find(|s| {
            s.step.undo.is_some()
                && !matches!(s.status, StepStatus::Pending | StepStatus::Undone)
                && s.started_at.is_some()
        })
    }

    /// Whether the point of no return has been passed, or is being passed: its step has started and
    /// so may have happened. From here on only a reverse migration leads back.
    #[must_use]
    pub fn past_no_return(&self) -> bool {
        self.steps.iter().any(|s| s.step.point_of_no_return && s.started_at.is_some())
    }

    /// Evidence left by a step of this kind.
    pub fn evidences(&self) -> impl Iterator<Item = (&Step, &Evidence)> {
        self.steps.iter().filter_map(|s| Some((&s.step, s.evidence.as_ref()?)))
    }

    fn step_mut(&mut self, id: &StepId) -> Option<&mut StepState> {
        self.steps.iter_mut().find(|s| &s.step.id == id)
    }
}

/// Folds one event. `None` is the state before the first.
///
/// # Errors
/// [`Illegal`] when the event cannot follow; nothing is changed then.
pub fn evolve(
    job: Option<Job>,
    job_id: &JobId,
    event: &JobEvent,
    context: Context,
) -> Result<Job, Illegal> {
    let Some(mut job) = job else { return first(job_id, event, context) };
    let status = next_status(&job, event)?;
    if matches!(job.status, Status::Running) && !matches!(status, Status::Running) {
        let since = job.running_since.take().unwrap_or(context.at);
        let ran = context.at.signed_duration_since(since).num_milliseconds().max(0);
        job.ran_ms += ran.unsigned_abs();
    }
    if matches!(status, Status::Running) && job.running_since.is_none() {
        job.running_since = Some(context.at);
    }
    apply_to_steps(&mut job, event, context)?;
    job.status = status;
    job.seq = context.seq;
    job.updated_at = context.at;
    if job.status.is_terminal() {
        job.finished_at = Some(context.at);
    }
    Ok(job)
}

fn first(job_id: &JobId, event: &JobEvent, context: Context) -> Result<Job, Illegal> {
    let (request, held, status) = match event {
        JobEvent::Accepted { request, held } => (request, held.clone(), Status::Pending),
        JobEvent::Rejected { request, refusal } => {
            let held = Held { locks: Vec::new(), permits: Vec::new() };
            (request, held, Status::Rejected { refusal: refusal.clone() })
        }
        other => return Err(Illegal { event: other.name(), state: "nothing".to_owned() }),
    };
    Ok(Job {
        job_id: job_id.clone(),
        tenant_id: request.tenant_id.clone(),
        request: (**request).clone(),
        held,
        finished_at: status.is_terminal().then_some(context.at),
        status,
        plan: None,
        steps: Vec::new(),
        fence: None,
        accepted_seq: context.seq,
        created_at: context.at,
        seq: context.seq,
        updated_at: context.at,
        running_since: None,
        ran_ms: 0,
    })
}

/// The table of legal transitions: (status, event) → status.
fn next_status(job: &Job, event: &JobEvent) -> Result<Status, Illegal> {
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

fn apply_to_steps(job: &mut Job, event: &JobEvent, context: Context) -> Result<(), Illegal> {
    if let JobEvent::Planned { plan } = event {
        job.steps = plan.steps.iter().cloned().map(StepState::new).collect();
        job.plan = Some((**plan).clone());
        return Ok(());
    }
    let Some(step_id) = step_of(event) else { return Ok(()) };
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
        (S::Running, E::StepAttemptFailed { attempt, error, .. }) => {
            step.attempt = *attempt;
            step.status = S::Failed;
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
        (S::Undoing, E::UndoResumed { .. }) => {
            step.retry_at = None;
            // A retry of a stuck undo has its whole budget again.
            step.undo_started_at = Some(context.at);
        }
        (S::Undoing, E::UndoAttemptFailed { attempt, error, .. }) => {
            step.attempt = *attempt;
            step.error = Some(error.clone());
        }
        (S::Undoing, E::UndoRetryScheduled { attempt, delay_ms, .. }) => {
            step.attempt = *attempt;
            step.retry_at = Some(after(context.at, *delay_ms));
        }
        (S::Undoing, E::UndoSucceeded { .. }) => {
            step.status = S::Undone;
            step.retry_at = None;
            step.finished_at = Some(context.at);
        }
        (S::Undoing, E::BecameStuck { error, .. }) => {
            step.retry_at = None;
            step.error = Some(error.clone());
        }
        (status, _) => return Err(format!("step {} {status:?}", step.step.id)),
    }
    Ok(())
}

fn after(at: DateTime<Utc>, delay_ms: u64) -> DateTime<Utc> {
    at + std::time::Duration::from_millis(delay_ms)
}
