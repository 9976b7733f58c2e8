//! Gates: each on its own fact, old and missing readings, and a preflight that waits a moment.

use std::collections::BTreeMap;

use streams::{
    ids::{Hash, ServiceKind},
    job::{
        decide::planned,
        event::JobEvent,
        facts::{Facts, Reading, TenantState},
        plan::Verdict,
        planner::{MigrateAsk, plan_migrate},
        policy::Policy,
    },
};
use test_support::facts::{acme, at, context, healthy, node, shard, spoil};

use crate::{accepted, fold, plan_of};

/// T5.3: each spoiled fact is found by its gate; old and missing readings are unknown, not zero.
#[test]
fn each_gate_fails_or_is_unknown_on_its_own_fact() {
    let kind = ServiceKind::Projection;
    type Spoil = fn(&mut Facts);
    let cases: [(&str, Verdict, Spoil); 7] = [
        ("source.ready", Verdict::Unknown, |f| {
            let reading = Reading::Unknown { because: "timed out".into(), observed_at: at(0) };
            f.nodes.insert(node(ServiceKind::Projection, 1), reading);
        }),
        ("source.ready", Verdict::Fail, |f| {
            spoil(f, &node(ServiceKind::Projection, 1), |n| n.tenant.state = TenantState::Absent);
        }),
        ("target.ready", Verdict::Fail, |f| {
            spoil(f, &node(ServiceKind::Projection, 2), |n| n.ready = false);
        }),
        ("target.headroom", Verdict::Fail, |f| {
            spoil(f, &node(ServiceKind::Projection, 2), |n| n.max_tenants = 14);
        }),
        ("target.max_tenants", Verdict::Fail, |f| {
            spoil(f, &node(ServiceKind::Projection, 2), |n| n.max_tenants = 12);
        }),
        ("routing.converged", Verdict::Fail, |f| f.snapshot_sha256 = Hash::of(b"other")),
        ("target.ready", Verdict::Unknown, |f| f.observed_at = at(10_001)),
    ];
    for (id, verdict, spoil) in cases {
        let mut facts = healthy();
        spoil(&mut facts);
        let targets = BTreeMap::from([(kind, Some(shard(kind, 2)))]);
        let ask = MigrateAsk { targets, reverse_of: None };
        let plan = plan_migrate(&acme(), &ask, &facts, &Policy::default(), &[]).unwrap();
        let gate = plan.gates.iter().find(|g| g.id == id).unwrap();
        assert_eq!(gate.verdict, verdict, "{gate:?}");
        assert!(!gate.because.is_empty(), "{gate:?}");
        let unspoiled = plan_of(&[kind], &healthy());
        assert_eq!(plan.plan_hash, unspoiled.plan_hash, "a verdict is not part of the plan");
    }
}

/// T5.3
#[test]
fn an_accepted_job_waits_a_moment_for_its_gates_and_is_then_rejected_with_them() {
    let seen = plan_of(&[ServiceKind::Projection], &healthy());
    let mut facts = healthy();
    spoil(&mut facts, &node(ServiceKind::Projection, 2), |n| n.max_tenants = 12);
    let targets =
        BTreeMap::from([(ServiceKind::Projection, Some(shard(ServiceKind::Projection, 2)))]);
    let ask = MigrateAsk { targets, reverse_of: None };
    let now = plan_migrate(&acme(), &ask, &facts, &Policy::default(), &[]);
    let job = fold(&[accepted(&seen)]);
    let policy = Policy::default();
    let early = planned::decide(&job, &now, context(2, 100), &policy).unwrap();
    assert_eq!(early, planned::Planning::Wait);
    let late = planned::decide(&job, &now, context(2, 5_001), &policy).unwrap();
    let planned::Planning::Commit(events) = late else { panic!("no decision") };
    let [JobEvent::Rejected { refusal, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(refusal.code, "gate_failed");
    assert!(refusal.gates.iter().any(|g| g.id == "target.max_tenants"));
}
