//! A small fleet as facts: two shards of each kind with one node each, two Gateways, one tenant.
//!
//! Everything is ready and empty of trouble; a test spoils what it is about.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use streams::{
    ids::{
        CommandId, Epoch, Fence, FlowIds, Hash, Incarnation, JobId, NodeId, Revision, Seq,
        ServiceKind, ShardId, TenantId,
    },
    job::{
        command::{Actor, JobRequest, JobSpec, MigrateParams, Reason},
        facts::{
            Facts, GatewayReading, MapFacts, NodeReading, Reading, ShardFacts, TenantReading,
            TenantState,
        },
        plan::Plan,
        state::Context,
    },
    placement::{Revised, ShardEntry, ShardNode, ShardState, TenantEntry},
};

/// The tenant of all examples.
#[must_use]
pub fn acme() -> TenantId {
    "acme".parse().expect("a constant")
}

/// A fixed moment, `offset_ms` later.
#[must_use]
pub fn at(offset_ms: u64) -> DateTime<Utc> {
    let base: DateTime<Utc> = "2026-11-24T14:00:00Z".parse().expect("a constant");
    base + std::time::Duration::from_millis(offset_ms)
}

/// The `n`th job id of the examples.
#[must_use]
pub fn job_id(n: u32) -> JobId {
    format!("job_{n:026}").parse().expect("digits are Crockford")
}

/// The `n`th command id of the examples.
#[must_use]
pub fn command_id(n: u32) -> CommandId {
    format!("cmd_{n:026}").parse().expect("digits are Crockford")
}

/// Ids of a flow.
#[must_use]
pub fn flow() -> FlowIds {
    FlowIds {
        request_id: "req_1".parse().expect("a constant"),
        correlation_id: "cor_1".parse().expect("a constant"),
        trace_id: "0af7651916cd43dd8448eb211c80319c".parse().expect("a constant"),
    }
}

/// An operator.
#[must_use]
pub fn actor() -> Actor {
    Actor {
        sub: "ines.moreau".parse().expect("a constant"),
        session_id: "ses_1".to_owned(),
        right: "control.jobs.create".to_owned(),
        address: None,
    }
}

/// Shard `n` (1 or 2) of a kind: `agg-01`, `prj-02`, `run-01` …
#[must_use]
pub fn shard(kind: ServiceKind, n: u8) -> ShardId {
    let prefix = match kind {
        ServiceKind::Aggregate => "agg",
        ServiceKind::Projection => "prj",
        ServiceKind::Runner => "run",
    };
    format!("{prefix}-0{n}").parse().expect("a constant")
}

/// The only node of a shard.
#[must_use]
pub fn node(kind: ServiceKind, n: u8) -> NodeId {
    format!("{}a", shard(kind, n)).parse().expect("a constant")
}

fn entry(kind: ServiceKind) -> Revised<TenantEntry> {
    let value = TenantEntry {
        v: 1,
        tenant_id: acme(),
        shard: shard(kind, 1),
        epoch: Epoch(7),
        pinned: false,
        job_id: None,
        updated_at: at(0),
    };
    Revised { value, revision: Revision(812) }
}

fn shard_facts(kind: ServiceKind, n: u8) -> ShardFacts {
    let id = node(kind, n);
    let value = ShardEntry {
        v: 1,
        nodes: vec![ShardNode {
            data_url: format!("http://{id}.data"),
            admin_url: format!("http://{id}.admin"),
            node_id: id,
        }],
        weight: 1,
        state: ShardState::Active,
        labels: BTreeMap::new(),
    };
    ShardFacts { entry: Revised { value, revision: Revision(u64::from(n)) }, tenants: 12 }
}

fn node_reading(state: TenantState) -> Reading<NodeReading> {
    let tenant = TenantReading {
        state,
        epoch: Epoch(7),
        fence: Fence(0),
        inflight: 0,
        lag_events: 0,
        lag_ms: 0,
        applied_seq: 40,
    };
    let value = NodeReading {
        ready: true,
        draining: false,
        max_tenants: 500,
        capabilities: ["tenant.drain", "tenant.prepare", "tenant.digest", "reload"]
            .map(str::to_owned)
            .to_vec(),
        tenant,
    };
    Reading::Known { value, observed_at: at(0) }
}

/// The healthy fleet, observed at [`at`]`(0)`; acme on shard 1 of each kind, epoch 7.
#[must_use]
pub fn healthy() -> Facts {
    let mut maps = BTreeMap::new();
    let mut nodes = BTreeMap::new();
    for kind in ServiceKind::DRAIN_ORDER {
        let shards = [1, 2].map(|n| (shard(kind, n), shard_facts(kind, n)));
        let map = MapFacts {
            entry: Some(entry(kind)),
            shards: BTreeMap::from(shards),
            revision: Revision(812),
            epoch_floor: Epoch(0),
        };
        maps.insert(kind, map);
        nodes.insert(node(kind, 1), node_reading(TenantState::Active));
        nodes.insert(node(kind, 2), node_reading(TenantState::Absent));
    }
    let snapshot_sha256 = Hash::of(b"routing");
    let gateways = ["gw-1", "gw-2"].map(|id| id.parse::<NodeId>().expect("a constant"));
    let reading = |_: &NodeId| Reading::Known {
        value: GatewayReading {
            ready: true,
            revisions: ServiceKind::DRAIN_ORDER.map(|k| (k, Revision(812))).into(),
            snapshot_sha256: snapshot_sha256.clone(),
        },
        observed_at: at(0),
    };
    Facts {
        observed_at: at(0),
        maps,
        gateway_urls: gateways.iter().map(|g| (g.clone(), format!("http://{g}"))).collect(),
        gateways: gateways.iter().map(|g| (g.clone(), reading(g))).collect(),
        snapshot_sha256,
        nodes,
    }
}

/// Changes what is known of a node.
///
/// # Panics
/// When the node is not known in `facts`: a mistake in the test.
pub fn spoil(facts: &mut Facts, node: &NodeId, change: impl FnOnce(&mut NodeReading)) {
    match facts.nodes.get_mut(node) {
        Some(Reading::Known { value, .. }) => change(value),
        other => panic!("{node} is not known: {other:?}"),
    }
}

/// A request to carry out `plan`.
#[must_use]
pub fn request(plan: &Plan) -> JobRequest {
    JobRequest {
        spec: plan.spec.clone(),
        tenant_id: Some(plan.tenant_id.clone()),
        reason: Reason::parse("prj-01 headroom below 20 %").expect("a constant"),
        plan_hash: plan.plan_hash.clone(),
        seen: Some(Box::new(plan.base.clone())),
        overrides: Vec::new(),
        actor: actor(),
        ids: flow(),
        fingerprint: Hash::of(b"body"),
    }
}

/// A request to move acme's kinds to shard 2, without a plan behind it.
#[must_use]
pub fn bare_request(tenant: &TenantId, kinds: &[ServiceKind]) -> JobRequest {
    let targets = kinds.iter().map(|k| (*k, shard(*k, 2))).collect();
    JobRequest {
        spec: JobSpec::TenantMigrate(MigrateParams { targets, reverse_of: None }),
        tenant_id: Some(tenant.clone()),
        reason: Reason::parse("a test").expect("a constant"),
        plan_hash: Hash::zero(),
        seen: None,
        overrides: Vec::new(),
        actor: actor(),
        ids: flow(),
        fingerprint: Hash::of(b"body"),
    }
}

/// The context of commit `seq`, `offset_ms` after the fixed moment.
#[must_use]
pub fn context(seq: u64, offset_ms: u64) -> Context {
    Context { incarnation: Incarnation(1), seq: Seq(seq), at: at(offset_ms) }
}
