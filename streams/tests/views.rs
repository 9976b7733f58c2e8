//! Views over generated logs: the same rows however they are folded, every message accounted for,
//! and nothing skipped that does not follow.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use bytes::Bytes;
use streams::{
    envelope::{Commit, CommitBody, Corrupt, commit_msg_id},
    ids::{Hash, Incarnation, JobId, Seq},
    job::{
        command::Verb,
        decide::verb,
        event::{Asked, JobEvent},
    },
    ports::Message,
    views::{
        Row, Source, Take, View,
        audit::AuditView,
        audit_row::AuditRow,
        checkpoint::Checkpoint,
        fold::Fold,
        job_row::{JobRow, JobState},
        jobs::JobsView,
    },
};
use test_support::{
    facts::{actor, at, command_id, flow, job_id},
    story::{Random, Story},
};

type Rows = BTreeMap<String, Bytes>;

/// The messages of both logs in one order that keeps each log's own.
fn merged(story: &Story, random: &mut Random) -> Vec<(Source, Message)> {
    let (mut events, mut audit) = (story.events.iter(), story.audit.iter());
    let (mut left, mut right) = (events.next(), audit.next());
    let mut all = Vec::new();
    loop {
        match (left, right) {
            (Some(event), _) if right.is_none() || random.percent(90) => {
                all.push((Source::Events, event.clone()));
                left = events.next();
            }
            (_, Some(record)) => {
                all.push((Source::Audit, record.clone()));
                right = audit.next();
            }
            _ => return all,
        }
    }
}

fn feed<V: View>(fold: &mut Fold<V>, messages: &[(Source, Message)]) {
    for (source, message) in messages {
        if V::SOURCES.contains(source) {
            fold.message(*source, message).unwrap();
        }
    }
}

fn store(rows: &mut Rows, taken: Vec<Row>) {
    for row in taken {
        rows.insert(row.key, row.value);
    }
}

/// As a projector that lives: rows are written after every few messages.
fn incremental<V: View>(messages: &[(Source, Message)], random: &mut Random) -> (Rows, Checkpoint) {
    let (mut fold, mut rows) = (Fold::<V>::new(Checkpoint::start()), Rows::new());
    let mut rest = messages;
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(rest.len().min(1 + random.below(5) as usize));
        feed(&mut fold, batch);
        store(&mut rows, fold.view.take(Take::Changed));
        rest = after;
    }
    (rows, fold.position().clone())
}

/// As a rebuild: rows that cannot change go out on the way, the others at the head.
fn rebuilt<V: View>(messages: &[(Source, Message)], random: &mut Random) -> (Rows, usize) {
    let (mut fold, mut rows) = (Fold::<V>::new(Checkpoint::start()), Rows::new());
    let mut written = 0;
    for message in messages {
        feed(&mut fold, std::slice::from_ref(message));
        if random.percent(3) {
            let taken = fold.view.take(Take::Last);
            written += taken.len();
            store(&mut rows, taken);
        }
    }
    let taken = fold.view.take(Take::Changed);
    written += taken.len();
    store(&mut rows, taken);
    (rows, written)
}

fn equal_however_folded<V: View>(seed: u64) {
    let mut random = Random::new(seed ^ 0xabcd);
    let story = Story::new(seed).until(300);
    let messages = merged(&story, &mut random);
    let (rows, _) = incremental::<V>(&messages, &mut random);
    let (again, written) = rebuilt::<V>(&messages, &mut random);
    assert_eq!(rows, again, "seed {seed}");
    assert_eq!(written, rows.len(), "a rebuild writes each row once, seed {seed}");

    // A process that stopped anywhere goes on from its checkpoint and its rows.
    let stop = random.below(messages.len() as u64) as usize;
    let (mut stored, checkpoint) = incremental::<V>(&messages[..stop], &mut random);
    let mut fold = Fold::<V>::new(checkpoint.clone());
    feed(&mut fold, &messages[..stop]);
    assert_eq!(fold.view.take(Take::Changed), [], "nothing is written twice, seed {seed}");
    assert_eq!(*fold.position(), checkpoint);
    feed(&mut fold, &messages[stop..]);
    store(&mut stored, fold.view.take(Take::Changed));
    assert_eq!(rows, stored, "seed {seed}");
}

/// I8
#[test]
fn a_rebuild_and_a_restart_equal_the_incremental_fold_byte_for_byte() {
    for seed in 0..12 {
        equal_however_folded::<JobsView>(seed);
        equal_however_folded::<AuditView>(seed);
    }
}

fn folded<V: View>(story: &Story) -> (Fold<V>, Rows) {
    let mut fold = Fold::<V>::new(Checkpoint::start());
    let mut rows = Rows::new();
    for (source, log) in [(Source::Events, &story.events), (Source::Audit, &story.audit)] {
        for message in log.iter().filter(|_| V::SOURCES.contains(&source)) {
            fold.message(source, message).unwrap();
        }
    }
    store(&mut rows, fold.view.take(Take::Changed));
    (fold, rows)
}

fn job_rows(story: &Story) -> BTreeMap<JobId, JobRow> {
    let (_, rows) = folded::<JobsView>(story);
    let parse = |value: &Bytes| serde_json::from_slice::<JobRow>(value).unwrap();
    rows.values().map(parse).map(|row| (row.job_id.clone(), row)).collect()
}

/// I5
#[test]
fn the_rows_tell_the_same_of_every_job_as_the_leaders_own_fold() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..30 {
        let story = Story::new(seed).until(300);
        let rows = job_rows(&story);
        assert_eq!(rows.len(), story.world.jobs.len() + story.world.ended.len());
        for (id, row) in &rows {
            seen.insert(row.state);
            let state = match (story.world.jobs.get(id), story.world.ended.get(id)) {
                (Some(job), None) => job.status.name(),
                (None, Some(ended)) => ended.state.as_str(),
                other => panic!("{id}: {other:?}"),
            };
            assert_eq!(row.state.as_str(), state, "{id}");
            assert_eq!(row.state.is_terminal(), row.finished_at.is_some());
            let holds = !row.held.locks.is_empty() || !row.held.permits.is_empty();
            assert_eq!(
                holds,
                !row.state.is_terminal(),
                "{id} holds what it holds while it is open"
            );
        }
    }
    assert_eq!(seen.len(), JobState::ALL.len(), "the stories reach every state: {seen:?}");
}

/// T5.3
#[test]
fn a_row_allows_exactly_the_verbs_the_aggregate_accepts() {
    for seed in 0..30 {
        let story = Story::new(seed).until(200);
        for (id, row) in job_rows(&story) {
            for asked_verb in Verb::ALL {
                let action = row.action(asked_verb).unwrap();
                let accepted = story.world.jobs.get(&id).is_some_and(|job| {
                    let asked = asked(asked_verb);
                    let context = test_support::facts::context(job.seq.0 + 1, 900_000_000);
                    let events = verb::decide(job, asked, context).unwrap();
                    matches!(events[0], JobEvent::VerbAccepted { .. })
                });
                assert_eq!(action.allowed, accepted, "{id} {} {asked_verb:?}", row.state.as_str());
                assert_eq!(action.because.is_empty(), action.allowed);
            }
        }
    }
}

fn asked(verb: Verb) -> Asked {
    Asked {
        command_id: command_id(1),
        verb,
        actor: actor(),
        reason: streams::job::command::Reason::parse("a test").unwrap(),
        ids: flow(),
    }
}

/// I6
#[test]
fn every_request_verb_flip_and_end_has_exactly_one_audit_row() {
    for seed in 0..20 {
        let story = Story::new(seed).until(300);
        let mut expected = BTreeMap::<(u64, String), usize>::new();
        for message in &story.events {
            for name in message.headers["Control-Event-Types"].split(',') {
                let acts = ["Accepted", "Rejected", "VerbAccepted", "VerbRefused", "Succeeded"];
                let acts = acts.iter().chain(&["Cancelled", "RolledBack"]);
                let acts = acts.chain(&["PlacementObserved", "CommandUnreadable"]);
                if acts.into_iter().any(|a| a == &name) || flips(message, name) {
                    *expected.entry((message.seq.0, "events".to_owned())).or_default() += 1;
                }
            }
        }
        for message in &story.audit {
            expected.insert((message.seq.0, "audit".to_owned()), 1);
        }
        let mut found = BTreeMap::<(u64, String), usize>::new();
        for value in folded::<AuditView>(&story).1.values() {
            let row: AuditRow = serde_json::from_slice(value).unwrap();
            let key = (row.sequence.0, row.stream.as_str().to_owned());
            *found.entry(key).or_default() += 1;
            if row.operation == "placement.flip" {
                let change = row.change.unwrap();
                assert_ne!(change.before.unwrap(), change.after.unwrap());
                assert!(row.actor.is_some() && row.reason.is_some() && row.ids.is_some());
            }
        }
        assert_eq!(found, expected, "seed {seed}");
    }
}

fn flips(message: &Message, event: &str) -> bool {
    event == "StepSucceeded" && String::from_utf8_lossy(&message.payload).contains("\"flipped\"")
}

#[test]
fn an_unreadable_audit_record_becomes_a_row_that_says_so_and_the_rest_goes_on() {
    let mut story = Story::new(3).until(300);
    story.audit.truncate(2);
    story.audit[0].payload = Bytes::from_static(b"\xff not JSON");
    let (fold, rows) = folded::<AuditView>(&story);
    let row: AuditRow = serde_json::from_slice(&rows["aud-1"]).unwrap();
    assert_eq!(row.code.as_deref(), Some("unreadable"));
    assert!(row.detail.unwrap().contains("control.audit._.session"));
    assert!(rows.contains_key("aud-2"));
    assert_eq!(fold.mark(Source::Audit).seq, Seq(2));
}

fn fold_until_error(messages: &[Message]) -> Option<Corrupt> {
    let mut fold = Fold::<JobsView>::new(Checkpoint::start());
    messages.iter().find_map(|m| fold.message(Source::Events, m).err())
}

#[test]
fn a_missing_message_an_edited_one_and_an_unreadable_one_each_stop_the_fold() {
    let story = Story::new(1).until(50);
    assert_eq!(fold_until_error(&story.events), None);

    let mut gap = story.events.clone();
    gap.remove(20);
    assert!(matches!(fold_until_error(&gap), Some(Corrupt::Gap { expected: Seq(21), .. })));

    let mut edited = story.events.clone();
    // One byte that changes nothing of what it says: the next commit's link is to the old bytes.
    let padded = [&edited[20].payload[..], b" "].concat();
    edited[20].payload = Bytes::from(padded);
    assert!(matches!(fold_until_error(&edited), Some(Corrupt::BrokenChain { seq: Seq(22), .. })));

    let mut unreadable = story.events.clone();
    unreadable[20].payload = Bytes::from_static(b"{}");
    assert!(matches!(fold_until_error(&unreadable), Some(Corrupt::Unreadable { .. })));
}

#[test]
fn an_event_that_is_illegal_where_it_stands_stops_the_fold_and_names_itself() {
    let commit = Commit {
        v: 1,
        incarnation: Incarnation(1),
        prev: Hash::zero(),
        answers: None,
        body: CommitBody::Job {
            tenant_id: None,
            job_id: job_id(1),
            events: vec![JobEvent::Succeeded],
        },
    };
    let payload = commit.encode();
    let mut headers = commit.headers();
    headers.insert("Nats-Msg-Id".to_owned(), commit_msg_id(Incarnation(1), Seq(1), &payload));
    let subject = commit.subject();
    let message = Message { seq: Seq(1), subject, headers, payload, at: at(0) };
    let error = fold_until_error(&[message]).unwrap();
    assert!(matches!(&error, Corrupt::IllegalEvent { event: "Succeeded", .. }), "{error}");
}

#[test]
fn a_position_names_the_life_of_the_log_the_last_answered_command_and_both_marks() {
    let story = Story::new(5).until(120);
    let (fold, _) = folded::<AuditView>(&story);
    let position = fold.position();
    assert_eq!(position.as_of(), "1-120");
    assert_eq!(position.cursor, story.world.cursor);
    assert_eq!(position.events.msg_id, story.events.last().unwrap().msg_id().unwrap());
    assert_eq!(position.audit.seq.0, story.audit.len() as u64);
    let text = serde_json::to_string(position).unwrap();
    assert_eq!(serde_json::from_str::<Checkpoint>(&text).unwrap(), *position);
}
