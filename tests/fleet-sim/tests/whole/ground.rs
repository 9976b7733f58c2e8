//! What a fleet under test stands on: memory, or streams and buckets of its own on a real server.
//!
//! The names are the test's own, so that fleets of several tests, and a system that somebody runs
//! there, do not meet. [`Spaced`] only renames; every call goes to the server's adapter as it is.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use fleet_sim::substrate::Substrate;
use futures::{StreamExt, stream::BoxStream};
use streams::{
    catalog,
    clock::{Clock, SystemClock},
    ids::{IdSource, RandomIds, Revision, Seq},
    jetstream::{Jetstream, Options},
    ports::{
        AppendError, KvChange, KvEntry, KvError, KvStore, LogInfo, Message, MessageLog, NewMessage,
        ReadError, Stored,
    },
    shapes::{BucketShape, StreamShape},
};

tokio::task_local! {
    /// Of the running case.
    pub(crate) static HERE: Ground;
}

/// One test's ground.
#[derive(Debug, Clone)]
pub(crate) struct Ground {
    pub(crate) substrate: Substrate,
    server: Option<(Jetstream, String)>,
}

/// The fleet's buckets in the catalogue's shape, under names of the test.
fn buckets(space: &str) -> Vec<BucketShape> {
    let fleets = catalog::BUCKETS.iter().filter(|b| b.name != catalog::META);
    fleets.map(|b| BucketShape { name: named(space, b.name), ..BucketShape::from(b) }).collect()
}

fn named(space: &str, bucket: &str) -> String {
    format!("test_{space}_{bucket}")
}

fn stream_of(space: &str) -> String {
    format!("TEST_SIM_{space}")
}

impl Ground {
    /// Memory, or fresh streams and buckets on the server.
    pub(crate) async fn prepare(server: Option<&str>) -> Self {
        let Some(url) = server else {
            let clock: Arc<dyn Clock> = Arc::new(SystemClock);
            return Self { substrate: Substrate::memory(&clock), server: None };
        };
        let nats = Jetstream::connect(&Options::new(url, "fleet-sim-test")).await.unwrap();
        let space = RandomIds.uuid().simple().to_string();
        for bucket in buckets(&space) {
            nats.ensure_stream(&bucket.stream()).await.unwrap();
        }
        let subjects = format!("{space}.>");
        let shape =
            StreamShape::log(&stream_of(&space), "Test of the fleet simulator.", &[&subjects]);
        nats.ensure_stream(&shape).await.unwrap();
        let (log, kv) = (nats.log(&stream_of(&space)), nats.kv());
        let substrate = Substrate {
            log: Arc::new(Spaced { of: log, space: space.clone() }),
            kv: Arc::new(Spaced { of: kv, space: space.clone() }),
        };
        Self { substrate, server: Some((nats, space)) }
    }

    /// Removes what the test made on the server.
    pub(crate) async fn clean_up(self) {
        let Some((nats, space)) = self.server else { return };
        for bucket in buckets(&space) {
            nats.drop_test_stream(&bucket.stream().name).await.unwrap();
        }
        nats.drop_test_stream(&stream_of(&space)).await.unwrap();
        nats.close().await;
    }
}

/// An adapter under other names.
#[derive(Debug)]
struct Spaced<T: ?Sized> {
    space: String,
    of: Arc<T>,
}

impl Spaced<dyn MessageLog> {
    fn there(&self, subject: &str) -> String {
        format!("{}.{subject}", self.space)
    }

    fn here(&self, mut message: Message) -> Message {
        message.subject.drain(..=self.space.len());
        message
    }
}

#[async_trait]
impl MessageLog for Spaced<dyn MessageLog> {
    async fn append(&self, message: NewMessage) -> Result<Stored, AppendError> {
        let subject = self.there(&message.subject);
        self.of.append(NewMessage { subject, ..message }).await
    }

    async fn get(&self, seq: Seq) -> Result<Option<Message>, ReadError> {
        Ok(self.of.get(seq).await?.map(|message| self.here(message)))
    }

    async fn last_on(&self, subject: &str) -> Result<Option<Message>, ReadError> {
        Ok(self.of.last_on(&self.there(subject)).await?.map(|message| self.here(message)))
    }

    async fn all_on(&self, subject: &str) -> Result<Vec<Message>, ReadError> {
        let all = self.of.all_on(&self.there(subject)).await?;
        Ok(all.into_iter().map(|message| self.here(message)).collect())
    }

    async fn info(&self) -> Result<LogInfo, ReadError> {
        self.of.info().await
    }

    async fn read(
        &self,
        from: Seq,
    ) -> Result<BoxStream<'static, Result<Message, ReadError>>, ReadError> {
        let cut = self.space.len();
        let messages = self.of.read(from).await?.map(move |message| {
            message.map(|mut message| {
                message.subject.drain(..=cut);
                message
            })
        });
        Ok(messages.boxed())
    }
}

#[async_trait]
impl KvStore for Spaced<dyn KvStore> {
    async fn get(&self, bucket: &str, key: &str) -> Result<Option<KvEntry>, KvError> {
        self.of.get(&named(&self.space, bucket), key).await
    }

    async fn compare_and_set(
        &self,
        bucket: &str,
        key: &str,
        value: Bytes,
        expected: Revision,
    ) -> Result<Revision, KvError> {
        self.of.compare_and_set(&named(&self.space, bucket), key, value, expected).await
    }

    async fn put(&self, bucket: &str, key: &str, value: Bytes) -> Result<Revision, KvError> {
        self.of.put(&named(&self.space, bucket), key, value).await
    }

    async fn delete(&self, bucket: &str, key: &str) -> Result<(), KvError> {
        self.of.delete(&named(&self.space, bucket), key).await
    }

    async fn watch(
        &self,
        bucket: &str,
    ) -> Result<BoxStream<'static, Result<KvChange, KvError>>, KvError> {
        self.of.watch(&named(&self.space, bucket)).await
    }

    async fn history(&self, bucket: &str, key: &str) -> Result<Vec<KvEntry>, KvError> {
        self.of.history(&named(&self.space, bucket), key).await
    }

    async fn ensure_bucket(&self, bucket: &str) -> Result<(), KvError> {
        self.of.ensure_bucket(&named(&self.space, bucket)).await
    }

    async fn drop_bucket(&self, bucket: &str) -> Result<(), KvError> {
        self.of.drop_bucket(&named(&self.space, bucket)).await
    }
}
