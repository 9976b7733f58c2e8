//! The kept fold under the scheduler: written whole, in part or not at all; spoiled by other hands.
//!
//! Whatever stands in the bucket, a process may only begin with what the log itself gives.

use rand::{Rng, seq::IndexedRandom};
use streams::{
    envelope::Commit,
    ids::{Hash, Incarnation, Seq},
    job::{
        snapshot::{self, HEAD_KEY, Head, Unusable},
        world::World as Folded,
    },
    ports::MessageLog,
};

use super::{World, at_once};
use crate::engine::{
    Engine, Settings,
    restore::{Standing, restored},
};

impl World {
    /// What a process begins with; the log's own fold is the measure.
    pub(super) fn engine(&mut self, saga: usize, settings: Settings) -> Engine {
        let Some(kept) = self.kept() else { return Engine::new(settings) };
        match kept {
            Ok(folded) => {
                if Some(&folded) != self.fold_to(folded.last_seq).as_ref() {
                    let seq = folded.last_seq;
                    self.broken.push(format!(
                        "saga {saga} begins with a fold at commit {seq} that the log does not give"
                    ));
                }
                self.restored += 1;
                Engine::starting_from(settings, folded)
            }
            Err(because) => {
                self.note(format!("saga {saga} does not use the kept fold: {because}"));
                Engine::new(settings)
            }
        }
    }

    /// The kept fold as a start reads it.
    fn kept(&self) -> Option<Result<Folded, Unusable>> {
        let head = match Head::read(self.kept.get(HEAD_KEY)?) {
            Ok(head) => head,
            Err(because) => return Some(Err(because)),
        };
        let chunks: Option<Vec<_>> =
            head.chunk_keys().iter().map(|key| self.kept.get(key).cloned()).collect();
        let message = self.message(head.seq());
        let end = at_once(self.events.info()).unwrap().last_seq;
        let log = Standing { incarnation: Incarnation(1), end, message: message.as_ref() };
        Some(restored(head, &chunks.unwrap_or_default(), log))
    }

    /// The fold of the log up to a commit; `None` when it does not reach so far.
    fn fold_to(&self, seq: Seq) -> Option<Folded> {
        let mut folded = Folded::empty(Incarnation(1));
        for message in self.events.messages().iter().take_while(|m| m.seq <= seq) {
            folded.apply(Commit::decode(message).ok()?).ok()?;
        }
        (folded.last_seq == seq).then_some(folded)
    }

    /// The leader keeps its fold: whole, cut off between two writes, or not at all.
    pub(super) fn keep(&mut self, folded: &Folded) {
        if self.luck(0.1) {
            return;
        }
        let mut entries = snapshot::entries(folded).unwrap();
        if self.luck(0.1) {
            entries.pop();
        }
        self.kept.extend(entries);
    }

    /// Another hand puts something into the bucket that must not be used, or an old one that may.
    pub(in crate::sim) fn spoil_kept(&mut self) {
        let end = at_once(self.events.info()).unwrap().last_seq;
        let seq = Seq(self.rng.random_range(0..=end.0));
        let Some(mut folded) = self.fold_to(seq).filter(|f| f.last_seq > Seq(0)) else { return };
        let kinds = ["of another life", "of another tail", "past the end", "torn", "old"];
        let kind = *kinds.choose(&mut self.rng).unwrap();
        self.note(format!("another hand keeps a fold at commit {seq}: {kind}"));
        if matches!(kind, "of another life" | "of another tail" | "past the end") {
            // Such a fold knows other jobs: nothing is open, and more commands are answered.
            folded.jobs.clear();
            folded.cursor = folded.cursor.next();
        }
        match kind {
            "of another life" => folded.incarnation = Incarnation(2),
            "of another tail" => folded.last_hash = Hash::of(b"another tail"),
            "past the end" => folded.last_seq = Seq(end.0 + 3),
            _ => {}
        }
        let mut entries = snapshot::entries(&folded).unwrap();
        if kind == "torn" {
            let (_, head) = entries.last_mut().unwrap();
            let mut bytes = head.to_vec();
            let at = self.rng.random_range(0..bytes.len());
            bytes[at] ^= 1;
            *head = bytes.into();
        }
        self.kept.extend(entries);
    }
}
