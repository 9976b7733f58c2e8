//! What holds for every kind of node: probes, token, ids, placement, reload, node drain.

use fleet::contract::{
    Health, Info, MapName, NodeDrainStatus, PlacementSnapshot, ProblemCode, Ready, ReadyState,
    ReloadResult, paths,
};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};
use streams::{
    ids::{Epoch, Fence},
    placement::{PlacementMap, snapshot_hash},
};

use crate::{
    Outcome, cases,
    probe::{Order, Probe, demand},
};

cases![
    it_says_who_it_is,
    the_admin_side_wants_the_token,
    an_unknown_path_is_a_problem,
    the_ids_of_the_flow_are_echoed,
    metrics_have_the_names_of_the_contract,
    the_placement_hash_is_over_its_entries,
    a_reload_waits_and_never_goes_backwards,
    a_node_mutation_without_key_or_fence_changes_nothing,
    a_node_drain_makes_it_not_ready_until_it_is_undrained,
];

async fn it_says_who_it_is(probe: &Probe) -> Outcome {
    let health: Health = probe.get(paths::HEALTH).await?.body()?;
    let info: Info = probe.get(paths::INFO).await?.body()?;
    demand(&health.node_id == probe.node_id(), || format!("{health:?}"))?;
    demand(info.node_id == health.node_id && info.kind == health.service, || format!("{info:?}"))?;
    demand(info.api == "v1", || format!("{info:?}"))?;
    demand(info.shard.is_some() == info.kind.service_kind().is_some(), || format!("{info:?}"))?;
    let ready: Ready = probe.get(paths::READY).await?.body()?;
    demand(ready.status == ReadyState::Ready && !ready.placement.is_empty(), || {
        format!("{ready:?}")
    })
}

async fn the_admin_side_wants_the_token(probe: &Probe) -> Outcome {
    for path in [paths::INFO, paths::PLACEMENT] {
        probe.get_as_stranger(path).await?.is_problem(&ProblemCode::Unauthenticated)?;
    }
    for path in [paths::HEALTH, paths::READY, paths::METRICS] {
        probe.get_as_stranger(path).await?.is(200)?;
    }
    Ok(())
}

async fn an_unknown_path_is_a_problem(probe: &Probe) -> Outcome {
    probe.get("/no/such/path").await?.is_problem(&ProblemCode::NotFound)
}

async fn the_ids_of_the_flow_are_echoed(probe: &Probe) -> Outcome {
    let flow = probe.flow();
    for path in [paths::HEALTH, paths::INFO, "/no/such/path"] {
        let reply = probe.get(path).await?;
        let header = |name: &str| reply.headers.get(name).and_then(|v| v.to_str().ok());
        let request = header("x-request-id") == Some(flow.request_id.as_str());
        let correlation = header("x-correlation-id") == Some(flow.correlation_id.as_str());
        demand(request && correlation, || format!("{path}: {:?}", reply.headers))?;
    }
    Ok(())
}

async fn metrics_have_the_names_of_the_contract(probe: &Probe) -> Outcome {
    let info: Info = probe.get(paths::INFO).await?.body()?;
    let text = probe.text(paths::METRICS).await?;
    for name in ["build_info{", "inflight", "lag_events", "placement_revision{map="] {
        let wanted = format!("\n{}_{name}", info.kind);
        demand(text.contains(&wanted), || format!("no {} in {text}", wanted.trim()))?;
    }
    demand(!text.contains(probe.tenant.as_str()), || "a label per tenant".to_owned())
}

async fn the_placement_hash_is_over_its_entries(probe: &Probe) -> Outcome {
    let snapshot: PlacementSnapshot = probe.get(paths::PLACEMENT).await?.body()?;
    let entries = snapshot.entries.ok_or("no entries")?;
    let maps = entries.into_iter().map(|(name, map)| (name.kind(), map)).collect();
    demand(snapshot_hash(&maps) == snapshot.snapshot_sha256, || "another hash".to_owned())?;
    let placed = |m: &PlacementMap| m.tenants.contains_key(&probe.tenant);
    demand(maps.values().all(placed), || format!("{} is not placed", probe.tenant))
}

fn order(fence: Fence) -> Order<'static> {
    Order { tenant: None, fence, epoch: Epoch(0) }
}

async fn a_reload_waits_and_never_goes_backwards(probe: &Probe) -> Outcome {
    let path = format!("{}?entries=false", paths::PLACEMENT);
    let snapshot: PlacementSnapshot = probe.get(&path).await?.body()?;
    demand(snapshot.entries.is_none(), || "entries=false has entries".to_owned())?;
    let reload = |min: Value, wait_ms: u64| {
        let body = json!({"min_revision": min, "wait_ms": wait_ms});
        probe.order(Method::POST, paths::RELOAD, order(Fence(0)), Some(body))
    };
    let reached = reload(json!(snapshot.revisions), 100).await?;
    reached.is(200)?;
    let result: ReloadResult = reached.body()?;
    let forward = snapshot.revisions.iter().all(|(map, at)| result.applied.get(map) >= Some(at));
    demand(forward, || format!("{:?} to {:?}", snapshot.revisions, result.applied))?;
    let first = snapshot.revisions.keys().next().ok_or("it follows no map")?;
    reload(json!({first.as_str(): u64::MAX >> 1}), 50).await?.is(202)?;
    reload(json!({first.as_str(): 1}), 60_000).await?.is_problem(&ProblemCode::BadArgument)?;
    if let Some(map) = MapName::ALL.iter().find(|m| !snapshot.revisions.contains_key(m)) {
        let other = reload(json!({map.as_str(): 1}), 0).await?;
        other.is_problem(&ProblemCode::BadArgument)?;
    }
    Ok(())
}

fn drain_body() -> Value {
    json!({"mode": "graceful", "deadline_ms": null, "force_on_deadline": false,
           "reason": "conformance", "job_id": "job_00000000000000000000000000"})
}

async fn a_node_mutation_without_key_or_fence_changes_nothing(probe: &Probe) -> Outcome {
    let only = |name: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static("1"));
        headers
    };
    for headers in [HeaderMap::new(), only("idempotency-key"), only("x-control-fence")] {
        let reply = probe.send(Method::PUT, paths::NODE_DRAIN, headers, Some(drain_body())).await?;
        reply.is_problem(&ProblemCode::BadArgument)?;
    }
    let mut odd = drain_body();
    odd["surprise"] = json!(true);
    let reply = probe.order(Method::PUT, paths::NODE_DRAIN, order(Fence(1)), Some(odd)).await?;
    reply.is_problem(&ProblemCode::BadArgument)?;
    probe.get(paths::READY).await?.is(200)
}

async fn a_node_drain_makes_it_not_ready_until_it_is_undrained(probe: &Probe) -> Outcome {
    let info: Info = probe.get(paths::INFO).await?.body()?;
    let fence = Fence(info.fence.0 + 2);
    let put = |fence| probe.order(Method::PUT, paths::NODE_DRAIN, order(fence), Some(drain_body()));
    let started: NodeDrainStatus = put(fence).await?.body()?;
    let checks = async {
        demand(started.persisted, || format!("{started:?}"))?;
        let ready = probe.get(paths::READY).await?;
        demand(ready.status == 503 && ready.json["status"] == "draining", || format!("{ready:?}"))?;
        probe.until(paths::NODE_DRAIN, |r| r.json["state"] == "drained").await?;
        let stale = put(Fence(fence.0 - 1)).await?;
        stale.is_problem(&ProblemCode::StaleFence)?;
        demand(stale.json["current_fence"] == fence.0, || format!("{stale:?}"))
    };
    let outcome = checks.await;
    let last = order(Fence(fence.0 + 1));
    for _ in 0..2 {
        let undrained = probe.order(Method::DELETE, paths::NODE_DRAIN, last, None).await?;
        undrained.is(200)?;
        demand(undrained.json["state"] == "cancelled", || format!("{undrained:?}"))?;
    }
    probe.until(paths::READY, |r| r.status == 200).await?;
    outcome
}
