//! One stream in memory: conditions, limits, duplicates and live reads as a server has them.
//!
//! It must not accept what a server refuses. A message that a server acknowledges as a duplicate is
//! compared by position, id and body here too; see [`crate::ports::MessageLog::append`].

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::BoxStream;
use tokio::sync::watch;

use super::faults::{Fault, Faults};
use crate::{
    clock::Clock,
    ids::Seq,
    ports::{AppendError, Expect, LogInfo, Message, MessageLog, NewMessage, ReadError, Stored},
    shapes::{StreamShape, matches_subject},
};

/// One stream in memory.
#[derive(Debug, Clone)]
pub struct MemoryLog {
    shape: Arc<StreamShape>,
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
    faults: Arc<Faults>,
    changed: Arc<watch::Sender<u64>>,
}

#[derive(Debug, Default)]
struct State {
    /// Message n stands at index n − 1: our streams never lose one from the middle.
    messages: Vec<Message>,
    by_subject: BTreeMap<String, Vec<Seq>>,
    duplicates: BTreeMap<String, (Seq, DateTime<Utc>)>,
    late: VecDeque<NewMessage>,
}

impl State {
    fn last_seq(&self) -> Seq {
        Seq(self.messages.len() as u64)
    }

    fn at(&self, seq: Seq) -> Option<&Message> {
        let index = usize::try_from(seq.0.checked_sub(1)?).ok()?;
        self.messages.get(index)
    }

    fn last_of(&self, subject: &str) -> Option<Seq> {
        self.by_subject.get(subject).and_then(|seqs| seqs.last()).copied()
    }

    /// The message that stands where the condition points.
    fn successor(&self, message: &NewMessage) -> Option<&Message> {
        match message.expect {
            Expect::LastSeq(last) => self.at(last.next()),
            Expect::LastSubjectSeq(last) => {
                let seqs = self.by_subject.get(&message.subject)?;
                let seq = seqs.iter().find(|seq| **seq > last)?;
                self.at(*seq)
            }
            Expect::Nothing => None,
        }
    }
}

impl MemoryLog {
    /// An empty stream of this shape.
    #[must_use]
    pub fn new(shape: &StreamShape, clock: Arc<dyn Clock>) -> Self {
        Self {
            shape: Arc::new(shape.clone()),
            clock,
            state: Arc::default(),
            faults: Arc::default(),
            changed: Arc::new(watch::Sender::new(0)),
        }
    }

    /// What can be broken.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Unreachable (`true`) or reachable again.
    pub fn set_offline(&self, offline: bool) {
        self.faults.set_offline(offline);
        self.touch();
    }

    /// Everything stored, in order.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.lock().messages.clone()
    }

    /// Drops every message after `keep`, as a log restored from an older copy. Open reads that are
    /// beyond it end with [`ReadError::Lost`].
    pub fn lose_tail(&self, keep: Seq) {
        let mut state = self.lock();
        let keep_len = usize::try_from(keep.0).unwrap_or(usize::MAX);
        state.messages.truncate(keep_len);
        for seqs in state.by_subject.values_mut() {
            seqs.retain(|seq| *seq <= keep);
        }
        state.by_subject.retain(|_, seqs| !seqs.is_empty());
        state.duplicates.retain(|_, (seq, _)| *seq <= keep);
        drop(state);
        self.touch();
    }

    /// Lets the appends of [`Fault::UnknownLate`] arrive now, each under its condition. Returns how
    /// many were stored.
    pub fn deliver_late(&self) -> usize {
        let late: Vec<NewMessage> = self.lock().late.drain(..).collect();
        late.iter().filter(|m| matches!(self.store(m), Ok(Stored { replayed: false, .. }))).count()
    }

    /// Waits until the stream holds `seq`, at most `at_most`; whether it does.
    pub async fn wait_for(&self, seq: Seq, at_most: Duration) -> bool {
        let mut changed = self.changed.subscribe();
        let reached = async {
            while self.lock().last_seq() < seq {
                if changed.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::time::timeout(at_most, reached).await.is_ok() && self.lock().last_seq() >= seq
    }

    /// Appends without faults and without waiting: for schedulers that run no async code.
    ///
    /// # Errors
    /// [`AppendError`], never `Unknown`.
    pub fn store(&self, message: &NewMessage) -> Result<Stored, AppendError> {
        let now = self.clock.now();
        let mut state = self.lock();
        self.admit(message)?;
        if let Some(first) = state.successor(message).filter(|first| is_same(first, message)) {
            return Ok(Stored { seq: first.seq, replayed: true });
        }
        check_condition(&state, message)?;
        if let Some(stored) = self.duplicate(&mut state, message, now)? {
            return Ok(stored);
        }
        self.check_room(&state, message)?;
        let seq = state.last_seq().next();
        let mut headers = message.headers.clone();
        if !message.msg_id.is_empty() {
            headers.insert("Nats-Msg-Id".to_owned(), message.msg_id.clone());
            state.duplicates.insert(message.msg_id.clone(), (seq, now));
        }
        state.by_subject.entry(message.subject.clone()).or_default().push(seq);
        state.messages.push(Message {
            seq,
            subject: message.subject.clone(),
            headers,
            payload: message.payload.clone(),
            at: now,
        });
        drop(state);
        self.touch();
        Ok(Stored { seq, replayed: false })
    }

    /// What the server refuses whatever the log holds.
    fn admit(&self, message: &NewMessage) -> Result<(), AppendError> {
        if !self.shape.subjects.iter().any(|pattern| matches_subject(pattern, &message.subject)) {
            let why = format!("no stream stores {}", message.subject);
            return Err(AppendError::Refused(why));
        }
        let limit = self.shape.max_message_bytes;
        let size = wire_size(&self.shape.name, message);
        if limit >= 0 && size > usize::try_from(limit).unwrap_or(usize::MAX) {
            let why = format!("message size exceeds maximum allowed: {size} of {limit} bytes");
            return Err(AppendError::Refused(why));
        }
        Ok(())
    }

    /// A message id that is still remembered is never stored anew: without a condition the same
    /// message is a replay; anything else is another message under a used id.
    fn duplicate(
        &self,
        state: &mut State,
        message: &NewMessage,
        now: DateTime<Utc>,
    ) -> Result<Option<Stored>, AppendError> {
        let window = i64::try_from(self.shape.duplicate_window_s).unwrap_or(i64::MAX);
        let oldest = now - TimeDelta::try_seconds(window).unwrap_or(TimeDelta::MAX);
        state.duplicates.retain(|_, (_, at)| *at >= oldest);
        let Some((seq, _)) = state.duplicates.get(&message.msg_id).copied() else {
            return Ok(None);
        };
        let same = state.at(seq).is_some_and(|first| is_same(first, message));
        if same && message.expect == Expect::Nothing {
            return Ok(Some(Stored { seq, replayed: true }));
        }
        Err(AppendError::Conflict(format!(
            "message id {} is already stored at {seq}",
            message.msg_id
        )))
    }

    fn check_room(&self, state: &State, message: &NewMessage) -> Result<(), AppendError> {
        let full = |limit: i64, held: usize| {
            limit > 0 && held >= usize::try_from(limit).unwrap_or(usize::MAX)
        };
        if full(self.shape.max_messages, state.messages.len()) {
            return Err(AppendError::Full("maximum messages exceeded".to_owned()));
        }
        let held = state.by_subject.get(&message.subject).map_or(0, Vec::len);
        if full(self.shape.max_per_subject, held) {
            return Err(AppendError::Full("maximum messages per subject exceeded".to_owned()));
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn touch(&self) {
        self.changed.send_modify(|version| *version += 1);
    }

    fn reachable(&self) -> Result<(), ReadError> {
        if self.faults.is_offline() {
            return Err(ReadError::Unavailable("the memory log is offline".to_owned()));
        }
        Ok(())
    }
}

/// Whether the condition holds.
fn check_condition(state: &State, message: &NewMessage) -> Result<(), AppendError> {
    let (wanted, found, of) = match message.expect {
        Expect::Nothing => return Ok(()),
        Expect::LastSeq(last) => (last, state.last_seq(), "the stream"),
        Expect::LastSubjectSeq(last) => {
            let found = state.last_of(&message.subject).unwrap_or_default();
            (last, found, message.subject.as_str())
        }
    };
    if wanted == found {
        return Ok(());
    }
    Err(AppendError::Conflict(format!("wrong last sequence: {of} ends at {found}, not {wanted}")))
}

fn is_same(stored: &Message, message: &NewMessage) -> bool {
    stored.subject == message.subject
        && stored.msg_id() == Some(message.msg_id.as_str())
        && stored.payload == message.payload
}

/// Size as the server counts it: headers on the wire, then the body.
pub(super) fn wire_size(stream: &str, message: &NewMessage) -> usize {
    let line = |name: &str, value: &str| name.len() + value.len() + ": \r\n".len();
    let mut headers: usize = message.headers.iter().map(|(n, v)| line(n, v)).sum();
    if !message.msg_id.is_empty() {
        headers += line("Nats-Msg-Id", &message.msg_id);
    }
    headers += match message.expect {
        Expect::LastSeq(seq) => line("Nats-Expected-Last-Sequence", &seq.to_string()),
        Expect::LastSubjectSeq(seq) => {
            line("Nats-Expected-Last-Subject-Sequence", &seq.to_string())
        }
        Expect::Nothing => 0,
    };
    headers += line("Nats-Expected-Stream", stream);
    "NATS/1.0\r\n\r\n".len() + headers + message.payload.len()
}

#[async_trait]
impl MessageLog for MemoryLog {
    async fn append(&self, message: NewMessage) -> Result<Stored, AppendError> {
        if self.faults.is_offline() {
            return Err(AppendError::Unavailable("the memory log is offline".to_owned()));
        }
        let lost = || AppendError::Unknown("no acknowledgement".to_owned());
        let outcome = match self.faults.take() {
            None => self.store(&message),
            Some(Fault::UnknownStored) => self.store(&message).and(Err(lost())),
            Some(Fault::UnknownNotStored) => Err(lost()),
            Some(Fault::UnknownLate) => {
                self.lock().late.push_back(message);
                Err(lost())
            }
            Some(Fault::Unavailable) => Err(AppendError::Unavailable("no leader".to_owned())),
            Some(Fault::Full) => Err(AppendError::Full("insufficient resources".to_owned())),
        };
        self.faults.ack().await;
        outcome
    }

    async fn get(&self, seq: Seq) -> Result<Option<Message>, ReadError> {
        self.reachable()?;
        Ok(self.lock().at(seq).cloned())
    }

    async fn last_on(&self, subject: &str) -> Result<Option<Message>, ReadError> {
        self.reachable()?;
        let state = self.lock();
        Ok(state.last_of(subject).and_then(|seq| state.at(seq)).cloned())
    }

    async fn all_on(&self, subject: &str) -> Result<Vec<Message>, ReadError> {
        self.reachable()?;
        let state = self.lock();
        let seqs = state.by_subject.get(subject).map(Vec::as_slice).unwrap_or_default();
        Ok(seqs.iter().filter_map(|seq| state.at(*seq)).cloned().collect())
    }

    async fn info(&self) -> Result<LogInfo, ReadError> {
        self.reachable()?;
        let last_seq = self.lock().last_seq();
        Ok(LogInfo { first_seq: Seq(1), last_seq, messages: last_seq.0 })
    }

    async fn read(
        &self,
        from: Seq,
    ) -> Result<BoxStream<'static, Result<Message, ReadError>>, ReadError> {
        self.reachable()?;
        let from = from.max(Seq(1));
        let last = self.lock().last_seq();
        if from > last.next() {
            return Err(past_the_end(from, last));
        }
        let log = self.clone();
        let mut changed = self.changed.subscribe();
        Ok(Box::pin(async_stream::stream! {
            let mut next = from;
            loop {
                changed.mark_unchanged();
                let step = log.next_of(next);
                match step {
                    Ok(Some(message)) => {
                        next = message.seq.next();
                        yield Ok(message);
                    }
                    Ok(None) => {
                        if changed.changed().await.is_err() {
                            return;
                        }
                    }
                    Err(error) => {
                        yield Err(error);
                        return;
                    }
                }
            }
        }))
    }
}

impl MemoryLog {
    fn next_of(&self, next: Seq) -> Result<Option<Message>, ReadError> {
        if self.faults.is_offline() {
            return Ok(None);
        }
        let state = self.lock();
        let last = state.last_seq();
        if next > last.next() {
            return Err(past_the_end(next, last));
        }
        Ok(state.at(next).cloned())
    }
}

fn past_the_end(from: Seq, last: Seq) -> ReadError {
    ReadError::Lost(format!("message {from} was asked for, the log ends at {last}"))
}
