//! Planning `tenant-migrate`: pure, so equal facts give byte-equal plans.

mod diff;
mod steps;

pub use diff::diff;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    catalog,
    error::{Classified, ErrorClass},
    ids::{Epoch, Hash, JobId, NodeId, ServiceKind, ShardId, TenantId},
    job::{
        command::{GateOverride, JobSpec, MigrateParams},
        facts::{Facts, MapFacts, Reading, TenantState},
        gates,
        plan::{Base, BlastRadius, EffectDiff, EntryBrief, Move, Plan, Side},
        policy::Policy,
        step::{Step, StepKind},
    },
    placement::{ShardState, tenant_key},
};

/// What an operator asks for: the target of a kind may be left to the rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MigrateAsk {
    /// Service kinds to move, at least one. The value is the target shard, or null: the shard with
    /// the most room is chosen.
    #[schema(schema_with = targets_schema)]
    pub targets: BTreeMap<ServiceKind, Option<ShardId>>,
    /// The migration this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverse_of: Option<JobId>,
}

/// The derive cannot say "a map whose values may be null".
fn targets_schema() -> utoipa::openapi::Schema {
    use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
    let shard = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some("target shard, or null: the shard with the most room"))
        .build();
    let targets = ObjectBuilder::new()
        .description(Some("keys: aggregate, projection, runner; at least one"))
        .additional_properties(Some(Schema::Object(shard)))
        .build();
    Schema::Object(targets)
}

impl From<&MigrateParams> for MigrateAsk {
    fn from(params: &MigrateParams) -> Self {
        Self {
            targets: params.targets.iter().map(|(k, s)| (*k, Some(s.clone()))).collect(),
            reverse_of: params.reverse_of.clone(),
        }
    }
}

/// Why no plan can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// `targets` is empty.
    #[error("name at least one service kind in targets: aggregate, projection or runner")]
    NoTargets,
    /// The tenant has no entry in that map.
    #[error("{tenant} is not placed in the {kind} map")]
    NotPlaced {
        /// The tenant.
        tenant: TenantId,
        /// The map.
        kind: ServiceKind,
    },
    /// The target, or the shard that owns the tenant, is not in the directory or has no node.
    #[error("{shard} is not a {kind} shard with a node")]
    UnknownShard {
        /// The shard.
        shard: ShardId,
        /// The map.
        kind: ServiceKind,
    },
    /// No other active shard with a known node exists.
    #[error("no {kind} shard can take the tenant")]
    NoCandidate {
        /// The map.
        kind: ServiceKind,
    },
}

impl Classified for PlanError {
    fn class(&self) -> ErrorClass {
        ErrorClass::Refused
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoTargets => "plan_no_targets",
            Self::NotPlaced { .. } => "plan_tenant_not_placed",
            Self::UnknownShard { .. } => "plan_unknown_shard",
            Self::NoCandidate { .. } => "plan_no_candidate",
        }
    }
}

/// Plans a migration.
///
/// # Errors
/// [`PlanError`], each a sentence for the operator.
pub fn plan_migrate(
    tenant: &TenantId,
    ask: &MigrateAsk,
    facts: &Facts,
    policy: &Policy,
    overrides: &[GateOverride],
) -> Result<Plan, PlanError> {
    if ask.targets.is_empty() {
        return Err(PlanError::NoTargets);
    }
    let mut targets = BTreeMap::new();
    let mut moves = Vec::new();
    for kind in ServiceKind::DRAIN_ORDER {
        let Some(wanted) = ask.targets.get(&kind) else { continue };
        let (target, moved) = plan_move(tenant, kind, wanted.as_ref(), facts, policy)?;
        targets.insert(kind, target);
        moves.extend(moved);
    }
    let gateways = facts.gateway_urls.clone();
    let base = Base { moves, gateways, policy_revision: policy.revision };
    let steps = steps::steps(tenant, &base, policy);
    let noop = steps.is_empty();
    let gates = if noop { Vec::new() } else { gates::preflight(&base, facts, policy, overrides) };
    let params = MigrateParams { targets, reverse_of: ask.reverse_of.clone() };
    let mut plan = Plan {
        plan_hash: Hash::zero(),
        spec: JobSpec::TenantMigrate(params),
        tenant_id: tenant.clone(),
        reverse_steps: steps::reverse_steps(tenant, &base, &steps),
        effects: base.moves.iter().map(|m| effect(tenant, m)).collect(),
        gates,
        blast_radius: blast_radius(&base, facts, &steps),
        irreversible: Vec::new(),
        warnings: warnings(&base, facts),
        approvals: Vec::new(),
        eta_ms: steps.iter().map(|s| s.expected_ms).sum(),
        noop,
        pre_states: pre_states(&base, facts),
        steps,
        base,
    };
    plan.plan_hash = plan.compute_hash();
    Ok(plan)
}

fn side(map: &MapFacts, shard: &ShardId, kind: ServiceKind) -> Result<Side, PlanError> {
    match map.shards.get(shard) {
        Some(found) if !found.entry.value.nodes.is_empty() => {
            Ok(Side { shard: shard.clone(), nodes: found.entry.value.nodes.clone() })
        }
        _ => Err(PlanError::UnknownShard { shard: shard.clone(), kind }),
    }
}

fn plan_move(
    tenant: &TenantId,
    kind: ServiceKind,
    wanted: Option<&ShardId>,
    facts: &Facts,
    policy: &Policy,
) -> Result<(ShardId, Option<Move>), PlanError> {
    let not_placed = || PlanError::NotPlaced { tenant: tenant.clone(), kind };
    let map = facts.maps.get(&kind).ok_or_else(not_placed)?;
    let entry = map.entry.as_ref().ok_or_else(not_placed)?;
    let from = &entry.value.shard;
    let target = match wanted {
        Some(shard) => shard.clone(),
        None => choose(map, from, kind, facts, policy)?,
    };
    let target_side = side(map, &target, kind)?;
    if &target == from {
        return Ok((target, None));
    }
    let moved = Move {
        service_kind: kind,
        source: side(map, from, kind)?,
        target: target_side,
        from_epoch: entry.value.epoch,
        to_epoch: Epoch(entry.value.epoch.0.max(map.epoch_floor.0) + 1),
        revision: entry.revision,
        pinned: entry.value.pinned,
    };
    Ok((target, Some(moved)))
}

/// The active shard with the most free places per the facts; ties go to the smaller id.
fn choose(
    map: &MapFacts,
    from: &ShardId,
    kind: ServiceKind,
    facts: &Facts,
    policy: &Policy,
) -> Result<ShardId, PlanError> {
    let mut best: Option<(u64, &ShardId)> = None;
    for (id, shard) in &map.shards {
        if id == from || shard.entry.value.state != ShardState::Active {
            continue;
        }
        let limits = shard.entry.value.nodes.iter().map(|n| {
            let reading = facts.nodes.get(&n.node_id)?;
            let node = reading.fresh(facts.observed_at, policy.max_age_ms).ok()?;
            (node.ready && !node.draining).then_some(node.max_tenants)
        });
        let Some(limit) = limits.collect::<Option<Vec<u64>>>().and_then(|l| l.into_iter().min())
        else {
            continue;
        };
        let free = limit.saturating_sub(shard.tenants);
        if best.is_none_or(|(most, _)| free > most) {
            best = Some((free, id));
        }
    }
    best.map(|(_, id)| id.clone()).ok_or(PlanError::NoCandidate { kind })
}

fn effect(tenant: &TenantId, moved: &Move) -> EffectDiff {
    EffectDiff {
        bucket: catalog::placement_bucket(moved.service_kind).to_owned(),
        key: tenant_key(tenant),
        revision: moved.revision,
        before: EntryBrief { shard: moved.source.shard.clone(), epoch: moved.from_epoch },
        after: EntryBrief { shard: moved.target.shard.clone(), epoch: moved.to_epoch },
    }
}

fn source_nodes(base: &Base) -> impl Iterator<Item = &NodeId> {
    base.moves.iter().flat_map(|m| m.source.nodes.iter().map(|n| &n.node_id))
}

fn blast_radius(base: &Base, facts: &Facts, steps: &[Step]) -> BlastRadius {
    let shards: BTreeSet<(ServiceKind, &ShardId)> = base
        .moves
        .iter()
        .flat_map(|m| [(m.service_kind, &m.source.shard), (m.service_kind, &m.target.shard)])
        .collect();
    let inflight = source_nodes(base)
        .map(|id| match facts.nodes.get(id) {
            Some(Reading::Known { value, .. }) => Some(value.tenant.inflight),
            Some(Reading::Unknown { .. }) | None => None,
        })
        .sum::<Option<u64>>();
    let pausing = [StepKind::Drain, StepKind::Position, StepKind::Hold, StepKind::Flip];
    BlastRadius {
        tenants: u64::from(!base.moves.is_empty()),
        shards: shards.len() as u64,
        inflight,
        paused_ms: steps
            .iter()
            .filter(|s| pausing.contains(&s.kind) || s.kind == StepKind::Activate)
            .map(|s| s.expected_ms)
            .sum(),
    }
}

fn warnings(base: &Base, facts: &Facts) -> Vec<String> {
    let mut warnings = Vec::new();
    for moved in &base.moves {
        if moved.pinned {
            warnings.push(format!("The tenant is pinned to {}.", moved.source.shard));
        }
        for node in moved.source.nodes.iter().chain(&moved.target.nodes) {
            if let Some(Reading::Unknown { because, .. }) = facts.nodes.get(&node.node_id) {
                warnings.push(format!("{} does not answer: {because}.", node.node_id));
            }
        }
    }
    warnings
}

fn pre_states(base: &Base, facts: &Facts) -> BTreeMap<NodeId, TenantState> {
    source_nodes(base)
        .filter_map(|id| match facts.nodes.get(id) {
            Some(Reading::Known { value, .. }) => Some((id.clone(), value.tenant.state)),
            Some(Reading::Unknown { .. }) | None => None,
        })
        .collect()
}
