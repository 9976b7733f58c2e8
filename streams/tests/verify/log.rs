//! Generated logs for the checker, and the hands that spoil them.

use std::collections::BTreeMap;

use bytes::Bytes;
use streams::{
    envelope::{Commit, CommitBody, commit_msg_id},
    ids::{Hash, Seq},
    job::{
        command::{Command, CommandBody, VerbRequest},
        event::{JobEvent, SystemEvent},
        policy::Policy,
        step::Evidence,
    },
    log::command_subject,
    ports::Message,
    verify::{Finding, Log, Report, Rules, Verifier},
};
use test_support::{
    facts::{at, command_id},
    story::Story,
};

/// The limits generated logs keep to.
fn generous() -> Policy {
    Policy { permits_fleet: 1_000, permits_shard: 1_000, ..Policy::default() }
}

pub(crate) fn rules() -> Rules {
    Rules { policy: generous(), with_commands: false, ended: false }
}

pub(crate) fn check(events: &[Message], rules: Rules) -> Report {
    let mut verifier = Verifier::new(rules);
    for message in events {
        verifier.message(Log::Events, message);
    }
    verifier.finish()
}

pub(crate) fn commits(events: &[Message]) -> Vec<Commit> {
    events.iter().map(|m| serde_json::from_slice(&m.payload).unwrap()).collect()
}

/// Writes the commits as a whole log: numbered, chained and signed anew.
pub(crate) fn signed(commits: Vec<Commit>) -> Vec<Message> {
    let mut prev = Hash::zero();
    let mut log = Vec::new();
    for (n, mut commit) in commits.into_iter().enumerate() {
        let seq = Seq(n as u64 + 1);
        commit.prev = prev;
        let payload = commit.encode();
        prev = Hash::of(&payload);
        let mut headers = commit.headers();
        headers.insert("Nats-Msg-Id".into(), commit_msg_id(commit.incarnation, seq, &payload));
        log.push(Message { seq, subject: commit.subject(), headers, payload, at: at(seq.0) });
    }
    log
}

/// A generated log with a placement behind it: the generator's fleet never moves, so that all its
/// flips write one epoch and one revision.
pub(crate) fn story(seed: u64, length: usize) -> Vec<Message> {
    let mut log = commits(&Story::new(seed).until(length).events);
    let mut flips = 0;
    for commit in &mut log {
        let CommitBody::Job { events, .. } = &mut commit.body else { continue };
        for event in events {
            if let JobEvent::StepSucceeded { evidence, .. } = event
                && let Evidence::Flipped { epoch, revision, .. } = evidence
            {
                flips += 1;
                (epoch.0, revision.0) = (7 + flips, 812 + flips);
            }
        }
    }
    signed(log)
}

pub(crate) fn has(commit: &Commit, wanted: impl Fn(&JobEvent) -> bool) -> bool {
    matches!(&commit.body, CommitBody::Job { events, .. } if events.iter().any(wanted))
}

pub(crate) fn events_of(commit: &mut Commit) -> &mut Vec<JobEvent> {
    match &mut commit.body {
        CommitBody::Job { events, .. } => events,
        CommitBody::System { .. } => panic!("a commit about a job"),
    }
}

/// The log of the first seed in which `wanted` is met, and where.
pub(crate) fn story_with(wanted: impl Fn(&Commit) -> bool) -> (Vec<Commit>, usize) {
    for seed in 0..200 {
        let log = commits(&story(seed, 250));
        if let Some(at) = log.iter().position(&wanted) {
            return (log, at);
        }
    }
    panic!("no seed has such a commit");
}

/// The planted violation is found at its place under its name.
pub(crate) fn assert_found(report: &Report, code: &str, place: usize) {
    let seq = Some(Seq(place as u64 + 1));
    let hit = |f: &&Finding| f.code == code && f.seq == seq;
    assert!(report.findings.iter().any(|f| hit(&f)), "{code} at {seq:?}: {:#?}", report.findings);
}

/// The command log that these events answer.
pub(crate) fn asked(events: &[Message]) -> Vec<Message> {
    let answers = commits(events).into_iter().filter_map(|c| Some((c.answers?, c)));
    let mut log: Vec<Message> = answers.map(|(seq, commit)| command(seq, &commit)).collect();
    log.sort_by_key(|m| m.seq);
    log
}

fn command(seq: Seq, commit: &Commit) -> Message {
    let n = u32::try_from(seq.0).unwrap();
    let headers = BTreeMap::from([("Nats-Msg-Id".to_owned(), format!("msg-{seq}"))]);
    let (job_id, tenant_id, events) = match &commit.body {
        CommitBody::Job { job_id, tenant_id, events } => (job_id, tenant_id, events),
        CommitBody::System { events } => {
            assert!(matches!(events[0], SystemEvent::CommandUnreadable { .. }));
            let subject = format!("control.cmd.acme.x{seq}.create");
            let payload = Bytes::from_static(b"?");
            return Message { seq, subject, headers, payload, at: at(seq.0) };
        }
    };
    let (command_id, body) = match &events[0] {
        JobEvent::Accepted { request, .. } | JobEvent::Rejected { request, .. } => {
            (command_id(n), CommandBody::Create((**request).clone()))
        }
        JobEvent::VerbAccepted { asked } | JobEvent::VerbRefused { asked, .. } => {
            let request = VerbRequest {
                reason: asked.reason.clone(),
                actor: asked.actor.clone(),
                ids: asked.ids.clone(),
                fingerprint: Hash::zero(),
            };
            (asked.command_id.clone(), CommandBody::Verb { verb: asked.verb, request })
        }
        other => panic!("{} answers nothing", other.name()),
    };
    let command = Command {
        v: 1,
        command_id,
        job_id: job_id.clone(),
        tenant_id: tenant_id.clone(),
        accepted_at: at(seq.0),
        body,
    };
    let payload = Bytes::from(serde_json::to_vec(&command).unwrap());
    Message { seq, subject: command_subject(&command), headers, payload, at: at(seq.0) }
}

pub(crate) fn check_with_commands(commands: &[Message], events: &[Message], ended: bool) -> Report {
    let mut verifier = Verifier::new(Rules { with_commands: true, ended, ..rules() });
    for message in commands {
        verifier.message(Log::Commands, message);
    }
    for message in events {
        verifier.message(Log::Events, message);
    }
    verifier.finish()
}
