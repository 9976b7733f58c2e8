//! The fold of the whole log: locks freed with the end, epochs kept, nothing skipped.

use streams::{
    envelope::{Commit, CommitBody, Corrupt, Recorded},
    ids::{Epoch, Hash, Incarnation, Seq, ServiceKind},
    job::{
        event::{Held, JobEvent},
        facts::Facts,
        plan::Plan,
        state::{Job, evolve},
        step::Evidence,
        world::World,
    },
};
use test_support::facts::{acme, at, context, healthy, job_id};

use crate::{accepted, fold, plan_of, started};

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
