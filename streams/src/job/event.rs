//! Events: past-tense facts of one job, the wire of the event log. Wire version 1.
//!
//! Every shape ever written keeps a fixture that must still decode and fold (`tests/fixtures`).

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{CommandId, FlowIds, Hash, NodeId, Seq, StepId},
    job::{
        command::{Actor, JobRequest, Reason, Verb},
        plan::{Gate, Plan},
        step::{Evidence, StepError},
    },
};

/// What a job holds from its acceptance to its end.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Exclusive scopes, e.g. `tenant/acme`.
    pub locks: Vec<String>,
    /// Counted scopes, e.g. `migrations/fleet`, `migrations/shard/projection/prj-02`.
    pub permits: Vec<String>,
}

/// Why a request was not taken on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Stable code: `lock_conflict`, `permit_exhausted`, `plan_changed`, `gate_failed`,
    /// `gate_unknown`, `plan_invalid`, `noop`, `facts_unavailable`, and those of `PlanError`.
    pub code: String,
    /// A sentence.
    pub message: String,
    /// Who holds what is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// Differences between the plan seen and the plan now, one a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<String>,
    /// Gates that did not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
}

/// Why undoing began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Cause {
    /// Somebody asked.
    Cancelled,
    /// A gate did not hold in time.
    GateFailed {
        /// The step it guards.
        step_id: StepId,
        /// Which.
        gate: String,
    },
    /// A step did not succeed in its budget.
    StepFailed {
        /// Which.
        step_id: StepId,
        /// The last error.
        error: StepError,
    },
    /// The job ran longer than its deadline.
    DeadlineExceeded,
}

/// Why a job waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PauseCause {
    /// Somebody asked.
    Operator,
    /// A gate could not be told in time.
    GateUnknown {
        /// The step it guards.
        step_id: StepId,
        /// Which.
        gate: String,
    },
    /// Past the point of no return a step did not succeed in its budget.
    StepFailed {
        /// Which.
        step_id: StepId,
        /// The last error.
        error: StepError,
    },
    /// Past the point of no return the job ran longer than its deadline.
    DeadlineExceeded,
}

/// A verb somebody asked for, embedded in its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Which command.
    pub command_id: CommandId,
    /// What.
    pub verb: Verb,
    /// Who.
    pub actor: Actor,
    /// Why.
    pub reason: Reason,
    /// In which flow.
    pub ids: FlowIds,
}

/// What happened to a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", deny_unknown_fields)]
#[schema(as = StoredEvent)]
pub enum JobEvent {
    /// Taken on; locks and permits are held from here to the terminal event.
    Accepted {
        /// The request, whole.
        request: Box<JobRequest>,
        /// What it holds.
        held: Held,
    },
    /// Not taken on, or not carried out although taken on; terminal.
    Rejected {
        /// The request, whole.
        request: Box<JobRequest>,
        /// Why.
        refusal: Refusal,
    },
    /// The plan was recomputed and is what the operator saw.
    Planned {
        /// The plan.
        plan: Box<Plan>,
    },
    /// Gates before a step: written with the step's start, and alone when a verdict changed.
    GatesObserved {
        /// The step they guard.
        step_id: StepId,
        /// What they found.
        gates: Vec<Gate>,
    },
    /// A step's effect may happen from here on.
    StepStarted {
        /// Which.
        step_id: StepId,
    },
    /// A new leader, or a resumed job, repeats a running step under a higher fence.
    StepResumed {
        /// Which.
        step_id: StepId,
    },
    /// An attempt did not succeed.
    StepAttemptFailed {
        /// Which step.
        step_id: StepId,
        /// Which attempt, from 1.
        attempt: u32,
        /// Why.
        error: StepError,
    },
    /// The next attempt is due this long after this commit.
    RetryScheduled {
        /// Which step.
        step_id: StepId,
        /// The attempt to come.
        attempt: u32,
        /// Milliseconds after the commit's timestamp.
        delay_ms: u64,
    },
    /// A step's post-condition was observed.
    StepSucceeded {
        /// Which.
        step_id: StepId,
        /// What it leaves.
        evidence: Evidence,
    },
    /// The post-condition held before the effect: nothing was done.
    StepSkipped {
        /// Which.
        step_id: StepId,
        /// What was observed.
        evidence: Evidence,
    },
    /// A verb was accepted.
    VerbAccepted {
        /// What was asked.
        asked: Asked,
    },
    /// A verb was refused; nothing changed.
    VerbRefused {
        /// What was asked.
        asked: Asked,
        /// Stable code: `past_point_of_no_return`, `wrong_state`, `unknown_job`.
        code: String,
        /// A sentence with the way out.
        message: String,
    },
    /// Waits for a person; nothing is undone.
    Paused {
        /// Why.
        cause: PauseCause,
    },
    /// Goes on after a pause.
    Resumed,
    /// Everything started is being undone, last first.
    CompensationStarted {
        /// Why.
        cause: Cause,
    },
    /// A step's undo may happen from here on.
    UndoStarted {
        /// Which step is undone.
        step_id: StepId,
    },
    /// A new leader, or a retry, repeats an undo under a higher fence.
    UndoResumed {
        /// Which.
        step_id: StepId,
    },
    /// An undo's attempt did not succeed.
    UndoAttemptFailed {
        /// Which step.
        step_id: StepId,
        /// Which attempt, from 1.
        attempt: u32,
        /// Why.
        error: StepError,
    },
    /// The undo's next attempt is due this long after this commit.
    UndoRetryScheduled {
        /// Which step.
        step_id: StepId,
        /// The attempt to come.
        attempt: u32,
        /// Milliseconds after the commit's timestamp.
        delay_ms: u64,
    },
    /// The pre-state was observed.
    UndoSucceeded {
        /// Which step.
        step_id: StepId,
    },
    /// An undo failed for good: locks are kept, a person is needed.
    BecameStuck {
        /// Which step.
        step_id: StepId,
        /// The last error.
        error: StepError,
    },
    /// All post-conditions observed; terminal.
    Succeeded,
    /// Undone because somebody asked; terminal.
    Cancelled,
    /// Undone because of a failure; terminal.
    RolledBack,
}

impl JobEvent {
    /// The event's name, as in the header `Control-Event-Types`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "Accepted",
            Self::Rejected { .. } => "Rejected",
            Self::Planned { .. } => "Planned",
            Self::GatesObserved { .. } => "GatesObserved",
            Self::StepStarted { .. } => "StepStarted",
            Self::StepResumed { .. } => "StepResumed",
            Self::StepAttemptFailed { .. } => "StepAttemptFailed",
            Self::RetryScheduled { .. } => "RetryScheduled",
            Self::StepSucceeded { .. } => "StepSucceeded",
            Self::StepSkipped { .. } => "StepSkipped",
            Self::VerbAccepted { .. } => "VerbAccepted",
            Self::VerbRefused { .. } => "VerbRefused",
            Self::Paused { .. } => "Paused",
            Self::Resumed => "Resumed",
            Self::CompensationStarted { .. } => "CompensationStarted",
            Self::UndoStarted { .. } => "UndoStarted",
            Self::UndoResumed { .. } => "UndoResumed",
            Self::UndoAttemptFailed { .. } => "UndoAttemptFailed",
            Self::UndoRetryScheduled { .. } => "UndoRetryScheduled",
            Self::UndoSucceeded { .. } => "UndoSucceeded",
            Self::BecameStuck { .. } => "BecameStuck",
            Self::Succeeded => "Succeeded",
            Self::Cancelled => "Cancelled",
            Self::RolledBack => "RolledBack",
        }
    }
}

impl DomainEvent for JobEvent {
    fn event_type(&self) -> String {
        self.name().to_owned()
    }
    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// What happened to the log itself, not to a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum SystemEvent {
    /// Another saga drives from here on.
    LeaderChanged {
        /// Its id.
        leader: NodeId,
    },
    /// A command could not be decoded; it is answered so that it stands in nobody's way.
    CommandUnreadable {
        /// Its subject.
        subject: String,
        /// Its sequence in the command log.
        seq: Seq,
        /// SHA-256 of its body.
        body_sha256: Hash,
        /// What the decoder said.
        cause: String,
    },
    /// Somebody else than the saga edited a placement key.
    PlacementObserved {
        /// Bucket.
        bucket: String,
        /// Key.
        key: String,
        /// Revision of the edit.
        revision: u64,
        /// The value as found; `None` when deleted.
        value: Option<serde_json::Value>,
    },
}

impl SystemEvent {
    /// The event's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::LeaderChanged { .. } => "LeaderChanged",
            Self::CommandUnreadable { .. } => "CommandUnreadable",
            Self::PlacementObserved { .. } => "PlacementObserved",
        }
    }
}
