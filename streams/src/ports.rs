//! The seam between our rules and NATS: one port for a log stream, one for key-value buckets.
//!
//! Two adapters exist, `memory` and `jetstream`; one contract suite holds both to the same
//! behaviour. Typed access (commands, commits, audit records) is in [`crate::log`].

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;

use crate::{
    error::{Classified, ErrorClass},
    ids::{Revision, Seq},
};

/// What must still be true of the stream for an append to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// The whole stream still ends at this sequence (the one-writer rule of the event log).
    LastSeq(Seq),
    /// The message's own subject still ends at this sequence; 0 means it has no message.
    LastSubjectSeq(Seq),
    /// Nothing (audit records: many writers, no order among them).
    Nothing,
}

/// A message to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Full subject; built by `crate::subjects` only.
    pub subject: String,
    /// `Nats-Msg-Id`: contains the fingerprint, so that the same id with another body cannot exist.
    pub msg_id: String,
    /// Further headers a person wants to read in `nats stream view`.
    pub headers: BTreeMap<String, String>,
    /// JSON.
    pub payload: Bytes,
    /// The condition.
    pub expect: Expect,
}

/// A stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its sequence in the stream.
    pub seq: Seq,
    /// Its subject.
    pub subject: String,
    /// Its headers, `Nats-Msg-Id` among them.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub payload: Bytes,
    /// Server timestamp of its storage: the only clock the engine knows.
    pub at: DateTime<Utc>,
}

impl Message {
    /// The `Nats-Msg-Id` it was stored under.
    #[must_use]
    pub fn msg_id(&self) -> Option<&str> {
        self.headers.get("Nats-Msg-Id").map(String::as_str)
    }
}

/// Where an append landed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Sequence in the stream.
    pub seq: Seq,
    /// True when this very message (same id, same body) was there before.
    pub replayed: bool,
}

/// Why an append did not report success.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The condition does not hold: something else is stored there. Read again, decide again.
    #[error("the log has moved: {0}")]
    Conflict(String),
    /// No acknowledgement came and reading back did not settle it: the message may still appear.
    #[error("the outcome of the append is unknown: {0}")]
    Unknown(String),
    /// Certainly not stored; the server is not able to now.
    #[error("the log does not take appends now: {0}")]
    Unavailable(String),
    /// Certainly not stored; storage or a limit is exhausted.
    #[error("the log is full: {0}")]
    Full(String),
    /// Certainly not stored and never will be: permissions, a message too large, a missing stream.
    #[error("the log refuses this append: {0}")]
    Refused(String),
}

impl Classified for AppendError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Conflict(_) => ErrorClass::Conflict,
            Self::Unknown(_) | Self::Unavailable(_) | Self::Full(_) => ErrorClass::Unavailable,
            Self::Refused(_) => ErrorClass::Corrupt,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Conflict(_) => "log_conflict",
            Self::Unknown(_) => "append_outcome_unknown",
            Self::Unavailable(_) => "log_unavailable",
            Self::Full(_) => "log_full",
            Self::Refused(_) => "log_refused",
        }
    }
}

/// Why a read failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not reachable now.
    #[error("the log cannot be read now: {0}")]
    Unavailable(String),
    /// The stream or bucket does not exist.
    #[error("{0} does not exist")]
    Missing(String),
    /// The asked-for sequence lies beyond the end or before the first message: the log lost a part.
    #[error("the log lost messages: {0}")]
    Lost(String),
}

impl Classified for ReadError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Unavailable(_) => ErrorClass::Unavailable,
            Self::Missing(_) | Self::Lost(_) => ErrorClass::Corrupt,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "log_unavailable",
            Self::Missing(_) => "log_missing",
            Self::Lost(_) => "log_lost_messages",
        }
    }
}

/// State of a stream, from its leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogInfo {
    /// First stored sequence (1 on an empty log).
    pub first_seq: Seq,
    /// Last stored sequence, 0 when empty.
    pub last_seq: Seq,
    /// How many messages.
    pub messages: u64,
}

/// One append-only stream.
#[async_trait]
pub trait MessageLog: Send + Sync + std::fmt::Debug {
    /// Appends under the message's condition. A lost acknowledgement is resolved by reading back
    /// from the leader before this returns; only what stays unsettled is `Unknown`. The same message
    /// (id and body) already stored where the condition points is success with `replayed: true`.
    ///
    /// # Errors
    /// [`AppendError`].
    async fn append(&self, message: NewMessage) -> Result<Stored, AppendError>;

    /// The message at `seq`, read from the stream's leader.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn get(&self, seq: Seq) -> Result<Option<Message>, ReadError>;

    /// The last message of one exact subject, read from the stream's leader.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn last_on(&self, subject: &str) -> Result<Option<Message>, ReadError>;

    /// Every message of one exact subject, oldest first: the story of one aggregate.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn all_on(&self, subject: &str) -> Result<Vec<Message>, ReadError>;

    /// First and last sequence, from the stream's leader.
    ///
    /// # Errors
    /// [`ReadError`].
    async fn info(&self) -> Result<LogInfo, ReadError>;

    /// All messages from `from` on (1-based), in order, without gaps, then live for ever. A stall
    /// is healed inside. Ends only with an error that reading again cannot heal.
    ///
    /// # Errors
    /// [`ReadError::Lost`] at once when `from` is more than one past the end.
    async fn read(
        &self,
        from: Seq,
    ) -> Result<BoxStream<'static, Result<Message, ReadError>>, ReadError>;
}

/// One entry of a bucket; `value` is `None` when the key was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KvEntry {
    /// The key.
    pub key: String,
    /// The value, or `None` for a delete marker.
    pub value: Option<Bytes>,
    /// Revision of this change; rises within the bucket.
    pub revision: Revision,
    /// Server timestamp of the change.
    pub at: DateTime<Utc>,
}

/// What a watch delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KvChange {
    /// A key was written or deleted.
    Entry(KvEntry),
    /// Everything that existed when the watch began has been delivered (also on an empty bucket).
    Current,
}

/// Why a write to a bucket did not report success.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KvError {
    /// The key is not at the expected revision.
    #[error("{key} is not at the expected revision: {cause}")]
    Conflict {
        /// The key.
        key: String,
        /// What the server said.
        cause: String,
    },
    /// No acknowledgement: may or may not have been written. Compare a nonce in the value.
    #[error("the outcome of the write is unknown: {0}")]
    Unknown(String),
    /// Not reachable now.
    #[error("the bucket cannot be used now: {0}")]
    Unavailable(String),
    /// The bucket does not exist.
    #[error("bucket {0} does not exist")]
    Missing(String),
    /// Certainly not written and never will be: permissions, a value too large, a key or bucket
    /// name that cannot be, a bucket that is not a read model.
    #[error("the bucket refuses this: {0}")]
    Refused(String),
}

impl Classified for KvError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Conflict { .. } => ErrorClass::Conflict,
            Self::Unknown(_) | Self::Unavailable(_) => ErrorClass::Unavailable,
            Self::Missing(_) | Self::Refused(_) => ErrorClass::Corrupt,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "kv_conflict",
            Self::Unknown(_) => "kv_outcome_unknown",
            Self::Unavailable(_) => "kv_unavailable",
            Self::Missing(_) => "kv_missing",
            Self::Refused(_) => "kv_refused",
        }
    }
}

/// Key-value buckets, named by `crate::catalog`.
#[async_trait]
pub trait KvStore: Send + Sync + std::fmt::Debug {
    /// The current entry; `None` when the key never existed or was deleted.
    ///
    /// # Errors
    /// [`KvError`].
    async fn get(&self, bucket: &str, key: &str) -> Result<Option<KvEntry>, KvError>;

    /// Writes only when the key is at `expected` (0: absent or deleted). Returns the new revision.
    ///
    /// # Errors
    /// [`KvError::Conflict`] when it is not.
    async fn compare_and_set(
        &self,
        bucket: &str,
        key: &str,
        value: Bytes,
        expected: Revision,
    ) -> Result<Revision, KvError>;

    /// Writes whatever is there (only for rows one owner writes in order).
    ///
    /// # Errors
    /// [`KvError`].
    async fn put(&self, bucket: &str, key: &str, value: Bytes) -> Result<Revision, KvError>;

    /// Deletes the key (a marker stays in the history).
    ///
    /// # Errors
    /// [`KvError`].
    async fn delete(&self, bucket: &str, key: &str) -> Result<(), KvError>;

    /// The last value of every key, then [`KvChange::Current`], then changes as they come. Breaks
    /// are healed inside by watching again (entries may then repeat; revisions tell).
    ///
    /// # Errors
    /// [`KvError::Missing`] when the bucket does not exist.
    async fn watch(
        &self,
        bucket: &str,
    ) -> Result<BoxStream<'static, Result<KvChange, KvError>>, KvError>;

    /// The stored revisions of one key, oldest first.
    ///
    /// # Errors
    /// [`KvError`].
    async fn history(&self, bucket: &str, key: &str) -> Result<Vec<KvEntry>, KvError>;

    /// Creates a read-model bucket of the catalogue's shape when absent (the projector's right).
    ///
    /// # Errors
    /// [`KvError`].
    async fn ensure_bucket(&self, bucket: &str) -> Result<(), KvError>;

    /// Drops a read-model bucket (an old generation).
    ///
    /// # Errors
    /// [`KvError`].
    async fn drop_bucket(&self, bucket: &str) -> Result<(), KvError>;
}
