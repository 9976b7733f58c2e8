//! What a node makes of a tenant's log: position, counts, entities, and a chained digest.
//!
//! Pure. Aggregates, Projections, Runners and the checker fold alike, so that equal positions give
//! equal digests. It decides nothing about who may apply what; that is [`crate::node`].

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use streams::ids::{Hash, RequestId, Seq};

use crate::event::{Logged, TenantEvent};

/// How many request ids an Aggregate remembers to recognise a repeated command.
const REMEMBERED: usize = 128;

/// One entity of the read side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Events that touched it.
    pub count: u64,
    /// Sum of their amounts.
    pub sum: i64,
}

/// The fold of a tenant's log up to `applied`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    /// Sequence of the last event applied, 0 before the first.
    pub applied: Seq,
    /// How many events.
    pub events: u64,
    /// How many of them carry an effect.
    pub effects: u64,
    /// Chain over all of them.
    pub digest: Hash,
    /// The read side.
    pub entities: BTreeMap<String, Entity>,
    /// The latest requests, oldest first.
    recent: VecDeque<(RequestId, Seq)>,
}

impl Default for Fold {
    fn default() -> Self {
        Self {
            applied: Seq(0),
            events: 0,
            effects: 0,
            digest: Hash::zero(),
            entities: BTreeMap::new(),
            recent: VecDeque::new(),
        }
    }
}

impl Fold {
    /// Applies the next event. The caller sees to order and to applying it once.
    pub fn apply(&mut self, logged: &Logged) {
        let event = &logged.event;
        self.applied = logged.seq;
        self.events += 1;
        self.effects += u64::from(event.effect);
        self.digest = link(&self.digest, logged.seq, event);
        let entity = self.entities.entry(event.entity.clone()).or_default();
        entity.count += 1;
        entity.sum = entity.sum.wrapping_add(event.amount);
        self.recent.push_back((event.request_id.clone(), logged.seq));
        if self.recent.len() > REMEMBERED {
            self.recent.pop_front();
        }
    }

    /// Where a recent request was stored.
    #[must_use]
    pub fn stored_at(&self, request: &RequestId) -> Option<Seq> {
        self.recent.iter().rev().find(|(id, _)| id == request).map(|(_, seq)| *seq)
    }

    /// About how large it is, bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        (self.entities.keys().map(|k| k.len() + 16).sum::<usize>() + self.recent.len() * 48) as u64
    }
}

/// The next link of the digest chain.
#[must_use]
pub fn link(before: &Hash, seq: Seq, event: &TenantEvent) -> Hash {
    let TenantEvent { request_id, entity, amount, effect, .. } = event;
    Hash::of(format!("{before}|{seq}|{request_id}|{entity}|{amount}|{effect}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::logged;

    #[test]
    fn the_same_events_give_the_same_digest_and_a_doubled_one_another() {
        let mut once = Fold::default();
        let mut again = Fold::default();
        for n in 1..=200 {
            once.apply(&logged(n, n * 2, n % 4 == 0));
            again.apply(&logged(n, n * 2, n % 4 == 0));
        }
        assert_eq!(once, again);
        assert_eq!((once.applied, once.events, once.effects), (Seq(400), 200, 50));
        assert_eq!(once.stored_at(&"req_200".parse().unwrap()), Some(Seq(400)));
        assert_eq!(once.stored_at(&"req_1".parse().unwrap()), None, "long forgotten");
        again.apply(&logged(200, 400, true));
        assert_ne!(once.digest, again.digest);
        let text = serde_json::to_string(&once).unwrap();
        assert_eq!(serde_json::from_str::<Fold>(&text).unwrap(), once);
    }
}
