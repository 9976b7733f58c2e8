//! The Job's rules as given / when / then: planning, gates, decisions, the fold of a whole log.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use cqrs_es::test::TestFramework;
use proptest::prelude::*;
use streams::{
    envelope::{Commit, CommitBody, Corrupt, Recorded},
    error::ErrorClass,
    ids::{Epoch, Hash, Incarnation, Seq, ServiceKind},
    job::{
        aggregate::{JobAggregate, JobCommand},
        command::Verb,
        decide::{create, drive, planned, step},
        event::{Asked, Cause, Held, JobEvent, PauseCause},
        facts::{Facts, Reading, TenantState},
        plan::{Plan, Verdict},
        planner::{MigrateAsk, PlanError, plan_migrate},
        policy::Policy,
        state::{Job, Status, evolve},
        step::{Evidence, StepError, StepKind},
        world::World,
    },
};
use test_support::facts::{
    acme, actor, at, bare_request, command_id, context, flow, healthy, job_id, node, request,
    shard, spoil,
};

fn ask(kinds: &[ServiceKind]) -> MigrateAsk {
    MigrateAsk { targets: kinds.iter().map(|k| (*k, None)).collect(), reverse_of: None }
}

fn plan_of(kinds: &[ServiceKind], facts: &Facts) -> Plan {
    plan_migrate(&acme(), &ask(kinds), facts, &Policy::default(), &[]).unwrap()
}

fn accepted(plan: &Plan) -> JobEvent {
    let request = request(plan);
    let held = create::wanted(&request);
    JobEvent::Accepted { request: Box::new(request), held }
}

/// Folds events, one commit each, a second apart.
fn fold(events: &[JobEvent]) -> Job {
    let mut job = None;
    for (i, event) in events.iter().enumerate() {
        let n = i as u64;
        job = Some(evolve(job, &job_id(1), event, context(n + 1, n * 1000)).unwrap());
    }
    job.unwrap()
}

fn asked(verb: Verb) -> Asked {
    Asked {
        command_id: command_id(9),
        verb,
        actor: actor(),
        reason: streams::job::command::Reason::parse("because").unwrap(),
        ids: flow(),
    }
}

/// Events up to and including the start of the `n`th step (0-based).
fn started(plan: &Plan, n: usize) -> Vec<JobEvent> {
    let mut events = vec![accepted(plan), JobEvent::Planned { plan: Box::new(plan.clone()) }];
    for (i, step) in plan.steps.iter().enumerate().take(n + 1) {
        events.push(JobEvent::StepStarted { step_id: step.id.clone() });
        if i < n {
            let step_id = step.id.clone();
            events.push(JobEvent::StepSucceeded { step_id, evidence: Evidence::Done });
        }
    }
    events
}

fn flip_index(plan: &Plan) -> usize {
    plan.steps.iter().position(|s| s.point_of_no_return).unwrap()
}

// ---- planning -------------------------------------------------------------------------------

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

// ---- gates ----------------------------------------------------------------------------------

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

// ---- decisions ------------------------------------------------------------------------------

/// T5.1
#[test]
fn a_second_job_for_a_tenant_is_rejected_with_the_holder_named() {
    let plan = plan_of(&[ServiceKind::Projection], &healthy());
    let mut world = World::empty(Incarnation(1));
    world.jobs.insert(job_id(1), fold(&[accepted(&plan)]));
    let command = JobCommand::Create {
        request: Box::new(bare_request(&acme(), &[ServiceKind::Runner])),
        world: Box::new(world),
    };
    let events = TestFramework::<JobAggregate>::with(())
        .given_no_previous_events()
        .when(command)
        .inspect_result()
        .unwrap();
    let [JobEvent::Rejected { refusal, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(refusal.code, "lock_conflict");
    assert_eq!(refusal.holder, Some(job_id(1).to_string()));
}

#[test]
fn permits_are_counted_over_open_jobs_only() {
    let policy = Policy::default();
    let mut world = World::empty(Incarnation(1));
    for (n, tenant, kind) in [(1, "one", ServiceKind::Runner), (2, "two", ServiceKind::Aggregate)] {
        let request = bare_request(&tenant.parse().unwrap(), &[kind]);
        let held = create::wanted(&request);
        let event = JobEvent::Accepted { request: Box::new(request), held };
        let job = evolve(None, &job_id(n), &event, context(u64::from(n), 0)).unwrap();
        world.jobs.insert(job_id(n), job);
    }
    let third = bare_request(&acme(), &[ServiceKind::Projection]);
    let JobEvent::Rejected { refusal, .. } = create::decide(&world, &third, &policy) else {
        panic!("accepted a third migration")
    };
    assert_eq!(refusal.code, "permit_exhausted");
    world.jobs.remove(&job_id(1));
    assert!(matches!(create::decide(&world, &third, &policy), JobEvent::Accepted { .. }));
    let same_shard = bare_request(&acme(), &[ServiceKind::Aggregate]);
    assert!(matches!(create::decide(&world, &same_shard, &policy), JobEvent::Rejected { .. }));
}

#[test]
fn the_end_of_a_step_and_the_start_of_the_next_share_a_commit() {
    let plan = plan_of(&[ServiceKind::Projection], &healthy());
    let (done, next) = (plan.steps[1].id.clone(), plan.steps[2].id.clone());
    let command = JobCommand::StepSucceeded {
        step_id: done.clone(),
        evidence: Evidence::Done,
        context: context(9, 9_000),
    };
    TestFramework::<JobAggregate>::with(())
        .given(started(&plan, 1))
        .when(command)
        .then_expect_events(vec![
            JobEvent::StepSucceeded { step_id: done, evidence: Evidence::Done },
            JobEvent::StepStarted { step_id: next },
        ]);
}

/// Every step before the flip: cancel undoes what was started, last first, and ends as cancelled.
#[test]
fn cancel_in_every_step_before_the_flip_undoes_the_started_steps_in_reverse() {
    let plan = plan_of(&ServiceKind::DRAIN_ORDER, &healthy());
    for n in 0..flip_index(&plan) {
        let mut job = fold(&started(&plan, n));
        let owed: Vec<String> = plan.steps[..=n]
            .iter()
            .rev()
            .filter(|s| s.undo.is_some())
            .map(|s| s.id.to_string())
            .collect();
        let mut events =
            streams::job::decide::verb::decide(&job, asked(Verb::Cancel), context(99, 99_000))
                .unwrap();
        let mut undone = Vec::new();
        for turn in 0.. {
            for event in &events {
                job = evolve(Some(job), &job_id(1), event, context(100 + turn, 100_000)).unwrap();
            }
            let drive::Next::Undo { step_id, .. } = drive::next(&job, &Policy::default()) else {
                break;
            };
            undone.push(step_id.to_string());
            events = streams::job::decide::undo::succeeded(&job, &step_id, context(0, 0)).unwrap();
        }
        assert_eq!(undone, owed, "cancelled in {}", plan.steps[n].id);
        assert_eq!(job.status, Status::Cancelled);
    }
}

#[test]
fn cancel_after_the_flip_began_is_refused_with_the_way_back() {
    let plan = plan_of(&[ServiceKind::Projection], &healthy());
    for n in flip_index(&plan)..plan.steps.len() {
        let job = fold(&started(&plan, n));
        let events =
            streams::job::decide::verb::decide(&job, asked(Verb::Cancel), context(99, 0)).unwrap();
        let [JobEvent::VerbRefused { code, message, .. }] = events.as_slice() else {
            panic!("{events:?}")
        };
        assert_eq!(code, "past_point_of_no_return");
        assert!(message.contains("reverse"), "{message}");
    }
}

#[test]
fn a_step_out_of_budget_is_undone_before_the_flip_and_pauses_after_it() {
    let plan = plan_of(&[ServiceKind::Projection], &healthy());
    let error = StepError::not_yet("still_draining", "3 in flight");
    let policy = Policy::default();
    let drain = fold(&started(&plan, 3));
    let early = context(50, 4_000);
    let events =
        step::attempt_failed(&drain, &plan.steps[3].id, error.clone(), early, &policy).unwrap();
    assert!(matches!(events[1], JobEvent::RetryScheduled { attempt: 2, .. }), "{events:?}");
    let late = context(50, 400_000);
    let events =
        step::attempt_failed(&drain, &plan.steps[3].id, error.clone(), late, &policy).unwrap();
    assert!(matches!(events[1], JobEvent::CompensationStarted { cause: Cause::StepFailed { .. } }));
    let barrier = fold(&started(&plan, 8));
    let events = step::attempt_failed(&barrier, &plan.steps[8].id, error, late, &policy).unwrap();
    assert!(matches!(events[1], JobEvent::Paused { cause: PauseCause::StepFailed { .. } }));
}

#[test]
fn a_flip_is_undone_only_when_the_store_has_proved_that_it_never_happened() {
    let plan = plan_of(&[ServiceKind::Projection], &healthy());
    let n = flip_index(&plan);
    let job = fold(&started(&plan, n));
    let late = context(50, 400_000);
    let policy = Policy::default();
    let unknown = StepError::not_yet("kv_outcome_unknown", "no acknowledgement");
    let events = step::attempt_failed(&job, &plan.steps[n].id, unknown, late, &policy).unwrap();
    assert!(matches!(events[1], JobEvent::Paused { .. }), "{events:?}");
    let moved = StepError::fatal(ErrorClass::Conflict, "plan_changed", "another hand");
    let events = step::attempt_failed(&job, &plan.steps[n].id, moved, late, &policy).unwrap();
    assert!(matches!(events[1], JobEvent::CompensationStarted { .. }), "{events:?}");
}

#[test]
fn a_job_resumed_past_the_flip_repeats_the_failed_step_under_a_higher_fence() {
    let plan = plan_of(&[ServiceKind::Projection], &healthy());
    let mut events = started(&plan, 8);
    let error = StepError::not_yet("gateway_behind", "gw-2 reports 811");
    let step_id = plan.steps[8].id.clone();
    events.push(JobEvent::StepAttemptFailed {
        step_id: step_id.clone(),
        attempt: 1,
        error: error.clone(),
    });
    events.push(JobEvent::Paused { cause: PauseCause::StepFailed { step_id, error } });
    let paused = fold(&events);
    let before = paused.fence;
    let resumed =
        streams::job::decide::verb::decide(&paused, asked(Verb::Resume), context(77, 99_000))
            .unwrap();
    let mut job = paused;
    for event in &resumed {
        job = evolve(Some(job), &job_id(1), event, context(77, 99_000)).unwrap();
    }
    assert!(job.fence > before);
    assert!(matches!(drive::next(&job, &Policy::default()), drive::Next::Perform { .. }));
}

#[test]
fn the_jitter_of_a_retry_is_the_same_on_every_replay_and_never_a_busy_loop() {
    let policy = Policy::default();
    let step = "04.drain".parse().unwrap();
    for attempt in 1..40 {
        let first = step::backoff_ms(&job_id(1), &step, attempt, None, &policy);
        assert_eq!(first, step::backoff_ms(&job_id(1), &step, attempt, None, &policy));
        assert!((100..=15_000).contains(&first), "{first}");
    }
    assert_eq!(step::backoff_ms(&job_id(1), &step, 1, Some(20_000), &policy), 20_000);
}

// ---- the fold -------------------------------------------------------------------------------

fn record(world: &World, events: Vec<JobEvent>, job: u32) -> Recorded {
    let commit = Commit {
        v: 1,
        incarnation: Incarnation(1),
        prev: world.last_hash.clone(),
        answers: None,
        body: CommitBody::Job { tenant_id: Some(acme()), job_id: job_id(job), events },
    };
    let hash = Hash::of(&commit.encode());
    Recorded { seq: world.last_seq.next(), at: at(world.last_seq.0 * 10), hash, commit }
}

#[test]
fn the_commit_that_ends_a_job_frees_its_locks_and_keeps_its_epoch() {
    let plan = plan_of(&[ServiceKind::Projection], &healthy());
    let mut world = World::empty(Incarnation(1));
    let mut events = started(&plan, plan.steps.len() - 1);
    for event in events.drain(..) {
        world.apply(record(&world, vec![event], 1)).unwrap();
    }
    assert_eq!(world.lock_holder("tenant/acme").map(|j| &j.job_id), Some(&job_id(1)));
    let last = plan.steps.last().unwrap().id.clone();
    let end = vec![
        JobEvent::StepSucceeded { step_id: last, evidence: Evidence::Done },
        JobEvent::Succeeded,
    ];
    world.apply(record(&world, end, 1)).unwrap();
    assert_eq!(world.lock_holder("tenant/acme"), None);
    assert_eq!(world.epoch_floor(&acme(), ServiceKind::Projection), Epoch(8));
    assert_eq!(world.ended[&job_id(1)].state, "succeeded");
}

/// I5
#[test]
fn an_event_after_the_end_a_gap_and_a_broken_chain_are_corrupt_not_skipped() {
    let plan = plan_of(&[ServiceKind::Projection], &healthy());
    let mut world = World::empty(Incarnation(1));
    world.apply(record(&world, vec![accepted(&plan), JobEvent::Cancelled], 1)).unwrap();
    let after_end = record(&world, vec![JobEvent::Resumed], 1);
    assert!(matches!(world.clone().apply(after_end), Err(Corrupt::IllegalEvent { .. })));
    let mut gap = record(&world, vec![accepted(&plan)], 2);
    gap.seq = Seq(9);
    assert!(matches!(world.clone().apply(gap), Err(Corrupt::Gap { .. })));
    let mut chain = record(&world, vec![accepted(&plan)], 2);
    chain.commit.prev = Hash::of(b"else");
    assert!(matches!(world.clone().apply(chain), Err(Corrupt::BrokenChain { .. })));
}

/// I5
#[test]
fn steps_out_of_order_are_illegal() {
    let plan = plan_of(&[ServiceKind::Projection], &healthy());
    let job = fold(&started(&plan, 0));
    let skipped = JobEvent::StepStarted { step_id: plan.steps[4].id.clone() };
    let early_end = JobEvent::Succeeded;
    let early_undo = JobEvent::UndoStarted { step_id: plan.steps[0].id.clone() };
    for event in [skipped, early_end, early_undo] {
        let refused = evolve(Some(job.clone()), &job_id(1), &event, context(9, 0));
        assert!(refused.is_err(), "{event:?}");
    }
}

/// T2.4: what travels between tasks may.
#[test]
fn core_state_types_are_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<Job>();
    check::<World>();
    check::<Plan>();
    check::<Facts>();
    check::<Commit>();
    check::<Held>();
}
