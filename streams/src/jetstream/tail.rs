//! One live read: an ephemeral pull consumer that starts at a position of ours and acknowledges
//! nothing. Order and completeness are checked here; healing is the business of the two callers.
//!
//! Durable acknowledgement floors can be reset or run ahead after a power loss, so no position is
//! ever kept in the server. A session deletes its consumer when it is dropped.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::{
    consumer::{AckPolicy, DeliverPolicy, pull},
    context::Context,
};
use futures::StreamExt;
use tokio::time::timeout;

use super::link::{Link, headers_in, server_time};
use crate::{
    ids::{IdSource, RandomIds, Seq},
    ports::{Message, ReadError},
};

/// The server says at this pace that it has nothing; three missed ones mean a stall.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// One pull lasts this long.
const EXPIRES: Duration = Duration::from_secs(20);
/// Messages in flight, at most.
const BATCH: usize = 500;
/// The server forgets a consumer nobody pulls from, should its deletion get lost.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);

/// Where a session starts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start {
    /// At this sequence.
    At(Seq),
    /// With the last message of every subject.
    LastOfEach,
}

/// What a session delivers.
#[derive(Debug)]
pub(super) enum Next {
    /// A message, and how many more were waiting behind it.
    Message { message: Message, pending: u64 },
    /// Nothing in the asked-for time: healthy or not, nobody can tell from this.
    Silence,
    /// This session is over: open another one.
    Broken(String),
}

/// One consumer, deleted with its session.
pub(super) struct Session {
    messages: pull::Stream,
    /// Messages that waited when it was made.
    pub(super) pending: u64,
    last_delivery: u64,
    _consumer: Consumer,
}

struct Consumer {
    context: Context,
    stream: String,
    name: String,
}

impl Drop for Consumer {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (context, stream) = (self.context.clone(), std::mem::take(&mut self.stream));
        let name = std::mem::take(&mut self.name);
        runtime.spawn(async move {
            // Lost deletions heal: the server forgets it by itself.
            let _ = context.delete_consumer_from_stream(&name, &stream).await;
        });
    }
}

impl Session {
    pub(super) async fn open(
        link: &Arc<Link>,
        stream: &str,
        filter: Option<&str>,
        start: Start,
    ) -> Result<Self, ReadError> {
        let unavailable =
            |e: &dyn std::fmt::Display| ReadError::Unavailable(format!("{stream}: {e}"));
        let id = RandomIds.uuid().simple().to_string();
        let name = format!("{}-{}", consumer_prefix(&link.name), &id[12..]);
        let config = pull::Config {
            name: Some(name.clone()),
            description: Some(format!("live read of {}", link.name)),
            deliver_policy: match start {
                Start::At(seq) => DeliverPolicy::ByStartSequence { start_sequence: seq.0.max(1) },
                Start::LastOfEach => DeliverPolicy::LastPerSubject,
            },
            filter_subject: filter.unwrap_or_default().to_owned(),
            ack_policy: AckPolicy::None,
            inactive_threshold: FORGOTTEN_AFTER,
            num_replicas: 1,
            memory_storage: true,
            ..pull::Config::default()
        };
        let guard = Consumer { context: link.context.clone(), stream: stream.to_owned(), name };
        let made = link.context.create_consumer_on_stream(config, stream).await;
        let consumer = made.map_err(|e| unavailable(&e))?;
        let pending = consumer.cached_info().num_pending;
        let messages = consumer
            .stream()
            .max_messages_per_batch(BATCH)
            .heartbeat(HEARTBEAT)
            .expires(EXPIRES)
            .messages()
            .await
            .map_err(|e| unavailable(&e))?;
        Ok(Self { messages, pending, last_delivery: 0, _consumer: guard })
    }

    /// The next message, or silence after `at_most`.
    pub(super) async fn next(&mut self, at_most: Duration) -> Next {
        let found = match timeout(at_most, self.messages.next()).await {
            Err(_) => return Next::Silence,
            Ok(None) => return Next::Broken("the consumer ended".to_owned()),
            Ok(Some(Err(error))) => return Next::Broken(error.to_string()),
            Ok(Some(Ok(found))) => found,
        };
        let info = match found.info() {
            Ok(info) => info,
            Err(error) => return Next::Broken(format!("unreadable delivery: {error}")),
        };
        // Nothing is acknowledged, so a delivery lost on the way never comes again.
        if info.consumer_sequence != self.last_delivery + 1 {
            return Next::Broken(format!(
                "delivery {} came after {}",
                info.consumer_sequence, self.last_delivery
            ));
        }
        self.last_delivery = info.consumer_sequence;
        let message = Message {
            seq: Seq(info.stream_sequence),
            subject: found.subject.to_string(),
            headers: found.headers.as_ref().map(headers_in).unwrap_or_default(),
            at: server_time(info.published.unix_timestamp_nanos()),
            payload: found.payload.clone(),
        };
        Next::Message { pending: info.pending, message }
    }
}

/// A role's consumers start with its name, so that a person sees whose they are.
fn consumer_prefix(name: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    name.chars().map(word).collect()
}

/// Waits longer after each failure in a row: 50 ms doubled, at most 5 s.
#[derive(Debug, Default)]
pub(super) struct Backoff(u32);

impl Backoff {
    pub(super) async fn wait(&mut self) {
        let delay = Duration::from_millis(50 << self.0.min(7)).min(Duration::from_secs(5));
        self.0 += 1;
        crate::clock::pause(delay).await;
    }

    pub(super) fn reset(&mut self) {
        self.0 = 0;
    }
}
