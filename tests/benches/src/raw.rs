//! The yardstick: the same kind of append without anything around it.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use bytes::Bytes;
use streams::{
    ids::Seq,
    jetstream::Jetstream,
    ports::{Expect, MessageLog, NewMessage},
    shapes::StreamShape,
};

const STREAM: &str = "TEST_BENCH_RAW";

/// A scratch stream to append to.
#[derive(Debug)]
pub(crate) struct Raw {
    log: Arc<dyn MessageLog>,
    last: Seq,
}

impl Raw {
    /// Makes the stream anew.
    pub(crate) async fn begin(nats: &Jetstream) -> Result<Self> {
        nats.drop_test_stream(STREAM).await?;
        let shape = StreamShape::log(STREAM, "Scratch stream of the benchmark.", &["bench.raw"]);
        nats.ensure_stream(&shape).await?;
        Ok(Self { log: nats.log(STREAM), last: Seq(0) })
    }

    /// Times one append of 500 bytes under the one-writer condition.
    pub(crate) async fn append(&mut self) -> Result<Duration> {
        let message = NewMessage {
            subject: "bench.raw".to_owned(),
            msg_id: format!("bench-{}", self.last.next()),
            headers: BTreeMap::new(),
            payload: Bytes::from(vec![b'x'; 500]),
            expect: Expect::LastSeq(self.last),
        };
        let begin = Instant::now();
        self.last = self.log.append(message).await?.seq;
        Ok(begin.elapsed())
    }

    /// Removes the stream.
    pub(crate) async fn end(self, nats: &Jetstream) -> Result<()> {
        Ok(nats.drop_test_stream(STREAM).await?)
    }
}
