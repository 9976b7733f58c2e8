//! Planning: the steps, what is in the hash and what is not, and what cannot be planned.

use std::collections::BTreeMap;

use proptest::prelude::*;
use streams::{
    ids::{Epoch, ServiceKind},
    job::{
        facts::Reading,
        plan::Verdict,
        planner::{MigrateAsk, PlanError, plan_migrate},
        policy::Policy,
        step::StepKind,
    },
};
use test_support::facts::{acme, at, healthy, node, shard, spoil};

use crate::{ask, plan_of};

/// T5.2
#[test]
fn one_kind_is_moved_in_ten_steps_with_the_flip_as_point_of_no_return() {
    let plan = plan_of(&[ServiceKind::Projection], &healthy());
    let ids: Vec<&str> = plan.steps.iter().map(|s| s.id.as_str()).collect();
    let expected = [
        "01.probe-undo",
        "02.prepare",
        "03.catch-up",
        "04.drain",
        "05.position",
        "06.hold",
        "07.flip",
        "08.activate",
        "09.barrier",
        "10.soak",
    ];
    assert_eq!(ids, expected);
    let marked: Vec<&str> =
        plan.steps.iter().filter(|s| s.point_of_no_return).map(|s| s.id.as_str()).collect();
    assert_eq!(marked, ["07.flip"]);
    assert_eq!(plan.base.moves[0].to_epoch, Epoch(8));
    assert!(plan.gates.iter().all(|g| g.verdict == Verdict::Pass), "{:?}", plan.gates);
}

/// T5.2
#[test]
fn a_whole_tenant_is_drained_in_drain_order_and_activated_in_reverse() {
    let plan = plan_of(&ServiceKind::DRAIN_ORDER, &healthy());
    let of = |kind: StepKind| -> Vec<ServiceKind> {
        plan.steps.iter().filter(|s| s.kind == kind).filter_map(|s| s.service_kind).collect()
    };
    assert_eq!(of(StepKind::Drain), ServiceKind::DRAIN_ORDER);
    let mut reverse = ServiceKind::DRAIN_ORDER;
    reverse.reverse();
    assert_eq!(of(StepKind::Activate), reverse);
    assert_eq!(plan.steps.iter().filter(|s| s.point_of_no_return).count(), 1);
    assert_eq!(plan.steps.len(), 3 + 7 * 3);
}

proptest! {
    /// T5.2: no measured value and no clock is in the hash; what is done is.
    #[test]
    fn equal_worlds_give_byte_equal_plans_whatever_was_measured(
        inflight in 0_u64..1000, lag in 0_u64..100, later in 0_u64..9_000, tenants in 0_u64..300,
    ) {
        let first = plan_of(&ServiceKind::DRAIN_ORDER, &healthy());
        let mut facts = healthy();
        facts.observed_at = at(later);
        for kind in ServiceKind::DRAIN_ORDER {
            spoil(&mut facts, &node(kind, 1), |n| {
                n.tenant.inflight = inflight;
                n.tenant.lag_events = lag;
            });
            let map = facts.maps.get_mut(&kind).unwrap();
            map.shards.get_mut(&shard(kind, 2)).unwrap().tenants = tenants;
        }
        let second = plan_of(&ServiceKind::DRAIN_ORDER, &facts);
        prop_assert_eq!(&first.plan_hash, &second.plan_hash);
        prop_assert_eq!(
            serde_json::to_vec(&first.steps).unwrap(), serde_json::to_vec(&second.steps).unwrap()
        );
        prop_assert_eq!(second.compute_hash(), second.plan_hash);
    }
}

/// T5.2
#[test]
fn a_moved_entry_changes_the_hash_and_the_difference_is_readable() {
    let seen = plan_of(&[ServiceKind::Projection], &healthy());
    let mut facts = healthy();
    let map = facts.maps.get_mut(&ServiceKind::Projection).unwrap();
    map.entry.as_mut().unwrap().revision = streams::ids::Revision(813);
    map.epoch_floor = Epoch(9);
    let now = plan_of(&[ServiceKind::Projection], &facts);
    assert_ne!(seen.plan_hash, now.plan_hash);
    assert_eq!(now.base.moves[0].to_epoch, Epoch(10), "an epoch of the log never repeats");
    let diff = streams::job::planner::diff(Some(&seen.base), &now.base);
    let line = "projection: prj-01 → prj-02, epoch 7 → 8, revision 812 → \
                prj-01 → prj-02, epoch 7 → 10, revision 813";
    assert_eq!(diff, [line]);
}

/// T5.2
#[test]
fn planning_the_result_of_a_plan_is_nothing_to_do() {
    let mut facts = healthy();
    let map = facts.maps.get_mut(&ServiceKind::Runner).unwrap();
    map.entry.as_mut().unwrap().value.shard = shard(ServiceKind::Runner, 2);
    let targets = BTreeMap::from([(ServiceKind::Runner, Some(shard(ServiceKind::Runner, 2)))]);
    let ask = MigrateAsk { targets, reverse_of: None };
    let plan = plan_migrate(&acme(), &ask, &facts, &Policy::default(), &[]).unwrap();
    assert!(plan.noop && plan.steps.is_empty() && plan.effects.is_empty());
}

#[test]
fn the_rule_takes_the_shard_with_most_room_and_never_a_cordoned_or_silent_one() {
    let kind = ServiceKind::Aggregate;
    let mut facts = healthy();
    let silent = Reading::Unknown { because: "connection refused".to_owned(), observed_at: at(0) };
    facts.nodes.insert(node(kind, 2), silent);
    let refused = plan_migrate(&acme(), &ask(&[kind]), &facts, &Policy::default(), &[]);
    assert_eq!(refused, Err(PlanError::NoCandidate { kind }));
}

#[test]
fn asking_for_nothing_or_for_a_shard_that_is_not_there_is_refused_with_a_sentence() {
    let facts = healthy();
    let none = MigrateAsk { targets: BTreeMap::new(), reverse_of: None };
    let policy = Policy::default();
    assert_eq!(plan_migrate(&acme(), &none, &facts, &policy, &[]), Err(PlanError::NoTargets));
    let kind = ServiceKind::Runner;
    let targets = BTreeMap::from([(kind, Some(shard(kind, 9)))]);
    let ask = MigrateAsk { targets, reverse_of: None };
    let error = plan_migrate(&acme(), &ask, &facts, &policy, &[]).unwrap_err();
    assert_eq!(error.to_string(), "run-09 is not a runner shard with a node");
}
