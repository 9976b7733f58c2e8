//! What a case runs on: fresh streams and buckets with names of their own, on memory or a server.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use streams::{
    clock::{SystemClock, pause},
    ids::{IdSource, RandomIds, Seq},
    jetstream::{Jetstream, Options},
    memory::{MemoryKv, MemoryLog},
    ports::{Expect, KvChange, KvError, KvStore, Message, MessageLog, NewMessage, ReadError},
    shapes::{BucketShape, StreamShape, bucket_stream},
};
use test_support::gated;

pub(crate) use test_support::server::PATIENCE;

/// Which adapter.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// In this process.
    Memory,
    /// A server at this address.
    Server(String),
}

/// One case's world.
#[derive(Debug, Clone)]
pub(crate) struct Fixture {
    unique: String,
    backend: Backend,
    made: Arc<Mutex<Vec<String>>>,
}

#[derive(Debug, Clone)]
enum Backend {
    Memory { kv: MemoryKv },
    Server { connections: Vec<Jetstream> },
}

/// A log under test, and the subject prefix it stores.
#[derive(Debug, Clone)]
pub(crate) struct TestLog {
    pub(crate) log: Arc<dyn MessageLog>,
    pub(crate) name: String,
    prefix: String,
}

impl TestLog {
    /// A subject this log stores.
    pub(crate) fn subject(&self, end: &str) -> String {
        format!("{}.{end}", self.prefix)
    }

    /// A message on one of its subjects.
    pub(crate) fn message(&self, end: &str, id: &str, body: &str, expect: Expect) -> NewMessage {
        NewMessage {
            subject: self.subject(end),
            msg_id: id.to_owned(),
            headers: BTreeMap::from([("x-request-id".to_owned(), "req-1".to_owned())]),
            payload: Bytes::from(body.to_owned()),
            expect,
        }
    }

    /// Appends without a condition.
    pub(crate) async fn fill(&self, end: &str, count: u64) {
        for n in 0..count {
            let id = format!("fill-{end}-{n}");
            let body = format!("{{\"n\":{n}}}");
            self.log.append(self.message(end, &id, &body, Expect::Nothing)).await.unwrap();
        }
    }
}

/// A bucket under test.
#[derive(Debug, Clone)]
pub(crate) struct TestBucket {
    pub(crate) kv: Arc<dyn KvStore>,
    pub(crate) name: String,
}

impl Fixture {
    pub(crate) async fn new(target: Target) -> Self {
        let backend = match target {
            Target::Memory => Backend::Memory { kv: MemoryKv::new(Arc::new(SystemClock)) },
            Target::Server(url) => {
                let mut connections = Vec::new();
                for n in 0..3 {
                    let mut options = Options::new(&url, &format!("contract-{n}"));
                    // A cluster of three: the same contract, replicated.
                    if let Some(replicas) = gated::variable("CONTROL_TEST_NATS_REPLICAS") {
                        options.replicas = replicas.parse().unwrap();
                    }
                    connections.push(Jetstream::connect(&options).await.unwrap());
                }
                Backend::Server { connections }
            }
        };
        let unique = RandomIds.uuid().simple().to_string()[16..].to_owned();
        Self { unique, backend, made: Arc::default() }
    }

    /// A log of a shape that starts from "anything goes".
    pub(crate) async fn log_like(&self, change: impl FnOnce(&mut StreamShape)) -> TestLog {
        let count = self.made.lock().unwrap().len();
        let name = format!("TEST_{}_{count}", self.unique);
        let prefix = format!("test.{}.{count}", self.unique);
        let mut shape = StreamShape::log(&name, "a contract case", &[&format!("{prefix}.>")]);
        change(&mut shape);
        let log: Arc<dyn MessageLog> = match &self.backend {
            Backend::Memory { .. } => Arc::new(MemoryLog::new(&shape, Arc::new(SystemClock))),
            Backend::Server { connections } => {
                connections[0].ensure_stream(&shape).await.unwrap();
                connections[0].log(&name)
            }
        };
        self.made.lock().unwrap().push(name.clone());
        TestLog { log, name, prefix }
    }

    pub(crate) async fn log(&self) -> TestLog {
        self.log_like(|_| {}).await
    }

    /// The same log through several connections (one handle on memory).
    pub(crate) fn views(&self, log: &TestLog) -> Vec<Arc<dyn MessageLog>> {
        match &self.backend {
            Backend::Memory { .. } => vec![Arc::clone(&log.log)],
            Backend::Server { connections } => {
                connections.iter().map(|c| c.log(&log.name)).collect()
            }
        }
    }

    pub(crate) async fn bucket(&self, history: u8) -> TestBucket {
        let count = self.made.lock().unwrap().len();
        let name = format!("test_{}_{count}", self.unique);
        let shape = BucketShape {
            name: name.clone(),
            description: "a contract case".to_owned(),
            history,
            max_value_bytes: 1024,
        };
        self.made.lock().unwrap().push(bucket_stream(&name));
        let kv = self.kv().await;
        match &self.backend {
            Backend::Memory { kv } => kv.create(&shape),
            Backend::Server { connections } => {
                connections[0].ensure_stream(&shape.stream()).await.unwrap();
            }
        }
        TestBucket { kv, name }
    }

    /// The buckets through every connection (one handle on memory).
    pub(crate) fn kv_views(&self) -> Vec<Arc<dyn KvStore>> {
        match &self.backend {
            Backend::Memory { kv } => vec![Arc::new(kv.clone())],
            Backend::Server { connections } => connections.iter().map(Jetstream::kv).collect(),
        }
    }

    pub(crate) async fn kv(&self) -> Arc<dyn KvStore> {
        self.kv_views().remove(0)
    }

    /// Name of a read model nobody else uses.
    pub(crate) fn read_model(&self) -> String {
        format!("control_test_{}_g1", self.unique)
    }

    /// Waits until nobody reads or watches this stream any more.
    pub(crate) async fn nothing_is_left_over(&self, stream: &str) {
        let idle = async {
            while self.readers(stream).await != 0 {
                pause(Duration::from_millis(50)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, idle).await;
        assert!(waited.is_ok(), "{} readers are left over on {stream}", self.readers(stream).await);
    }

    pub(crate) async fn readers(&self, stream: &str) -> usize {
        match &self.backend {
            Backend::Memory { kv } => {
                stream.strip_prefix("KV_").map_or(0, |bucket| kv.watchers(bucket))
            }
            Backend::Server { connections } => connections[0].consumer_count(stream).await.unwrap(),
        }
    }

    pub(crate) async fn clean_up(self) {
        if let Backend::Server { connections } = &self.backend {
            let made = self.made.lock().unwrap().clone();
            for stream in made {
                connections[0].drop_test_stream(&stream).await.unwrap();
            }
            for connection in connections {
                connection.close().await;
            }
        }
    }
}

type Reading = BoxStream<'static, Result<Message, ReadError>>;
type Watching = BoxStream<'static, Result<KvChange, KvError>>;

/// The next message of a live read.
pub(crate) async fn next(reading: &mut Reading) -> Message {
    next_or_error(reading).await.unwrap()
}

/// The next item of a live read.
pub(crate) async fn next_or_error(reading: &mut Reading) -> Result<Message, ReadError> {
    let item = tokio::time::timeout(PATIENCE, reading.next()).await;
    item.expect("a message in time").expect("the read goes on")
}

/// The next change of a watch.
pub(crate) async fn change(watching: &mut Watching) -> KvChange {
    change_or_error(watching).await.unwrap()
}

/// The next item of a watch.
pub(crate) async fn change_or_error(watching: &mut Watching) -> Result<KvChange, KvError> {
    let item = tokio::time::timeout(PATIENCE, watching.next()).await;
    item.expect("a change in time").expect("the watch goes on")
}

/// Nothing comes for a while.
pub(crate) async fn is_silent<T: std::fmt::Debug>(stream: &mut BoxStream<'static, T>) {
    let item = tokio::time::timeout(Duration::from_millis(300), stream.next()).await;
    assert!(item.is_err(), "unexpected: {item:?}");
}

/// Sequences `from..=to`.
pub(crate) fn seqs(from: u64, to: u64) -> Vec<Seq> {
    (from..=to).map(Seq).collect()
}
