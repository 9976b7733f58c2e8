//! Decisions: acceptance with locks and permits, and how a step ends, is retried or undone.

use cqrs_es::test::TestFramework;
use streams::{
    error::ErrorClass,
    ids::{Incarnation, ServiceKind},
    job::{
        aggregate::{JobAggregate, JobCommand},
        decide::{create, step},
        event::{Cause, JobEvent, PauseCause},
        policy::Policy,
        state::evolve,
        step::{Evidence, StepError},
        world::World,
    },
};
use test_support::facts::{acme, bare_request, context, healthy, job_id};

use crate::{accepted, flip_index, fold, plan_of, started};

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
