//! A rebuild as the projector does it: every message read from the server, decoded, its place in the
//! chain checked, folded into the view of jobs.

use std::{collections::BTreeMap, hint::black_box, time::Instant};

use anyhow::{Result, bail};
use futures::{StreamExt, TryStreamExt, stream};
use streams::{
    ids::Seq,
    jetstream::Jetstream,
    ports::{Expect, MessageLog, NewMessage},
    shapes::StreamShape,
    views::{Source, Take, View, checkpoint::Checkpoint, fold::Fold, jobs::JobsView},
};

use crate::fold::{Log, float};

const STREAM: &str = "TEST_BENCH_LOG";
/// In front of the real subjects, so that the scratch stream and the log do not share one.
const PREFIX: &str = "bench.log.";
/// Appends under way while the stream is filled.
const PIPELINE: usize = 32;
/// How often the stream is filled anew when an append timed out and those behind it were refused.
const FILLS: usize = 4;
/// Rows handed over at once, as the projector does.
const BATCH: usize = 1_000;

/// Events per second of a rebuild of at least `events` events.
pub(crate) async fn measure(nats: &Jetstream, events: usize) -> Result<f64> {
    let mut filled = fresh(nats, events).await;
    for _ in 1..FILLS {
        if filled.is_ok() {
            break;
        }
        filled = fresh(nats, events).await;
    }
    let result = match filled {
        Ok(count) => read(&*nats.log(STREAM), count).await,
        Err(error) => Err(error.context("the scratch log could not be filled in order")),
    };
    nats.drop_test_stream(STREAM).await?;
    result
}

/// Makes the stream anew and fills it.
async fn fresh(nats: &Jetstream, events: usize) -> Result<usize> {
    nats.drop_test_stream(STREAM).await?;
    let subjects = format!("{PREFIX}>");
    let shape = StreamShape::log(STREAM, "Scratch log of the benchmark.", &[&subjects]);
    nats.ensure_stream(&shape).await?;
    fill(&*nats.log(STREAM), events).await
}

/// The rebuild itself.
async fn read(log: &dyn MessageLog, count: usize) -> Result<f64> {
    let last = log.info().await?.last_seq;
    let begin = Instant::now();
    let mut fold = Fold::<JobsView>::new(Checkpoint::start_of(JobsView::SHAPE));
    let mut messages = log.read(Seq(1)).await?;
    while let Some(message) = messages.next().await {
        let mut message = message?;
        message.subject.drain(..PREFIX.len());
        fold.message(Source::Events, &message)?;
        if fold.view.waiting() >= BATCH {
            black_box(fold.view.take(Take::Last).len());
        }
        if message.seq >= last {
            black_box(fold.view.take(Take::Changed).len());
            return Ok(float(count) / begin.elapsed().as_secs_f64());
        }
    }
    bail!("the scratch log ended before its last message")
}

/// Fills the stream, many appends at a time, each under the one-writer condition: nothing can be out
/// of place.
async fn fill(log: &dyn MessageLog, events: usize) -> Result<usize> {
    let mut source = Log::new()?;
    let mut count = 0;
    while count < events {
        let mut block = Vec::new();
        while block.len() < 2_000 {
            count += source.job(|recorded, payload| {
                block.push(NewMessage {
                    subject: format!("{PREFIX}{}", recorded.commit.subject()),
                    msg_id: format!("bench-{}", recorded.seq),
                    headers: BTreeMap::new(),
                    payload,
                    expect: Expect::LastSeq(Seq(recorded.seq.0 - 1)),
                });
            })?;
        }
        stream::iter(block)
            .map(|message| log.append(message))
            .buffered(PIPELINE)
            .try_for_each(|_| async { Ok(()) })
            .await?;
    }
    Ok(count)
}
