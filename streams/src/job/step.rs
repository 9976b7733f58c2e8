//! Steps, the step table, and what a finished step leaves behind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    error::ErrorClass,
    ids::{Epoch, Hash, NodeId, Revision, ServiceKind, ShardId, StepId},
    job::policy::Policy,
};

/// What a step does.
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
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Asks every node whether the undo of later steps would work.
    ProbeUndo,
    /// Warms the target up.
    Prepare,
    /// Waits until the target's lag is within its gate.
    CatchUp,
    /// Stops new work on the source and waits for the work in flight.
    Drain,
    /// Reads the source's final position.
    Position,
    /// Holds the target at exactly that position and compares digests.
    Hold,
    /// Moves the placement entry: the point of no return.
    Flip,
    /// Lets the target serve.
    Activate,
    /// Waits until every Gateway routes by the new map.
    Barrier,
    /// Watches that the gates keep holding.
    Soak,
}

impl StepKind {
    /// The wire form; also the name in a step's id.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProbeUndo => "probe-undo",
            Self::Prepare => "prepare",
            Self::CatchUp => "catch-up",
            Self::Drain => "drain",
            Self::Position => "position",
            Self::Hold => "hold",
            Self::Flip => "flip",
            Self::Activate => "activate",
            Self::Barrier => "barrier",
            Self::Soak => "soak",
        }
    }
}

/// How a started step is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UndoKind {
    /// The target forgets the tenant.
    Release,
    /// The source goes back to the state it was found in.
    Undrain,
}

/// What the step table says of a kind of step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepRule {
    /// How it is undone before the point of no return; `None`: nothing to undo.
    pub undo: Option<UndoKind>,
    /// Time of one attempt, milliseconds.
    pub attempt_timeout_ms: u64,
    /// Time of the step with all attempts, milliseconds.
    pub deadline_ms: u64,
    /// What it usually takes, milliseconds; the plan shows it beside the actual.
    pub expected_ms: u64,
    /// Gates that must pass before the effect, by name.
    pub before: &'static [&'static str],
}

/// The step table: one row per kind.
#[must_use]
pub fn rule(kind: StepKind, policy: &Policy) -> StepRule {
    let attempt = policy.attempt_timeout_ms;
    let deadline = policy.step_deadline_ms;
    let soak_ms = policy.sample_gap_ms * u64::from(policy.samples);
    let row = |undo, attempt_timeout_ms, expected_ms, before| StepRule {
        undo,
        attempt_timeout_ms,
        deadline_ms: deadline,
        expected_ms,
        before,
    };
    match kind {
        StepKind::ProbeUndo => row(None, attempt, 500, &[]),
        StepKind::Prepare => row(Some(UndoKind::Release), attempt, 500, &["target.ready"]),
        StepKind::CatchUp => row(None, attempt, 2_000, &[]),
        StepKind::Drain => {
            row(Some(UndoKind::Undrain), attempt, 2_000, &["target.ready", "target.lag"])
        }
        StepKind::Position => row(None, attempt, 200, &[]),
        StepKind::Hold => row(None, attempt, 1_000, &[]),
        StepKind::Flip => row(None, attempt, 200, &["target.ready", "source.inflight"]),
        StepKind::Activate => row(None, attempt, 500, &[]),
        StepKind::Barrier => row(None, attempt, 1_000, &[]),
        StepKind::Soak => row(None, attempt + soak_ms, soak_ms, &[]),
    }
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its id, in order.
    pub id: StepId,
    /// What it does.
    pub kind: StepKind,
    /// Which service kind; `None` for steps about the whole fleet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_kind: Option<ServiceKind>,
    /// The operator's sentence.
    pub title: String,
    /// On what, as shown: a shard, `gateways`, a key.
    pub target: String,
    /// How it is undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<UndoKind>,
    /// True on the step after which only a reverse migration leads back.
    #[serde(default)]
    pub point_of_no_return: bool,
    /// What it usually takes, milliseconds.
    pub expected_ms: u64,
}

/// What a finished step leaves for later ones, and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Evidence {
    /// Nothing that later steps need.
    Done,
    /// Every node answered the probe.
    Probed {
        /// Who.
        nodes: Vec<NodeId>,
    },
    /// The source's final position of the tenant's log.
    Position {
        /// Sequence.
        seq: u64,
    },
    /// Digest of both sides at the position.
    Digest {
        /// Position.
        at_seq: u64,
        /// Equal on both sides.
        digest: Hash,
    },
    /// The entry as written.
    Flipped {
        /// New owner.
        shard: ShardId,
        /// New epoch.
        epoch: Epoch,
        /// KV revision of the write.
        revision: Revision,
    },
    /// What every Gateway reports.
    Converged {
        /// Highest applied revision per Gateway, of the map that moved last.
        gateways: BTreeMap<NodeId, Revision>,
    },
    /// How long the gates held.
    Soaked {
        /// Probes in a row.
        samples: u32,
    },
}

/// Why an attempt failed: a value in the log.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, thiserror::Error,
)]
#[serde(deny_unknown_fields)]
#[error("{code}: {message}")]
pub struct StepError {
    /// What can be done about it.
    pub class: ErrorClass,
    /// Stable code, e.g. `node_unreachable`, `still_draining`, `digest_differs`.
    pub code: String,
    /// A sentence: what is seen and what is needed.
    pub message: String,
    /// Whether trying again may help.
    pub retryable: bool,
    /// What the node asked for, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// What was seen, as data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<serde_json::Value>,
}

impl StepError {
    /// An error that trying again may heal.
    #[must_use]
    pub fn not_yet(code: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Unavailable, code, message, true)
    }

    /// An error that trying again cannot heal.
    #[must_use]
    pub fn fatal(class: ErrorClass, code: &str, message: impl Into<String>) -> Self {
        Self::new(class, code, message, false)
    }

    fn new(class: ErrorClass, code: &str, message: impl Into<String>, retryable: bool) -> Self {
        Self {
            class,
            code: code.to_owned(),
            message: message.into(),
            retryable,
            retry_after_ms: None,
            evidence: None,
        }
    }
}
