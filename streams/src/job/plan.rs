//! The plan: what will be done, in which order, how it is undone, and what it rests on.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    canonical,
    ids::{Epoch, Hash, NodeId, Revision, ServiceKind, ShardId, TenantId},
    job::{
        command::JobSpec,
        facts::TenantState,
        step::{Step, UndoKind},
    },
    placement::{ShardNode, TenantEntry},
};

/// What a gate found.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Holds.
    Pass,
    /// Cannot be told: too old, or nobody answered.
    Unknown,
    /// Does not hold.
    Fail,
}

/// Who answered for a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Overridden {
    /// Why.
    pub reason: String,
}

/// One gate with what was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// e.g. `target.lag`; with several service kinds `runner.target.lag`.
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

impl Gate {
    /// Whether a job may go on past it.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.verdict == Verdict::Pass || self.overridden_by.is_some()
    }
}

/// One side of a move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// The shard.
    pub shard: ShardId,
    /// Its nodes as of the plan.
    pub nodes: Vec<ShardNode>,
}

/// One placement entry that moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// In which map.
    pub service_kind: ServiceKind,
    /// From where.
    pub source: Side,
    /// To where.
    pub target: Side,
    /// Epoch before.
    pub from_epoch: Epoch,
    /// Epoch after: 1 + max(entry, highest in the log).
    pub to_epoch: Epoch,
    /// Revision of the tenant's entry the flip will compare against.
    pub revision: Revision,
    /// Whether the tenant is pinned (kept as it is).
    pub pinned: bool,
}

/// What the plan rests on; execution recomputes it and refuses a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// The moves, in drain order.
    pub moves: Vec<Move>,
    /// The Gateways of the barrier with their admin URLs, frozen.
    pub gateways: BTreeMap<NodeId, String>,
    /// Policy revision.
    pub policy_revision: u64,
}

/// A change of one key, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EffectDiff {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Revision before.
    pub revision: Revision,
    /// Value before (shard and epoch).
    pub before: EntryBrief,
    /// Value after.
    pub after: EntryBrief,
}

/// The part of a placement entry that a flip changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryBrief {
    /// Owner.
    pub shard: ShardId,
    /// Epoch.
    pub epoch: Epoch,
}

impl From<&TenantEntry> for EntryBrief {
    fn from(entry: &TenantEntry) -> Self {
        Self { shard: entry.shard.clone(), epoch: entry.epoch }
    }
}

/// One line of the reverse plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReverseStep {
    /// The step it undoes, or the reverse migration's own sentence.
    pub of: String,
    /// How.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<UndoKind>,
    /// The operator's sentence.
    pub title: String,
}

/// Counted scopes at plan time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlastRadius {
    /// Tenants touched.
    pub tenants: u64,
    /// Shards touched.
    pub shards: u64,
    /// Work in flight on the sources now; `None` is unknown.
    pub inflight: Option<u64>,
    /// How long writes are expected to wait, milliseconds.
    pub paused_ms: u64,
}

/// A plan. `plan_hash` covers kind, tenant, params, base, steps, reverse steps, gate ids and
/// thresholds and approvals: no clock, no ids, no measured value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// SHA-256 over the canonical JSON of what the plan says will be done.
    pub plan_hash: Hash,
    /// What, with the target resolved.
    pub spec: JobSpec,
    /// For whom.
    pub tenant_id: TenantId,
    /// What it rests on.
    pub base: Base,
    /// In order; empty when nothing is to be done.
    pub steps: Vec<Step>,
    /// How it is taken back.
    pub reverse_steps: Vec<ReverseStep>,
    /// What changes.
    pub effects: Vec<EffectDiff>,
    /// Whether it may run.
    pub gates: Vec<Gate>,
    /// What it touches.
    pub blast_radius: BlastRadius,
    /// What cannot be undone, as sentences.
    pub irreversible: Vec<String>,
    /// What the operator should know, as sentences.
    pub warnings: Vec<String>,
    /// Rights whose holders must agree first.
    pub approvals: Vec<String>,
    /// Sum of the expected times, milliseconds.
    pub eta_ms: u64,
    /// True when the world already is as asked.
    pub noop: bool,
    /// State of the tenant on each source node when the plan was made; undo restores it. Not hashed.
    pub pre_states: BTreeMap<NodeId, TenantState>,
}

#[derive(Serialize)]
struct Hashed<'a> {
    spec: &'a JobSpec,
    tenant_id: &'a TenantId,
    base: &'a Base,
    steps: &'a [Step],
    reverse_steps: &'a [ReverseStep],
    gates: Vec<(&'a str, &'a str)>,
    approvals: &'a [String],
}

impl Plan {
    /// Recomputes the hash from what is hashed.
    #[must_use]
    pub fn compute_hash(&self) -> Hash {
        canonical::hash(&Hashed {
            spec: &self.spec,
            tenant_id: &self.tenant_id,
            base: &self.base,
            steps: &self.steps,
            reverse_steps: &self.reverse_steps,
            gates: self.gates.iter().map(|g| (g.id.as_str(), g.threshold.as_str())).collect(),
            approvals: &self.approvals,
        })
    }

    /// The move of a service kind.
    #[must_use]
    pub fn move_of(&self, kind: ServiceKind) -> Option<&Move> {
        self.base.moves.iter().find(|m| m.service_kind == kind)
    }
}
