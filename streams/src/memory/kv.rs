//! Buckets in memory: revisions, history, delete markers and watches as a server has them.
//!
//! A revision rises over the whole bucket, as the sequence of its stream does. A dropped bucket
//! ends its watches with [`KvError::Missing`].

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use tokio::sync::watch;

use super::{
    faults::{Fault, Faults},
    log::wire_size,
};
use crate::{
    clock::Clock,
    ids::{Revision, Seq},
    ports::{Expect, KvChange, KvEntry, KvError, KvStore, NewMessage},
    shapes::{BucketShape, bucket_stream, is_key, is_read_model, key_subject},
};

/// All buckets of one deployment.
#[derive(Debug, Clone)]
pub struct MemoryKv {
    clock: Arc<dyn Clock>,
    buckets: Arc<Mutex<BTreeMap<String, Arc<Bucket>>>>,
    faults: Arc<Faults>,
}

#[derive(Debug)]
struct Bucket {
    shape: BucketShape,
    state: Mutex<State>,
    dropped: AtomicBool,
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    by_revision: BTreeMap<u64, KvEntry>,
    keys: BTreeMap<String, VecDeque<u64>>,
}

impl State {
    fn entry(&self, key: &str) -> Option<&KvEntry> {
        self.by_revision.get(self.keys.get(key)?.back()?)
    }
}

/// One write, before its fault.
struct Write<'a> {
    bucket: &'a str,
    key: &'a str,
    value: Option<Bytes>,
    expected: Option<Revision>,
}

impl Write<'_> {
    /// Size as a server counts it, with the headers of the write.
    fn wire_size(&self) -> usize {
        let expect = self.expected.map(|revision| Expect::LastSubjectSeq(Seq(revision.0)));
        let message = NewMessage {
            subject: key_subject(self.bucket, self.key),
            msg_id: "0".repeat(32),
            headers: BTreeMap::new(),
            payload: self.value.clone().unwrap_or_default(),
            expect: expect.unwrap_or(Expect::Nothing),
        };
        wire_size(&bucket_stream(self.bucket), &message)
    }
}

impl MemoryKv {
    /// No buckets yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, buckets: Arc::default(), faults: Arc::default() }
    }

    /// What can be broken; a fault meets writes and deletes.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Unreachable (`true`) or reachable again.
    pub fn set_offline(&self, offline: bool) {
        self.faults.set_offline(offline);
        for bucket in self.lock().values() {
            bucket.touch();
        }
    }

    /// Creates a bucket of this shape when it is absent.
    pub fn create(&self, shape: &BucketShape) {
        self.lock().entry(shape.name.clone()).or_insert_with(|| {
            Arc::new(Bucket {
                shape: shape.clone(),
                state: Mutex::default(),
                dropped: AtomicBool::new(false),
                changed: watch::Sender::new(0),
            })
        });
    }

    /// Names of the buckets.
    #[must_use]
    pub fn buckets(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// How many watches are open on a bucket: none may be left over.
    #[must_use]
    pub fn watchers(&self, bucket: &str) -> usize {
        self.lock().get(bucket).map_or(0, |bucket| bucket.changed.receiver_count())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Bucket>>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bucket(&self, name: &str) -> Result<Arc<Bucket>, KvError> {
        if self.faults.is_offline() {
            return Err(KvError::Unavailable("the memory log is offline".to_owned()));
        }
        self.lock().get(name).cloned().ok_or_else(|| KvError::Missing(name.to_owned()))
    }

    async fn write(&self, write: Write<'_>) -> Result<Revision, KvError> {
        if !is_key(write.key) {
            return Err(KvError::Refused(format!("{:?} cannot be a key", write.key)));
        }
        let bucket = self.bucket(write.bucket)?;
        let lost = || KvError::Unknown("no acknowledgement".to_owned());
        let outcome = match self.faults.take() {
            None => bucket.store(write, self.clock.as_ref()),
            Some(Fault::UnknownStored) => bucket.store(write, self.clock.as_ref()).and(Err(lost())),
            Some(Fault::UnknownNotStored | Fault::UnknownLate) => Err(lost()),
            Some(Fault::Unavailable) => Err(KvError::Unavailable("no leader".to_owned())),
            Some(Fault::Full) => Err(KvError::Unavailable("insufficient resources".to_owned())),
        };
        self.faults.ack().await;
        outcome
    }
}

impl Bucket {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn touch(&self) {
        self.changed.send_modify(|version| *version += 1);
    }

    fn store(&self, write: Write<'_>, clock: &dyn Clock) -> Result<Revision, KvError> {
        let limit = usize::try_from(self.shape.max_value_bytes).unwrap_or(usize::MAX);
        let size = write.wire_size();
        if size > limit {
            let why = format!("message size exceeds maximum allowed: {size} of {limit} bytes");
            return Err(KvError::Refused(why));
        }
        let mut state = self.lock();
        if let Some(expected) = write.expected {
            // A delete marker counts as absent: revision 0.
            let found = match state.entry(write.key) {
                Some(entry) if entry.value.is_some() || expected.0 != 0 => entry.revision,
                Some(_) | None => Revision(0),
            };
            if found != expected {
                return Err(KvError::Conflict {
                    key: write.key.to_owned(),
                    cause: format!("wrong last sequence: {found}, not {expected}"),
                });
            }
        }
        state.last += 1;
        let revision = state.last;
        let entry = KvEntry {
            key: write.key.to_owned(),
            value: write.value,
            revision: Revision(revision),
            at: clock.now(),
        };
        state.by_revision.insert(revision, entry);
        let revisions = state.keys.entry(write.key.to_owned()).or_default();
        revisions.push_back(revision);
        let mut evicted = Vec::new();
        while revisions.len() > usize::from(self.shape.history) {
            evicted.extend(revisions.pop_front());
        }
        for old in evicted {
            state.by_revision.remove(&old);
        }
        drop(state);
        self.touch();
        Ok(Revision(revision))
    }

    /// The last entry of every key in order of revision, and the last revision of the bucket.
    fn current(&self) -> (Vec<KvEntry>, u64) {
        let state = self.lock();
        let mut entries: Vec<KvEntry> =
            state.keys.keys().filter_map(|key| state.entry(key)).cloned().collect();
        entries.sort_by_key(|entry| entry.revision);
        (entries, state.last)
    }

    fn after(&self, revision: u64) -> Vec<KvEntry> {
        self.lock().by_revision.range(revision + 1..).map(|(_, entry)| entry.clone()).collect()
    }
}

#[async_trait]
impl KvStore for MemoryKv {
    async fn get(&self, bucket: &str, key: &str) -> Result<Option<KvEntry>, KvError> {
        let bucket = self.bucket(bucket)?;
        let entry = bucket.lock().entry(key).cloned();
        Ok(entry.filter(|entry| entry.value.is_some()))
    }

    async fn compare_and_set(
        &self,
        bucket: &str,
        key: &str,
        value: Bytes,
        expected: Revision,
    ) -> Result<Revision, KvError> {
        self.write(Write { bucket, key, value: Some(value), expected: Some(expected) }).await
    }

    async fn put(&self, bucket: &str, key: &str, value: Bytes) -> Result<Revision, KvError> {
        self.write(Write { bucket, key, value: Some(value), expected: None }).await
    }

    async fn delete(&self, bucket: &str, key: &str) -> Result<(), KvError> {
        self.write(Write { bucket, key, value: None, expected: None }).await.map(|_| ())
    }

    async fn watch(
        &self,
        name: &str,
    ) -> Result<BoxStream<'static, Result<KvChange, KvError>>, KvError> {
        let bucket = self.bucket(name)?;
        let faults = Arc::clone(&self.faults);
        let name = name.to_owned();
        let mut changed = bucket.changed.subscribe();
        Ok(Box::pin(async_stream::stream! {
            let (entries, mut seen) = bucket.current();
            for entry in entries {
                yield Ok(KvChange::Entry(entry));
            }
            yield Ok(KvChange::Current);
            loop {
                changed.mark_unchanged();
                if bucket.dropped.load(Ordering::SeqCst) {
                    yield Err(KvError::Missing(name));
                    return;
                }
                let news = if faults.is_offline() { Vec::new() } else { bucket.after(seen) };
                for entry in news {
                    seen = entry.revision.0;
                    yield Ok(KvChange::Entry(entry));
                }
                // The bucket outlives its watch, so this ends only with the stream.
                let _ = changed.changed().await;
            }
        }))
    }

    async fn history(&self, bucket: &str, key: &str) -> Result<Vec<KvEntry>, KvError> {
        let bucket = self.bucket(bucket)?;
        let state = bucket.lock();
        let revisions = state.keys.get(key).into_iter().flatten();
        Ok(revisions.filter_map(|revision| state.by_revision.get(revision)).cloned().collect())
    }

    async fn ensure_bucket(&self, bucket: &str) -> Result<(), KvError> {
        if !is_read_model(bucket) {
            return Err(KvError::Refused(format!("{bucket} is not a read model")));
        }
        self.create(&BucketShape::read_model(bucket));
        Ok(())
    }

    async fn drop_bucket(&self, name: &str) -> Result<(), KvError> {
        if !is_read_model(name) {
            return Err(KvError::Refused(format!("{name} is not a read model")));
        }
        let bucket = self.bucket(name)?;
        self.lock().remove(name);
        bucket.dropped.store(true, Ordering::SeqCst);
        bucket.touch();
        Ok(())
    }
}
