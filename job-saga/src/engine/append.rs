//! Appending: one commit under way, made from the oldest decision that yields one.
//!
//! No acknowledgement is believed, only what is read back: an append ends when a commit stands at
//! its place. Until then the same bytes are tried again, or, when certainly nothing was stored, the
//! decision is made again.

use std::time::Duration;

use streams::{
    envelope::{Commit, CommitBody},
    ids::{Hash, Seq},
    job::upcast::OURS,
    store::{JobContext, JobRef},
};

use super::{Action, AppendFailure, Engine, InFlight, NewCommit, TimerKey, Work};
use crate::planted::{Bug, planted};

fn pause(times: u32) -> Duration {
    Duration::from_millis(100 << times.min(5))
}

impl Engine {
    /// Makes decisions until one yields a commit.
    pub(super) fn pump(&mut self) {
        while self.in_flight.is_none() && self.blocked == 0 {
            let Some(work) = self.queue.pop_front() else { return };
            if let Some(commit) = self.decide(&work) {
                self.append(work, commit);
            }
        }
    }

    /// A commit of these events, chained to the log's end.
    pub(super) fn commit(&self, body: CommitBody, answers: Option<Seq>) -> Box<Commit> {
        let incarnation = self.context().incarnation;
        let answers = answers.filter(|_| !planted(Bug::AnswerForgotten));
        let prev = self.world.last_hash.clone();
        Box::new(Commit { v: OURS.newest, incarnation, prev, answers, body })
    }

    fn append(&mut self, work: Work, commit: Box<Commit>) {
        let last = self.world.last_seq;
        let hash = Hash::of(&commit.encode());
        self.send(&commit, last);
        self.in_flight = Some(InFlight { work, commit, last, hash, unknown: 0 });
    }

    fn send(&mut self, commit: &Commit, last: Seq) {
        let (new, ids) = (self.new_commit(commit), self.flow_of(commit));
        self.actions.push(Action::Append { new, last, ids });
    }

    /// Events of a job go with the fold they were decided on, which is still this one: nothing is
    /// folded between a decision and its append without ending that append.
    fn new_commit(&self, commit: &Commit) -> NewCommit {
        let CommitBody::Job { tenant_id, job_id, events } = &commit.body else {
            return NewCommit::System(Box::new(commit.clone()));
        };
        let of = JobRef { tenant_id: tenant_id.clone(), job_id: job_id.clone() };
        let context = JobContext {
            incarnation: commit.incarnation,
            answers: commit.answers,
            ..JobContext::folded(&self.world, of)
        };
        NewCommit::Job { context: Box::new(context), events: events.clone() }
    }

    pub(super) fn append_failed(&mut self, last: Seq, failure: AppendFailure) {
        let Some(flight) = self.in_flight.as_mut().filter(|f| f.last == last) else { return };
        match failure {
            AppendFailure::Unknown if planted(Bug::UnknownForgotten) => {
                self.in_flight = None;
            }
            AppendFailure::Conflict | AppendFailure::Unknown => {
                flight.unknown += 1;
                self.actions.push(Action::Refold { from: self.world.last_seq.next() });
            }
            AppendFailure::Unavailable => {
                let flight = self.in_flight.take().expect("checked above");
                self.queue.push_front(flight.work);
                self.blocked += 1;
                self.arm(TimerKey::Append, pause(self.blocked));
            }
            AppendFailure::Refused(why) => {
                let flight = self.in_flight.take().expect("checked above");
                self.refused(flight.work, &why);
            }
        }
    }

    /// The log was read to its end and the append is not in it: it may still arrive, so the very
    /// same bytes are sent again; whichever comes second is refused or a replay.
    pub(super) fn append_unsettled(&mut self) {
        let Some(flight) = &self.in_flight else { return };
        if flight.unknown > 0 && flight.last == self.world.last_seq {
            let after = pause(flight.unknown);
            self.arm(TimerKey::Append, after);
        }
    }

    pub(super) fn append_timer(&mut self) {
        self.blocked = 0;
        let again = self.in_flight.as_ref().filter(|f| f.unknown > 0);
        if let Some((commit, last)) = again.map(|f| (f.commit.clone(), f.last)) {
            self.send(&commit, last);
        }
    }

    /// The log will never take this commit. Whoever it is about is left alone, visibly.
    fn refused(&mut self, work: Work, why: &str) {
        let because = format!("the log refuses its commit: {why}");
        match &work {
            Work::Lead => self.step_down(because),
            Work::Command(command) => {
                let seq = command.seq;
                let text = format!("command {seq} cannot be answered as decided; {because}");
                self.actions.push(Action::Alarm { job_id: None, text });
                let mut plain = command.clone();
                if plain.command.is_err() {
                    self.step_down(format!("command {seq} cannot be answered at all: {why}"));
                    return;
                }
                plain.command = Err(because);
                self.queue.push_front(Work::Command(plain));
            }
            Work::Placement(..) => {
                self.actions.push(Action::Alarm { job_id: None, text: because });
            }
            other => {
                if let Some(job_id) = other.job().cloned() {
                    self.halt(job_id, because);
                }
            }
        }
    }

    pub(super) fn arm(&mut self, key: TimerKey, after: Duration) {
        self.actions.push(Action::Arm { key, after });
    }

    pub(super) fn timer(&mut self, key: TimerKey) {
        match key {
            TimerKey::Append => self.append_timer(),
            TimerKey::Job(job_id) => self.look_again(&job_id),
            TimerKey::Deadline(job_id) => self.deadline_due(&job_id),
        }
    }
}
