//! Verbs: what each does in each state, and what a refusal says.

use streams::{
    ids::ServiceKind,
    job::{
        command::Verb,
        decide::{drive, verb},
        event::{Cause, JobEvent, PauseCause},
        policy::Policy,
        state::{Job, Status, evolve},
        step::StepError,
    },
};
use test_support::facts::{context, healthy, job_id};

use crate::{accepted, asked, flip_index, fold, plan_of, started};

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
        let mut events = verb::decide(&job, asked(Verb::Cancel), context(99, 99_000)).unwrap();
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
        let events = verb::decide(&job, asked(Verb::Cancel), context(99, 0)).unwrap();
        let [JobEvent::VerbRefused { code, message, .. }] = events.as_slice() else {
            panic!("{events:?}")
        };
        assert_eq!(code, "past_point_of_no_return");
        assert!(message.contains("reverse"), "{message}");
    }
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
    let resumed = verb::decide(&paused, asked(Verb::Resume), context(77, 99_000)).unwrap();
    let mut job = paused;
    for event in &resumed {
        job = evolve(Some(job), &job_id(1), event, context(77, 99_000)).unwrap();
    }
    assert!(job.fence > before);
    assert!(matches!(drive::next(&job, &Policy::default()), drive::Next::Perform { .. }));
}

/// The job in every state a verb can meet, in the order of the table below.
fn phases() -> Vec<(&'static str, Job)> {
    let plan = plan_of(&[ServiceKind::Projection], &healthy());
    let flip = flip_index(&plan);
    let (drain, drained) = (plan.steps[3].id.clone(), started(&plan, 3));
    let with = |mut events: Vec<JobEvent>, more: Vec<JobEvent>| {
        events.extend(more);
        fold(&events)
    };
    let paused = || JobEvent::Paused { cause: PauseCause::Operator };
    let error = || StepError::not_yet("node_unreachable", "prj-01a is silent");
    let undoing = |cause| {
        let step_id = drain.clone();
        vec![JobEvent::CompensationStarted { cause }, JobEvent::UndoStarted { step_id }]
    };
    let failed = Cause::StepFailed { step_id: drain.clone(), error: error() };
    let stuck = [
        undoing(Cause::Cancelled),
        vec![JobEvent::BecameStuck { step_id: drain.clone(), error: error() }],
    ];
    vec![
        ("pending", fold(&[accepted(&plan)])),
        ("running", fold(&drained)),
        ("running past the flip", fold(&started(&plan, flip))),
        ("paused", with(drained.clone(), vec![paused()])),
        ("paused past the flip", with(started(&plan, flip + 1), vec![paused()])),
        ("compensating, cancelled", with(drained.clone(), undoing(Cause::Cancelled))),
        ("compensating, failed", with(drained.clone(), undoing(failed))),
        ("stuck", with(drained.clone(), stuck.concat())),
    ]
}

/// What each verb is answered in each of those states: nothing when it is legal, else words that
/// must stand in the refusal: what is true, and the way out.
const ANSWERS: [(&str, [&[&str]; 4]); 8] = [
    (
        "pending",
        [&[], &["no step runs", "cancel it"], &["begins by itself"], &["begins by itself"]],
    ),
    ("running", [&[], &[], &["nothing to resume"], &["tries again by itself"]]),
    (
        "running past the flip",
        [
            &["07.flip has started", "nothing is undone", "let it end", "reverse it instead"],
            &[],
            &["nothing to resume"],
            &["tries again by itself"],
        ],
    ),
    ("paused", [&[], &["resume it", "cancel it"], &[], &["no undo has failed", "resume it"]]),
    (
        "paused past the flip",
        [
            &["07.flip has started", "resume it", "reverse it instead"],
            &["resume it"],
            &[],
            &["no undo has failed", "resume it"],
        ],
    ),
    (
        "compensating, cancelled",
        [
            &["it was cancelled", "wait until it has ended"],
            &["cannot be paused", "wait"],
            &["cannot go forward", "request it anew"],
            &["tried again by itself", "wait"],
        ],
    ),
    (
        "compensating, failed",
        [
            &["a step failed", "nothing more to cancel"],
            &["a step failed", "cannot be paused"],
            &["a step failed", "request it anew"],
            &["a step failed", "tried again by itself"],
        ],
    ),
    (
        "stuck",
        [
            &["undo of 04.drain", "undone already", "then retry"],
            &["undo of 04.drain", "nothing runs", "then retry"],
            &["undo of 04.drain", "cannot go forward", "then retry"],
            &[],
        ],
    ),
];

/// T5.1
#[test]
fn every_refusal_says_what_is_true_and_the_way_out() {
    for ((phase, job), (name, answers)) in phases().into_iter().zip(ANSWERS) {
        assert_eq!(phase, name);
        for (verb, words) in Verb::ALL.into_iter().zip(answers) {
            let what = format!("{} while {phase}", verb.as_str());
            let refusal = verb::refusal(&job, verb);
            let events = verb::decide(&job, asked(verb), context(99, 99_000)).unwrap();
            let Some((code, message)) = refusal else {
                assert!(words.is_empty(), "{what} is legal");
                assert!(matches!(events[0], JobEvent::VerbAccepted { .. }), "{what}: {events:?}");
                continue;
            };
            assert!(!words.is_empty(), "{what}: {message}");
            assert!(words.iter().all(|w| message.contains(w)), "{what}: {message}");
            let [JobEvent::VerbRefused { code: c, message: m, .. }] = events.as_slice() else {
                panic!("{what}: {events:?}")
            };
            assert_eq!((c.as_str(), m), (code, &message), "{what}");
            let past = phase.ends_with("past the flip") && verb == Verb::Cancel;
            assert_eq!(code, if past { "past_point_of_no_return" } else { "wrong_state" });
        }
    }
}

/// An ended job takes no verb, and nobody is told that it is being undone.
#[test]
fn a_verb_on_an_ended_job_or_on_none_is_told_how_it_ended_and_what_can_be_done() {
    let cases: [(Option<&str>, &str, [&str; 2]); 5] = [
        (Some("succeeded"), "wrong_state", ["has succeeded", "reverse it"]),
        (Some("cancelled"), "wrong_state", ["was cancelled", "request it anew"]),
        (Some("rolled_back"), "wrong_state", ["was rolled back", "request it anew"]),
        (Some("rejected"), "wrong_state", ["was rejected and nothing was done", "plan it"]),
        (None, "unknown_job", ["no such job", "check the job id"]),
    ];
    for (ended_as, code, words) in cases {
        for verb in Verb::ALL {
            let JobEvent::VerbRefused { code: c, message, .. } =
                verb::refuse_absent(asked(verb), ended_as)
            else {
                panic!("a verb was accepted")
            };
            assert_eq!(c, code);
            assert!(words.iter().all(|w| message.contains(w)), "{message}");
            assert!(!message.contains("being undone"), "{message}");
        }
    }
    let rejected = JobEvent::Rejected {
        request: Box::new(test_support::facts::bare_request(
            &test_support::facts::acme(),
            &[ServiceKind::Runner],
        )),
        refusal: streams::job::event::Refusal {
            code: "lock_conflict".to_owned(),
            message: "held".to_owned(),
            holder: None,
            diff: Vec::new(),
            gates: Vec::new(),
        },
    };
    let row_says = verb::refusal(&fold(&[rejected]), Verb::Cancel).unwrap().1;
    assert!(row_says.contains("was rejected"), "a row says the same: {row_says}");
}
