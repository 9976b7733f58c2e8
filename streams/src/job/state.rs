//! The state of one job: a fold of its events. `evolve` is the only way it changes.
//!
//! The legal transitions are one exhaustive match (`state/transitions.rs`); an illegal pair is an error
//! that the glue turns into `Corrupt`, never skipped.

mod transitions;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    error::ErrorClass,
    ids::{Fence, Incarnation, JobId, Seq, StepId, TenantId},
    job::{
        command::JobRequest,
        event::{Cause, Held, JobEvent, PauseCause, Refusal},
        plan::{Gate, Plan},
        step::{Evidence, Step, StepError, StepKind},
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

    /// Whether the store has proved that the first flip can never happen: its entry has moved, so
    /// the point of no return was begun and not passed, and undoing is safe.
    #[must_use]
    pub fn flip_refused(&self) -> bool {
        let is_flip = |s: &&StepState| s.step.kind == StepKind::Flip;
        let none_done = !self.steps.iter().filter(is_flip).any(|s| s.finished_at.is_some());
        let refused = self.failed().filter(is_flip).and_then(|s| s.error.as_ref());
        none_done && refused.is_some_and(|e| e.class == ErrorClass::Conflict && !e.retryable)
    }

    /// Running time so far, milliseconds; pauses do not count.
    #[must_use]
    pub fn ran_until(&self, now: DateTime<Utc>) -> u64 {
        let since = self.running_since.unwrap_or(now);
        let current = now.signed_duration_since(since).num_milliseconds().max(0);
        self.ran_ms + current.unsigned_abs()
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
    let status = transitions::next_status(&job, event)?;
    if matches!(job.status, Status::Running) && !matches!(status, Status::Running) {
        let since = job.running_since.take().unwrap_or(context.at);
        let ran = context.at.signed_duration_since(since).num_milliseconds().max(0);
        job.ran_ms += ran.unsigned_abs();
    }
    let out_of_time = Status::Paused { cause: PauseCause::DeadlineExceeded };
    if matches!(event, JobEvent::Resumed) && job.status == out_of_time {
        job.ran_ms = 0; // a person has given it a whole deadline again
    }
    if matches!(status, Status::Running) && job.running_since.is_none() {
        job.running_since = Some(context.at);
    }
    transitions::apply_to_steps(&mut job, event, context)?;
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
