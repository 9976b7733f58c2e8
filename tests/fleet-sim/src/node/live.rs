//! What a node holds in memory of one tenant: its fold, what waits to be applied, work in flight.
//!
//! Plain data with small invariants: while `behind`, the queue is empty and `position` says how far
//! the log has been gone through; else everything up to the first queued event has been applied.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use fleet::contract::{Blocker, Inflight, Lag};
use streams::ids::{Hash, Seq};

use crate::{event::Logged, fold::Fold};

/// At most this many events wait in memory; beyond, they are read from the log again.
const QUEUE: usize = 1_000;
/// At most this many blockers are named.
const BLOCKERS: usize = 20;

/// End of a tenant's log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head {
    /// Sequence of the last event.
    pub seq: Seq,
    /// Its ordinal: how many events there are.
    pub n: u64,
    /// When it was stored.
    pub at: DateTime<Utc>,
}

/// A piece of work accepted and not yet durably finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// What identifies it to a person.
    pub id: String,
    /// `command`, `read` or `lease`.
    pub kind: &'static str,
    /// When it was accepted.
    pub since: DateTime<Utc>,
}

/// One tenant in memory.
#[derive(Debug, Default)]
pub struct Live {
    /// What has been applied.
    pub fold: Fold,
    /// Read and not yet applied.
    pub queue: VecDeque<Logged>,
    /// The log must be read from `position` on before the queue is used.
    pub behind: bool,
    /// See `behind`.
    pub position: Seq,
    /// A task is reading on from `position`.
    pub catching_up: bool,
    /// Rises when the fold is begun anew; a task of an earlier round stops.
    pub round: u64,
    /// In flight.
    pub work: BTreeMap<u64, Work>,
    /// The Runner has an effect under way.
    pub leased: Option<u64>,
    /// This node has run the effects up to here.
    pub executed_to: Seq,
    /// The fold must come this far before a drain can be over.
    pub floor: Seq,
    /// Digests of earlier positions; none while being computed.
    pub digests: BTreeMap<Seq, Option<Hash>>,
    /// When the oldest unapplied event was stored, as far as known.
    pub waiting_since: Option<DateTime<Utc>>,
}

impl Live {
    /// A tenant whose log has to be read from the start.
    #[must_use]
    pub fn empty() -> Self {
        Self { behind: true, ..Self::default() }
    }

    /// Every event of the tenant up to here has been applied; `feed` is how far the node has read.
    #[must_use]
    pub fn gone_through(&self, feed: Seq) -> Seq {
        if self.behind {
            self.position
        } else if let Some(first) = self.queue.front() {
            Seq(first.seq.0.saturating_sub(1))
        } else {
            feed
        }
    }

    /// Takes an event from the feed, which had come to `feed` before.
    pub fn take(&mut self, logged: Logged, feed: Seq) {
        if logged.seq <= self.fold.applied {
            return;
        }
        self.waiting_since.get_or_insert(logged.at);
        if self.behind {
            return;
        }
        if self.queue.len() >= QUEUE {
            self.position = self.gone_through(feed);
            self.behind = true;
            self.queue.clear();
        } else {
            self.queue.push_back(logged);
        }
    }

    /// Begins the fold anew.
    pub fn reset(&mut self) {
        self.fold = Fold::default();
        self.queue.clear();
        self.behind = true;
        self.position = Seq(0);
        self.catching_up = false;
        self.round += 1;
    }

    /// Work in flight; `stuck` adds one that never ends.
    #[must_use]
    pub fn inflight(&self, now: DateTime<Utc>, stuck: Option<DateTime<Utc>>) -> Inflight {
        let age =
            |since: DateTime<Utc>| u64::try_from((now - since).num_milliseconds()).unwrap_or(0);
        let hung = stuck.map(|since| Blocker {
            id: "sim-hung".to_owned(),
            kind: "hung".to_owned(),
            age_ms: age(since),
        });
        let work = self.work.values().map(|w| Blocker {
            id: w.id.clone(),
            kind: w.kind.to_owned(),
            age_ms: age(w.since),
        });
        let mut blockers: Vec<_> = hung.into_iter().chain(work).collect();
        blockers.sort_by_key(|b| std::cmp::Reverse(b.age_ms));
        let count = blockers.len() as u64;
        let oldest_ms = blockers.first().map_or(0, |b| b.age_ms);
        blockers.truncate(BLOCKERS);
        Inflight { count, oldest_ms, blockers }
    }

    /// Distance to the head of the tenant's log.
    #[must_use]
    pub fn lag(&self, head: Head, now: DateTime<Utc>) -> Lag {
        let events = head.n.saturating_sub(self.fold.events);
        let since = self.queue.front().map(|l| l.at).or(self.waiting_since).unwrap_or(head.at);
        let age = u64::try_from((now - since).num_milliseconds()).unwrap_or(0);
        Lag {
            applied_seq: self.fold.applied,
            head_seq: head.seq.max(self.fold.applied),
            events,
            age_ms: if events == 0 { 0 } else { age },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::logged;

    #[test]
    fn a_queue_that_overflows_falls_behind_at_the_last_applied_position() {
        let mut live = Live::default();
        assert_eq!(live.gone_through(Seq(7)), Seq(7));
        for n in 0..QUEUE as u64 {
            live.take(logged(n + 1, n + 10, false), Seq(n + 9));
        }
        assert_eq!(live.gone_through(Seq(5_000)), Seq(9));
        live.take(logged(2_000, 5_000, false), Seq(4_999));
        assert!(live.behind && live.queue.is_empty());
        assert_eq!(live.gone_through(Seq(5_000)), Seq(9));
        let head = Head { seq: Seq(5_000), n: 2_000, at: DateTime::UNIX_EPOCH };
        assert_eq!(live.lag(head, DateTime::UNIX_EPOCH).events, 2_000);
        live.take(logged(2_001, 5_001, false), Seq(5_000));
        assert!(live.queue.is_empty(), "read from the log later");
    }

    #[test]
    fn work_in_flight_is_named_oldest_first() {
        let mut live = Live::default();
        let at = |s| DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(s);
        for (id, since) in [(1, 5), (2, 3)] {
            live.work.insert(id, Work { id: id.to_string(), kind: "command", since: at(since) });
        }
        let inflight = live.inflight(at(6), Some(at(1)));
        let names: Vec<_> = inflight.blockers.iter().map(|b| b.id.as_str()).collect();
        assert_eq!((names, inflight.oldest_ms), (vec!["sim-hung", "2", "1"], 5_000));
    }
}
