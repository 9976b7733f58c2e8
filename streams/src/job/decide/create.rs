//! Decision: a new job is accepted with its locks and permits, or rejected with the holder named.

use crate::{
    ids::{JobId, ServiceKind},
    job::{
        command::{JobRequest, JobSpec},
        event::{Held, JobEvent, Refusal},
        policy::Policy,
        world::World,
    },
};

/// What a request would hold. Pure over the request, so that acceptance needs no look at the fleet.
#[must_use]
pub fn wanted(request: &JobRequest) -> Held {
    let locks = request.tenant_id.iter().map(|t| format!("tenant/{t}")).collect();
    let JobSpec::TenantMigrate(params) = &request.spec;
    let mut permits = vec![FLEET_PERMIT.to_owned()];
    permits.extend(params.targets.iter().map(|(kind, shard)| shard_permit(*kind, shard.as_str())));
    Held { locks, permits }
}

/// The fleet-wide permit of migrations.
pub const FLEET_PERMIT: &str = "migrations/fleet";

fn shard_permit(kind: ServiceKind, shard: &str) -> String {
    format!("migrations/shard/{kind}/{shard}")
}

/// How many open jobs may hold a counted scope.
#[must_use]
pub fn permit_limit(scope: &str, policy: &Policy) -> usize {
    if scope == FLEET_PERMIT { policy.permits_fleet } else { policy.permits_shard }
}

/// Why a request cannot be taken on now; `None` when it can.
#[must_use]
pub fn obstacle(world: &World, held: &Held, policy: &Policy) -> Option<Refusal> {
    for scope in &held.locks {
        if let Some(holder) = world.lock_holder(scope) {
            return Some(Refusal {
                code: "lock_conflict".to_owned(),
                message: format!("{scope} is held by {}", holder.job_id),
                holder: Some(holder.job_id.to_string()),
                diff: Vec::new(),
                gates: Vec::new(),
            });
        }
    }
    for scope in &held.permits {
        let holders = world.permit_holders(scope);
        let limit = permit_limit(scope, policy);
        if holders.len() >= limit {
            let names: Vec<&str> = holders.iter().map(|j| j.as_str()).collect();
            return Some(Refusal {
                code: "permit_exhausted".to_owned(),
                message: format!("{scope}: {} of {limit} in use", holders.len()),
                holder: Some(names.join(", ")),
                diff: Vec::new(),
                gates: Vec::new(),
            });
        }
    }
    None
}

/// Why a request can never be taken on.
fn invalid(request: &JobRequest) -> Option<Refusal> {
    let JobSpec::TenantMigrate(params) = &request.spec;
    let message = match (&request.tenant_id, params.targets.is_empty()) {
        (None, _) => "a migration needs a tenant",
        (Some(_), true) => "a migration needs at least one target",
        (Some(_), false) => return None,
    };
    Some(Refusal {
        code: "plan_invalid".to_owned(),
        message: message.to_owned(),
        holder: None,
        diff: Vec::new(),
        gates: Vec::new(),
    })
}

/// Accepts or rejects.
#[must_use]
pub fn decide(world: &World, request: &JobRequest, policy: &Policy) -> JobEvent {
    let held = wanted(request);
    let request = Box::new(request.clone());
    match invalid(&request).or_else(|| obstacle(world, &held, policy)) {
        None => JobEvent::Accepted { request, held },
        Some(refusal) => JobEvent::Rejected { request, refusal },
    }
}

/// Whether the log already knows this job: its create command was answered before.
#[must_use]
pub fn known(world: &World, job: &JobId) -> bool {
    world.jobs.contains_key(job) || world.ended.contains_key(job)
}
