//! Pointer and checkpoint of a view in `control_meta`: every change by compare-and-set.
//!
//! Several projectors may run at once. A generation is claimed before it is built, so no two builds
//! share a bucket; a pointer only rises; a checkpoint only moves forward.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use streams::{
    catalog::{META, view_checkpoint_key, view_pointer_key},
    ids::Revision,
    ports::{KvError, KvStore},
    views::checkpoint::{Checkpoint, Pointer},
};

/// Access to one view's keys.
#[derive(Debug, Clone)]
pub struct Meta {
    kv: Arc<dyn KvStore>,
    view: &'static str,
}

/// How a flip ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flip {
    /// Readers follow the new generation.
    Done,
    /// Somebody has flipped to a later one meanwhile.
    Superseded,
}

/// How moving a checkpoint ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// It stands there, or further on.
    Done,
    /// It is gone: the generation was dropped.
    Dropped,
}

impl Meta {
    /// Of this view.
    #[must_use]
    pub fn new(kv: Arc<dyn KvStore>, view: &'static str) -> Self {
        Self { kv, view }
    }

    async fn read<T: DeserializeOwned>(&self, key: &str) -> Result<(Option<T>, Revision), KvError> {
        let Some(entry) = self.kv.get(META, key).await? else { return Ok((None, Revision(0))) };
        let Some(value) = entry.value else { return Ok((None, Revision(0))) };
        match serde_json::from_slice(&value) {
            Ok(found) => Ok((Some(found), entry.revision)),
            Err(e) => Err(KvError::Refused(format!("{META}/{key} cannot be read: {e}"))),
        }
    }

    async fn set<T: Serialize>(
        &self,
        key: &str,
        value: &T,
        expected: Revision,
    ) -> Result<Revision, KvError> {
        let value = Bytes::from(serde_json::to_vec(value).expect("wire types always serialise"));
        self.kv.compare_and_set(META, key, value, expected).await
    }

    /// The pointer; before the first build one that points nowhere.
    ///
    /// # Errors
    /// [`KvError`]; `Refused` when it cannot be read.
    pub async fn pointer(&self) -> Result<Pointer, KvError> {
        let (found, _) = self.read::<Pointer>(&view_pointer_key(self.view)).await?;
        Ok(found.unwrap_or_else(Pointer::none))
    }

    /// Changes the pointer until the change is stored by us, or `change` wants none.
    async fn change(
        &self,
        change: impl Fn(Pointer) -> Option<Pointer> + Send,
    ) -> Result<Option<Pointer>, KvError> {
        let key = view_pointer_key(self.view);
        loop {
            let (found, revision) = self.read::<Pointer>(&key).await?;
            let Some(next) = change(found.unwrap_or_else(Pointer::none)) else { return Ok(None) };
            match self.set(&key, &next, revision).await {
                Ok(_) => return Ok(Some(next)),
                Err(KvError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Claims a generation that nobody has built or is building. A claim whose acknowledgement was
    /// lost is only a number that nobody uses.
    ///
    /// # Errors
    /// [`KvError`].
    pub async fn claim(&self) -> Result<u64, KvError> {
        let next = |p: Pointer| Some(Pointer { claimed: p.claimed.max(p.generation) + 1, ..p });
        let claimed = self.change(next).await?;
        Ok(claimed.map_or(0, |p| p.claimed))
    }

    /// Lets readers follow a generation, unless they follow it or a later one already.
    ///
    /// # Errors
    /// [`KvError`].
    pub async fn flip(&self, generation: u64) -> Result<Flip, KvError> {
        let flip = |p: Pointer| {
            let claimed = p.claimed.max(generation);
            (p.generation < generation).then_some(Pointer { generation, claimed, ..p })
        };
        if self.change(flip).await?.is_some() {
            return Ok(Flip::Done);
        }
        let now = self.pointer().await?.generation;
        Ok(if now == generation { Flip::Done } else { Flip::Superseded })
    }

    /// The checkpoint of a generation, with its revision.
    ///
    /// # Errors
    /// [`KvError`]; `Refused` when it cannot be read.
    pub async fn checkpoint(
        &self,
        generation: u64,
    ) -> Result<Option<(Checkpoint, Revision)>, KvError> {
        let (found, revision) = self.read(&view_checkpoint_key(self.view, generation)).await?;
        Ok(found.map(|checkpoint| (checkpoint, revision)))
    }

    /// Moves a checkpoint forward to `position`. `known` is the revision it was last seen at, 0 when
    /// it is to be made. What somebody else has stored meanwhile is joined, never taken back.
    ///
    /// # Errors
    /// [`KvError`]; never `Conflict`.
    pub async fn advance(
        &self,
        generation: u64,
        position: &Checkpoint,
        known: &mut Revision,
    ) -> Result<Moved, KvError> {
        let key = view_checkpoint_key(self.view, generation);
        let mut next = position.clone();
        loop {
            match self.set(&key, &next, *known).await {
                Ok(revision) => {
                    *known = revision;
                    return Ok(Moved::Done);
                }
                Err(KvError::Conflict { .. } | KvError::Unknown(_)) => {}
                Err(error) => return Err(error),
            }
            match self.checkpoint(generation).await? {
                Some((stored, revision)) => {
                    *known = revision;
                    if position.within(&stored) {
                        return Ok(Moved::Done);
                    }
                    next = stored.joined(position);
                }
                None if *known > Revision(0) => return Ok(Moved::Dropped),
                None => {}
            }
        }
    }

    /// Drops a generation: its bucket first, then its checkpoint. One that is not there is fine.
    ///
    /// # Errors
    /// [`KvError`].
    pub async fn drop_generation(&self, generation: u64) -> Result<(), KvError> {
        let bucket = streams::catalog::view_bucket(self.view, generation);
        match self.kv.drop_bucket(&bucket).await {
            Ok(()) | Err(KvError::Missing(_)) => {}
            Err(error) => return Err(error),
        }
        if self.checkpoint(generation).await?.is_some() {
            self.kv.delete(META, &view_checkpoint_key(self.view, generation)).await?;
        }
        Ok(())
    }
}
