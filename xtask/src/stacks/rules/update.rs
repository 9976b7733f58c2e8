//! Rules about how a service is replaced: order, when a bad version is noticed, time to stop.
//! A `monitor` that is too short calls a broken version good. Next: `references.rs`.

use super::{Complaint, Service, millis, unless};

/// The shortest time a service gets to drain.
const DRAIN_MS: u64 = 10_000;

pub(super) fn grace(service: &Service<'_>) -> Complaint {
    let grace = millis(&service.body["stop_grace_period"]);
    unless(grace.is_some_and(|ms| ms > DRAIN_MS), "needs a stop_grace_period above 10 s")
}

/// `start-first`, but `stop-first` where a host port would make the update hang.
pub(super) fn order(service: &Service<'_>) -> Complaint {
    let ports = service.body["ports"].as_sequence();
    let host = ports.is_some_and(|list| list.iter().any(|port| port["mode"] == "host"));
    let wanted = if host { "stop-first" } else { "start-first" };
    let deploy = &service.body["deploy"];
    let holds = ["update_config", "rollback_config"]
        .iter()
        .all(|section| deploy[*section]["order"] == wanted);
    (!holds).then(|| format!("needs `order: {wanted}` for update and rollback"))
}

pub(super) fn failure_action(service: &Service<'_>) -> Complaint {
    let action = &service.body["deploy"]["update_config"]["failure_action"];
    unless(action == "rollback", "needs `update_config.failure_action: rollback`")
}

/// Long enough to see the slowest unhealthy start and its stop.
pub(super) fn monitor(service: &Service<'_>) -> Complaint {
    let check = &service.body["healthcheck"];
    let health = (
        millis(&check["start_period"]),
        millis(&check["interval"]),
        check["retries"].as_u64(),
        millis(&service.body["stop_grace_period"]),
    );
    let (Some(start), Some(interval), Some(retries), Some(stop)) = health else {
        return None; // `healthcheck` and `grace` complain about what is missing.
    };
    let least = start + interval * retries + stop;
    let monitor = millis(&service.body["deploy"]["update_config"]["monitor"]).unwrap_or(0);
    (monitor < least).then(|| format!("needs `update_config.monitor` of at least {least} ms"))
}
