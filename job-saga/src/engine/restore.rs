//! A start from a kept fold: whether a snapshot may stand for the beginning of this log.
//!
//! It may only if it is whole, of this life of the log, and the commit it ends with stands in the
//! log at that place; then, by the chain of hashes, all before it are the ones it folds. Anything
//! else is no alarm: the log is folded from its first message. Pure; the runtime reads what is
//! asked here and the seeded tests plant what must be refused.

use bytes::Bytes;
use streams::{
    ids::{Hash, Incarnation, Seq},
    job::{
        snapshot::{Head, Unusable},
        world::World,
    },
    ports::Message,
};

use crate::planted::{Bug, planted};

/// What the log itself says, against which a snapshot is held.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// Life of the log, from the control bucket.
    pub incarnation: Incarnation,
    /// Where the log ends.
    pub end: Seq,
    /// What stands where the snapshot ends.
    pub message: Option<&'a Message>,
}

/// The fold a snapshot holds, when it may be used.
///
/// # Errors
/// Why it may not.
pub fn restored(head: Head, chunks: &[Bytes], log: Standing<'_>) -> Result<World, Unusable> {
    let found = head.incarnation();
    if found != log.incarnation && !planted(Bug::SnapshotOfAnotherLife) {
        return Err(Unusable::Incarnation { found, expected: log.incarnation });
    }
    if !planted(Bug::SnapshotNotHeldAgainstTheLog) {
        if head.seq() > log.end {
            return Err(Unusable::PastTheEnd { found: head.seq(), end: log.end });
        }
        let stands = log.message.map(|m| Hash::of(&m.payload));
        if stands.as_ref() != Some(head.commit_sha256()) {
            return Err(Unusable::OtherCommit(head.seq()));
        }
    }
    head.world(chunks)
}
