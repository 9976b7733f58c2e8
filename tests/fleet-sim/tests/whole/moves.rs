//! A tenant moves as the control plane moves it, under traffic; drains, fences and holds persist.
//! Registered by `main` (libtest_mimic).

use std::time::Duration;

use fleet_sim::fault::Fault;
use serde_json::{Value, json};
use streams::{clock::pause, ids::ServiceKind};

use crate::support::{Fleet, begin, drain_body, start};

/// The steps of jobs.md for one service kind.
async fn migrate(fleet: &Fleet, kind: ServiceKind, tenant: &str, fence: u64) {
    let (source, target, epoch) = fleet.owner(kind, tenant).await;
    let next = epoch + 1;
    let prepare = |hold: Value| json!({"epoch": next, "from_seq": 0, "hold_at": hold});
    let answer = fleet
        .order("POST", &target, (tenant, "/prepare"), (fence, next), prepare(Value::Null))
        .await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let tenant_path = format!("/admin/v1/tenants/{tenant}");
    let lag = format!("{tenant_path}/lag");
    fleet.until_node(&target, &lag, |a| a.body["events"].as_u64().is_some_and(|e| e < 5)).await;
    let answer =
        fleet.order("PUT", &source, (tenant, "/drain"), (fence + 1, epoch), drain_body()).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let drain_path = format!("{tenant_path}/drain");
    let drain = fleet.until_node(&source, &drain_path, |a| a.body["state"] == "drained").await;
    let position = drain["final_seq"].as_u64().unwrap();
    pause(Duration::from_millis(300)).await; // a live log runs past the position meanwhile
    fleet
        .order("POST", &target, (tenant, "/prepare"), (fence + 2, next), prepare(json!(position)))
        .await;
    let held = |a: &crate::support::Answer| a.body["lag"]["applied_seq"].as_u64() == Some(position);
    fleet.until_node(&target, &tenant_path, held).await;
    let digest = format!("{tenant_path}/digest?at_seq={position}");
    let of_target = fleet.until_node(&target, &digest, |a| a.status == 200).await;
    let of_source = fleet.until_node(&source, &digest, |a| a.status == 200).await;
    assert_eq!(of_target["digest"], of_source["digest"]);
    let revision = fleet.flip(kind, tenant).await;
    let activate = json!({"epoch": next, "min_seq": position});
    let answer =
        fleet.order("POST", &target, (tenant, "/activate"), (fence + 3, next), activate).await;
    assert_eq!((answer.status, &answer.body["state"]), (200, &json!("active")));
    for gateway in ["gw-1", "gw-2"] {
        let map = format!("{kind}_placement");
        let placement = "/admin/v1/placement?entries=false";
        let seen =
            |a: &crate::support::Answer| a.body["revisions"][&map].as_u64() >= Some(revision);
        fleet.until_node(gateway, placement, seen).await;
    }
}

async fn a_tenant_moves_there_and_back_in_every_kind_and_nothing_is_lost() {
    let fleet = start(&["--rps", "150"]).await;
    fleet.until("traffic", |c| c.acknowledged > 50).await;
    let mut fence = 100;
    for _ in 0..2 {
        for kind in ServiceKind::DRAIN_ORDER {
            migrate(&fleet, kind, "acme", fence).await;
            fence += 10;
            let before = fleet.counters().per_tenant.len();
            assert_eq!(before, 6);
        }
    }
    let served = fleet.counters().acknowledged;
    fleet.until("traffic goes on", |c| c.acknowledged > served + 50).await;
    let counters = fleet.settled().await;
    let harms = (counters.lost, counters.doubled, counters.misrouted, counters.refused);
    assert_eq!(harms, (0, 0, 0, 0), "{}", fleet.findings());
    fleet.app.stop().await;
}

async fn a_target_that_ran_past_the_position_goes_back_to_exactly_there() {
    let fleet = start(&["--rps", "150"]).await;
    fleet.until("traffic", |c| c.acknowledged > 60).await;
    fleet.settled().await;
    let (source, target, epoch) = fleet.owner(ServiceKind::Projection, "acme").await;
    let next = epoch + 1;
    let path = "/admin/v1/tenants/acme";
    let early = fleet.get(&source, path).await.body["lag"]["applied_seq"].as_u64().unwrap();
    let digest = format!("{path}/digest?at_seq={early}");
    let wanted = fleet.until_node(&source, &digest, |a| a.status == 200).await;
    fleet.traffic(150.0);
    let seen = fleet.counters().acknowledged;
    fleet.until("more events", |c| c.acknowledged > seen + 60).await;
    fleet.settled().await;
    let body = json!({"epoch": next, "from_seq": 0, "hold_at": null});
    fleet.order("POST", &target, ("acme", "/prepare"), (9, next), body).await;
    let past = |a: &crate::support::Answer| a.body["lag"]["applied_seq"].as_u64() > Some(early);
    fleet.until_node(&target, path, past).await;
    let body = json!({"epoch": next, "from_seq": 0, "hold_at": early});
    fleet.order("POST", &target, ("acme", "/prepare"), (10, next), body).await;
    let at = |a: &crate::support::Answer| a.body["lag"]["applied_seq"].as_u64() == Some(early);
    fleet.until_node(&target, path, at).await;
    let found = fleet.until_node(&target, &digest, |a| a.status == 200).await;
    assert_eq!(found["digest"], wanted["digest"]);
    let computed = fleet.until_node(&source, &digest, |a| a.status == 200).await;
    assert_eq!(computed["digest"], wanted["digest"], "folded from the log, past the position");
    let min = json!({"epoch": next, "min_seq": early + 1});
    let early = fleet.order("POST", &target, ("acme", "/activate"), (11, next), min).await;
    assert_eq!((early.status, &early.body["code"]), (409, &json!("wrong_state")));
    fleet.app.stop().await;
}

async fn drain_and_fence_survive_a_crash_of_the_node() {
    let fleet = start(&["--rps", "100"]).await;
    fleet.until("traffic", |c| c.acknowledged > 20).await;
    let (source, _, epoch) = fleet.owner(ServiceKind::Runner, "acme").await;
    fleet.fault(&source, Fault::HangDrain, None);
    fleet.order("PUT", &source, ("acme", "/drain"), (50, epoch), drain_body()).await;
    let drain = "/admin/v1/tenants/acme/drain";
    fleet.until_node(&source, drain, |a| a.body["remaining"] == 1).await;
    fleet.fault(&source, Fault::Crash, Some(300));
    let path = "/admin/v1/tenants/acme";
    fleet
        .until("the crash", |_| fleet.app.sim.slots[&source.parse().unwrap()].restarts() == 1)
        .await;
    let again = |a: &crate::support::Answer| a.body["state"] == "draining" && a.body["fence"] == 50;
    fleet.until_node(&source, path, again).await;
    let stale = fleet.order("DELETE", &source, ("acme", "/drain"), (49, epoch), Value::Null).await;
    assert_eq!((stale.status, &stale.body["current_fence"]), (412, &json!(50)));
    fleet.clear(&source, Fault::HangDrain);
    fleet.until_node(&source, drain, |a| a.body["state"] == "drained").await;
    let undrained =
        fleet.order("DELETE", &source, ("acme", "/drain"), (51, epoch), Value::Null).await;
    assert_eq!((undrained.status, &undrained.body["state"]), (200, &json!("cancelled")));
    let counters = fleet.settled().await;
    let harms = (counters.lost, counters.doubled, counters.misrouted);
    assert_eq!(harms, (0, 0, 0), "{}", fleet.findings());
    fleet.app.stop().await;
}

async fn crashes_of_every_node_under_traffic_lose_and_double_nothing() {
    let fleet = start(&["--rps", "150"]).await;
    fleet.until("traffic", |c| c.acknowledged > 50).await;
    for node in ["agg-01a", "prj-01a", "run-01a", "gw-1", "agg-02a", "prj-02a", "run-02a", "gw-2"] {
        let slot = fleet.app.sim.slots[&node.parse().unwrap()].clone();
        fleet.fault(node, Fault::Crash, Some(100));
        fleet.until(node, |_| slot.restarts() == 1 && slot.life().is_some()).await;
        let served = fleet.counters().acknowledged;
        fleet.until("traffic goes on", |c| c.acknowledged > served + 15).await;
    }
    let counters = fleet.settled().await;
    let harms = (counters.lost, counters.doubled, counters.misrouted);
    assert_eq!(harms, (0, 0, 0), "{}", fleet.findings());
    fleet.app.stop().await;
}

async fn the_whole_program_starts_again_where_it_stopped() {
    let fleet = start(&["--rps", "150"]).await;
    fleet.until("traffic", |c| c.acknowledged > 50).await;
    migrate(&fleet, ServiceKind::Projection, "acme", 100).await;
    let (owner, _, _) = fleet.owner(ServiceKind::Projection, "acme").await;
    let Fleet { app, dir, substrate, .. } = fleet;
    let token = app.sim.world.node_token.clone();
    app.stop().await;
    let fleet = begin(dir, substrate, &["--rps", "150"]).await;
    assert_eq!(fleet.app.sim.world.node_token, token);
    let status = fleet.get(&owner, "/admin/v1/tenants/acme").await.body;
    assert_eq!((&status["state"], &status["epoch"]), (&json!("active"), &json!(2)));
    fleet.until("traffic", |c| c.acknowledged > 50).await;
    let counters = fleet.settled().await;
    let harms = (counters.lost, counters.doubled, counters.misrouted);
    assert_eq!(harms, (0, 0, 0), "{}", fleet.findings());
    fleet.app.stop().await;
}

async fn a_hung_drain_ends_by_force_and_nothing_is_lost() {
    let fleet = start(&["--rps", "100"]).await;
    fleet.until("traffic", |c| c.acknowledged > 20).await;
    let (source, _, epoch) = fleet.owner(ServiceKind::Runner, "acme").await;
    fleet.fault(&source, Fault::HangDrain, None);
    let mut body = drain_body();
    body["deadline_ms"] = json!(200);
    body["force_on_deadline"] = json!(true);
    fleet.order("PUT", &source, ("acme", "/drain"), (5, epoch), body).await;
    let drain = "/admin/v1/tenants/acme/drain";
    let drain = fleet.until_node(&source, drain, |a| a.body["state"] == "drained").await;
    assert_eq!(drain["forced"], true, "{drain}");
    assert!(drain["abandoned"].as_u64() >= Some(1), "{drain}");
    fleet.order("DELETE", &source, ("acme", "/drain"), (6, epoch), Value::Null).await;
    let counters = fleet.settled().await;
    assert_eq!((counters.lost, counters.doubled), (0, 0), "{}", fleet.findings());
    fleet.app.stop().await;
}

cases!(
    a_tenant_moves_there_and_back_in_every_kind_and_nothing_is_lost,
    a_target_that_ran_past_the_position_goes_back_to_exactly_there,
    drain_and_fence_survive_a_crash_of_the_node,
    crashes_of_every_node_under_traffic_lose_and_double_nothing,
    the_whole_program_starts_again_where_it_stopped,
    a_hung_drain_ends_by_force_and_nothing_is_lost,
);
