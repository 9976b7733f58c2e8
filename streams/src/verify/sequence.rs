//! What holds for any of the three logs: no gap, no message twice, every acknowledged append there.

use std::collections::{BTreeMap, HashMap};

use super::{Finding, Invariant, Log};
use crate::{
    envelope::{Recorded, commit_msg_id},
    ids::Seq,
    ports::Message,
};

/// One log as far as it was read.
#[derive(Debug)]
pub(super) struct Sequence {
    log: Log,
    last: Seq,
    ids: HashMap<String, Seq>,
    subjects: HashMap<String, Seq>,
    /// Acknowledged and not yet seen.
    acked: BTreeMap<Seq, String>,
}

impl Sequence {
    pub(super) fn new(log: Log) -> Self {
        Self {
            log,
            last: Seq(0),
            ids: HashMap::new(),
            subjects: HashMap::new(),
            acked: BTreeMap::new(),
        }
    }

    fn finding(&self, code: &'static str, seq: Seq, message: String) -> Finding {
        Finding {
            invariant: Invariant::I10,
            code,
            stream: self.log.stream().to_owned(),
            seq: Some(seq),
            job_id: None,
            message,
        }
    }

    /// Notes an acknowledged append; the id that was acknowledged for this sequence before, if
    /// another one.
    pub(super) fn expect(&mut self, seq: Seq, msg_id: &str) -> Option<String> {
        self.acked.insert(seq, msg_id.to_owned()).filter(|first| first != msg_id)
    }

    pub(super) fn next(&mut self, message: &Message, findings: &mut Vec<Finding>) {
        let expected = self.last.next();
        if message.seq > expected {
            let missing = message.seq.0 - expected.0;
            let why = format!("{missing} messages are missing before {}", message.seq);
            findings.push(self.finding("gap", expected, why));
        } else if message.seq < expected {
            let why = format!("came after message {}", self.last);
            findings.push(self.finding("out_of_order", message.seq, why));
        }
        self.last = self.last.max(message.seq);
        let id = message.msg_id().unwrap_or_default();
        if id.is_empty() {
            let why = "has no message id: not written by us".to_owned();
            findings.push(self.finding("foreign_message", message.seq, why));
        } else if let Some(first) = self.ids.insert(id.to_owned(), message.seq) {
            let why = format!("{id} is already message {first}");
            findings.push(self.finding("duplicate", message.seq, why));
        }
        if let Some(acked) = self.acked.remove(&message.seq)
            && acked != id
        {
            let why = format!("{acked} was acknowledged here, {id:?} stands here");
            findings.push(self.finding("acked_lost", message.seq, why));
        }
    }

    /// Commands: a second message on a subject would be a second command of one key.
    pub(super) fn one_on_its_subject(&mut self, message: &Message, findings: &mut Vec<Finding>) {
        if let Some(first) = self.subjects.insert(message.subject.clone(), message.seq) {
            let why = format!("{} already holds message {first}", message.subject);
            findings.push(self.finding("second_on_subject", message.seq, why));
        }
    }

    pub(super) fn finish(&self, findings: &mut Vec<Finding>) {
        for (seq, id) in &self.acked {
            let why = format!("{id} was acknowledged, the log ends at {}", self.last);
            findings.push(self.finding("acked_lost", *seq, why));
        }
    }
}

/// A commit's message id names its place and content, its headers its events: a stray writer shows.
pub(super) fn signature(message: &Message, recorded: &Recorded, findings: &mut Vec<Finding>) {
    let commit = &recorded.commit;
    let mut found = |code, why| {
        findings.push(Finding {
            invariant: Invariant::I10,
            code,
            stream: Log::Events.stream().to_owned(),
            seq: Some(message.seq),
            job_id: None,
            message: why,
        });
    };
    let expected = commit_msg_id(commit.incarnation, message.seq, &message.payload);
    let id = message.msg_id().unwrap_or_default();
    if !id.is_empty() && id != expected {
        found("foreign_message", format!("its message id is {id}, its content says {expected}"));
    }
    for (name, value) in commit.headers() {
        let header = message.headers.get(&name).map_or("nothing", String::as_str);
        if header != value {
            found("header_differs", format!("{name} says {header}, its body {value}"));
        }
    }
}
