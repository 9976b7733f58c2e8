//! I8 for the leader's kept fold: one that a start would use equals the fold of the log.
//!
//! One that no start would use (another format or life, spoiled, beyond the log) is nobody's harm.

use bytes::Bytes;
use streams::{
    catalog::META,
    envelope::Commit,
    ids::{Hash, Incarnation},
    job::{
        snapshot::{HEAD_KEY, Head},
        world::World,
    },
    ports::{KvStore, Message},
    verify::{Finding, Invariant, Log},
};

/// What is kept, and the log's own fold as far as it has been read.
#[derive(Debug)]
pub(crate) struct Kept {
    stored: Option<Head>,
    chunks: Vec<Bytes>,
    /// `None` when the log cannot be folded: then that is found elsewhere.
    folded: Option<World>,
}

impl Kept {
    /// Reads it; before the log is, so that the log reaches as far.
    pub(crate) async fn read(kv: &dyn KvStore) -> anyhow::Result<Self> {
        let value = async |key: &str| kv.get(META, key).await.map(|e| e.and_then(|e| e.value));
        let stored = value(HEAD_KEY).await?.and_then(|head| Head::read(&head).ok());
        let mut chunks = Vec::new();
        for key in stored.iter().flat_map(Head::chunk_keys) {
            chunks.extend(value(&key).await?);
        }
        Ok(Self { stored, chunks, folded: Some(World::empty(Incarnation(1))) })
    }

    /// Folds the next message, up to where the kept fold ends.
    pub(crate) fn message(&mut self, log: Log, message: &Message) {
        let wanted = self.stored.as_ref().is_some_and(|head| message.seq <= head.seq());
        let Some(world) = self.folded.as_mut().filter(|_| wanted && log == Log::Events) else {
            return;
        };
        let fits = match Commit::decode(message) {
            Ok(recorded) => world.apply(recorded).is_ok(),
            Err(_) => false,
        };
        if !fits {
            self.folded = None;
        }
    }

    /// Compares.
    pub(crate) fn compare(self) -> Option<Finding> {
        let (head, folded) = (self.stored?, self.folded?);
        let same_commit: (&Hash, Incarnation) = (head.commit_sha256(), head.incarnation());
        if head.seq() != folded.last_seq || same_commit != (&folded.last_hash, folded.incarnation) {
            return None;
        }
        let seq = head.seq();
        let kept = head.world(&self.chunks).ok()?;
        (kept != folded).then(|| Finding {
            invariant: Invariant::I8,
            code: "kept_fold_differs",
            stream: META.to_owned(),
            seq: Some(seq),
            job_id: None,
            message: format!("{HEAD_KEY} is not the fold of the log up to commit {seq}"),
        })
    }
}
