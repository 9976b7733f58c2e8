//! The checker of invariants: clean on every generated log, and each planted violation is found
//! where it was planted.
#![allow(clippy::unwrap_used)]

mod log;

use std::collections::BTreeMap;

use bytes::Bytes;
use streams::{
    envelope::{Commit, CommitBody},
    ids::{Hash, Incarnation, Seq},
    job::{
        event::{Cause, JobEvent},
        policy::Policy,
        step::Evidence,
    },
    ports::Message,
    verify::{Acked, Finding, Log, Rules, Verifier},
};
use test_support::{facts::job_id, story::Story};

use crate::log::{
    asked, assert_found, check, check_with_commands, events_of, has, rules, signed, story,
    story_with,
};

/// T5.1
#[test]
fn generated_logs_hold_every_invariant() {
    for seed in 0..12 {
        let (world, events) = (Story::new(seed).until(300).world, story(seed, 300));
        let mut verifier = Verifier::new(Rules { with_commands: true, ..rules() });
        for message in asked(&events) {
            verifier.message(Log::Commands, &message);
        }
        for message in &events {
            verifier.message(Log::Events, message);
        }
        let report = verifier.finish();
        assert_eq!(report.findings, vec![], "seed {seed}");
        assert_eq!(report.counts.commits, 300);
        assert_eq!(report.root, Hash::of(&events[299].payload));
        assert_eq!(report.counts.open, world.jobs.len() as u64, "seed {seed}");
    }
}

#[test]
fn an_edit_a_drop_a_swap_and_a_repetition_are_found() {
    let clean = Story::new(1).until(40).events;

    let mut edited = clean.clone();
    let text = String::from_utf8(edited[9].payload.to_vec()).unwrap();
    let body = text.replacen("\"v\":1", "\"v\": 1", 1);
    assert_ne!(text, body);
    edited[9].payload = Bytes::from(body);
    let report = check(&edited, rules());
    assert_found(&report, "broken_chain", 10);
    assert_found(&report, "foreign_message", 9);

    let mut dropped = clean.clone();
    dropped.remove(20);
    let report = check(&dropped, rules());
    assert_found(&report, "gap", 20);
    assert_found(&report, "broken_chain", 21);

    let mut swapped = clean.clone();
    swapped.swap(5, 6);
    assert_found(&check(&swapped, rules()), "out_of_order", 5);

    let mut repeated = clean.clone();
    let mut again = clean[7].clone();
    again.seq = Seq(41);
    repeated.push(again);
    assert_found(&check(&repeated, rules()), "duplicate", 40);

    let mut stray = clean;
    let message = Message { headers: BTreeMap::new(), seq: Seq(41), ..stray[39].clone() };
    stray.push(message);
    assert_found(&check(&stray, rules()), "foreign_message", 40);
}

#[test]
fn an_unreadable_and_a_misfiled_commit_are_found() {
    let mut log = Story::new(2).until(30).events;
    let subject = log.iter().find(|m| m.subject != log[3].subject).unwrap().subject.clone();
    log[3].subject = subject;
    log[11].payload = Bytes::from_static(b"{\"v\":1}");
    let report = check(&log, rules());
    assert_found(&report, "misfiled", 3);
    assert_found(&report, "unreadable", 11);
}

#[test]
fn headers_that_do_not_tell_the_events_are_found() {
    let mut log = Story::new(2).until(10).events;
    log[4].headers.insert("Control-Event-Types".to_owned(), "Succeeded".to_owned());
    assert_found(&check(&log, rules()), "header_differs", 4);
}

/// T5.1
#[test]
fn a_command_answered_twice_out_of_order_or_never_is_found() {
    let (mut log, first) = story_with(|c| c.answers == Some(Seq(3)));
    let commands = asked(&signed(log.clone()));
    log[first].answers = Some(Seq(2));
    let report = check_with_commands(&commands, &signed(log.clone()), true);
    assert_found(&report, "answered_twice", first);
    assert_found(&report, "answer_differs", first);
    let never = |f: &Finding| f.code == "unanswered" && f.seq == Some(Seq(3));
    assert!(report.findings.iter().any(never), "{:#?}", report.findings);
    let late = log.iter().position(|c| c.answers == Some(Seq(4))).unwrap();
    assert_found(&report, "answered_out_of_order", late);
}

#[test]
fn an_answer_to_no_command_and_an_acceptance_nobody_asked_for_are_found() {
    let accepts = |c: &Commit| has(c, |e| matches!(e, JobEvent::Accepted { .. }));
    let (mut log, place) = story_with(|c| accepts(c) && c.answers > Some(Seq(2)));
    let mut commands = asked(&signed(log.clone()));
    let answered = log[place].answers.unwrap();
    commands.retain(|m| m.seq != answered);
    let report = check_with_commands(&commands, &signed(log.clone()), false);
    assert_found(&report, "answer_without_command", place);
    log[place].answers = None;
    assert_found(&check(&signed(log), rules()), "answer_without_command", place);
}

#[test]
fn a_second_command_on_one_subject_is_found() {
    let events = Story::new(3).until(60).events;
    let mut commands = asked(&events);
    let last = commands.last().unwrap().seq;
    let again = Message { seq: last.next(), headers: BTreeMap::new(), ..commands[0].clone() };
    commands.push(again);
    let report = check_with_commands(&commands, &events, false);
    let hit = |f: &Finding| f.code == "second_on_subject" && f.seq == Some(last.next());
    assert!(report.findings.iter().any(hit), "{:#?}", report.findings);
}

/// T5.1
#[test]
fn two_jobs_under_one_lock_are_found() {
    let accepts = |e: &JobEvent| matches!(e, JobEvent::Accepted { .. });
    let (mut log, place) = story_with(|c| has(c, accepts));
    let mut second = log[place].clone();
    second.answers = None;
    let CommitBody::Job { job_id: id, .. } = &mut second.body else { panic!() };
    *id = job_id(9_999);
    log.insert(place + 1, second);
    let log = signed(log);
    assert_found(&check(&log, rules()), "lock_overlap", place + 1);
    let strict = Rules { policy: Policy::default(), ..rules() };
    assert_found(&check(&log, strict), "permit_exceeded", place + 1);
}

#[test]
fn a_job_that_holds_something_else_than_it_should_is_found() {
    let (mut log, place) = story_with(|c| has(c, |e| matches!(e, JobEvent::Accepted { .. })));
    if let JobEvent::Accepted { held, .. } = &mut events_of(&mut log[place])[0] {
        held.locks.clear();
    }
    assert_found(&check(&signed(log), rules()), "held_differs", place);
}

#[test]
fn an_effect_seen_twice_is_found() {
    let (mut log, place) = story_with(|c| has(c, |e| matches!(e, JobEvent::StepSucceeded { .. })));
    let events = events_of(&mut log[place]);
    let at = events.iter().position(|e| matches!(e, JobEvent::StepSucceeded { .. })).unwrap();
    let again = events[at].clone();
    events.insert(at + 1, again);
    assert_found(&check(&signed(log), rules()), "effect_twice", place);
}

#[test]
fn a_step_out_of_order_and_an_event_after_the_end_are_found() {
    let starts = |e: &JobEvent| matches!(e, JobEvent::StepStarted { .. });
    let (mut log, place) =
        story_with(|c| has(c, starts) && has(c, |e| matches!(e, JobEvent::Planned { .. })));
    let events = events_of(&mut log[place]);
    let later = events.iter().find_map(|e| match e {
        JobEvent::Planned { plan } => Some(plan.steps[2].id.clone()),
        _ => None,
    });
    let start = events.iter_mut().find(|e| starts(e)).unwrap();
    *start = JobEvent::StepStarted { step_id: later.unwrap() };
    assert_found(&check(&signed(log), rules()), "step_order", place);

    let ends = |e: &JobEvent| matches!(e, JobEvent::Succeeded);
    let (mut log, place) = story_with(|c| has(c, ends));
    let mut again = log[place].clone();
    again.answers = None;
    *events_of(&mut again) = vec![JobEvent::Succeeded];
    log.insert(place + 1, again);
    assert_found(&check(&signed(log), rules()), "event_after_end", place + 1);
}

#[test]
fn an_undo_out_of_order_a_missing_undo_and_an_undo_past_no_return_are_found() {
    let undoes = |e: &JobEvent| matches!(e, JobEvent::UndoStarted { .. });
    let finishes = |e: &JobEvent| matches!(e, JobEvent::UndoSucceeded { .. });
    // A commit that ends one undo and starts the next: start the one just ended instead.
    let (mut log, place) = story_with(|c| has(c, finishes) && has(c, undoes));
    let skipped = log.clone();
    let events = events_of(&mut log[place]);
    let ended = events.iter().find_map(|e| match e {
        JobEvent::UndoSucceeded { step_id } => Some(step_id.clone()),
        _ => None,
    });
    let start = events.iter_mut().find(|e| undoes(e)).unwrap();
    *start = JobEvent::UndoStarted { step_id: ended.unwrap() };
    assert_found(&check(&signed(log), rules()), "undo_order", place);

    let mut log = skipped;
    let events = events_of(&mut log[place]);
    let start = events.iter_mut().find(|e| undoes(e)).unwrap();
    *start = JobEvent::RolledBack;
    let cancelled_too = check(&signed(log.clone()), rules());
    assert_found(&cancelled_too, "undo_missing", place);

    let flips = |e: &JobEvent| {
        matches!(e, JobEvent::StepSucceeded { evidence: Evidence::Flipped { .. }, .. })
    };
    let (mut log, place) = story_with(|c| has(c, flips));
    let events = events_of(&mut log[place]);
    let at = events.iter().position(flips).unwrap();
    events.truncate(at + 1);
    events.push(JobEvent::CompensationStarted { cause: Cause::DeadlineExceeded });
    assert_found(&check(&signed(log), rules()), "undone_past_no_return", place);
}

#[test]
fn a_fence_that_falls_and_an_epoch_given_twice_are_found() {
    let starts = |e: &JobEvent| matches!(e, JobEvent::StepStarted { .. });
    let (mut log, place) = story_with(|c| has(c, starts));
    for commit in log.iter_mut().take(place) {
        commit.incarnation = Incarnation(2);
    }
    let (mut later, start) = (log.clone(), place);
    // The same starts under a higher incarnation first, then one under a lower.
    for commit in &mut later {
        commit.incarnation = Incarnation(2);
    }
    let next = (start + 1..later.len()).find(|n| has(&later[*n], starts)).unwrap();
    later[next].incarnation = Incarnation(1);
    let report = check(&signed(later), rules());
    assert_found(&report, "fence_fell", next);
    assert_found(&report, "incarnation_fell", next);

    let flips = |e: &JobEvent| {
        matches!(e, JobEvent::StepSucceeded { evidence: Evidence::Flipped { .. }, .. })
    };
    let (mut log, place) = story_with(|c| has(c, flips));
    let tenant = |c: &Commit| match &c.body {
        CommitBody::Job { tenant_id, .. } => tenant_id.clone(),
        CommitBody::System { .. } => None,
    };
    let of_first = tenant(&log[place]);
    for commit in &mut log {
        if tenant(commit) != of_first {
            continue;
        }
        if let CommitBody::Job { events, .. } = &mut commit.body {
            for event in events {
                if let JobEvent::StepSucceeded {
                    evidence: Evidence::Flipped { epoch, .. }, ..
                } = event
                {
                    epoch.0 = 0;
                }
            }
        }
    }
    assert_found(&check(&signed(log), rules()), "epoch_repeated", place);
}

/// T5.3
#[test]
fn a_step_begun_although_a_gate_does_not_hold_is_found() {
    let waits = |e: &JobEvent| matches!(e, JobEvent::GatesObserved { gates, .. } if gates.iter().any(|g| !g.holds()));
    let alone = |c: &Commit| matches!(&c.body, CommitBody::Job { events, .. } if events.len() == 1);
    let (mut log, place) = story_with(|c| has(c, waits) && alone(c));
    let events = events_of(&mut log[place]);
    let JobEvent::GatesObserved { step_id, .. } = &events[0] else { panic!() };
    let start = JobEvent::StepStarted { step_id: step_id.clone() };
    events.push(start);
    assert_found(&check(&signed(log), rules()), "gate_ignored", place);
}

#[test]
fn an_acknowledged_append_that_is_gone_or_another_is_found() {
    let events = Story::new(4).until(20).events;
    let acked = |seq: u64, id: &str| Acked {
        stream: Log::Events.stream().to_owned(),
        seq: Seq(seq),
        msg_id: id.to_owned(),
    };
    let mut verifier = Verifier::new(rules());
    verifier.acked(&acked(5, events[4].msg_id().unwrap()));
    verifier.acked(&acked(7, "another"));
    verifier.acked(&acked(21, "gone"));
    for message in &events {
        verifier.message(Log::Events, message);
    }
    let report = verifier.finish();
    let found: Vec<_> = report.findings.iter().map(|f| (f.code, f.seq)).collect();
    assert_eq!(found, [("acked_lost", Some(Seq(7))), ("acked_lost", Some(Seq(21)))]);
}

#[test]
fn a_job_still_open_is_found_only_when_all_must_have_ended() {
    let story = (0..50).map(|seed| Story::new(seed).until(100)).find(|s| !s.world.jobs.is_empty());
    let story = story.unwrap();
    assert_eq!(check(&story.events, rules()).findings, vec![]);
    let report = check(&story.events, Rules { ended: true, ..rules() });
    assert_eq!(report.findings.len(), story.world.jobs.len());
    assert!(report.findings.iter().all(|f| f.code == "job_open"));
}

#[test]
fn an_unreadable_audit_record_is_found() {
    let story = (0..50)
        .map(|seed| Story::new(seed).until(300))
        .find(|story| story.audit.iter().any(|m| m.payload.as_ref() == b"{\"v\":9}"));
    let audit = story.unwrap().audit;
    let place = audit.iter().position(|m| m.payload.as_ref() == b"{\"v\":9}").unwrap();
    let mut verifier = Verifier::new(rules());
    for message in &audit {
        verifier.message(Log::Audit, message);
    }
    assert_found(&verifier.finish(), "unreadable", place);
}
