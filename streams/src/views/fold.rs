//! A view with the check in front of it: sequences without a gap, and the hash chain unbroken.
//!
//! Nothing is ever skipped: what does not follow is an error that stops this view. The position it
//! keeps is what a checkpoint is made of.

use crate::{
    envelope::{Commit, Corrupt, Recorded},
    ids::{Hash, Seq},
    ports::Message,
    views::{
        Input, RecordedAudit, Source, View,
        checkpoint::{Checkpoint, Mark},
    },
};

/// A view and how far it is folded.
#[derive(Debug)]
pub struct Fold<V> {
    /// The view.
    pub view: V,
    position: Checkpoint,
    last_hash: Hash,
    written: Checkpoint,
}

impl<V: View> Fold<V> {
    /// Begins before the first message. Rows of messages up to `written` are stored already: they
    /// are folded, but not handed out again.
    #[must_use]
    pub fn new(written: Checkpoint) -> Self {
        let (position, last_hash) = (Checkpoint::start_of(V::SHAPE), Hash::zero());
        Self { view: V::default(), position, last_hash, written }
    }

    /// How far it is folded.
    #[must_use]
    pub fn position(&self) -> &Checkpoint {
        &self.position
    }

    /// The last folded message of a log.
    #[must_use]
    pub fn mark(&self, source: Source) -> &Mark {
        match source {
            Source::Events => &self.position.events,
            Source::Audit => &self.position.audit,
        }
    }

    /// Folds the next message of a log.
    ///
    /// # Errors
    /// [`Corrupt`]: a gap, a broken chain, an unreadable commit, or an event that is illegal where
    /// it stands. The view is not to be used any more then.
    pub fn message(&mut self, source: Source, message: &Message) -> Result<(), Corrupt> {
        match source {
            Source::Events => {
                let recorded = Commit::decode(message)?;
                self.commit(&recorded, msg_id(message))
            }
            Source::Audit => {
                let recorded = RecordedAudit::decode(message);
                self.audit(&recorded, msg_id(message))
            }
        }
    }

    /// Folds the next commit.
    ///
    /// # Errors
    /// As [`Fold::message`].
    pub fn commit(&mut self, recorded: &Recorded, msg_id: String) -> Result<(), Corrupt> {
        follows(&self.position.events, recorded.seq)?;
        let commit = &recorded.commit;
        if commit.prev != self.last_hash {
            return Err(Corrupt::BrokenChain {
                seq: recorded.seq,
                found: commit.prev.clone(),
                expected: self.last_hash.clone(),
            });
        }
        let written = recorded.seq <= self.written.events.seq;
        self.view.apply(Input::Commit(recorded), written)?;
        self.last_hash.clone_from(&recorded.hash);
        self.position.incarnation = commit.incarnation;
        self.position.cursor = self.position.cursor.max(commit.answers.unwrap_or_default());
        self.position.events = Mark { seq: recorded.seq, msg_id, at: Some(recorded.at) };
        Ok(())
    }

    fn audit(&mut self, recorded: &RecordedAudit, msg_id: String) -> Result<(), Corrupt> {
        follows(&self.position.audit, recorded.seq)?;
        let written = recorded.seq <= self.written.audit.seq;
        self.view.apply(Input::Audit(recorded), written)?;
        self.position.audit = Mark { seq: recorded.seq, msg_id, at: Some(recorded.at) };
        Ok(())
    }
}

fn follows(mark: &Mark, found: Seq) -> Result<(), Corrupt> {
    let expected = mark.seq.next();
    if found == expected { Ok(()) } else { Err(Corrupt::Gap { expected, found }) }
}

/// What identifies a stored message: its id, or the hash of its body when somebody stored it
/// without one.
#[must_use]
pub fn msg_id(message: &Message) -> String {
    message.msg_id().map_or_else(|| Hash::of(&message.payload).to_string(), str::to_owned)
}
