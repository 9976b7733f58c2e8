//! The kept fold in `control_meta`: read once at a start, written by the leader every so many commits.
//!
//! Nothing depends on it: what cannot be read or written only makes a start longer, and is said in
//! one line. Whether a stored one may be used is decided in [`crate::engine::restore`].

use std::sync::Arc;

use bytes::Bytes;
use streams::{
    catalog::META,
    ids::{Incarnation, Seq},
    job::{
        snapshot::{self, HEAD_KEY, Head, Unusable},
        world::World,
    },
    log::EventLog,
    ports::{KvError, KvStore, ReadError},
};

use tokio::sync::watch;

use crate::engine::restore::{Standing, restored};

/// Why a start folds the log from its first message.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotUsed {
    #[error("there is none yet")]
    Absent,
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error(transparent)]
    Kv(#[from] KvError),
    #[error(transparent)]
    Log(#[from] ReadError),
}

/// The fold to start from, when a usable one is kept.
pub(super) async fn load(
    kv: &dyn KvStore,
    log: &EventLog,
    incarnation: Incarnation,
    end: Seq,
) -> Result<World, NotUsed> {
    let head = Head::read(&value(kv, HEAD_KEY).await?)?;
    let mut chunks: Vec<Bytes> = Vec::new();
    for key in head.chunk_keys() {
        chunks.push(value(kv, &key).await?);
    }
    let message = log.0.get(head.seq()).await?;
    Ok(restored(head, &chunks, Standing { incarnation, end, message: message.as_ref() })?)
}

async fn value(kv: &dyn KvStore, key: &str) -> Result<Bytes, NotUsed> {
    kv.get(META, key).await?.and_then(|e| e.value).ok_or(NotUsed::Absent)
}

/// Writes a fold, chunks first: a head never names what is not there. Two writers at once (a frozen
/// leader that goes on) leave one that is whole or one that is refused by its hash.
async fn store(kv: &dyn KvStore, world: &World) -> Result<(), NotUsed> {
    for (key, value) in snapshot::entries(world)? {
        // Most chunks are full and stored long since.
        let stored = kv.get(META, &key).await?.and_then(|e| e.value);
        if stored.as_ref() != Some(&value) {
            kv.put(META, &key, value).await?;
        }
    }
    Ok(())
}

/// Writes the newest fold whenever there is a newer one; those that came while it wrote are left
/// out.
pub(super) async fn keep(kv: Arc<dyn KvStore>, mut newest: watch::Receiver<Option<Arc<World>>>) {
    while newest.changed().await.is_ok() {
        let Some(world) = newest.borrow_and_update().clone() else { continue };
        match store(&*kv, &world).await {
            Ok(()) => tracing::debug!(seq = %world.last_seq, "the fold is kept"),
            Err(because) => tracing::warn!(%because, seq = %world.last_seq,
                "the fold is not kept; a start will take longer"),
        }
    }
}
