//! The yardstick: the same kind of append without anything around it.

use std::{collections::BTreeMap, time::Instant};

use anyhow::Result;
use bytes::Bytes;
use streams::{
    ids::Seq,
    jetstream::Jetstream,
    ports::{Expect, MessageLog, NewMessage},
    shapes::StreamShape,
};

use crate::quantiles::Quantiles;

const STREAM: &str = "BENCH_RAW";

/// Appends 500-byte messages one after the other, each under the one-writer condition.
pub(crate) async fn appends(nats: &Jetstream, n: usize) -> Result<Quantiles> {
    let shape = StreamShape::log(STREAM, "Scratch stream of the benchmark.", &["bench.raw"]);
    nats.ensure_stream(&shape).await?;
    let log = nats.log(STREAM);
    let mut times = Vec::with_capacity(n);
    let mut last = log.info().await?.last_seq;
    for _ in 0..n {
        let begin = Instant::now();
        last = append(&*log, last).await?;
        times.push(begin.elapsed());
    }
    nats.drop_test_stream(STREAM).await?;
    Ok(Quantiles::of(times))
}

async fn append(log: &dyn MessageLog, last: Seq) -> Result<Seq> {
    let message = NewMessage {
        subject: "bench.raw".to_owned(),
        msg_id: format!("bench-{}", last.next()),
        headers: BTreeMap::new(),
        payload: Bytes::from(vec![b'x'; 500]),
        expect: Expect::LastSeq(last),
    };
    Ok(log.append(message).await?.seq)
}
