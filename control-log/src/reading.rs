//! Reading a log from one sequence to another, a message at a time.

use std::sync::Arc;

use anyhow::Context;
use futures::StreamExt;
use streams::{
    ids::Seq,
    jetstream::Jetstream,
    ports::{Message, MessageLog},
    verify::Log,
};

/// The port of a log.
pub(crate) fn port(nats: &Jetstream, log: Log) -> Arc<dyn MessageLog> {
    nats.log(log.stream())
}

/// Hands over every message of `from..=to`; with `to` absent, all there are now.
pub(crate) async fn each(
    log: &dyn MessageLog,
    from: Seq,
    to: Option<Seq>,
    mut take: impl FnMut(Message) -> anyhow::Result<()>,
) -> anyhow::Result<Seq> {
    let head = log.info().await?.last_seq;
    let to = to.map_or(head, |to| to.min(head));
    if from > to {
        return Ok(head);
    }
    let mut messages = log.read(from).await?;
    loop {
        let message = messages.next().await.context("the read ended early")??;
        let last = message.seq >= to;
        take(message)?;
        if last {
            return Ok(head);
        }
    }
}
