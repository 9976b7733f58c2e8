//! Four tests for every saga: each step twice, a fault at each step, a crash after each commit, a
//! stale leader at each step. And bugs on purpose, which the seeds must find.

use streams::ids::ServiceKind;

use super::{
    Outcome, many, run,
    world::{Script, World},
};
use crate::planted::Bug;

/// One migration under a script, without random trouble.
fn directed(kinds: &[ServiceKind], script: Script) -> Outcome {
    let mut world = World::new(7, 0, script);
    world.asked.wanted = 1;
    world.asked.calm = true;
    world.asked.kinds = kinds.to_vec();
    run(world)
}

fn ends_as(outcome: &Outcome, state: &str, what: &str) {
    let trace = outcome.trace.join("\n");
    assert!(outcome.broken.is_empty(), "{what}: {:?}\n{trace}", outcome.broken);
    assert_eq!(outcome.ended.get(state), Some(&1), "{what}: {:?}\n{trace}", outcome.ended);
}

const STEPS: [&str; 10] = [
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

fn commits(outcome: &Outcome) -> u64 {
    outcome.trace.iter().filter(|l| l.contains(" commit ")).count() as u64
}

/// T5.1
#[test]
fn each_call_of_each_step_twice_is_seen_once() {
    for kind in ServiceKind::DRAIN_ORDER {
        let outcome = directed(&[kind], Script { twice: true, ..Script::default() });
        ends_as(&outcome, "succeeded", kind.as_str());
    }
    let all = directed(&ServiceKind::DRAIN_ORDER, Script { twice: true, ..Script::default() });
    ends_as(&all, "succeeded", "all kinds");
}

#[test]
fn a_fault_at_each_step_is_tried_again_and_a_lasting_one_is_undone_before_the_flip() {
    for (i, step) in STEPS.iter().enumerate() {
        let fail =
            |times| Script { fail_step: Some(((*step).to_owned(), times)), ..Script::default() };
        ends_as(&directed(&[ServiceKind::Projection], fail(2)), "succeeded", step);
        let lasting = directed(&[ServiceKind::Projection], fail(100_000));
        // The flip and the soak call no node by themselves.
        let before_flip = i < 6;
        if before_flip {
            ends_as(&lasting, "rolled_back", step);
        }
    }
}

#[test]
fn a_crash_after_each_commit_is_made_good_by_the_next_leader() {
    let kinds = ServiceKind::DRAIN_ORDER;
    let total = commits(&directed(&kinds, Script::default()));
    assert!(total > 20, "{total}");
    for commit in 1..=total {
        let script = Script { crash_after: vec![commit], ..Script::default() };
        ends_as(&directed(&kinds, script), "succeeded", &format!("crash after {commit}"));
    }
}

#[test]
fn a_leader_that_stands_still_at_each_commit_harms_nothing_when_it_goes_on() {
    let kinds = [ServiceKind::Aggregate];
    let total = commits(&directed(&kinds, Script::default()));
    for commit in 1..=total {
        let script = Script { freeze_after: Some(commit), ..Script::default() };
        ends_as(&directed(&kinds, script), "succeeded", &format!("frozen after {commit}"));
    }
}

/// T5.3: a gate that does not hold keeps every order from the fleet.
#[test]
fn a_target_that_does_not_answer_is_left_alone_and_the_job_is_rejected() {
    for kind in ServiceKind::DRAIN_ORDER {
        let down = vec![test_support::facts::node(kind, 2)];
        let outcome = directed(&[kind], Script { down, ..Script::default() });
        ends_as(&outcome, "rejected", kind.as_str());
        let ordered = outcome.trace.iter().find(|l| l.contains(" under "));
        assert_eq!(ordered, None, "an order reached the fleet");
    }
}

/// Each bug, and within how many seeds it must be found.
const BUGS: [(Bug, u64); 17] = [
    (Bug::NoResume, 200),
    (Bug::StaleResultTaken, 1_000),
    (Bug::AnswerForgotten, 20),
    (Bug::AnsweredTwice, 200),
    (Bug::UnknownForgotten, 200),
    (Bug::FlipWithoutCompare, 500),
    (Bug::FlipTakesAnyEntry, 20),
    (Bug::UndoLeavesFence, 2_000),
    (Bug::HoldSkipped, 500),
    (Bug::UndrainSkipped, 200),
    (Bug::RetryAtOnce, 1_000),
    (Bug::LeadWithoutCommit, 20),
    (Bug::CommandSkipped, 50),
    (Bug::ActivateEarly, 20),
    (Bug::SnapshotOfAnotherLife, 200),
    (Bug::SnapshotNotHeldAgainstTheLog, 200),
    (Bug::SnapshotForgetsTheEnded, 200),
];

#[test]
fn bugs_on_purpose_are_found_by_the_seeds() {
    let mut missed = Vec::new();
    for (bug, within) in BUGS {
        let (failed, _) = many(0..within, Some(bug));
        match failed {
            Some((seed, outcome)) => println!("{bug:?}: seed {seed}: {}", outcome.broken[0]),
            None => missed.push(bug),
        }
    }
    assert!(missed.is_empty(), "not found: {missed:?}");
}
