//! I8: every stored read model equals a replay from zero, byte for byte.
//!
//! Rows that changed after the end of the replay are left out: the projector goes on meanwhile.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use futures::StreamExt;
use streams::{
    catalog,
    clock::pause,
    ids::Seq,
    ports::{KvChange, KvError, KvStore, Message},
    verify::{Finding, Invariant, Log},
    views::{
        Source, Take, View,
        audit::AuditView,
        checkpoint::{Checkpoint, Pointer},
        fold::Fold,
        jobs::JobsView,
    },
};

/// How long the projector may take to reach the end of the replay.
const PATIENCE: Duration = Duration::from_secs(10);

/// Every view, folded from zero.
#[derive(Debug)]
pub(crate) struct Replay {
    jobs: Folded<JobsView>,
    audit: Folded<AuditView>,
}

impl Default for Replay {
    fn default() -> Self {
        Self { jobs: Folded::new(), audit: Folded::new() }
    }
}

impl Replay {
    /// Folds the next message of a log.
    pub(crate) fn message(&mut self, log: Log, message: &Message) {
        let source = match log {
            Log::Commands => return,
            Log::Events => Source::Events,
            Log::Audit => Source::Audit,
        };
        self.jobs.message(source, message);
        self.audit.message(source, message);
    }

    /// Compares what is stored.
    pub(crate) async fn compare(self, kv: &dyn KvStore) -> anyhow::Result<Vec<Finding>> {
        let mut findings = self.jobs.compare(kv).await?;
        findings.extend(self.audit.compare(kv).await?);
        Ok(findings)
    }
}

#[derive(Debug)]
struct Folded<V> {
    fold: Fold<V>,
    broken: Option<String>,
}

impl<V: View> Folded<V> {
    fn new() -> Self {
        Self { fold: Fold::new(Checkpoint::start_of(V::SHAPE)), broken: None }
    }

    fn message(&mut self, source: Source, message: &Message) {
        if self.broken.is_none()
            && V::SOURCES.contains(&source)
            && let Err(error) = self.fold.message(source, message)
        {
            self.broken = Some(error.to_string());
        }
    }

    async fn compare(mut self, kv: &dyn KvStore) -> anyhow::Result<Vec<Finding>> {
        let finding = |code, message| Finding {
            invariant: Invariant::I8,
            code,
            stream: format!("control_{}", V::NAME),
            seq: None,
            job_id: None,
            message,
        };
        if let Some(why) = self.broken {
            return Ok(vec![finding("view_unfoldable", why)]);
        }
        let end = self.fold.position().clone();
        if meta::<Pointer>(kv, &catalog::view_pointer_key(V::NAME)).await?.is_none() {
            let why = "it was never built: start the projector, or verify with --skip-views";
            return Ok(vec![finding("view_absent", why.to_owned())]);
        }
        let Some(bucket) = reached::<V>(kv, &end).await? else {
            let why = format!(
                "the stored rows have not reached event {} and audit record {}",
                end.events.seq, end.audit.seq
            );
            return Ok(vec![finding("view_behind", why)]);
        };
        let stored = rows(kv, &bucket).await?;
        let replayed: BTreeMap<String, (Seq, Bytes)> = self
            .fold
            .view
            .take(Take::Changed)
            .into_iter()
            .map(|row| (row.key, (row.seq, row.value)))
            .collect();
        let mut findings = Vec::new();
        for (key, (seq, value)) in &replayed {
            match stored.get(key) {
                Some(found) if found == value => {}
                Some(found) if V::stored_seq(found).is_some_and(|newer| newer > *seq) => {}
                Some(_) => findings
                    .push(finding("row_differs", format!("{bucket} {key} is not as a replay"))),
                None => findings.push(finding("row_missing", format!("{bucket} {key} is absent"))),
            }
        }
        let newest_common = match V::SOURCES.contains(&Source::Audit) {
            true => end.events.seq.min(end.audit.seq),
            false => end.events.seq,
        };
        for (key, value) in stored.iter().filter(|(key, _)| !replayed.contains_key(*key)) {
            if V::stored_seq(value).is_none_or(|seq| seq <= newest_common) {
                let why = format!("{bucket} {key} follows from no message");
                findings.push(finding("row_unfounded", why));
            }
        }
        Ok(findings)
    }
}

/// The bucket readers follow, once its rows have reached `end`.
async fn reached<V: View>(kv: &dyn KvStore, end: &Checkpoint) -> anyhow::Result<Option<String>> {
    let wait = async {
        loop {
            if let Some(bucket) = bucket_at::<V>(kv, end).await? {
                return Ok(bucket);
            }
            pause(Duration::from_millis(100)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, wait).await {
        Ok(bucket) => bucket.map(Some),
        Err(_) => Ok(None),
    }
}

async fn bucket_at<V: View>(kv: &dyn KvStore, end: &Checkpoint) -> anyhow::Result<Option<String>> {
    let Some(pointer) = meta::<Pointer>(kv, &catalog::view_pointer_key(V::NAME)).await? else {
        return Ok(None);
    };
    let Some(bucket) = pointer.bucket(V::NAME) else { return Ok(None) };
    let key = catalog::view_checkpoint_key(V::NAME, pointer.generation);
    let Some(checkpoint) = meta::<Checkpoint>(kv, &key).await? else { return Ok(None) };
    Ok(end.within(&checkpoint).then_some(bucket))
}

async fn meta<T: serde::de::DeserializeOwned>(
    kv: &dyn KvStore,
    key: &str,
) -> anyhow::Result<Option<T>> {
    let entry = kv.get(catalog::META, key).await?;
    let value = entry.and_then(|entry| entry.value);
    Ok(value.map(|value| serde_json::from_slice(&value)).transpose()?)
}

async fn rows(kv: &dyn KvStore, bucket: &str) -> Result<BTreeMap<String, Bytes>, KvError> {
    let mut rows = BTreeMap::new();
    let mut watch = kv.watch(bucket).await?;
    while let Some(change) = watch.next().await {
        match change? {
            KvChange::Current => break,
            KvChange::Entry(entry) => match entry.value {
                Some(value) => drop(rows.insert(entry.key, value)),
                None => drop(rows.remove(&entry.key)),
            },
        }
    }
    Ok(rows)
}
