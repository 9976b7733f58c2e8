//! Lag, the placement watch and the hold rule, seen from outside. The faults `hang_drain`,
//! `refuse_reload` and `crash` are in the moves and the Gateway's cases.
//! Registered by `main` (libtest_mimic).

use std::time::{Duration, Instant};

use fleet_sim::fault::Fault;
use serde_json::{Value, json};
use streams::{clock::pause, ids::ServiceKind};

use crate::support::{Answer, Fleet, drain_body, start};

/// A command of `acme` through the first Gateway; its status and its body.
async fn command(fleet: &Fleet, amount: i64) -> Answer {
    let url = format!("{}/v1/commands", fleet.url("gw-1"));
    let body = json!({"entity": "held", "amount": amount});
    let request = fleet.http().post(url).header("x-tenant-id", "acme").json(&body);
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    Answer { status, body: response.json().await.unwrap_or(Value::Null) }
}

async fn a_projection_that_lags_says_so_and_catches_up_from_the_log() {
    let fleet = start(&["--rps", "0"]).await;
    let (node, _, _) = fleet.owner(ServiceKind::Projection, "acme").await;
    fleet.fault(&node, Fault::Lag, None);
    for amount in 1..=5 {
        assert_eq!(command(&fleet, amount).await.status, 200);
    }
    let lag = "/admin/v1/tenants/acme/lag";
    let behind = fleet.until_node(&node, lag, |a| a.body["events"] == 5).await;
    assert_eq!((&behind["applied_seq"], behind["head_seq"].as_u64()), (&json!(0), Some(5)));
    fleet.clear(&node, Fault::Lag);
    let there = fleet.until_node(&node, lag, |a| a.body["events"] == 0).await;
    assert_eq!(there["applied_seq"], behind["head_seq"]);
    let url = format!("{}/v1/entities/held", fleet.url("gw-2"));
    let read = fleet.http().get(url).header("x-tenant-id", "acme").send().await.unwrap();
    let view: Value = read.json().await.unwrap();
    assert_eq!((&view["count"], &view["sum"]), (&json!(5), &json!(15)));
    fleet.app.stop().await;
}

async fn a_request_of_a_draining_tenant_is_held_and_served_once_it_may_be() {
    let fleet = start(&["--rps", "0"]).await;
    let (node, _, epoch) = fleet.owner(ServiceKind::Aggregate, "acme").await;
    fleet.order("PUT", &node, ("acme", "/drain"), (5, epoch), drain_body()).await;
    let drained = |a: &Answer| a.body["state"] == "drained";
    fleet.until_node(&node, "/admin/v1/tenants/acme/drain", drained).await;
    let begin = Instant::now();
    let undrain = async {
        pause(Duration::from_millis(600)).await;
        fleet.order("DELETE", &node, ("acme", "/drain"), (6, epoch), Value::Null).await
    };
    let (held, undrained) = futures::join!(command(&fleet, 1), undrain);
    assert_eq!((held.status, undrained.status), (200, 200), "{}", held.body);
    assert!(begin.elapsed() >= Duration::from_millis(600), "it was not held");
    fleet.app.stop().await;
}

async fn a_request_held_as_long_as_allowed_is_refused_with_a_hint_when_to_come_again() {
    let fleet = start(&["--rps", "0", "--buffer-ms", "500"]).await;
    let (node, _, epoch) = fleet.owner(ServiceKind::Aggregate, "acme").await;
    fleet.order("PUT", &node, ("acme", "/drain"), (5, epoch), drain_body()).await;
    let drained = |a: &Answer| a.body["state"] == "drained";
    fleet.until_node(&node, "/admin/v1/tenants/acme/drain", drained).await;
    let url = format!("{}/v1/commands", fleet.url("gw-1"));
    let body = json!({"entity": "held", "amount": 1});
    let request = fleet.http().post(url).header("x-tenant-id", "acme").json(&body);
    let refused = request.send().await.unwrap();
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "tenant_draining");
    fleet.app.stop().await;
}

async fn a_flip_is_seen_by_both_gateways_and_by_the_nodes_themselves() {
    let fleet = start(&["--rps", "0"]).await;
    let (source, target, _) = fleet.owner(ServiceKind::Runner, "acme").await;
    let revision = fleet.flip(ServiceKind::Runner, "acme").await;
    let path = "/admin/v1/placement?entries=false";
    let there = |a: &Answer| a.body["revisions"]["runner_placement"] == revision;
    let mut hashes = Vec::new();
    for gateway in ["gw-1", "gw-2"] {
        let seen = fleet.until_node(gateway, path, there).await;
        hashes.push(seen["snapshot_sha256"].clone());
    }
    assert_eq!(hashes[0], hashes[1]);
    for node in [source, target] {
        fleet.until_node(&node, path, there).await;
    }
    fleet.app.stop().await;
}

cases!(
    a_projection_that_lags_says_so_and_catches_up_from_the_log,
    a_request_of_a_draining_tenant_is_held_and_served_once_it_may_be,
    a_request_held_as_long_as_allowed_is_refused_with_a_hint_when_to_come_again,
    a_flip_is_seen_by_both_gateways_and_by_the_nodes_themselves,
);
