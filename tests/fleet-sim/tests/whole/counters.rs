//! The counters count: nothing under clean traffic, and each broken rule moves its own.
//! Registered by `main` (libtest_mimic).

use fleet_sim::{checker::Counters, fault::Fault};
use streams::ids::ServiceKind;

use crate::support::start;

fn harms(c: &Counters) -> (u64, u64, u64) {
    (c.lost, c.doubled, c.misrouted)
}

async fn clean_traffic_loses_doubles_and_misroutes_nothing() {
    let fleet = start(&["--rps", "200"]).await;
    fleet.until("300 requests", |c| c.acknowledged > 150 && c.reads > 150).await;
    let counters = fleet.settled().await;
    assert_eq!(harms(&counters), (0, 0, 0), "{}", fleet.findings());
    assert!(counters.unsettled.none());
    assert_eq!(counters.unknown, 0);
    fleet.app.stop().await;
}

async fn broken(nodes: [&str; 2], rule: Fault, seen: fn(&Counters) -> bool) {
    let fleet = start(&["--rps", "100"]).await;
    fleet.until("clean traffic first", |c| c.acknowledged > 20).await;
    assert_eq!(harms(&fleet.counters()), (0, 0, 0), "{}", fleet.findings());
    for node in nodes {
        fleet.fault(node, rule, None);
    }
    fleet.until(rule.as_str(), seen).await;
    fleet.app.stop().await;
}

async fn an_aggregate_that_appends_twice_is_counted_as_doubled() {
    broken(["agg-01a", "agg-02a"], Fault::DoubleAppend, |c| c.doubled > 0).await;
}

async fn an_aggregate_that_acknowledges_without_appending_is_counted_as_lost() {
    broken(["agg-01a", "agg-02a"], Fault::AckWithoutAppend, |c| c.lost > 0).await;
}

async fn a_projection_that_applies_twice_is_counted_as_doubled() {
    broken(["prj-01a", "prj-02a"], Fault::DoubleApply, |c| c.doubled > 0).await;
}

async fn a_projection_that_passes_over_an_event_is_counted_as_lost() {
    broken(["prj-01a", "prj-02a"], Fault::SkipApply, |c| c.lost > 0).await;
}

async fn a_runner_that_runs_an_effect_twice_is_counted_as_doubled() {
    broken(["run-01a", "run-02a"], Fault::DoubleEffect, |c| c.doubled > 0).await;
}

async fn a_runner_that_passes_over_an_effect_is_counted_as_lost() {
    broken(["run-01a", "run-02a"], Fault::SkipEffect, |c| c.lost > 0).await;
}

/// The tenant's placement is moved by hand without any drain, while the source ignores the epoch
/// and the Gateways keep their old map.
async fn moved_without_a_drain(kind: ServiceKind) {
    let fleet = start(&["--rps", "150"]).await;
    fleet.until("traffic", |c| c.acknowledged > 20).await;
    let (source, _, _) = fleet.owner(kind, "acme").await;
    fleet.fault(&source, Fault::IgnoreEpoch, None);
    fleet.fault("gw-1", Fault::RefuseReload, None);
    fleet.fault("gw-2", Fault::RefuseReload, None);
    fleet.flip(kind, "acme").await;
    fleet.until("misrouted", |c| c.misrouted > 0).await;
    fleet.app.stop().await;
}

async fn an_aggregate_that_ignores_a_higher_epoch_is_counted_as_misrouted() {
    moved_without_a_drain(ServiceKind::Aggregate).await;
}

async fn a_projection_that_ignores_a_higher_epoch_is_counted_as_misrouted() {
    moved_without_a_drain(ServiceKind::Projection).await;
}

async fn a_runner_that_ignores_a_higher_epoch_is_counted_as_misrouted() {
    moved_without_a_drain(ServiceKind::Runner).await;
}

/// The same move with the rule kept: the source fences itself, and nothing is misrouted.
async fn a_node_that_sees_a_higher_epoch_stops_serving_at_once() {
    let fleet = start(&["--rps", "150", "--buffer-ms", "500"]).await;
    fleet.until("traffic", |c| c.acknowledged > 20).await;
    let kind = ServiceKind::Aggregate;
    let (source, _, _) = fleet.owner(kind, "acme").await;
    fleet.flip(kind, "acme").await;
    let path = "/admin/v1/tenants/acme/drain";
    let drain = fleet.until_node(&source, path, |a| a.body["state"] == "drained").await;
    assert!(drain["reason"].as_str().unwrap().contains("above its own"), "{drain}");
    fleet.until("refusals, as nobody serves it", |c| c.refused > 0).await;
    let counters = fleet.settled().await;
    assert_eq!(harms(&counters), (0, 0, 0), "{}", fleet.findings());
    fleet.app.stop().await;
}

async fn an_aggregate_that_serves_a_drained_tenant_is_counted_once_the_placement_moves() {
    let fleet = start(&["--rps", "150"]).await;
    fleet.until("traffic", |c| c.acknowledged > 20).await;
    let kind = ServiceKind::Aggregate;
    let (source, _, epoch) = fleet.owner(kind, "acme").await;
    let body = crate::support::drain_body();
    let drained = fleet.order("PUT", &source, ("acme", "/drain"), (5, epoch), body).await;
    assert_eq!(drained.status, 202);
    fleet.fault(&source, Fault::IgnoreDrain, None);
    fleet.fault("gw-1", Fault::RefuseReload, None);
    fleet.fault("gw-2", Fault::RefuseReload, None);
    fleet.flip(kind, "acme").await;
    fleet.until("misrouted", |c| c.misrouted > 0).await;
    fleet.app.stop().await;
}

cases!(
    clean_traffic_loses_doubles_and_misroutes_nothing,
    an_aggregate_that_appends_twice_is_counted_as_doubled,
    an_aggregate_that_acknowledges_without_appending_is_counted_as_lost,
    a_projection_that_applies_twice_is_counted_as_doubled,
    a_projection_that_passes_over_an_event_is_counted_as_lost,
    a_runner_that_runs_an_effect_twice_is_counted_as_doubled,
    a_runner_that_passes_over_an_effect_is_counted_as_lost,
    an_aggregate_that_ignores_a_higher_epoch_is_counted_as_misrouted,
    a_projection_that_ignores_a_higher_epoch_is_counted_as_misrouted,
    a_runner_that_ignores_a_higher_epoch_is_counted_as_misrouted,
    a_node_that_sees_a_higher_epoch_stops_serving_at_once,
    an_aggregate_that_serves_a_drained_tenant_is_counted_once_the_placement_moves,
);
