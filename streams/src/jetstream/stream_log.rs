//! [`MessageLog`] over one stream.
//!
//! A live read is complete or it ends: a sequence that is missing, a log that lost its tail, or one
//! that was exchanged under the reader is [`ReadError::Lost`], never skipped.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;

use super::{
    append::append,
    link::{Link, Which},
    tail::{Backoff, Next, Session, Start},
};
use crate::{
    ids::Seq,
    ports::{AppendError, LogInfo, Message, MessageLog, NewMessage, ReadError, Stored},
};

/// After this long without a message the end of the log is asked for: finds a stalled read and a
/// log that lost its tail (at most 5 s after it did).
const CHECK_AFTER: Duration = Duration::from_secs(3);

/// One stream.
#[derive(Debug, Clone)]
pub(super) struct JetstreamLog {
    link: Arc<Link>,
    stream: Arc<str>,
}

impl JetstreamLog {
    pub(super) fn new(link: Arc<Link>, stream: &str) -> Self {
        Self { link, stream: stream.into() }
    }
}

#[async_trait]
impl MessageLog for JetstreamLog {
    async fn append(&self, message: NewMessage) -> Result<Stored, AppendError> {
        append(&self.link, &self.stream, &message).await.map_err(|f| f.for_log(&self.stream))
    }

    async fn get(&self, seq: Seq) -> Result<Option<Message>, ReadError> {
        if seq == Seq(0) {
            return Ok(None);
        }
        self.link.message(&self.stream, Which::At(seq)).await
    }

    async fn last_on(&self, subject: &str) -> Result<Option<Message>, ReadError> {
        // A wildcard would find the last message of many subjects: it is no subject.
        if subject.split('.').any(|token| token == "*" || token == ">") {
            return Ok(None);
        }
        self.link.message(&self.stream, Which::LastOn(subject)).await
    }

    async fn all_on(&self, subject: &str) -> Result<Vec<Message>, ReadError> {
        let Some(last) = self.last_on(subject).await? else { return Ok(Vec::new()) };
        let start = Start::At(Seq(1));
        let mut session = Session::open(&self.link, &self.stream, Some(subject), start).await?;
        let mut found = Vec::new();
        loop {
            match session.next(CHECK_AFTER).await {
                Next::Message { message, .. } => {
                    let seq = message.seq;
                    found.push(message);
                    if seq >= last.seq {
                        return Ok(found);
                    }
                }
                Next::Silence => {
                    return Err(ReadError::Unavailable(format!("{subject} fell silent")));
                }
                Next::Broken(why) => return Err(ReadError::Unavailable(why)),
            }
        }
    }

    async fn info(&self) -> Result<LogInfo, ReadError> {
        let state = self.link.info(&self.stream).await?.state;
        Ok(LogInfo {
            first_seq: Seq(state.first_sequence.max(1)),
            last_seq: Seq(state.last_sequence),
            messages: state.messages,
        })
    }

    async fn read(
        &self,
        from: Seq,
    ) -> Result<BoxStream<'static, Result<Message, ReadError>>, ReadError> {
        let mut reader = Reader::new(self.clone(), from.max(Seq(1)));
        reader.open().await?;
        Ok(Box::pin(async_stream::stream! {
            loop {
                let item = reader.next().await;
                let over = item.is_err();
                yield item;
                if over {
                    return;
                }
            }
        }))
    }
}

/// A live read from one position on.
struct Reader {
    log: JetstreamLog,
    next: Seq,
    /// What was delivered last: must still stand there when a new session begins.
    last: Option<(DateTime<Utc>, Option<String>)>,
    session: Option<Session>,
    backoff: Backoff,
    gap_at: Option<Seq>,
    behind: u32,
}

impl Reader {
    fn new(log: JetstreamLog, next: Seq) -> Self {
        Self {
            log,
            next,
            last: None,
            session: None,
            backoff: Backoff::default(),
            gap_at: None,
            behind: 0,
        }
    }

    /// Checks the position against the log, then opens a session there: a consumer made past the
    /// end silently delivers nothing.
    async fn open(&mut self) -> Result<(), ReadError> {
        self.session = None;
        let info = self.log.info().await?;
        if self.next > info.last_seq.next() {
            return Err(self.lost(&format!("the log ends at {}", info.last_seq)));
        }
        if self.next < info.first_seq {
            return Err(self.lost(&format!("the log begins at {}", info.first_seq)));
        }
        if let Some((at, msg_id)) = &self.last {
            let seq = Seq(self.next.0 - 1);
            let stands = self.log.get(seq).await?;
            let same = stands.is_some_and(|m| m.at == *at && m.msg_id() == msg_id.as_deref());
            if !same {
                return Err(self.lost(&format!("message {seq} is not the one read before")));
            }
        }
        let (link, stream) = (&self.log.link, &self.log.stream);
        self.session = Some(Session::open(link, stream, None, Start::At(self.next)).await?);
        self.behind = 0;
        Ok(())
    }

    fn lost(&self, why: &str) -> ReadError {
        ReadError::Lost(format!(
            "message {} of {} was asked for, {why}",
            self.next, self.log.stream
        ))
    }

    /// The next message. Errors are final.
    async fn next(&mut self) -> Result<Message, ReadError> {
        loop {
            let Some(session) = &mut self.session else {
                self.reopen().await?;
                continue;
            };
            match session.next(CHECK_AFTER).await {
                Next::Message { message, .. } if message.seq < self.next => {}
                Next::Message { message, .. } if message.seq == self.next => {
                    self.backoff.reset();
                    self.gap_at = None;
                    self.next = message.seq.next();
                    self.last = Some((message.at, message.msg_id().map(str::to_owned)));
                    return Ok(message);
                }
                Next::Message { message, .. } => {
                    // A second session that begins with the same gap: it is in the log.
                    if self.gap_at == Some(self.next) {
                        return Err(self.lost(&format!("message {} came instead", message.seq)));
                    }
                    self.gap_at = Some(self.next);
                    self.session = None;
                }
                Next::Silence => self.check().await?,
                Next::Broken(why) => {
                    tracing::debug!(stream = %self.log.stream, why, "live read broke, opening anew");
                    self.session = None;
                }
            }
        }
    }

    /// After silence: is the log still as long as we have read it, and is anything held back?
    async fn check(&mut self) -> Result<(), ReadError> {
        match self.log.info().await {
            Err(ReadError::Unavailable(_)) => Ok(()),
            Err(error) => Err(error),
            Ok(info) if info.last_seq.next() < self.next => {
                Err(self.lost(&format!("the log ends at {}", info.last_seq)))
            }
            Ok(info) => {
                self.behind = if info.last_seq >= self.next { self.behind + 1 } else { 0 };
                if self.behind >= 2 {
                    tracing::warn!(stream = %self.log.stream, next = %self.next, "live read stalled");
                    self.session = None;
                }
                Ok(())
            }
        }
    }

    async fn reopen(&mut self) -> Result<(), ReadError> {
        loop {
            self.backoff.wait().await;
            match self.open().await {
                Ok(()) => return Ok(()),
                Err(ReadError::Unavailable(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
