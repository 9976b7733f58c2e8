//! The row of one job, which is also what the API answers: every field of the job page.
//!
//! Data only. How a folded job becomes a row is in `render`.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    error::ErrorClass,
    ids::{
        CommandId, Fence, FlowIds, Hash, InvalidId, JobId, PrincipalId, Seq, ServiceKind, StepId,
        TenantId,
    },
    job::{
        command::{JobKind, MigrateParams, Reason, Verb},
        event::{Cause, Held, PauseCause, Refusal},
        plan::{Overridden, Plan, Verdict},
        state::{Status, StepStatus},
        step::{Evidence, StepError, StepKind, UndoKind},
    },
};

/// Where a job stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Accepted, not planned yet; or its decision is not visible yet.
    Pending,
    /// Steps are being driven.
    Running,
    /// Waits for a person, nothing is undone.
    Paused,
    /// Being undone.
    Compensating,
    /// An undo failed for good; locks are kept.
    Stuck,
    /// All post-conditions observed.
    Succeeded,
    /// Undone because somebody asked.
    Cancelled,
    /// Undone because of a failure.
    RolledBack,
    /// Not taken on, or not carried out.
    Rejected,
}

impl JobState {
    /// Every state, open ones first.
    pub const ALL: [Self; 9] = [
        Self::Pending,
        Self::Running,
        Self::Paused,
        Self::Compensating,
        Self::Stuck,
        Self::Succeeded,
        Self::Cancelled,
        Self::RolledBack,
        Self::Rejected,
    ];

    /// The wire form.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Compensating => "compensating",
            Self::Stuck => "stuck",
            Self::Succeeded => "succeeded",
            Self::Cancelled => "cancelled",
            Self::RolledBack => "rolled_back",
            Self::Rejected => "rejected",
        }
    }

    /// Whether the job has ended and its locks are free.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Succeeded | Self::Cancelled | Self::RolledBack | Self::Rejected => true,
            Self::Pending | Self::Running | Self::Paused | Self::Compensating | Self::Stuck => {
                false
            }
        }
    }
}

impl From<&Status> for JobState {
    fn from(status: &Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Running => Self::Running,
            Status::Paused { .. } => Self::Paused,
            Status::Compensating { .. } => Self::Compensating,
            Status::Stuck { .. } => Self::Stuck,
            Status::Succeeded => Self::Succeeded,
            Status::Cancelled => Self::Cancelled,
            Status::RolledBack => Self::RolledBack,
            Status::Rejected { .. } => Self::Rejected,
        }
    }
}

impl FromStr for JobState {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let expected = "pending, running, paused, compensating, stuck, succeeded, cancelled, \
                        rolled_back or rejected";
        let found = Self::ALL.into_iter().find(|s| s.as_str() == text);
        found.ok_or(InvalidId { what: "job state", expected })
    }
}

/// What an open job waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitingOn {
    /// The leader's decision on the command; only the API says this, of a job without a row.
    Decision,
    /// Facts being gathered and the plan recomputed.
    Plan,
    /// Gates before the next step that do not hold yet.
    Gates,
    /// The time of the next attempt.
    Retry,
    /// A person: resume, cancel or retry.
    Operator,
}

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ActorRow {
    /// Token subject.
    pub sub: PrincipalId,
    /// Gateway session.
    pub session_id: String,
}

/// One step as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StepRow {
    /// Its id, in order.
    pub id: StepId,
    /// The operator's sentence.
    pub title: String,
    /// On what, as shown.
    pub target: String,
    /// What it does.
    pub kind: StepKind,
    /// Which service kind; none for steps about the whole fleet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_kind: Option<ServiceKind>,
    /// Where it stands; `waiting` between two attempts and before gates that do not hold yet.
    pub state: StepStatus,
    /// Current or last attempt, from 1; 0 before the start; from 1 again when being undone.
    pub attempt: u32,
    /// First start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    /// End, of the step or of its undo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// When undoing it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_started_at: Option<DateTime<Utc>>,
    /// What it usually takes, milliseconds.
    pub expected_ms: u64,
    /// Why it waits, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_because: Option<String>,
    /// When the next attempt is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try_at: Option<DateTime<Utc>>,
    /// When its time with all attempts is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gives_up_at: Option<DateTime<Utc>>,
    /// How it is undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<UndoKind>,
    /// True on the step after which only a reverse migration leads back.
    pub point_of_no_return: bool,
    /// Last error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<StepError>,
    /// What it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// A gate as last observed: of the preflight, or before one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GateRow {
    /// The step it guards; none on a gate of the preflight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_id: Option<StepId>,
    /// e.g. `target.lag`.
    pub id: String,
    /// What it found.
    pub verdict: Verdict,
    /// What was seen, as shown.
    pub observed: String,
    /// What is needed, as shown.
    pub threshold: String,
    /// When it was seen.
    pub observed_at: DateTime<Utc>,
    /// Older readings count as unknown, milliseconds.
    pub max_age_ms: u64,
    /// Why the verdict is not pass; empty when it is.
    pub because: String,
    /// Set when an operator answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden_by: Option<Overridden>,
}

/// The last error of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ErrorRow {
    /// Which step, or whose undo.
    pub step_id: StepId,
    /// What can be done about it.
    pub class: ErrorClass,
    /// Stable code, e.g. `node_unreachable`.
    pub code: String,
    /// A sentence: what is seen and what is needed.
    pub message: String,
    /// Whether trying again may help.
    pub retryable: bool,
    /// What was seen, as data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<serde_json::Value>,
}

/// A verb that was asked of the job, with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct VerbRow {
    /// Which command.
    pub command_id: CommandId,
    /// What.
    pub verb: Verb,
    /// Who.
    pub actor: ActorRow,
    /// Why.
    pub reason: Reason,
    /// When it was answered.
    pub at: DateTime<Utc>,
    /// Sequence of the answering commit.
    pub seq: Seq,
    /// Accepted or refused.
    pub accepted: bool,
    /// Stable code of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The refusal with the way out, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Whether a verb is possible now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ActionRow {
    /// The verb.
    pub verb: Verb,
    /// Whether it would be accepted.
    pub allowed: bool,
    /// Why not, with the way out; empty when allowed.
    pub because: String,
}

/// One job as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Job)]
pub struct JobRow {
    /// Its id.
    pub job_id: JobId,
    /// What kind.
    pub kind: JobKind,
    /// For whom; none on platform scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// Where it stands.
    pub state: JobState,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_on: Option<WaitingOn>,
    /// Why it stands there, as a sentence: what it waits for, why it is undone, why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The operator's reason.
    pub reason: Reason,
    /// Who asked.
    pub actor: ActorRow,
    /// With which parameters, targets resolved.
    pub params: MigrateParams,
    /// The plan the operator saw.
    pub plan_hash: Hash,
    /// The plan, once recomputed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// When it was accepted or rejected.
    pub created_at: DateTime<Utc>,
    /// Time of the latest commit.
    pub updated_at: DateTime<Utc>,
    /// When its running time is over; none while it does not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// Running time before the last pause or end, milliseconds.
    pub ran_ms: u64,
    /// Its steps, in order; empty before it is planned.
    pub steps: Vec<StepRow>,
    /// Gates as last observed: of the preflight first, then by step.
    pub gates: Vec<GateRow>,
    /// Last error of each step that has one.
    pub errors: Vec<ErrorRow>,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Why it is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_by: Option<PauseCause>,
    /// Why it is being undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<Cause>,
    /// Fence of the latest step, undo or resume commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<Fence>,
    /// What it holds now; empty once it has ended.
    pub held: Held,
    /// Each verb, whether it is possible now, and why not.
    pub actions: Vec<ActionRow>,
    /// Verbs asked of it, oldest first, the last 16.
    pub verbs: Vec<VerbRow>,
    /// In which flow.
    pub ids: FlowIds,
    /// Sequence of the latest commit.
    pub seq: Seq,
    /// Sequence of the first commit.
    pub accepted_seq: Seq,
}

impl JobRow {
    /// Whether a verb is possible now.
    #[must_use]
    pub fn action(&self, verb: Verb) -> Option<&ActionRow> {
        self.actions.iter().find(|a| a.verb == verb)
    }
}
