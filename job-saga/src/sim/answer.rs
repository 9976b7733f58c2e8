//! A call arrives at the model: what it changes, and what is answered.

use std::collections::BTreeMap;

use fleet::{
    client::{DigestReading, Reloaded},
    contract::{
        Digest, DigestAlgo, DrainState, DrainStatus, Inflight, Info, Lag, Limits, MapName,
        NodeKind, PlacementSnapshot, ReloadResult, Revisions, SnapshotSource, TenantState,
        TenantStatus, capability,
    },
    error::NodeError,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use streams::{
    ids::{Epoch, Fence, Hash, NodeId, Revision, Seq, ServiceKind, TenantId},
    job::facts::{
        Facts, GatewayReading, MapFacts, NodeReading, Reading, ShardFacts, TenantReading,
    },
    placement::{Revised, ShardEntry, ShardNode, ShardState},
    ports::KvError,
};
use test_support::facts::{at, shard};

use super::{
    calls::{Op, Reply},
    model::{Held, Model, Order, Refused},
};
use crate::effects::Routing;

fn problem(body: Refused) -> Reply {
    let url = "http://model".to_owned();
    let status = body.status;
    Reply::Failed(NodeError::Problem { url, status, retry_after_ms: None, body })
}

/// The node does not answer.
pub(super) fn unreachable() -> NodeError {
    NodeError::Unreachable { url: "http://model".to_owned(), cause: "refused".to_owned() }
}

/// No answer came in time; the call may have been carried out.
pub(super) fn late(op: &Op) -> Reply {
    match op {
        Op::Entry(..) | Op::History(..) => Reply::Kv(KvError::Unavailable("no answer".to_owned())),
        Op::Set(..) => Reply::Kv(KvError::Unknown("no answer".to_owned())),
        Op::Facts(..) => Reply::Facts(Err("no answer".to_owned())),
        Op::Pause(_) => Reply::Paused,
        _ => {
            let url = "http://model".to_owned();
            Reply::Failed(NodeError::Timeout { url, after_ms: 3_000 })
        }
    }
}

pub(super) fn node_of(op: &Op) -> Option<&NodeId> {
    match op {
        Op::Info(node)
        | Op::Tenant(node, _)
        | Op::DrainStatus(node, _)
        | Op::Digest(node, ..)
        | Op::Placement(node)
        | Op::Reload(node)
        | Op::Order(node, ..) => Some(node),
        Op::Entry(..) | Op::History(..) | Op::Set(..) | Op::Facts(..) | Op::Pause(_) => None,
    }
}

/// Carries a call out.
pub(super) fn answer(model: &mut Model, op: &Op, rng: &mut ChaCha8Rng) -> Reply {
    if let Some(node) = node_of(op).and_then(|id| model.nodes.get(id))
        && !node.up
    {
        return Reply::Failed(unreachable());
    }
    match op {
        Op::Info(id) => Reply::Info(Box::new(info(model, id))),
        Op::Tenant(id, tenant) => {
            model.live(id, tenant, rng);
            Reply::Tenant(Box::new(status(model, id, tenant)))
        }
        Op::DrainStatus(id, tenant) => {
            model.live(id, tenant, rng);
            let held = model.nodes[id].held.get(tenant);
            Reply::Drain(held.and_then(|h| h.drain.as_ref().map(|_| drain_status(h))))
        }
        Op::Digest(id, tenant, at_seq) => digest(model, id, tenant, *at_seq, rng),
        Op::Placement(id) => Reply::Placement(Box::new(placement(model, id))),
        Op::Reload(id) => {
            if rng.random_bool(0.7) {
                let now = model.revisions.clone();
                model.gateways.insert(id.clone(), now);
            }
            let seen = placement(model, id);
            let (applied, snapshot_sha256) = (seen.revisions, seen.snapshot_sha256);
            let result = ReloadResult { applied, snapshot_sha256 };
            Reply::Reloaded(Reloaded { reached: true, result })
        }
        Op::Order(id, tenant, fenced, order) => match model.order(id, tenant, *fenced, *order) {
            Ok(held) => match order {
                Order::Drain | Order::Undrain => Reply::Drain(Some(drain_status(&held))),
                Order::Prepare(_) | Order::Release | Order::Activate(_) => {
                    Reply::Tenant(Box::new(status(model, id, tenant)))
                }
            },
            Err(refused) => problem(refused),
        },
        Op::Entry(kind, tenant) => Reply::Entry(model.entry(*kind, tenant).cloned()),
        Op::History(kind, tenant) => {
            Reply::History(model.entries[&(*kind, tenant.clone())].clone())
        }
        Op::Set(kind, entry, expected) => {
            let cause = || KvError::Conflict { key: "k".to_owned(), cause: "moved".to_owned() };
            Reply::Set(model.set(*kind, entry, *expected).map_err(|()| cause()))
        }
        Op::Facts(tenant, kinds) => Reply::Facts(Ok(Box::new(facts(model, tenant, kinds, rng)))),
        Op::Pause(_) => Reply::Paused,
    }
}

fn info(model: &Model, id: &NodeId) -> Info {
    let node = &model.nodes[id];
    Info {
        api: "v1".to_owned(),
        kind: NodeKind::from(node.kind),
        node_id: id.clone(),
        shard: Some(node.shard.clone()),
        capabilities: [capability::TENANT_DRAIN, capability::TENANT_PREPARE]
            .into_iter()
            .chain([capability::TENANT_DIGEST])
            .map(str::to_owned)
            .collect(),
        limits: Limits { max_tenants: Some(500) },
        fence: Fence(0),
    }
}

fn status(model: &Model, id: &NodeId, tenant: &TenantId) -> TenantStatus {
    let held = model.nodes[id].held.get(tenant);
    let lag = held.map(|h| Lag {
        applied_seq: Seq(h.applied),
        head_seq: Seq(model.head(tenant)),
        events: model.lag(tenant, h),
        age_ms: 0,
    });
    TenantStatus {
        tenant_id: tenant.clone(),
        state: held.map_or(TenantState::Absent, |h| h.state),
        epoch: held.map_or(Epoch(0), |h| h.epoch),
        fence: held.map_or(Fence(0), |h| h.fence),
        inflight: held.map(|h| Inflight { count: h.inflight, oldest_ms: 0, blockers: vec![] }),
        lag,
        size_bytes: None,
        observed_at: at(0),
    }
}

fn drain_status(held: &Held) -> DrainStatus {
    let drain = held.drain.clone().unwrap_or_default();
    let state = match (drain.cancelled, held.state) {
        (true, _) => DrainState::Cancelled,
        (false, TenantState::Drained) => DrainState::Drained,
        (false, _) => DrainState::Draining,
    };
    DrainStatus {
        state,
        started_at: at(0),
        deadline_at: None,
        remaining: held.inflight,
        abandoned: 0,
        forced: false,
        final_seq: drain.final_seq.map(Seq).filter(|_| state == DrainState::Drained),
        errors: Vec::new(),
        reason: String::new(),
        persisted: true,
    }
}

fn digest(
    model: &mut Model,
    id: &NodeId,
    tenant: &TenantId,
    at_seq: Seq,
    rng: &mut ChaCha8Rng,
) -> Reply {
    model.live(id, tenant, rng);
    let pending = rng.random_bool(0.2);
    match model.nodes[id].held.get(tenant) {
        Some(held) if held.applied == at_seq.0 && pending => {
            Reply::Digest(DigestReading::Pending(fleet::contract::DigestPending { at_seq }))
        }
        Some(held) if held.applied == at_seq.0 => {
            let digest = Hash::of(format!("{tenant} {at_seq}").as_bytes());
            Reply::Digest(DigestReading::Ready(Digest { at_seq, algo: DigestAlgo::Sha256, digest }))
        }
        _ => {
            let code = fleet::contract::ProblemCode::WrongState;
            problem(Box::new(fleet::contract::Problem::new(code, "not at that position")))
        }
    }
}

fn revisions(of: &BTreeMap<ServiceKind, u64>) -> Revisions {
    of.iter().map(|(k, r)| (MapName::from(*k), Revision(*r))).collect()
}

fn routing_hash(of: &BTreeMap<ServiceKind, u64>) -> Hash {
    Hash::of(format!("{of:?}").as_bytes())
}

/// The control plane's own routing.
pub(super) fn routing(model: &Model) -> Routing {
    Routing { revisions: revisions(&model.revisions), hash: routing_hash(&model.revisions) }
}

fn placement(model: &Model, gateway: &NodeId) -> PlacementSnapshot {
    let seen = &model.gateways[gateway];
    PlacementSnapshot {
        source: SnapshotSource::Kv,
        revisions: revisions(seen),
        snapshot_sha256: routing_hash(seen),
        entries: None,
    }
}

/// Facts as they would be gathered; Gateways have caught up when somebody looks.
pub(super) fn facts(
    model: &mut Model,
    tenant: &TenantId,
    kinds: &[ServiceKind],
    rng: &mut ChaCha8Rng,
) -> Facts {
    let mut nodes = BTreeMap::new();
    let ids: Vec<NodeId> = model.nodes.keys().cloned().collect();
    for id in ids {
        if !kinds.contains(&model.nodes[&id].kind) {
            continue;
        }
        model.live(&id, tenant, rng);
        nodes.insert(id.clone(), reading(model, &id, tenant));
    }
    let mut maps = BTreeMap::new();
    for kind in ServiceKind::DRAIN_ORDER {
        let shards = [1, 2].map(|n| {
            let id = shard(kind, n);
            let on = model.nodes.values().filter(|n| n.shard == id);
            let nodes = on.map(|n| ShardNode {
                node_id: n.id.clone(),
                data_url: String::new(),
                admin_url: format!("http://{}", n.id),
            });
            let value = ShardEntry {
                v: 1,
                nodes: nodes.collect(),
                weight: 1,
                state: ShardState::Active,
                labels: BTreeMap::new(),
            };
            (id, ShardFacts { entry: Revised { value, revision: Revision(1) }, tenants: 3 })
        });
        let map = MapFacts {
            entry: model.entry(kind, tenant).cloned(),
            shards: shards.into(),
            revision: Revision(model.revisions[&kind]),
            epoch_floor: Epoch(0),
        };
        maps.insert(kind, map);
    }
    let snapshot_sha256 = routing_hash(&model.revisions);
    let behind = rng.random_bool(0.1);
    let reading = |(id, seen): (&NodeId, &BTreeMap<ServiceKind, u64>)| {
        let seen = if behind { seen } else { &model.revisions };
        let value = GatewayReading {
            ready: true,
            revisions: seen.iter().map(|(k, r)| (*k, Revision(*r))).collect(),
            snapshot_sha256: routing_hash(seen),
        };
        (id.clone(), Reading::Known { value, observed_at: at(0) })
    };
    Facts {
        observed_at: at(0),
        maps,
        snapshot_sha256,
        nodes,
        gateway_urls: model.gateways.keys().map(|g| (g.clone(), format!("http://{g}"))).collect(),
        gateways: model.gateways.iter().map(reading).collect(),
    }
}

fn reading(model: &Model, id: &NodeId, tenant: &TenantId) -> Reading<NodeReading> {
    let node = &model.nodes[id];
    if !node.up {
        return Reading::Unknown { because: "refused".to_owned(), observed_at: at(0) };
    }
    let status = status(model, id, tenant);
    let value = NodeReading {
        ready: true,
        draining: false,
        max_tenants: 500,
        capabilities: Vec::new(),
        tenant: TenantReading {
            state: status.state,
            epoch: status.epoch,
            fence: status.fence,
            inflight: status.inflight.map_or(0, |i| i.count),
            lag_events: status.lag.map_or(0, |l| l.events),
            lag_ms: 0,
            applied_seq: status.lag.map_or(0, |l| l.applied_seq.0),
        },
    };
    Reading::Known { value, observed_at: at(0) }
}
