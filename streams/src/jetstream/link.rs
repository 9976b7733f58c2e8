//! What every call shares: the client, its health, and single requests to the server's API.
//!
//! Two time-outs in a row force a reconnect. A refused publish looks like a time-out to the client;
//! the server's own word about it is kept here, so that it becomes a refusal.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_nats::{
    Client, Event, ServerError,
    client::RequestErrorKind,
    jetstream::{
        Context,
        context::GetStreamErrorKind,
        stream::{Info, RawMessageErrorKind},
    },
};
use chrono::{DateTime, Utc};
use tokio::{sync::watch, time::Instant};

use super::{connect::Options, version::ServerVersion};
use crate::{
    ids::Seq,
    ports::{Message, ReadError},
};

/// How long one request may wait for its answer.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_millis(1500);
/// Refused publishes remembered, at most.
const VIOLATIONS_KEPT: usize = 64;

/// Whether the connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// It stands.
    Connected,
    /// It is being made again.
    Disconnected,
}

/// What the client tells us unasked.
#[derive(Debug)]
pub(super) struct Events {
    connected: watch::Sender<bool>,
    violations: Mutex<BTreeMap<String, (Instant, String)>>,
}

impl Default for Events {
    fn default() -> Self {
        Self { connected: watch::Sender::new(false), violations: Mutex::default() }
    }
}

impl Events {
    pub(super) fn connected(&self, connected: bool) {
        self.connected.send_replace(connected);
    }

    pub(super) fn note(&self, event: &Event) {
        match event {
            Event::Connected => {
                tracing::info!("connected to NATS");
                self.connected(true);
            }
            Event::Disconnected | Event::Closed => {
                tracing::warn!("the connection to NATS is lost, making it again");
                self.connected(false);
            }
            Event::ServerError(ServerError::Other(text)) => self.server_error(text),
            Event::LameDuckMode
            | Event::Draining
            | Event::SlowConsumer(_)
            | Event::ServerError(_)
            | Event::ClientError(_) => tracing::warn!(%event, "NATS connection"),
        }
    }

    fn server_error(&self, text: &str) {
        tracing::error!(error = text, "the NATS server refuses");
        let Some(subject) = denied_publish(text) else { return };
        let mut kept = self.violations.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= VIOLATIONS_KEPT {
            kept.pop_first();
        }
        kept.insert(subject.to_owned(), (Instant::now(), text.to_owned()));
    }
}

/// The subject of `Permissions Violation for Publish to "x"`.
fn denied_publish(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    let at = lower.find("permissions violation for publish to \"")?;
    let rest = &text[at + "permissions violation for publish to \"".len()..];
    rest.split('"').next()
}

/// The connection and its health.
pub(super) struct Link {
    pub(super) client: Client,
    pub(super) context: Context,
    pub(super) admin: Context,
    pub(super) name: String,
    pub(super) replicas: usize,
    pub(super) patience: Duration,
    events: std::sync::Arc<Events>,
    timeouts: AtomicU32,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("name", &self.name).field("state", &self.state()).finish()
    }
}

impl Link {
    pub(super) fn new(
        client: Client,
        context: Context,
        admin: Context,
        events: std::sync::Arc<Events>,
        options: &Options,
    ) -> Self {
        Self {
            client,
            context,
            admin,
            name: options.name.clone(),
            replicas: options.replicas,
            patience: options.patience,
            events,
            timeouts: AtomicU32::new(0),
        }
    }

    pub(super) fn state(&self) -> LinkState {
        if *self.events.connected.borrow() { LinkState::Connected } else { LinkState::Disconnected }
    }

    pub(super) fn server_version(&self) -> ServerVersion {
        self.client.server_info().version.parse().unwrap_or(ServerVersion(0, 0, 0))
    }

    /// Waits for the connection; false when it does not stand in time. Nothing is sent before: a
    /// message handed to a broken connection may arrive at any later time.
    pub(super) async fn wait_connected(&self, at_most: Duration) -> bool {
        let mut connected = self.events.connected.subscribe();
        let standing = async { connected.wait_for(|up| *up).await.is_ok() };
        tokio::time::timeout(at_most, standing).await.unwrap_or(false)
    }

    /// A request was answered: the connection is healthy.
    pub(super) fn answered(&self) {
        self.timeouts.store(0, Ordering::Relaxed);
    }

    /// A request was not answered in time; the second in a row makes the connection anew.
    pub(super) async fn timed_out(&self) {
        if self.timeouts.fetch_add(1, Ordering::Relaxed) + 1 >= 2 {
            self.timeouts.store(0, Ordering::Relaxed);
            tracing::warn!("two requests in a row without an answer, reconnecting to NATS");
            // Fails only when the client is closed; the next request says so.
            let _ = self.client.force_reconnect().await;
        }
    }

    /// What the server said about a refused publish on `subject` since then.
    pub(super) fn violation(&self, subject: &str, since: Instant) -> Option<String> {
        let kept = self.events.violations.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(subject).filter(|(at, _)| *at >= since).map(|(_, text)| text.clone())
    }

    pub(super) async fn ping(&self) -> Result<(), ReadError> {
        match tokio::time::timeout(REQUEST_TIMEOUT, self.client.flush()).await {
            Ok(Ok(())) if self.state() == LinkState::Connected => Ok(()),
            Ok(Ok(())) => Err(ReadError::Unavailable("not connected to NATS".to_owned())),
            Ok(Err(e)) => Err(ReadError::Unavailable(e.to_string())),
            Err(_) => {
                self.timed_out().await;
                Err(ReadError::Unavailable("NATS does not answer a ping".to_owned()))
            }
        }
    }

    /// State and configuration of a stream, from its leader.
    pub(super) async fn info(&self, stream: &str) -> Result<Info, ReadError> {
        let answer = self.context.get_stream(stream).await;
        let error = match answer {
            Ok(stream) => {
                self.answered();
                return Ok(stream.cached_info().clone());
            }
            Err(error) => error,
        };
        match error.kind() {
            GetStreamErrorKind::JetStream(e) if e.error_code().0 == 10059 => {
                self.answered();
                Err(ReadError::Missing(stream.to_owned()))
            }
            GetStreamErrorKind::EmptyName | GetStreamErrorKind::InvalidStreamName => {
                Err(ReadError::Missing(stream.to_owned()))
            }
            GetStreamErrorKind::JetStream(_) => {
                self.answered();
                Err(ReadError::Unavailable(error.to_string()))
            }
            GetStreamErrorKind::Request => Err(self.unanswered(stream, &error).await),
        }
    }

    /// One message, read from the leader of the stream.
    pub(super) async fn message(
        &self,
        stream: &str,
        which: Which<'_>,
    ) -> Result<Option<Message>, ReadError> {
        let handle = match self.context.get_stream_no_info(stream).await {
            Ok(handle) => handle,
            Err(_) => return Err(ReadError::Missing(stream.to_owned())),
        };
        let request = handle.raw_message_builder();
        let request = match which {
            Which::At(seq) => request.sequence(seq.0),
            Which::LastOn(subject) => request.last_by_subject(subject),
            Which::NextOn(subject, from) => request.sequence(from.0).next_by_subject(subject),
        };
        let error = match request.send().await {
            Ok(found) => {
                self.answered();
                return Ok(Some(Message {
                    seq: Seq(found.sequence),
                    subject: found.subject.to_string(),
                    headers: headers_in(&found.headers),
                    payload: found.payload,
                    at: server_time(found.time.unix_timestamp_nanos()),
                }));
            }
            Err(error) => error,
        };
        match error.kind() {
            RawMessageErrorKind::NoMessageFound => {
                self.answered();
                Ok(None)
            }
            // A text that is no subject can hold no message.
            RawMessageErrorKind::InvalidSubject => Ok(None),
            RawMessageErrorKind::JetStream(e) if e.error_code().0 == 10059 => {
                self.answered();
                Err(ReadError::Missing(stream.to_owned()))
            }
            RawMessageErrorKind::JetStream(_) => {
                self.answered();
                Err(ReadError::Unavailable(error.to_string()))
            }
            RawMessageErrorKind::Other => Err(self.unanswered(stream, &error).await),
        }
    }

    /// A request that failed below JetStream: counts towards a reconnect when it timed out.
    async fn unanswered(
        &self,
        stream: &str,
        error: &(dyn std::error::Error + Send + Sync),
    ) -> ReadError {
        if root_kind(error) == Some(RequestErrorKind::TimedOut) {
            self.timed_out().await;
        }
        ReadError::Unavailable(format!("{stream}: {error}"))
    }
}

/// Which message to read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Which<'a> {
    /// The one at this sequence.
    At(Seq),
    /// The last one on this subject.
    LastOn(&'a str),
    /// The first one on this subject at or after this sequence.
    NextOn(&'a str, Seq),
}

/// The kind of the client's request error somewhere in the chain.
fn root_kind(error: &(dyn std::error::Error + Send + Sync)) -> Option<RequestErrorKind> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if let Some(request) = inner.downcast_ref::<async_nats::client::RequestError>() {
            return Some(request.kind());
        }
        if let Some(request) = inner.downcast_ref::<async_nats::jetstream::context::RequestError>()
        {
            use async_nats::jetstream::context::RequestErrorKind as Kind;
            return Some(match request.kind() {
                Kind::TimedOut => RequestErrorKind::TimedOut,
                Kind::NoResponders => RequestErrorKind::NoResponders,
                _ => RequestErrorKind::Other,
            });
        }
        cause = inner.source();
    }
    None
}

/// Headers as the port has them: one value each, without the conditions of the append.
pub(super) fn headers_in(headers: &async_nats::HeaderMap) -> BTreeMap<String, String> {
    headers
        .iter()
        .filter_map(|(name, values)| Some((name.to_string(), values.first()?.to_string())))
        .filter(|(name, _)| !name.starts_with("Nats-Expected-"))
        .collect()
}

/// A server timestamp, exact to the nanosecond.
pub(super) fn server_time(nanos: i128) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denied_publish_names_its_subject() {
        let text = "Permissions Violation for Publish to \"control.evt.acme.job.x\"";
        assert_eq!(denied_publish(text), Some("control.evt.acme.job.x"));
        assert_eq!(denied_publish("Permissions Violation for Subscription to \"a\""), None);
    }
}
