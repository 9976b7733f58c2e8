//! [`KvStore`] over JetStream buckets.
//!
//! A bucket is a stream `KV_<name>` with one subject a key; writes go through the same append as
//! the logs, under a message id of their own that recognises a write whose acknowledgement was
//! lost. Reads go to the leader. Keys are never listed: a watch feeds an index.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use super::{
    append::{Failure, append},
    link::{Link, Which},
    tail::{Backoff, Next, Session, Start},
};
use crate::{
    ids::{IdSource, RandomIds, Revision, Seq},
    ports::{
        AppendError, Expect, KvChange, KvEntry, KvError, KvStore, Message, NewMessage, ReadError,
    },
    shapes::{BucketShape, bucket_stream, is_key, is_read_model, key_subject},
};

/// A watch that heard nothing for this long compares itself with the bucket.
const CHECK_AFTER: Duration = Duration::from_secs(5);
/// Revisions of a key, at most (a limit of buckets).
const HISTORY_LIMIT: usize = 64;

const OPERATION: &str = "KV-Operation";

/// The buckets of one deployment.
#[derive(Debug, Clone)]
pub(super) struct JetstreamKv {
    link: Arc<Link>,
}

impl JetstreamKv {
    pub(super) fn new(link: Arc<Link>) -> Self {
        Self { link }
    }

    /// The last message of a key, delete markers included.
    async fn last(&self, bucket: &str, key: &str) -> Result<Option<Message>, KvError> {
        let (stream, subject) = (bucket_stream(bucket), key_subject(bucket, key));
        self.link.message(&stream, Which::LastOn(&subject)).await.map_err(|e| unread(bucket, e))
    }

    async fn write(
        &self,
        bucket: &str,
        key: &str,
        value: Option<Bytes>,
        expect: Expect,
    ) -> Result<Revision, KvError> {
        if !is_key(key) {
            return Err(KvError::Refused(format!("{key:?} cannot be a key")));
        }
        let marker = BTreeMap::from([(OPERATION.to_owned(), "DEL".to_owned())]);
        let message = NewMessage {
            subject: key_subject(bucket, key),
            msg_id: RandomIds.uuid().simple().to_string(),
            headers: if value.is_none() { marker } else { BTreeMap::new() },
            payload: value.unwrap_or_default(),
            expect,
        };
        match append(&self.link, &bucket_stream(bucket), &message).await {
            Ok(stored) => Ok(Revision(stored.seq.0)),
            Err(Failure::Missing) => Err(KvError::Missing(bucket.to_owned())),
            Err(Failure::Append(error)) => Err(match error {
                AppendError::Conflict(cause) => KvError::Conflict { key: key.to_owned(), cause },
                AppendError::Unknown(why) => KvError::Unknown(why),
                AppendError::Unavailable(why) | AppendError::Full(why) => KvError::Unavailable(why),
                AppendError::Refused(why) => KvError::Refused(why),
            }),
        }
    }
}

fn unread(bucket: &str, error: ReadError) -> KvError {
    match error {
        ReadError::Missing(_) => KvError::Missing(bucket.to_owned()),
        ReadError::Unavailable(why) | ReadError::Lost(why) => KvError::Unavailable(why),
    }
}

/// A deletion by a client (`DEL`, `PURGE`) or by the server (a marker left by an expiry).
fn is_marker(message: &Message) -> bool {
    let deleted = message.headers.get(OPERATION).is_some_and(|op| op == "DEL" || op == "PURGE");
    deleted || message.headers.contains_key("Nats-Marker-Reason")
}

fn entry(bucket: &str, message: &Message) -> KvEntry {
    let prefix = key_subject(bucket, "");
    let key = message.subject.strip_prefix(&prefix).unwrap_or(&message.subject);
    KvEntry {
        key: key.to_owned(),
        value: if is_marker(message) { None } else { Some(message.payload.clone()) },
        revision: Revision(message.seq.0),
        at: message.at,
    }
}

#[async_trait]
impl KvStore for JetstreamKv {
    async fn get(&self, bucket: &str, key: &str) -> Result<Option<KvEntry>, KvError> {
        if !is_key(key) {
            return Ok(None);
        }
        let last = self.last(bucket, key).await?;
        Ok(last.map(|m| entry(bucket, &m)).filter(|e| e.value.is_some()))
    }

    async fn compare_and_set(
        &self,
        bucket: &str,
        key: &str,
        value: Bytes,
        expected: Revision,
    ) -> Result<Revision, KvError> {
        let expect = Expect::LastSubjectSeq(Seq(expected.0));
        let first = self.write(bucket, key, Some(value.clone()), expect).await;
        let absent = expected == Revision(0);
        let (Err(KvError::Conflict { .. }), true) = (&first, absent) else { return first };
        // A delete marker counts as absent, but it has a sequence of its own.
        match self.last(bucket, key).await? {
            Some(last) if is_marker(&last) => {
                self.write(bucket, key, Some(value), Expect::LastSubjectSeq(last.seq)).await
            }
            Some(_) | None => first,
        }
    }

    async fn put(&self, bucket: &str, key: &str, value: Bytes) -> Result<Revision, KvError> {
        self.write(bucket, key, Some(value), Expect::Nothing).await
    }

    async fn delete(&self, bucket: &str, key: &str) -> Result<(), KvError> {
        self.write(bucket, key, None, Expect::Nothing).await.map(|_| ())
    }

    async fn watch(
        &self,
        bucket: &str,
    ) -> Result<BoxStream<'static, Result<KvChange, KvError>>, KvError> {
        let mut watch = Watch::new(Arc::clone(&self.link), bucket);
        watch.open().await?;
        Ok(Box::pin(async_stream::stream! {
            loop {
                let item = watch.next().await;
                let over = item.is_err();
                yield item;
                if over {
                    return;
                }
            }
        }))
    }

    async fn history(&self, bucket: &str, key: &str) -> Result<Vec<KvEntry>, KvError> {
        let (stream, subject) = (bucket_stream(bucket), key_subject(bucket, key));
        let mut found = Vec::new();
        if !is_key(key) {
            return Ok(found);
        }
        let mut from = Seq(1);
        while found.len() < HISTORY_LIMIT {
            let next = self.link.message(&stream, Which::NextOn(&subject, from)).await;
            let Some(message) = next.map_err(|e| unread(bucket, e))? else { break };
            from = message.seq.next();
            found.push(entry(bucket, &message));
        }
        Ok(found)
    }

    async fn ensure_bucket(&self, bucket: &str) -> Result<(), KvError> {
        if !is_read_model(bucket) {
            return Err(KvError::Refused(format!("{bucket} is not a read model")));
        }
        super::admin::ensure(&self.link, &BucketShape::read_model(bucket).stream()).await.map_err(
            |error| match error {
                super::admin::ProvisionError::Read(e) => unread(bucket, e),
                other => KvError::Refused(other.to_string()),
            },
        )
    }

    async fn drop_bucket(&self, bucket: &str) -> Result<(), KvError> {
        if !is_read_model(bucket) {
            return Err(KvError::Refused(format!("{bucket} is not a read model")));
        }
        super::admin::drop_read_model(&self.link, bucket).await.map_err(|e| unread(bucket, e))
    }
}

/// A live watch of one bucket.
struct Watch {
    link: Arc<Link>,
    bucket: String,
    session: Option<Session>,
    /// When the stream behind the bucket was made: another one is another bucket.
    made: Option<i128>,
    seen: u64,
    /// Last revision of the bucket when the watch began, by the leader. The consumer may live on a
    /// follower that does not have it yet, and would call itself complete too early.
    until: u64,
    current: bool,
    /// `Current` is due before anything else.
    announce: bool,
    backoff: Backoff,
    behind: u32,
}

impl Watch {
    fn new(link: Arc<Link>, bucket: &str) -> Self {
        Self {
            link,
            bucket: bucket.to_owned(),
            session: None,
            made: None,
            seen: 0,
            until: 0,
            current: false,
            announce: false,
            backoff: Backoff::default(),
            behind: 0,
        }
    }

    /// Begins with the last value of every key, or goes on after the last change seen.
    async fn open(&mut self) -> Result<(), KvError> {
        self.session = None;
        let stream = bucket_stream(&self.bucket);
        let info = self.link.info(&stream).await.map_err(|e| unread(&self.bucket, e))?;
        let made = info.created.unix_timestamp_nanos();
        if *self.made.get_or_insert(made) != made || info.state.last_sequence < self.seen {
            return Err(KvError::Missing(format!("{} (it was made anew)", self.bucket)));
        }
        let start = if self.seen == 0 { Start::LastOfEach } else { Start::At(Seq(self.seen + 1)) };
        // "Last of each" wants a filter, be it one that leaves nothing out.
        let every_key = key_subject(&self.bucket, ">");
        let session = Session::open(&self.link, &stream, Some(&every_key), start).await;
        let session = session.map_err(|e| unread(&self.bucket, e))?;
        // On an empty bucket no entry ever says that it was the last one.
        self.announce = self.is_complete(session.pending);
        self.session = Some(session);
        self.behind = 0;
        Ok(())
    }

    /// Whether everything that existed when the watch began has been delivered just now.
    fn is_complete(&self, pending: u64) -> bool {
        !self.current && pending == 0 && self.seen >= self.until
    }

    /// The next change. Errors are final.
    async fn next(&mut self) -> Result<KvChange, KvError> {
        loop {
            if self.announce {
                self.announce = false;
                self.current = true;
                return Ok(KvChange::Current);
            }
            let Some(session) = &mut self.session else {
                self.reopen().await?;
                continue;
            };
            match session.next(CHECK_AFTER).await {
                Next::Message { message, pending } => {
                    let is_new = message.seq.0 > self.seen;
                    self.seen = self.seen.max(message.seq.0);
                    self.announce = self.is_complete(pending);
                    self.backoff.reset();
                    self.behind = 0;
                    if is_new {
                        return Ok(KvChange::Entry(entry(&self.bucket, &message)));
                    }
                }
                Next::Silence => self.check().await?,
                Next::Broken(why) => {
                    tracing::debug!(bucket = self.bucket, why, "watch broke, opening anew");
                    self.session = None;
                }
            }
        }
    }

    async fn check(&mut self) -> Result<(), KvError> {
        match self.link.info(&bucket_stream(&self.bucket)).await {
            Err(ReadError::Missing(_)) => Err(KvError::Missing(self.bucket.clone())),
            Err(_) => Ok(()),
            Ok(info) => {
                let held_back = info.state.last_sequence > self.seen && info.state.messages > 0;
                self.behind = if held_back { self.behind + 1 } else { 0 };
                if self.behind >= 2 || info.state.last_sequence < self.seen {
                    tracing::warn!(bucket = self.bucket, "watch stalled, opening anew");
                    self.session = None;
                }
                Ok(())
            }
        }
    }

    async fn reopen(&mut self) -> Result<(), KvError> {
        loop {
            self.backoff.wait().await;
            match self.open().await {
                Ok(()) => return Ok(()),
                Err(KvError::Unavailable(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
