//! What the stories are made of: tenants, their fleet, their requests, what steps leave behind.
//!
//! Everything is healthy; a story spoils what it is about.

use std::collections::BTreeMap;

use streams::{
    ids::{Hash, Revision, ServiceKind, TenantId},
    job::{
        command::{JobRequest, JobSpec},
        facts::{Facts, TenantState},
        plan::Plan,
        planner::{MigrateAsk, plan_migrate},
        policy::Policy,
        state::Job,
        step::{Evidence, StepKind},
    },
};

use crate::facts::{self, healthy, node, spoil};

/// The `n`th tenant of the stories.
#[must_use]
pub fn tenant(n: u64) -> TenantId {
    format!("tenant-{n:02}").parse().expect("a slug")
}

/// The healthy fleet, with this tenant on shard 1 of each kind.
#[must_use]
pub fn facts_of(tenant: &TenantId) -> Facts {
    let mut facts = healthy();
    for map in facts.maps.values_mut() {
        if let Some(entry) = &mut map.entry {
            entry.value.tenant_id = tenant.clone();
        }
    }
    // The source still serves and is empty, also when it was drained a moment ago.
    for kind in ServiceKind::DRAIN_ORDER {
        spoil(&mut facts, &node(kind, 1), |n| n.tenant.state = TenantState::Active);
    }
    facts
}

pub(super) fn request(
    tenant: &TenantId,
    kinds: &[ServiceKind],
    facts: &Facts,
    policy: &Policy,
) -> JobRequest {
    let targets = kinds.iter().map(|k| (*k, None)).collect();
    let ask = MigrateAsk { targets, reverse_of: None };
    let plan = plan_migrate(tenant, &ask, facts, policy, &[]).expect("a healthy fleet");
    facts::request(&plan)
}

pub(super) fn plan_again(tenant: &TenantId, job: &Job, policy: &Policy) -> Plan {
    let JobSpec::TenantMigrate(params) = &job.request.spec;
    let facts = facts_of(tenant);
    plan_migrate(tenant, &params.into(), &facts, policy, &[]).expect("a healthy fleet")
}

pub(super) fn evidence(job: &Job, kind: Option<StepKind>) -> Evidence {
    let plan = job.plan.as_ref().expect("a running job has a plan");
    match kind {
        Some(StepKind::ProbeUndo) => Evidence::Probed { nodes: Vec::new() },
        Some(StepKind::Position) => Evidence::Position { seq: 40 },
        Some(StepKind::Hold) => Evidence::Digest { at_seq: 40, digest: Hash::of(b"digest") },
        Some(StepKind::Flip) => {
            let flipping = job.current().and_then(|s| s.step.service_kind);
            let moved = flipping.and_then(|k| plan.move_of(k)).expect("a flip moves a kind");
            Evidence::Flipped {
                shard: moved.target.shard.clone(),
                epoch: moved.to_epoch,
                revision: Revision(moved.revision.0 + 1),
            }
        }
        Some(StepKind::Barrier) => Evidence::Converged { gateways: BTreeMap::new() },
        Some(StepKind::Soak) => Evidence::Soaked { samples: 3 },
        _ => Evidence::Done,
    }
}
