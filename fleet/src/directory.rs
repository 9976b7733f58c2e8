//! The live directory: who owns which tenant, which nodes and Gateways there are, in memory.
//!
//! It follows the placement buckets (or, in development, one file), validates every change and
//! swaps one pointer; a reader holds a whole snapshot and never sees half of a change. What is not
//! valid keeps the last good map in force and raises an alarm. It writes nothing. The folds are in
//! `fold`, the task in `watch`, the development file in `file` and [`document`].

pub mod document;
mod file;
mod fold;
mod snapshot;
mod watch;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde::Serialize;
use streams::{clock::Clock, ports::KvStore};
use tokio::{sync::watch as channel, task::JoinHandle};

pub use snapshot::{DirectoryNode, Snapshot};

/// Something about the placement that a person must look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Alarm {
    /// A sentence: what is seen, and what stays in force.
    pub text: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// What the directory knows now.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The snapshot in force.
    pub snapshot: Arc<Snapshot>,
    /// Alarms by bucket (or `file`); empty when all is well.
    pub alarms: BTreeMap<String, Alarm>,
}

/// A handle on the directory. Cheap to clone; the task behind it ends with its `JoinHandle`.
#[derive(Debug, Clone)]
pub struct Directory(channel::Receiver<Option<Arc<View>>>);

impl Directory {
    /// Follows the four buckets until the handle is aborted.
    pub fn follow_kv(kv: Arc<dyn KvStore>, clock: Arc<dyn Clock>) -> (Self, JoinHandle<()>) {
        let (sender, receiver) = channel::channel(None);
        (Self(receiver), tokio::spawn(watch::run(kv, clock, sender)))
    }

    /// Follows the development file, looking at it every `poll`.
    pub fn follow_file(
        path: PathBuf,
        clock: Arc<dyn Clock>,
        poll: Duration,
    ) -> (Self, JoinHandle<()>) {
        let (sender, receiver) = channel::channel(None);
        (Self(receiver), tokio::spawn(file::run(path, clock, poll, sender)))
    }

    /// A directory that never changes: for tests and one-shot tools.
    #[must_use]
    pub fn fixed(snapshot: Snapshot) -> Self {
        let view = View { snapshot: Arc::new(snapshot), alarms: BTreeMap::new() };
        Self(channel::channel(Some(Arc::new(view))).1)
    }

    /// What is known now; `None` until everything that existed at the start has been read.
    #[must_use]
    pub fn view(&self) -> Option<Arc<View>> {
        self.0.borrow().clone()
    }

    /// Waits until something is known. `None` when the task has ended before.
    pub async fn ready(&self) -> Option<Arc<View>> {
        self.wait(|_| true).await
    }

    /// Waits for a view that satisfies `what`. `None` when the task has ended before. The caller
    /// sets the deadline.
    pub async fn wait(&self, what: impl Fn(&View) -> bool) -> Option<Arc<View>> {
        let mut receiver = self.0.clone();
        let found = receiver.wait_for(|view| view.as_ref().is_some_and(|v| what(v))).await;
        found.ok().and_then(|view| view.clone())
    }

    /// A receiver that is woken by every change.
    #[must_use]
    pub fn subscribe(&self) -> channel::Receiver<Option<Arc<View>>> {
        self.0.clone()
    }
}
