//! What the checker knows of each tenant: requests in the log, effects due and run, the digest
//! chain, traffic counts. Facts come from the log and from outside the nodes.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use serde::Serialize;
use streams::ids::{Hash, RequestId, Seq};

use crate::{event::Logged, fold};

/// How many positions back a Projection can still be compared.
const RING: usize = 4_096;

/// Traffic of a tenant as its clients saw it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Requests sent, retries not counted.
    pub requests: u64,
    /// Writes acknowledged.
    pub acknowledged: u64,
    /// Reads answered.
    pub reads: u64,
    /// Answered 503 after the hold.
    pub refused: u64,
    /// Neither acknowledged nor refused.
    pub unknown: u64,
}

/// What is known of one tenant.
#[derive(Debug)]
pub struct Ledger {
    /// As the clients saw it.
    pub traffic: Traffic,
    /// Events in the log.
    pub events: u64,
    /// Chain over them.
    digest: Hash,
    stored: HashMap<RequestId, Seq>,
    ring: VecDeque<(Seq, u64, Hash)>,
    /// Effects in the log that have not been run.
    pub due: BTreeMap<Seq, RequestId>,
    ran: HashSet<Seq>,
    /// Events the owning Projection had applied when it was last looked at.
    pub projected: u64,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            traffic: Traffic::default(),
            events: 0,
            digest: Hash::zero(),
            stored: HashMap::new(),
            ring: VecDeque::from([(Seq(0), 0, Hash::zero())]),
            due: BTreeMap::new(),
            ran: HashSet::new(),
            projected: 0,
        }
    }
}

impl Ledger {
    /// Takes the next event of the log; gives the earlier place of the same request, if it has one.
    pub fn append(&mut self, logged: &Logged) -> Option<Seq> {
        self.events += 1;
        self.digest = fold::link(&self.digest, logged.seq, &logged.event);
        self.ring.push_back((logged.seq, self.events, self.digest.clone()));
        if self.ring.len() > RING {
            self.ring.pop_front();
        }
        let request = &logged.event.request_id;
        if logged.event.effect && !self.ran.contains(&logged.seq) {
            self.due.insert(logged.seq, request.clone());
        }
        if let Some(earlier) = self.stored.get(request) {
            return Some(*earlier);
        }
        self.stored.insert(request.clone(), logged.seq);
        None
    }

    /// Takes that an effect was run; false when it had been before.
    pub fn effect(&mut self, seq: Seq) -> bool {
        self.due.remove(&seq);
        self.ran.insert(seq)
    }

    /// Whether a request is in the log.
    #[must_use]
    pub fn has(&self, request: &RequestId) -> bool {
        self.stored.contains_key(request)
    }

    /// Events and digest of the log at a position, if it is not too long ago.
    #[must_use]
    pub fn at(&self, seq: Seq) -> Option<(u64, &Hash)> {
        let index = self.ring.binary_search_by_key(&seq, |(s, _, _)| *s).ok()?;
        self.ring.get(index).map(|(_, events, digest)| (*events, digest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{event::tests::logged, fold::Fold};

    #[test]
    fn the_ledger_chains_as_a_fold_does_and_tells_doubled_requests_and_effects() {
        let mut ledger = Ledger::default();
        let mut fold = Fold::default();
        for n in 1..=5 {
            let event = logged(n, n * 10, n == 3);
            fold.apply(&event);
            assert_eq!(ledger.append(&event), None);
        }
        assert_eq!(ledger.at(fold.applied), Some((5, &fold.digest)));
        assert_eq!(ledger.at(Seq(55)), None);
        assert_eq!(ledger.append(&logged(5, 60, false)), Some(Seq(50)));
        assert_eq!(ledger.due.len(), 1);
        assert!(ledger.effect(Seq(30)));
        assert!(ledger.due.is_empty());
        assert!(!ledger.effect(Seq(30)), "run twice");
        assert!(ledger.effect(Seq(70)), "run before the checker read it");
        ledger.append(&logged(7, 70, true));
        assert!(ledger.due.is_empty());
    }
}
