//! The Gateways: the barrier that waits for all of them, and the soak after it.

use std::{collections::BTreeMap, time::Duration};

use fleet::{
    client::NodeTarget,
    contract::{MapName, ReloadRequest, Revisions},
    error::NodeError,
};
use streams::{
    ids::{NodeId, Revision},
    job::{
        gates,
        plan::Gate,
        policy::Policy,
        step::{Evidence, StepError},
    },
};

use super::called;
use crate::effects::{Attempt, Routing, sentence};

/// How long a Gateway may wait for the revision inside one call, milliseconds.
const RELOAD_WAIT_MS: u64 = 1_000;
/// The gate that an operator answers for when a Gateway is dead.
const CONVERGED: &str = "routing.converged";

/// Every Gateway of the plan's frozen list routes by a map that has the flips, and by the same one.
pub(super) async fn barrier(attempt: Attempt<'_>) -> Result<Evidence, StepError> {
    let needed = flips(attempt);
    let answered_for = attempt.effect.overrides.iter().any(|o| o.gate == CONVERGED);
    let reached = attempt
        .poll(async || {
            let ours = own_routing(attempt, &needed)?;
            let (mut reached, mut behind) = (BTreeMap::new(), BTreeMap::new());
            let mut worst: Option<StepError> = None;
            for node in gateways(attempt) {
                match converged(attempt, &node, &needed, &ours).await {
                    Ok(revision) => drop(reached.insert(node.node_id.clone(), revision)),
                    Err(Lag::Unreachable(_)) if answered_for => {}
                    Err(Lag::Unreachable(error)) => {
                        behind.insert(node.node_id.to_string(), error.message.clone());
                        worst = worst.or(Some(error));
                    }
                    Err(Lag::Behind(say)) => drop(behind.insert(node.node_id.to_string(), say)),
                }
            }
            if behind.is_empty() {
                return Ok(reached);
            }
            let mut error = StepError::not_yet("gateway_behind", sentence(&behind));
            error.retry_after_ms = worst.and_then(|e| e.retry_after_ms);
            Err(error)
        })
        .await?;
    Ok(Evidence::Converged { gateways: reached })
}

/// Why a Gateway has not converged.
enum Lag {
    Behind(String),
    Unreachable(StepError),
}

/// Revisions of the flips, by map.
fn flips(attempt: Attempt<'_>) -> Revisions {
    let mut needed = Revisions::new();
    for (step, evidence) in &attempt.effect.evidence {
        if let (Some(kind), Evidence::Flipped { revision, .. }) = (step.service_kind, evidence) {
            needed.insert(MapName::from(kind), *revision);
        }
    }
    needed
}

fn own_routing(attempt: Attempt<'_>, needed: &Revisions) -> Result<Routing, StepError> {
    let not_yet = |say: String| StepError::not_yet("own_routing_behind", say);
    let Some(ours) = attempt.fleet.routing() else {
        return Err(not_yet("the placement buckets have not been read yet".to_owned()));
    };
    for (map, revision) in needed {
        let seen = ours.revisions.get(map).copied().unwrap_or_default();
        if seen < *revision {
            return Err(not_yet(format!("{map} is seen at {seen} and needs {revision} here")));
        }
    }
    Ok(ours)
}

fn gateways(attempt: Attempt<'_>) -> Vec<NodeTarget> {
    let list = &attempt.effect.plan.base.gateways;
    let target = |(node_id, url): (&NodeId, &String)| NodeTarget {
        node_id: node_id.clone(),
        admin_url: url.clone(),
    };
    list.iter().map(target).collect()
}

async fn converged(
    attempt: Attempt<'_>,
    node: &NodeTarget,
    needed: &Revisions,
    ours: &Routing,
) -> Result<Revision, Lag> {
    let failed = |error: &NodeError| {
        let error = called(node, error);
        if error.retryable { Lag::Unreachable(error) } else { Lag::Behind(error.message) }
    };
    let request = ReloadRequest { min_revision: needed.clone(), wait_ms: RELOAD_WAIT_MS };
    let stamp = attempt.stamp();
    attempt.fleet.reload(node, &stamp, &request).await.map_err(|e| failed(&e))?;
    let seen = attempt.fleet.placement(node, &attempt.effect.ids).await.map_err(|e| failed(&e))?;
    let mut highest = Revision(0);
    for (map, revision) in needed {
        let at = seen.revisions.get(map).copied().unwrap_or_default();
        if at < *revision {
            let say = format!("{} reports {at} of {map} and needs {revision}", node.node_id);
            return Err(Lag::Behind(say));
        }
        highest = highest.max(at);
    }
    if seen.snapshot_sha256 != ours.hash {
        let say = format!("{} has the revision but routes by another map", node.node_id);
        return Err(Lag::Behind(say));
    }
    Ok(highest)
}

/// The gates hold for as many probes in a row as the policy asks.
pub(super) async fn soak(attempt: Attempt<'_>) -> Result<Evidence, StepError> {
    let policy = Policy::default();
    let effect = attempt.effect;
    let kinds: Vec<_> = effect.plan.base.moves.iter().map(|m| m.service_kind).collect();
    let gap = Duration::from_millis(policy.sample_gap_ms);
    let (mut held, mut seen) = (0, String::new());
    loop {
        match attempt.fleet.facts(&effect.ids, &effect.tenant, &kinds).await {
            Ok(facts) => {
                let base = &effect.plan.base;
                let gates = gates::soak(base, &facts, &policy, &effect.overrides);
                let open: Vec<&Gate> = gates.iter().filter(|g| !g.holds()).collect();
                held = if open.is_empty() { held + 1 } else { 0 };
                if let Some(gate) = open.first() {
                    seen = format!("{}: {}", gate.id, gate.because);
                }
            }
            Err(because) => (held, seen) = (0, because),
        }
        if held >= policy.samples {
            return Ok(Evidence::Soaked { samples: held });
        }
        if attempt.fleet.monotonic() + gap >= attempt.until {
            let say = format!("held {held} of {} probes; last {seen}", policy.samples);
            return Err(StepError::not_yet("gates_do_not_hold", say));
        }
        attempt.fleet.pause(gap).await;
    }
}
