//! The one NATS seam: connecting, and the two ports over JetStream.
//!
//! No other file of the project names the NATS client. Every rule here was found by running servers:
//! no acknowledgement means unknown, errors are told apart by their code alone, reads that decide go
//! to the stream's leader. Look next at [`codes`] for the table of error codes, `append` for what is
//! done about a lost acknowledgement, `tail` for live reads, [`admin`] for provisioning.

pub mod admin;
mod append;
pub mod args;
pub mod codes;
mod connect;
mod kv;
mod link;
mod micro;
mod stream_log;
mod tail;
mod version;

use std::sync::Arc;

pub use self::{
    args::NatsArgs,
    connect::{ConnectError, Options, inbox_prefix},
    link::LinkState,
    micro::{Micro, Process},
    version::{ADVISED, FLOOR, ServerVersion},
};
use self::{kv::JetstreamKv, link::Link, stream_log::JetstreamLog};
use crate::{
    catalog,
    log::{AuditLog, CommandLog, EventLog, Logs},
    ports::{KvStore, MessageLog, ReadError},
};

/// One connection to the servers of one deployment.
#[derive(Debug, Clone)]
pub struct Jetstream {
    link: Arc<Link>,
}

impl Jetstream {
    /// Connects, and refuses a server that is too old for the one-writer rule.
    ///
    /// # Errors
    /// [`ConnectError`], each a sentence with the way out.
    pub async fn connect(options: &Options) -> Result<Self, ConnectError> {
        Ok(Self { link: connect::connect(options).await? })
    }

    /// A stream by its name; it need not exist yet.
    #[must_use]
    pub fn log(&self, stream: &str) -> Arc<dyn MessageLog> {
        Arc::new(JetstreamLog::new(Arc::clone(&self.link), stream))
    }

    /// The three logs of the catalogue.
    #[must_use]
    pub fn logs(&self) -> Logs {
        Logs {
            commands: CommandLog(self.log(catalog::COMMANDS)),
            events: EventLog(self.log(catalog::EVENTS)),
            audit: AuditLog(self.log(catalog::AUDIT)),
        }
    }

    /// The buckets.
    #[must_use]
    pub fn kv(&self) -> Arc<dyn KvStore> {
        Arc::new(JetstreamKv::new(Arc::clone(&self.link)))
    }

    /// Whether the connection stands now; for `/ready`, costs nothing.
    #[must_use]
    pub fn state(&self) -> LinkState {
        self.link.state()
    }

    /// Version of the server this connection speaks with.
    #[must_use]
    pub fn server_version(&self) -> ServerVersion {
        self.link.server_version()
    }

    /// A round trip to the server.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`] after 1.5 s.
    pub async fn ping(&self) -> Result<(), ReadError> {
        self.link.ping().await
    }

    /// How many consumers stand on a stream: none of ours may be left over.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn consumer_count(&self, stream: &str) -> Result<usize, ReadError> {
        Ok(self.link.info(stream).await?.state.consumer_count)
    }

    /// Hands everything that is still in the client to the server, then closes.
    pub async fn close(&self) {
        // An error here means that there is no connection left to flush.
        let _ = tokio::time::timeout(link::REQUEST_TIMEOUT, self.link.client.drain()).await;
    }
}
