//! What the observer makes of answering, silent, lying and half-knowing nodes.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use fleet::{
    contract::SnapshotSource,
    directory::Snapshot,
    facts::{FleetStatus, Observer, Wanted},
};
use streams::{
    clock::{Clock, SystemClock},
    ids::{Epoch, Revision, ServiceKind},
    job::facts::{Facts, NodeReading, Reading, TenantState},
    placement::{GatewayEntry, PlacementMap, Revised},
};

use crate::fake::{Server, client, flow};

const RUN: ServiceKind = ServiceKind::Runner;

/// A node of shard `run-01` that answers the calls of the observer; `lag` is its tenants' lag.
fn node(id: &str, lag: &str) -> Router {
    let tenant = |name: &str| {
        format!(
            r#"{{"tenant_id":"{name}","state":"active","epoch":7,"fence":5,
            "inflight":{{"count":3,"oldest_ms":840}},"lag":{lag},"size_bytes":null,
            "observed_at":"2026-11-24T08:00:00Z"}}"#
        )
    };
    let health = format!(
        r#"{{"status":"ok","service":"runner","node_id":"{id}","version":"1.2.3",
        "git_sha":"abc","started_at":"2026-11-24T07:00:00Z"}}"#
    );
    let info = format!(
        r#"{{"api":"v1","kind":"runner","node_id":"{id}","shard":"run-01",
        "capabilities":["tenant.drain"],"limits":{{"max_tenants":500}}}}"#
    );
    let ready = r#"{"status":"ready","checks":[],"placement":{"runner_placement":3}}"#;
    let first = format!(r#"{{"items":[{}],"next_cursor":"2"}}"#, tenant("acme"));
    let second = format!(r#"{{"items":[{}],"next_cursor":null}}"#, tenant("globex"));
    let page = move |request: axum::extract::Request| {
        let more = request.uri().query().is_some_and(|q| q.contains("cursor=2"));
        let body = if more { second.clone() } else { first.clone() };
        async move { body }
    };
    let acme = tenant("acme");
    Router::new()
        .route("/health", get(move || async move { health }))
        .route("/ready", get(move || async move { ready }))
        .route("/admin/v1/info", get(move || async move { info }))
        .route("/admin/v1/tenants", get(page))
        .route("/admin/v1/tenants/acme", get(move || async move { acme }))
}

/// A directory of one Runner shard with these nodes, and one Gateway.
fn snapshot(nodes: &[(&str, &str)], gateway: &str) -> Snapshot {
    let nodes: Vec<_> = nodes
        .iter()
        .map(|(id, url)| serde_json::json!({"node_id": id, "data_url": url, "admin_url": url}))
        .collect();
    let shard = serde_json::json!({"v": 1, "nodes": nodes, "state": "active"}).to_string();
    let entry = r#"{"v":1,"tenant_id":"acme","shard":"run-01","epoch":7,
        "updated_at":"2026-11-24T08:00:00Z"}"#;
    let mut map = PlacementMap::default();
    map.apply("shard.run-01", Some(shard.as_bytes()), Revision(4)).unwrap();
    map.apply("tenant.acme", Some(entry.as_bytes()), Revision(5)).unwrap();
    let value = GatewayEntry {
        v: 1,
        admin_url: gateway.to_owned(),
        data_url: gateway.to_owned(),
        labels: BTreeMap::new(),
    };
    let gateways =
        BTreeMap::from([("gw-1".parse().unwrap(), Revised { value, revision: Revision(1) })]);
    let maps = BTreeMap::from([(RUN, (map, Revision(5)))]);
    Snapshot::new(SnapshotSource::Kv, maps, (gateways, Revision(1)), SystemClock.now())
}

fn observer() -> Observer {
    Observer::new(client(), Arc::new(SystemClock)).with_deadline(Duration::from_millis(300))
}

async fn gather(snapshot: &Snapshot) -> Facts {
    let floors = BTreeMap::from([(RUN, Epoch(9))]);
    let (tenant, ids) = ("acme".parse().unwrap(), flow());
    let wanted = Wanted { tenant: &tenant, kinds: &[RUN], epoch_floors: &floors, ids: &ids };
    observer().gather(snapshot, wanted).await
}

fn because(reading: &Reading<NodeReading>) -> &str {
    match reading {
        Reading::Unknown { because, .. } => because,
        Reading::Known { value, .. } => panic!("known: {value:?}"),
    }
}

const LAG: &str = r#"{"applied_seq":10,"head_seq":19,"events":4,"age_ms":70}"#;

/// A server that takes calls and never answers.
async fn silent() -> Server {
    Server::start(Router::new().fallback(|| async { std::future::pending::<&str>().await })).await
}

/// T4.1
#[tokio::test]
async fn what_nodes_and_gateways_say_becomes_facts() {
    let runner = Server::start(node("run-1a", LAG)).await;
    let hash = "a".repeat(64);
    let placement = format!(
        r#"{{"source":"kv","revisions":{{"runner_placement":5}},"snapshot_sha256":"{hash}"}}"#
    );
    let router = Router::new()
        .route("/ready", get(|| async { r#"{"status":"ready"}"# }))
        .route("/admin/v1/placement", get(move || async move { placement }));
    let gateway = Server::start(router).await;
    let facts = gather(&snapshot(&[("run-1a", &runner.url)], &gateway.url)).await;
    let now = SystemClock.now();
    let read = facts.nodes[&"run-1a".parse().unwrap()].fresh(now, 5_000).unwrap();
    assert!(read.ready && !read.draining && read.max_tenants == 500);
    let tenant = &read.tenant;
    assert_eq!((tenant.state, tenant.inflight), (TenantState::Active, 3));
    assert_eq!((tenant.lag_events, tenant.lag_ms, tenant.applied_seq), (4, 70, 10));
    let gw = facts.gateways[&"gw-1".parse().unwrap()].fresh(now, 5_000).unwrap();
    assert_eq!((gw.revisions[&RUN], gw.snapshot_sha256.as_str()), (Revision(5), hash.as_str()));
    assert_eq!(facts.gateway_urls[&"gw-1".parse().unwrap()], gateway.url);
    let map = &facts.maps[&RUN];
    assert_eq!((map.epoch_floor, map.revision), (Epoch(9), Revision(5)));
    assert_eq!(map.shards[&"run-01".parse().unwrap()].tenants, 1);
    assert_eq!(facts.maps.len(), 3, "the maps of kinds that do not move are there too");
}

#[tokio::test]
async fn dead_silent_lying_and_half_knowing_nodes_are_unknown_with_the_reason() {
    let (mute, liar) = (silent().await, Server::start(node("run-9z", LAG)).await);
    let blind = Server::start(node("run-1d", "null")).await;
    let nodes = [
        ("run-1a", "http://127.0.0.1:1"),
        ("run-1b", &*mute.url),
        ("run-1c", &*liar.url),
        ("run-1d", &*blind.url),
        ("run-1e", "http://169.254.169.254"),
    ];
    let facts = gather(&snapshot(&nodes, "http://127.0.0.1:1")).await;
    let read = |id: &str| because(&facts.nodes[&id.parse().unwrap()]).to_owned();
    assert!(read("run-1a").contains("is unreachable"), "{}", read("run-1a"));
    assert_eq!(read("run-1b"), "no answer within 300 ms");
    assert!(read("run-1c").contains("answers as run-9z, not as run-1c"), "{}", read("run-1c"));
    assert_eq!(read("run-1d"), "the node cannot tell the lag of acme now");
    assert!(read("run-1e").contains("is not admitted"), "{}", read("run-1e"));
    let gateway = &facts.gateways[&"gw-1".parse().unwrap()];
    assert!(matches!(gateway, Reading::Unknown { .. }));
}

#[tokio::test]
async fn ten_silent_nodes_cost_one_deadline() {
    let mute = silent().await;
    let ids: Vec<String> = (0..10).map(|n| format!("run-{n}")).collect();
    let nodes: Vec<_> = ids.iter().map(|id| (id.as_str(), mute.url.as_str())).collect();
    let begun = Instant::now();
    let facts = gather(&snapshot(&nodes, &mute.url)).await;
    assert_eq!(facts.nodes.len(), 10);
    assert!(begun.elapsed() < Duration::from_millis(1_500), "{:?}", begun.elapsed());
}

/// T4.1
#[tokio::test]
async fn the_fleet_shows_every_node_and_null_where_nothing_is_known() {
    let runner = Server::start(node("run-1a", LAG)).await;
    let blind = Server::start(node("run-1b", "null")).await;
    let nodes =
        [("run-1a", &*runner.url), ("run-1b", &*blind.url), ("run-1c", "http://127.0.0.1:1")];
    let fleet = observer().fleet(&snapshot(&nodes, "http://127.0.0.1:1"), &flow()).await;
    let ids: Vec<_> = fleet.nodes.iter().map(|n| n.node_id.as_str()).collect();
    assert_eq!(ids, ["gw-1", "run-1a", "run-1b", "run-1c"]);
    let [gateway, good, blind, dead] = &fleet.nodes[..] else { panic!("four nodes") };
    assert_eq!((good.status, good.version.as_deref()), (FleetStatus::Ready, Some("1.2.3")));
    assert_eq!((good.tenants, good.inflight, good.lag_events), (Some(2), Some(6), Some(8)));
    assert_eq!((good.inflight_oldest_ms, good.lag_ms), (Some(840), Some(70)));
    assert_eq!((good.placement_behind, good.error.is_none()), (Some(true), true));
    assert_eq!((blind.lag_events, blind.inflight), (None, Some(6)));
    for lost in [gateway, dead] {
        assert_eq!((lost.status, lost.inflight, lost.tenants), (FleetStatus::Unknown, None, None));
        assert_eq!(lost.error.as_ref().unwrap().code, "node_unreachable");
    }
    let json = serde_json::to_value(dead).unwrap();
    assert!(json["lag_events"].is_null() && json["version"].is_null());
}

#[tokio::test]
async fn tenants_are_read_over_all_pages_and_a_circle_of_pages_is_unknown() {
    let runner = Server::start(node("run-1a", LAG)).await;
    let circle = || async { r#"{"items":[],"next_cursor":"again"}"# };
    let round = Server::start(Router::new().route("/admin/v1/tenants", get(circle))).await;
    let nodes = [("run-1a", &*runner.url), ("run-1b", &*round.url)];
    let shot = snapshot(&nodes, "http://127.0.0.1:1");
    let tenants = observer().tenants(&shot, &[RUN], &flow()).await;
    let Reading::Known { value, .. } = &tenants[&"run-1a".parse().unwrap()] else { panic!() };
    assert_eq!(value.keys().map(|t| t.as_str()).collect::<Vec<_>>(), ["acme", "globex"]);
    let Reading::Unknown { because, .. } = &tenants[&"run-1b".parse().unwrap()] else { panic!() };
    assert!(because.contains("in a circle"), "{because}");
}
