//! What feeds the loop: the event log, the command log, the placement buckets.
//!
//! Each feed is a task of its own that heals a break by reading again from where it was. A log that
//! has lost a part, or holds what is not ours, ends the process: it is never skipped.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::StreamExt;
use streams::{
    catalog::{INCARNATION_KEY, META, placement_bucket},
    clock::pause,
    envelope::Commit,
    ids::{Incarnation, Revision, Seq, ServiceKind},
    log::{CommandLog, EventLog, decode_command},
    ports::{KvChange, KvError, KvStore, ReadError},
};
use tokio::{sync::mpsc, task::JoinSet};

use super::{Event, Loop, snapshots};
use crate::engine::{Input, PlacementSeen};

/// Pause before a broken feed is read again.
const AGAIN: Duration = Duration::from_millis(250);
/// Commands given to the engine before it has decided on them, at most.
const AHEAD: usize = 64;

impl Loop {
    /// Starts what runs whoever leads: the feeds, and the writer of the kept fold.
    pub(super) fn feeds(&self) -> JoinSet<()> {
        let mut feeds = JoinSet::new();
        let from = self.engine.world().last_seq.next();
        feeds.spawn(events(self.saga.logs.events.clone(), from, self.events.clone()));
        feeds.spawn(snapshots::keep(Arc::clone(&self.saga.kv), self.keep.subscribe()));
        for kind in ServiceKind::DRAIN_ORDER {
            feeds.spawn(placement(Arc::clone(&self.saga.kv), kind, self.events.clone()));
        }
        feeds
    }

    /// Delivers commands from `from` on, in place of an earlier reader.
    pub(super) fn read_commands(&mut self, from: Seq) {
        let (log, out) = (self.saga.logs.commands.clone(), self.events.clone());
        let task = tokio::spawn(commands(log, from, Arc::clone(&self.backlog), out));
        if let Some(before) = self.commands.replace(task.abort_handle()) {
            before.abort();
        }
    }

    /// Reads the log up to the end its leader names.
    pub(super) fn refold(&mut self, from: Seq) {
        let (log, out) = (self.saga.logs.events.clone(), self.events.clone());
        let task = tokio::spawn(refold(log, from, out));
        if let Some(before) = self.refold.replace(task.abort_handle()) {
            before.abort();
        }
    }
}

async fn fatal(out: &mpsc::Sender<Event>, because: String) {
    let _ = out.send(Event::Fatal(because)).await;
}

/// The event log from `next` on, then live.
async fn events(log: EventLog, mut next: Seq, out: mpsc::Sender<Event>) {
    loop {
        match log.0.read(next).await {
            Ok(mut messages) => {
                while let Some(message) = messages.next().await {
                    let message = match message {
                        Ok(message) => message,
                        Err(ReadError::Unavailable(because)) => {
                            tracing::warn!(%because, "the event log is read again");
                            break;
                        }
                        Err(error) => return fatal(&out, error.to_string()).await,
                    };
                    next = message.seq.next();
                    let recorded = match Commit::decode(&message) {
                        Ok(recorded) => recorded,
                        Err(corrupt) => return fatal(&out, corrupt.to_string()).await,
                    };
                    if out.send(Event::Input(Input::Folded(recorded))).await.is_err() {
                        return;
                    }
                }
            }
            Err(ReadError::Unavailable(because)) => {
                tracing::warn!(%because, "the event log cannot be read now");
            }
            Err(error) => return fatal(&out, error.to_string()).await,
        }
        pause(AGAIN).await;
    }
}

async fn refold(log: EventLog, from: Seq, out: mpsc::Sender<Event>) {
    let mut next = from;
    loop {
        let end = match log.0.info().await {
            Ok(info) => info.last_seq,
            Err(error) => {
                tracing::warn!(%error, "the end of the event log cannot be read now");
                pause(AGAIN).await;
                continue;
            }
        };
        while next <= end {
            let recorded = match log.0.get(next).await {
                Ok(Some(message)) => Commit::decode(&message),
                Ok(None) | Err(_) => break,
            };
            match recorded {
                Ok(recorded) => {
                    if out.send(Event::Input(Input::Folded(recorded))).await.is_err() {
                        return;
                    }
                }
                Err(corrupt) => return fatal(&out, corrupt.to_string()).await,
            }
            next = next.next();
        }
        if next > end {
            let _ = out.send(Event::Input(Input::CaughtUp { last_seq: end })).await;
            return;
        }
        pause(AGAIN).await;
    }
}

async fn commands(log: CommandLog, from: Seq, backlog: Arc<AtomicUsize>, out: mpsc::Sender<Event>) {
    let mut next = from;
    loop {
        match log.0.read(next).await {
            Ok(mut messages) => {
                while let Some(Ok(message)) = messages.next().await {
                    while backlog.load(Ordering::Relaxed) > AHEAD {
                        pause(Duration::from_millis(5)).await;
                    }
                    next = message.seq.next();
                    let command = Box::new(decode_command(&message));
                    if out.send(Event::Input(Input::Command(command))).await.is_err() {
                        return;
                    }
                }
            }
            Err(ReadError::Unavailable(because)) => {
                tracing::warn!(%because, "the command log cannot be read now");
            }
            Err(error) => return fatal(&out, format!("the command log: {error}")).await,
        }
        pause(AGAIN).await;
    }
}

async fn placement(kv: Arc<dyn KvStore>, kind: ServiceKind, out: mpsc::Sender<Event>) {
    loop {
        let mut live = false;
        match kv.watch(placement_bucket(kind)).await {
            Ok(mut changes) => {
                while let Some(Ok(change)) = changes.next().await {
                    let entry = match change {
                        KvChange::Current => {
                            live = true;
                            continue;
                        }
                        KvChange::Entry(entry) => entry,
                    };
                    let value = entry.value.as_ref().map(|bytes| {
                        let text = || String::from_utf8_lossy(bytes).into_owned().into();
                        serde_json::from_slice(bytes).unwrap_or_else(|_| text())
                    });
                    let seen = PlacementSeen {
                        kind,
                        key: entry.key,
                        revision: entry.revision,
                        value,
                        live,
                    };
                    if out.send(Event::Input(Input::Placement(seen))).await.is_err() {
                        return;
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "a placement bucket cannot be watched now"),
        }
        pause(AGAIN * 4).await;
    }
}

/// The log's incarnation; written as 1 where nobody has yet.
pub(super) async fn incarnation(kv: &dyn KvStore) -> Result<Incarnation, String> {
    for _ in 0..2 {
        let entry = kv.get(META, INCARNATION_KEY).await.map_err(|e| e.to_string())?;
        if let Some(value) = entry.and_then(|e| e.value) {
            return serde_json::from_slice::<Incarnation>(&value)
                .map_err(|e| format!("{INCARNATION_KEY} of {META} is not a number: {e}"));
        }
        let one = Bytes::from_static(b"1");
        match kv.compare_and_set(META, INCARNATION_KEY, one, Revision(0)).await {
            Ok(_) => return Ok(Incarnation(1)),
            Err(KvError::Conflict { .. }) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    Err(format!("{INCARNATION_KEY} of {META} changes while it is read"))
}
