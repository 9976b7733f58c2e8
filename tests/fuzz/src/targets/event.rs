//! Stored messages: `<subject>\n<payload>`, a commit a line. What another program wrote into a log
//! must never bring a reader down.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::DateTime;
use streams::{
    envelope::{Commit, Recorded},
    ids::{Hash, Incarnation, Seq},
    job::world::World,
    log::{command_subject, decode_command},
    ports::Message,
    views::{Input, RecordedAudit, Take, View, audit::AuditView, jobs::JobsView},
};

use super::text;

pub(crate) const WORDS: &[&str] = &[
    "control.evt.acme.job.",
    "control.evt._.leader",
    "control.cmd.",
    "control.audit._.session",
    "\n",
    "{",
    "}",
    "[",
    "]",
    "null",
    "\"v\":1",
    "\"v\":2",
    "\"v\":0",
    "\"incarnation\":1",
    "\"prev\":",
    "\"events\":[]",
    "\"about\":\"job\"",
    "\"about\":\"system\"",
    "\"type\":\"Accepted\"",
    "\"type\":\"StepStarted\"",
    "\"type\":\"StepSucceeded\"",
    "\"type\":\"StepFailed\"",
    "\"type\":\"Succeeded\"",
    "\"type\":\"Cancelled\"",
    "\"type\":\"Paused\"",
    "18446744073709551615",
    "-1",
    "1e400",
    "\\u0000",
    "\"tenant_id\":null",
];

pub(crate) fn run(data: &[u8]) {
    let split = data.iter().position(|b| *b == b'\n').unwrap_or(data.len());
    let Some(subject) = text(&data[..split]) else { return };
    let lines = data.get(split + 1..).unwrap_or_default();
    let (mut world, mut jobs) = (World::empty(Incarnation(1)), JobsView::default());
    let mut healthy = true;
    for (index, line) in lines.split(|b| *b == b'\n').take(64).enumerate() {
        let seq = Seq(index as u64 + 1);
        // In a story each commit stands on its own subject; only the first line is a stranger's.
        let own = serde_json::from_slice::<Commit>(line).ok().map(|commit| commit.subject());
        let on = if index == 0 { subject.to_owned() } else { own.unwrap_or(subject.to_owned()) };
        let message = message(seq, on, line);
        as_command_and_record(&message);
        let Ok(recorded) = Commit::decode(&message) else { continue };
        assert_eq!(recorded.commit.subject(), message.subject, "filed where it belongs");
        let again = Message { payload: recorded.commit.encode(), ..message.clone() };
        let again = Commit::decode(&again).expect("what was read can be written and read");
        assert_eq!(again.commit, recorded.commit);
        healthy = healthy && fold(&mut world, &mut jobs, recorded);
    }
}

/// Folds until something does not follow; an error stops a reader, a panic must not.
fn fold(world: &mut World, jobs: &mut JobsView, mut recorded: Recorded) -> bool {
    recorded.seq = world.last_seq.next();
    recorded.commit.prev = world.last_hash.clone();
    recorded.hash = Hash::of(&recorded.commit.encode());
    let shown = jobs.apply(Input::Commit(&recorded), false).is_ok();
    let rows = jobs.take(Take::Changed);
    assert!(rows.iter().all(|row| JobsView::stored_seq(&row.value) == Some(row.seq)));
    world.apply(recorded).is_ok() && shown
}

fn message(seq: Seq, subject: String, payload: &[u8]) -> Message {
    Message {
        seq,
        subject,
        headers: BTreeMap::new(),
        payload: Bytes::copy_from_slice(payload),
        at: DateTime::from_timestamp(1_795_507_200, 0).unwrap(),
    }
}

/// The same bytes in the other two logs.
fn as_command_and_record(message: &Message) {
    if let Ok(command) = decode_command(message).command {
        assert_eq!(command_subject(&command), message.subject);
    }
    let mut audit = AuditView::default();
    let recorded = RecordedAudit::decode(message);
    if audit.apply(Input::Audit(&recorded), false).is_ok() {
        drop(audit.take(Take::Changed));
    }
}
