//! The read-only checker of the log's invariants, for operators and after every fault run.
//!
//! Pure: it is fed messages and changes nothing. It goes on after a finding, so that one look shows
//! everything that is wrong, each with its sequence. [`sequence`] has what holds for any log (I10,
//! and the acknowledged appends), [`answers`] the bijection of commands and answers (I1, I6),
//! [`jobs`] what the events themselves must obey (I2–I5), [`writes`] intents and outcomes (I6). The
//! log tool adds what only a live system can show: stream configurations (I11) and read models (I8).

mod answers;
mod jobs;
mod sequence;
mod writes;

use std::fmt;

use serde::{Deserialize, Serialize};

use self::{answers::Answers, jobs::Jobs, sequence::Sequence, writes::Writes};
use crate::{
    catalog,
    envelope::{Commit, Corrupt},
    ids::{Hash, JobId, Seq},
    job::policy::Policy,
    log::{AuditLog, decode_command},
    ports::Message,
};

/// Which rule is broken (the numbers of the design).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Invariant {
    /// Every accepted command has exactly one job; every job ends.
    I1,
    /// The effect of a step is visible exactly once.
    I2,
    /// No two jobs hold one lock; fences strictly rise.
    I3,
    /// Undo order is the reverse of done order; a failed job leaves the pre-state or is stuck.
    I4,
    /// The events of a job form a legal path.
    I5,
    /// No effect without an earlier accept record; no outcome of a write without its intent.
    I6,
    /// The chain of hashes is whole.
    I7,
    /// Every read model equals a replay.
    I8,
    /// Every acknowledged append is in the log once.
    I10,
    /// Stream configurations equal the catalogue.
    I11,
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// One broken rule at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule that is broken.
    pub invariant: Invariant,
    /// Stable code in snake case, for machines: `gap`, `broken_chain`, `unreadable`, `misfiled`,
    /// `lock_overlap`, `fence_fell`, `answered_twice` … each is made at one place of this module, of
    /// [`sequence`], [`answers`] or [`jobs`], with the sentence that goes with it.
    pub code: &'static str,
    /// The stream it was found in, or the bucket of a read model.
    pub stream: String,
    /// Sequence of the offending message; none when something is absent or the whole is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
    /// The job it is about, when it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// What was found and what should be there, as a sentence for a person.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.invariant, self.code, self.stream)?;
        if let Some(seq) = self.seq {
            write!(f, " {seq}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// How much was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Messages of the command log.
    pub commands: u64,
    /// Messages of the event log.
    pub commits: u64,
    /// Messages of the audit log.
    pub audit: u64,
    /// Jobs that were ever accepted or rejected.
    pub jobs: u64,
    /// Jobs that have not ended.
    pub open: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Empty when every rule holds.
    pub findings: Vec<Finding>,
    /// How much was looked at.
    pub counts: Counts,
    /// SHA-256 of the last commit's body: the root of the chain.
    pub root: Hash,
}

/// What to hold the log to.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Limits of permits.
    pub policy: Policy,
    /// The command log is looked at too, from its first message: answers are compared with it.
    pub with_commands: bool,
    /// Nothing may be open or unanswered any more (after a run has been healed).
    pub ended: bool,
}

/// One of the three logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Log {
    /// Who asked for what.
    Commands,
    /// What happened.
    Events,
    /// What did not become a command.
    Audit,
}

impl Log {
    /// Name of its stream.
    #[must_use]
    pub fn stream(self) -> &'static str {
        match self {
            Self::Commands => catalog::COMMANDS,
            Self::Events => catalog::EVENTS,
            Self::Audit => catalog::AUDIT,
        }
    }

    /// The log of that stream.
    #[must_use]
    pub fn of_stream(stream: &str) -> Option<Self> {
        [Self::Commands, Self::Events, Self::Audit].into_iter().find(|log| log.stream() == stream)
    }
}

/// An append that was acknowledged to its caller, as a load or fault harness notes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acked {
    /// The stream.
    pub stream: String,
    /// The sequence that was acknowledged.
    pub seq: Seq,
    /// The message id it was sent under.
    pub msg_id: String,
}

/// Takes the messages of each log in order; commands before events.
#[derive(Debug)]
pub struct Verifier {
    commands: Sequence,
    events: Sequence,
    audit: Sequence,
    answers: Answers,
    jobs: Jobs,
    writes: Writes,
    prev: Option<Hash>,
    counts: Counts,
    findings: Vec<Finding>,
    rules: Rules,
}

impl Verifier {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            commands: Sequence::new(Log::Commands),
            events: Sequence::new(Log::Events),
            audit: Sequence::new(Log::Audit),
            answers: Answers::default(),
            jobs: Jobs::default(),
            writes: Writes::default(),
            prev: None,
            counts: Counts::default(),
            findings: Vec::new(),
            rules,
        }
    }

    /// An append that was acknowledged; to be told before the messages.
    pub fn acked(&mut self, acked: &Acked) {
        let finding = |message| Finding {
            invariant: Invariant::I10,
            code: "acked_elsewhere",
            stream: acked.stream.clone(),
            seq: Some(acked.seq),
            job_id: None,
            message,
        };
        let Some(log) = Log::of_stream(&acked.stream) else {
            return self.findings.push(finding("this is none of the three logs".to_owned()));
        };
        let sequence = self.sequence(log);
        if let Some(first) = sequence.expect(acked.seq, &acked.msg_id) {
            let message = format!("acknowledged for {first} and for {}", acked.msg_id);
            self.findings.push(finding(message));
        }
    }

    fn sequence(&mut self, log: Log) -> &mut Sequence {
        match log {
            Log::Commands => &mut self.commands,
            Log::Events => &mut self.events,
            Log::Audit => &mut self.audit,
        }
    }

    /// The next message of a log.
    pub fn message(&mut self, log: Log, message: &Message) {
        match log {
            Log::Commands => self.command(message),
            Log::Events => self.event(message),
            Log::Audit => self.record(message),
        }
    }

    fn command(&mut self, message: &Message) {
        self.counts.commands += 1;
        self.commands.next(message, &mut self.findings);
        self.commands.one_on_its_subject(message, &mut self.findings);
        self.answers.command(&decode_command(message));
    }

    fn record(&mut self, message: &Message) {
        self.counts.audit += 1;
        self.audit.next(message, &mut self.findings);
        match AuditLog::decode(message) {
            Ok(record) => self.writes.record(message.seq, &record, &mut self.findings),
            Err(error) => self.corrupt(Log::Audit, &error),
        }
    }

    fn event(&mut self, message: &Message) {
        self.counts.commits += 1;
        self.events.next(message, &mut self.findings);
        let prev = self.prev.replace(Hash::of(&message.payload)).unwrap_or_else(Hash::zero);
        let recorded = match Commit::decode(message) {
            Ok(recorded) => recorded,
            Err(error) => return self.corrupt(Log::Events, &error),
        };
        if recorded.commit.prev != prev && message.seq != Seq(0) {
            let found = recorded.commit.prev.clone();
            let error = Corrupt::BrokenChain { seq: message.seq, found, expected: prev };
            self.corrupt(Log::Events, &error);
        }
        sequence::signature(message, &recorded, &mut self.findings);
        self.answers.commit(&recorded, self.rules.with_commands, &mut self.findings);
        self.jobs.commit(&recorded, &self.rules.policy, &mut self.findings);
    }

    fn corrupt(&mut self, log: Log, error: &Corrupt) {
        let (invariant, code, seq) = match error {
            Corrupt::Unreadable { seq, .. } => (Invariant::I5, "unreadable", *seq),
            Corrupt::Misfiled { seq, .. } => (Invariant::I5, "misfiled", *seq),
            Corrupt::BrokenChain { seq, .. } => (Invariant::I7, "broken_chain", *seq),
            Corrupt::Gap { expected, .. } => (Invariant::I10, "gap", *expected),
            Corrupt::IllegalEvent { seq, .. } => (Invariant::I5, "illegal_event", *seq),
        };
        self.findings.push(Finding {
            invariant,
            code,
            stream: log.stream().to_owned(),
            seq: Some(seq),
            job_id: None,
            message: error.to_string(),
        });
    }

    /// Something found elsewhere: a configuration, a read model, an export that ends too early.
    pub fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// What can be told only at the end, and the report.
    #[must_use]
    pub fn finish(mut self) -> Report {
        for sequence in [&self.commands, &self.events, &self.audit] {
            sequence.finish(&mut self.findings);
        }
        if self.rules.ended {
            self.jobs.all_ended(&mut self.findings);
            self.writes.all_closed(&mut self.findings);
            if self.rules.with_commands {
                self.answers.all_answered(&mut self.findings);
            }
        }
        (self.counts.jobs, self.counts.open) = self.jobs.counts();
        Report {
            findings: self.findings,
            counts: self.counts,
            root: self.prev.unwrap_or_else(Hash::zero),
        }
    }
}
