//! Both logs under the scheduler: appends that get lost, late or unacknowledged; feeds that trail.

use rand::Rng;
use streams::{
    envelope::{Commit, commit_msg_id},
    ids::Seq,
    log::{RecordedCommand, decode_command},
    ports::{AppendError, Expect, Message, MessageLog, NewMessage},
};

use super::{Event, Fate, SAGAS, World, at_once};
use crate::engine::{AppendFailure, Input};

impl World {
    pub(super) fn give(&mut self, saga: usize, message: &Message) {
        let recorded = match Commit::decode(message) {
            Ok(recorded) => recorded,
            Err(corrupt) => return self.broken.push(corrupt.to_string()),
        };
        let process = self.sagas[saga].as_mut().unwrap();
        process.read = process.read.max(message.seq);
        self.input(saga, Input::Folded(recorded));
    }

    pub(super) fn message(&self, seq: Seq) -> Option<Message> {
        at_once(self.events.get(seq)).unwrap()
    }

    pub(super) fn feed(&mut self, saga: usize, pid: u64, event: &Event) {
        let Some(next) = self.process(saga, pid, event).map(|p| p.read.next()) else { return };
        if let Some(message) = self.message(next) {
            self.give(saga, &message);
        }
    }

    pub(super) fn refold(&mut self, saga: usize, pid: u64, from: Seq, event: &Event) {
        if self.process(saga, pid, event).is_none() {
            return;
        }
        let last_seq = at_once(self.events.info()).unwrap().last_seq;
        for seq in from.0..=last_seq.0 {
            let message = self.message(Seq(seq)).unwrap();
            self.give(saga, &message);
        }
        self.input(saga, Input::CaughtUp { last_seq });
    }

    pub(super) fn append(&mut self, saga: usize, pid: u64, commit: &Commit, last: Seq) {
        let payload = commit.encode();
        let message = NewMessage {
            subject: commit.subject(),
            msg_id: commit_msg_id(commit.incarnation, last.next(), &payload),
            headers: commit.headers(),
            payload,
            expect: Expect::LastSeq(last),
        };
        let fate = match () {
            () if self.luck(0.02) => Fate::AckLost,
            () if self.luck(0.01) => Fate::Lost,
            () if self.luck(0.01) => Fate::Late,
            () if self.luck(0.01) => Fate::Unavailable,
            () => Fate::Fine,
        };
        let after = self.hop();
        self.at(after, Event::Append(saga, pid, Box::new(message), last, fate));
    }

    pub(super) fn appended(
        &mut self,
        saga: usize,
        pid: u64,
        message: &NewMessage,
        last: Seq,
        fate: Fate,
    ) {
        let failure = match fate {
            Fate::Fine => self.store(message).err(),
            Fate::AckLost => {
                let _ = self.store(message);
                Some(AppendFailure::Unknown)
            }
            Fate::Lost => Some(AppendFailure::Unknown),
            Fate::Unavailable => Some(AppendFailure::Unavailable),
            Fate::Late => {
                let after = self.rng.random_range(100..10_000);
                let again =
                    Event::Append(saga, u64::MAX, Box::new(message.clone()), last, Fate::Fine);
                self.at(after, again);
                Some(AppendFailure::Unknown)
            }
        };
        if let Some(failure) = failure.filter(|_| pid != u64::MAX) {
            let after = self.hop();
            let input = Box::new(Input::AppendFailed { last, failure });
            self.at(after, Event::Deliver(saga, pid, input));
        }
    }

    pub(super) fn store(&mut self, message: &NewMessage) -> Result<(), AppendFailure> {
        self.clock.set(i64::try_from(self.now).unwrap() + self.skew);
        match self.events.store(message) {
            Ok(stored) => {
                if !stored.replayed {
                    let names = message.headers.get("Control-Event-Types").cloned();
                    self.note(format!("commit {} {}", stored.seq, names.unwrap_or_default()));
                    self.stored(stored.seq.0);
                }
                Ok(())
            }
            Err(AppendError::Conflict(_)) => Err(AppendFailure::Conflict),
            Err(error) => {
                self.broken.push(error.to_string());
                Err(AppendFailure::Refused(error.to_string()))
            }
        }
    }

    /// A commit stands in the log: everybody will hear of it.
    pub(super) fn stored(&mut self, seq: u64) {
        let leader = self.leader();
        if let Some(leader) = leader.filter(|_| self.script.crash_after.contains(&seq)) {
            self.crash(leader);
        }
        if let Some(leader) = leader.filter(|_| self.script.freeze_after == Some(seq)) {
            self.freeze(leader, 8_000);
        }
        for saga in 0..SAGAS {
            if let Some(pid) = self.sagas[saga].as_ref().map(|p| p.pid) {
                let after = self.hop();
                self.at(after, Event::Feed(saga, pid));
            }
        }
    }

    /// Somebody asks for something.
    pub(in crate::sim) fn ask(&mut self, message: &NewMessage) {
        self.clock.set(i64::try_from(self.now).unwrap() + self.skew);
        if self.commands.store(message).is_err() {
            return;
        }
        for saga in 0..SAGAS {
            let reader = self.sagas[saga].as_ref().and_then(|p| Some((p.pid, p.commands?.1)));
            if let Some((pid, reader)) = reader {
                let after = self.hop();
                self.at(after, Event::Command(saga, pid, reader));
            }
        }
    }

    pub(super) fn command(&mut self, saga: usize, pid: u64, reader: u64, event: &Event) {
        let again = self.luck(0.02);
        let commands = self.commands.clone();
        let Some(process) = self.process(saga, pid, event) else { return };
        let Some((next, current)) = process.commands.filter(|(_, r)| *r == reader) else { return };
        let Some(message) = at_once(commands.get(next)).unwrap() else { return };
        process.commands = Some((next.next(), current));
        let recorded: RecordedCommand = decode_command(&message);
        if again {
            self.input(saga, Input::Command(Box::new(recorded.clone())));
        }
        self.input(saga, Input::Command(Box::new(recorded)));
    }

    pub(in crate::sim) fn take_lease_away(&mut self) {
        self.lease = None;
    }

    pub(in crate::sim) fn skew(&mut self, ms: i64) {
        self.skew = ms;
    }
}
