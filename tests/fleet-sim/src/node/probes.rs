//! What a node says of itself: health, readiness, identity, metrics.

use std::{fmt::Write, sync::Arc};

use axum::{Json, extract::State as Shared, http::StatusCode};
use fleet::contract::{
    API_VERSION, Check, CheckStatus, Health, HealthStatus, Info, Limits, NodeKind, Ready,
    ReadyState, TenantState, capability,
};

use super::{Life, State, status};
use crate::{fault::Fault, world::VERSION};

type Node = Shared<Arc<Life>>;

/// `GET /health`.
pub async fn health(life: Node) -> Json<Health> {
    Json(Health {
        status: HealthStatus::Ok,
        service: life.spec.kind,
        node_id: life.spec.node_id.clone(),
        version: VERSION.to_owned(),
        git_sha: life.world.git_sha.to_owned(),
        started_at: life.started_at,
    })
}

/// `GET /ready`.
pub async fn ready(life: Node) -> (StatusCode, Json<Ready>) {
    let routing = life.routing.borrow().clone();
    let state = life.lock();
    let mut checks = vec![placement_check(&life)];
    if life.kind().is_some() {
        checks.push(log_check(&life, &state));
    }
    if let Some(flap) = flap_check(&life) {
        checks.push(flap);
    }
    let failed = checks.iter().any(|c| c.status == CheckStatus::Fail);
    let status = if life.has(Fault::LieHealth) {
        ReadyState::Ready
    } else if state.record.draining() {
        ReadyState::Draining
    } else if failed {
        ReadyState::NotReady
    } else {
        ReadyState::Ready
    };
    let code = match status {
        ReadyState::Ready => StatusCode::OK,
        ReadyState::NotReady | ReadyState::Draining => StatusCode::SERVICE_UNAVAILABLE,
    };
    let placement = routing.map(|r| r.revisions().clone()).unwrap_or_default();
    (code, Json(Ready { status, checks, placement }))
}

fn check(life: &Life, name: &str, status: CheckStatus, detail: impl Into<String>) -> Check {
    let (name, detail) = (name.to_owned(), detail.into());
    Check { name, status, detail, observed_at: life.world.now() }
}

fn placement_check(life: &Life) -> Check {
    let name = "placement";
    match life.routing.borrow().as_ref() {
        None => check(life, name, CheckStatus::Fail, "no valid placement has been loaded yet"),
        Some(routing) => match routing.alarm() {
            None => check(life, name, CheckStatus::Pass, "the placement is loaded and watched"),
            Some(cause) => {
                let detail = format!("a change was not taken: {cause}");
                check(life, name, CheckStatus::Warn, detail)
            }
        },
    }
}

fn log_check(life: &Life, state: &State) -> Check {
    if state.feeding {
        check(life, "log", CheckStatus::Pass, "the tenants' log is read")
    } else {
        check(life, "log", CheckStatus::Fail, "the tenants' log has not been read yet")
    }
}

fn flap_check(life: &Life) -> Option<Check> {
    let period = life.faults.get(Fault::Flap)?.duration(2_000).as_millis().max(1);
    let since = u128::try_from((life.world.now() - life.started_at).num_milliseconds()).ok()?;
    let down = (since / period) % 2 == 1;
    let status = if down { CheckStatus::Fail } else { CheckStatus::Pass };
    Some(check(life, "flap", status, "the fault flap is on"))
}

/// `GET /admin/v1/info`.
pub async fn info(life: Node) -> Json<Info> {
    let capabilities: &[&str] = match life.spec.kind {
        NodeKind::Gateway => &[capability::NODE_DRAIN, capability::RELOAD],
        NodeKind::Aggregate | NodeKind::Projection | NodeKind::Runner => &[
            capability::TENANT_DRAIN,
            capability::TENANT_PREPARE,
            capability::TENANT_DIGEST,
            capability::TENANT_DROP,
            capability::NODE_DRAIN,
            capability::RELOAD,
        ],
    };
    Json(Info {
        api: API_VERSION.to_owned(),
        kind: life.spec.kind,
        node_id: life.spec.node_id.clone(),
        shard: life.spec.shard.clone(),
        capabilities: capabilities.iter().map(|c| (*c).to_owned()).collect(),
        limits: Limits { max_tenants: life.kind().map(|_| 500) },
        fence: life.lock().record.fence,
    })
}

/// `GET /metrics`: Prometheus text, no label per tenant.
pub async fn metrics(life: Node) -> String {
    let service = life.spec.kind;
    let state = life.lock();
    let mut inflight = 0;
    let mut lag = 0;
    let mut held = 0;
    for (tenant, record) in &state.record.tenants {
        if record.state != TenantState::Absent {
            held += 1;
            inflight += status::inflight(&life, &state, tenant).map_or(0, |i| i.count);
            lag += status::lag(&life, &state, tenant).map_or(0, |l| l.events);
        }
    }
    if life.kind().is_none() {
        inflight = life.open_requests();
    }
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, lines: &[(String, u64)]| {
        let _ = writeln!(text, "# HELP {service}_{name} {help}\n# TYPE {service}_{name} gauge");
        for (labels, value) in lines {
            let _ = writeln!(text, "{service}_{name}{labels} {value}");
        }
    };
    let sha = life.world.git_sha;
    let build = format!("{{service=\"{service}\",version=\"{VERSION}\",git_sha=\"{sha}\"}}");
    gauge("build_info", "The build that runs; always 1.", &[(build, 1)]);
    gauge("inflight", "Work accepted and not yet durably finished.", &[(String::new(), inflight)]);
    gauge("lag_events", "Events in the log and not yet applied.", &[(String::new(), lag)]);
    gauge("tenants", "Tenants the node holds.", &[(String::new(), held)]);
    let routing = life.routing.borrow().clone();
    let revisions: Vec<_> = routing
        .iter()
        .flat_map(|r| r.revisions())
        .map(|(map, revision)| (format!("{{map=\"{map}\"}}"), revision.0))
        .collect();
    gauge("placement_revision", "Highest placement revision applied.", &revisions);
    text
}
