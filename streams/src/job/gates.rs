//! Gates: pure verdicts over facts. Older than `max_age`, or not seen, is unknown, never zero.

use chrono::{DateTime, Utc};

use crate::{
    ids::ServiceKind,
    job::{
        command::GateOverride,
        facts::{Facts, NodeReading, Reading, TenantState},
        plan::{Base, Gate, Move, Overridden, Side, Verdict},
        policy::Policy,
        step::{Step, rule},
    },
    placement::ShardState,
};

/// Gates that are looked at before anything begins.
const PREFLIGHT: [&str; 5] =
    ["source.ready", "target.ready", "target.headroom", "target.max_tenants", "target.uncordoned"];

/// All gates of a plan, in a stable order.
#[must_use]
pub fn preflight(
    base: &Base,
    facts: &Facts,
    policy: &Policy,
    overrides: &[GateOverride],
) -> Vec<Gate> {
    let several = base.moves.len() > 1;
    let mut gates: Vec<Gate> = base
        .moves
        .iter()
        .flat_map(|m| PREFLIGHT.iter().map(move |name| one(name, m, several, facts, policy)))
        .collect();
    gates.push(routing_converged(base, facts, policy));
    overridden(&mut gates, overrides);
    gates
}

/// The gates before one step.
#[must_use]
pub fn before(
    step: &Step,
    base: &Base,
    facts: &Facts,
    policy: &Policy,
    overrides: &[GateOverride],
) -> Vec<Gate> {
    let several = base.moves.len() > 1;
    let moved = base.moves.iter().find(|m| Some(m.service_kind) == step.service_kind);
    let Some(moved) = moved else { return Vec::new() };
    let names = rule(step.kind, policy).before;
    let mut gates: Vec<Gate> =
        names.iter().map(|name| one(name, moved, several, facts, policy)).collect();
    overridden(&mut gates, overrides);
    gates
}

/// The gates that must keep holding after the barrier: the target serves and keeps up, and every
/// Gateway routes to it.
#[must_use]
pub fn soak(base: &Base, facts: &Facts, policy: &Policy, overrides: &[GateOverride]) -> Vec<Gate> {
    let several = base.moves.len() > 1;
    let names = ["target.ready", "target.lag"];
    let mut gates: Vec<Gate> = base
        .moves
        .iter()
        .flat_map(|m| names.iter().map(move |name| one(name, m, several, facts, policy)))
        .collect();
    gates.push(routing_converged(base, facts, policy));
    overridden(&mut gates, overrides);
    gates
}

fn overridden(gates: &mut [Gate], overrides: &[GateOverride]) {
    for gate in gates.iter_mut().filter(|g| g.verdict != Verdict::Pass) {
        if let Some(by) = overrides.iter().find(|o| o.gate == gate.id) {
            gate.overridden_by = Some(Overridden { reason: by.reason.as_str().to_owned() });
        }
    }
}

/// What a gate found, before it is dressed.
struct Found {
    verdict: Verdict,
    observed: String,
    because: String,
    observed_at: DateTime<Utc>,
}

impl Found {
    fn unknown(because: String, observed_at: DateTime<Utc>) -> Self {
        Self { verdict: Verdict::Unknown, observed: "no reading".to_owned(), because, observed_at }
    }

    fn check(holds: bool, observed: String, because: &str, observed_at: DateTime<Utc>) -> Self {
        let verdict = if holds { Verdict::Pass } else { Verdict::Fail };
        let because = if holds { String::new() } else { because.to_owned() };
        Self { verdict, observed, because, observed_at }
    }
}

fn gate_id(name: &str, kind: ServiceKind, several: bool) -> String {
    if several { format!("{kind}.{name}") } else { name.to_owned() }
}

fn one(name: &str, moved: &Move, several: bool, facts: &Facts, policy: &Policy) -> Gate {
    let (found, threshold) = match name {
        "source.ready" => (source_ready(moved, facts, policy), "ready".to_owned()),
        "source.inflight" => (source_inflight(moved, facts, policy), "= 0".to_owned()),
        "target.ready" => (target_ready(moved, facts, policy), "ready".to_owned()),
        "target.lag" => (
            target_lag(moved, facts, policy),
            format!("≤ {} events · ≤ {} ms", policy.max_lag_events, policy.max_lag_ms),
        ),
        "target.headroom" => (
            target_room(moved, facts, policy, true),
            format!(
                "≥ {}.{} %",
                policy.min_headroom_permille / 10,
                policy.min_headroom_permille % 10
            ),
        ),
        "target.max_tenants" => {
            (target_room(moved, facts, policy, false), "≤ max_tenants".to_owned())
        }
        "target.uncordoned" => (target_uncordoned(moved, facts), "active".to_owned()),
        other => {
            let because = format!("no rule is known for {other}");
            (Found::unknown(because, facts.observed_at), String::new())
        }
    };
    Gate {
        id: gate_id(name, moved.service_kind, several),
        verdict: found.verdict,
        observed: found.observed,
        threshold,
        observed_at: found.observed_at,
        max_age_ms: policy.max_age_ms,
        because: found.because,
        overridden_by: None,
    }
}

/// A node's id, what it said and when.
type Seen<'f> = (String, &'f NodeReading, DateTime<Utc>);

/// Reads every node of a side; the first that is not known decides.
fn readings<'f>(side: &Side, facts: &'f Facts, policy: &Policy) -> Result<Vec<Seen<'f>>, Found> {
    let mut known = Vec::new();
    for node in &side.nodes {
        let id = node.node_id.to_string();
        let Some(reading) = facts.nodes.get(&node.node_id) else {
            return Err(Found::unknown(format!("{id} was not asked"), facts.observed_at));
        };
        match reading.fresh(facts.observed_at, policy.max_age_ms) {
            Ok(value) => known.push((id, value, reading.observed_at())),
            Err(why) => {
                return Err(Found::unknown(format!("{id}: {why}"), reading.observed_at()));
            }
        }
    }
    if known.is_empty() {
        return Err(Found::unknown(format!("{} has no node", side.shard), facts.observed_at));
    }
    Ok(known)
}

fn source_ready(moved: &Move, facts: &Facts, policy: &Policy) -> Found {
    let nodes = match readings(&moved.source, facts, policy) {
        Ok(nodes) => nodes,
        Err(found) => return found,
    };
    for (id, node, at) in &nodes {
        if !node.ready {
            return Found::check(false, "not ready".to_owned(), &format!("{id} is not ready"), *at);
        }
        let serves = matches!(
            node.tenant.state,
            TenantState::Active | TenantState::Draining | TenantState::Drained
        );
        if !serves {
            let why = format!("{id} does not hold the tenant");
            return Found::check(
                false,
                format!("{:?}", node.tenant.state).to_lowercase(),
                &why,
                *at,
            );
        }
    }
    Found::check(true, "ready".to_owned(), "", nodes[0].2)
}

fn source_inflight(moved: &Move, facts: &Facts, policy: &Policy) -> Found {
    let nodes = match readings(&moved.source, facts, policy) {
        Ok(nodes) => nodes,
        Err(found) => return found,
    };
    let total: u64 = nodes.iter().map(|(_, n, _)| n.tenant.inflight).sum();
    let why = format!("{} still works on {total}", moved.source.shard);
    Found::check(total == 0, total.to_string(), &why, nodes[0].2)
}

fn target_ready(moved: &Move, facts: &Facts, policy: &Policy) -> Found {
    let nodes = match readings(&moved.target, facts, policy) {
        Ok(nodes) => nodes,
        Err(found) => return found,
    };
    for (id, node, at) in &nodes {
        if !node.ready || node.draining {
            let seen = if node.draining { "draining" } else { "not ready" };
            return Found::check(false, seen.to_owned(), &format!("{id} is {seen}"), *at);
        }
    }
    Found::check(true, "ready".to_owned(), "", nodes[0].2)
}

fn target_lag(moved: &Move, facts: &Facts, policy: &Policy) -> Found {
    let nodes = match readings(&moved.target, facts, policy) {
        Ok(nodes) => nodes,
        Err(found) => return found,
    };
    let events = nodes.iter().map(|(_, n, _)| n.tenant.lag_events).max().unwrap_or(0);
    let ms = nodes.iter().map(|(_, n, _)| n.tenant.lag_ms).max().unwrap_or(0);
    let holds = events <= policy.max_lag_events && ms <= policy.max_lag_ms;
    let why = format!("{} has not caught up", moved.target.shard);
    Found::check(holds, format!("{events} events · {ms} ms"), &why, nodes[0].2)
}

/// Room on the target, counted with the newcomer: against the share to keep free, or the limit.
fn target_room(moved: &Move, facts: &Facts, policy: &Policy, share: bool) -> Found {
    let nodes = match readings(&moved.target, facts, policy) {
        Ok(nodes) => nodes,
        Err(found) => return found,
    };
    let limit = nodes.iter().map(|(_, n, _)| n.max_tenants).min().unwrap_or(0);
    let map = facts.maps.get(&moved.service_kind);
    let shard = map.and_then(|m| m.shards.get(&moved.target.shard));
    let Some(shard) = shard else {
        let because = format!("{} is not in the directory", moved.target.shard);
        return Found::unknown(because, facts.observed_at);
    };
    let with = shard.tenants + 1;
    if share {
        let free = limit.saturating_sub(with) * 1000 / limit.max(1);
        let seen = format!("{}.{} %", free / 10, free % 10);
        let why = format!("{} would hold {with} of {limit}", moved.target.shard);
        Found::check(free >= policy.min_headroom_permille, seen, &why, nodes[0].2)
    } else {
        let why = format!("{} takes {limit} at most", moved.target.shard);
        Found::check(with <= limit, format!("{with} with this, of {limit}"), &why, nodes[0].2)
    }
}

fn target_uncordoned(moved: &Move, facts: &Facts) -> Found {
    let map = facts.maps.get(&moved.service_kind);
    match map.and_then(|m| m.shards.get(&moved.target.shard)) {
        None => {
            let because = format!("{} is not in the directory", moved.target.shard);
            Found::unknown(because, facts.observed_at)
        }
        Some(shard) => match shard.entry.value.state {
            ShardState::Active => Found::check(true, "active".to_owned(), "", facts.observed_at),
            ShardState::Cordoned => {
                let why = format!("{} takes no new tenants", moved.target.shard);
                Found::check(false, "cordoned".to_owned(), &why, facts.observed_at)
            }
        },
    }
}

/// No Gateway is behind: each reports the control plane's own snapshot hash.
fn routing_converged(base: &Base, facts: &Facts, policy: &Policy) -> Gate {
    let total = base.gateways.len();
    let (mut equal, mut unknown, mut behind) = (0_usize, Vec::new(), Vec::new());
    let mut oldest = facts.observed_at;
    for id in base.gateways.keys() {
        let reading = facts.gateways.get(id);
        oldest = oldest.min(reading.map_or(facts.observed_at, Reading::observed_at));
        match reading.map(|r| r.fresh(facts.observed_at, policy.max_age_ms)) {
            Some(Ok(seen)) if seen.snapshot_sha256 == facts.snapshot_sha256 => equal += 1,
            Some(Ok(_)) => behind.push(format!("{id} routes by another map")),
            Some(Err(why)) => unknown.push(format!("{id}: {why}")),
            None => unknown.push(format!("{id} was not asked")),
        }
    }
    let verdict = match (behind.is_empty(), unknown.is_empty(), total) {
        (false, _, _) => Verdict::Fail,
        (true, false, _) | (true, true, 0) => Verdict::Unknown,
        (true, true, _) => Verdict::Pass,
    };
    if total == 0 {
        unknown.push("no Gateway is listed".to_owned());
    }
    behind.append(&mut unknown);
    Gate {
        id: "routing.converged".to_owned(),
        verdict,
        observed: format!("{equal} of {total}"),
        threshold: "every Gateway".to_owned(),
        observed_at: oldest,
        max_age_ms: policy.max_age_ms,
        because: behind.join("; "),
        overridden_by: None,
    }
}
