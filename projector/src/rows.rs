//! Writing rows: by compare-and-set, never over a later one.
//!
//! A row carries the sequence it stands on, and a fold gives the same row for the same sequence. So
//! whoever meets an equal or later row leaves it: two projectors, or one that does again what it did
//! before a crash, cannot take anything back.

use std::{collections::HashMap, sync::Arc};

use futures::{StreamExt, TryStreamExt, stream};
use streams::{
    clock::pause,
    ids::Revision,
    ports::{KvError, KvStore},
    views::{Row, View},
};

use crate::{Pace, report::Report};

/// Writes rows of one view into one bucket.
#[derive(Debug)]
pub struct Rows {
    kv: Arc<dyn KvStore>,
    bucket: String,
    report: Report,
    pace: Pace,
    /// Revision of the rows that may change again, as far as it is known.
    known: HashMap<String, Revision>,
}

/// What became of one row.
enum Written {
    /// Stored at this revision.
    At(Revision),
    /// An equal or later one is stored.
    Kept(Revision),
}

impl Rows {
    /// Into this bucket.
    #[must_use]
    pub fn new(kv: Arc<dyn KvStore>, bucket: String, report: Report, pace: Pace) -> Self {
        Self { kv, bucket, report, pace, known: HashMap::new() }
    }

    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Writes rows, each key at most once, several at a time. What cannot be written now is tried
    /// until it can.
    ///
    /// # Errors
    /// [`KvError::Missing`] when the bucket is gone, [`KvError::Refused`] when a row never can be
    /// written.
    pub async fn write<V: View>(&mut self, rows: Vec<Row>) -> Result<(), KvError> {
        let jobs = rows.into_iter().map(|row| {
            let known = self.known.get(&row.key).copied().unwrap_or_default();
            (row, known)
        });
        let this = &*self;
        let outcomes: Vec<(Row, Written)> = stream::iter(jobs)
            .map(async |(row, known)| {
                let written = this.one::<V>(&row, known).await?;
                Ok::<_, KvError>((row, written))
            })
            .buffer_unordered(self.pace.rows_inflight)
            .try_collect()
            .await?;
        for (row, written) in outcomes {
            let (revision, written) = match written {
                Written::At(revision) => (revision, true),
                Written::Kept(revision) => (revision, false),
            };
            self.report.row(written);
            if row.last {
                self.known.remove(&row.key);
            } else {
                self.known.insert(row.key, revision);
            }
        }
        Ok(())
    }

    /// One row. Most are new or known, so the write is tried first and the store is read only when
    /// that fails.
    async fn one<V: View>(&self, row: &Row, known: Revision) -> Result<Written, KvError> {
        let mut expected = known;
        let mut delay = self.pace.retry_first;
        loop {
            let value = row.value.clone();
            match self.kv.compare_and_set(&self.bucket, &row.key, value, expected).await {
                Ok(revision) => return Ok(Written::At(revision)),
                Err(KvError::Conflict { .. } | KvError::Unknown(_)) => {}
                Err(KvError::Unavailable(because)) => {
                    delay = self.wait(delay, &because).await;
                    continue;
                }
                Err(error @ (KvError::Missing(_) | KvError::Refused(_))) => return Err(error),
            }
            match self.kv.get(&self.bucket, &row.key).await {
                Ok(Some(stored)) => {
                    let value = stored.value.as_deref().unwrap_or_default();
                    if V::stored_seq(value).is_some_and(|seq| seq >= row.seq) {
                        return Ok(Written::Kept(stored.revision));
                    }
                    expected = stored.revision;
                }
                Ok(None) => expected = Revision(0),
                Err(KvError::Missing(bucket)) => return Err(KvError::Missing(bucket)),
                Err(error) => delay = self.wait(delay, &error.to_string()).await,
            }
        }
    }

    async fn wait(&self, delay: std::time::Duration, because: &str) -> std::time::Duration {
        self.report.behind(format!("rows cannot be written: {because}"));
        pause(delay).await;
        (delay * 2).min(self.pace.retry_cap)
    }
}
