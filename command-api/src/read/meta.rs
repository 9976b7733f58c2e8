//! What `control_meta` says of the views: which generation readers follow, and how far it is folded.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::StreamExt;
use streams::{
    catalog::{META, view_checkpoint_key, view_pointer_key},
    clock::pause,
    ports::{KvChange, KvStore},
    views::checkpoint::{Checkpoint, Pointer},
};
use tokio::{sync::watch, task::JoinHandle};

/// Pause before a broken watch is begun again.
const RETRY: Duration = Duration::from_millis(500);

/// The keys of views, as last seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Meta {
    keys: HashMap<String, Bytes>,
    /// Whether everything that existed has been seen.
    pub(super) complete: bool,
}

impl Meta {
    /// Where readers of a view are sent.
    pub(super) fn pointer(&self, view: &str) -> Option<Pointer> {
        self.read(&view_pointer_key(view))
    }

    /// How far a generation is folded.
    pub(super) fn checkpoint(&self, view: &str, generation: u64) -> Option<Checkpoint> {
        self.read(&view_checkpoint_key(view, generation))
    }

    fn read<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        let bytes = self.keys.get(key)?;
        serde_json::from_slice(bytes)
            .inspect_err(|error| tracing::warn!(key, %error, "key of control_meta is unreadable"))
            .ok()
    }
}

/// Follows the bucket until the receivers are gone or the task is aborted.
pub(super) fn follow(kv: Arc<dyn KvStore>) -> (watch::Receiver<Meta>, JoinHandle<()>) {
    let (out, meta) = watch::channel(Meta::default());
    let task = tokio::spawn(async move {
        loop {
            if let Ok(mut changes) = kv.watch(META).await {
                while let Some(Ok(change)) = changes.next().await {
                    out.send_if_modified(|meta| apply(meta, change));
                }
            }
            pause(RETRY).await;
        }
    });
    (meta, task)
}

/// Takes a change over; the lease, which changes every second, wakes nobody.
fn apply(meta: &mut Meta, change: KvChange) -> bool {
    match change {
        KvChange::Current => !std::mem::replace(&mut meta.complete, true),
        KvChange::Entry(entry) if entry.key.starts_with("view.") => match entry.value {
            Some(value) => meta.keys.insert(entry.key, value.clone()) != Some(value),
            None => meta.keys.remove(&entry.key).is_some(),
        },
        KvChange::Entry(_) => false,
    }
}
