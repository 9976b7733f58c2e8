//! One append, from its condition to a certain outcome where there is one.
//!
//! No acknowledgement is "unknown", never "not stored": what stands where the condition points is
//! read back from the stream's leader, and compared by message id and body. Only what stays
//! unsettled when patience ends is reported as unknown.

use std::time::Duration;

use async_nats::{
    HeaderMap,
    client::{Request, RequestErrorKind},
};
use serde::Deserialize;
use tokio::time::Instant;

use super::{
    codes::{Meaning, meaning},
    link::{Link, REQUEST_TIMEOUT, Which},
};
use crate::{
    clock::pause,
    ids::Seq,
    ports::{AppendError, Expect, Message, NewMessage, ReadError, Stored},
    shapes::matches_subject,
};

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(60);

/// An append that did not succeed; a missing stream told apart for the buckets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    Append(AppendError),
    Missing,
}

impl Failure {
    pub(super) fn for_log(self, stream: &str) -> AppendError {
        match self {
            Self::Append(error) => error,
            Self::Missing => AppendError::Refused(format!("stream {stream} does not exist")),
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    seq: u64,
    #[serde(default)]
    duplicate: bool,
    error: Option<ApiError>,
}

#[derive(Deserialize)]
struct ApiError {
    #[serde(default)]
    code: u64,
    #[serde(default)]
    err_code: u64,
    #[serde(default)]
    description: String,
}

/// What one try told.
enum Told {
    Stored(Seq),
    Duplicate(Seq),
    Answer(Meaning, String),
    /// Sent or not, nobody knows.
    Silence(String),
    /// Never sent.
    NotSent(String),
}

/// Appends `message` to `stream`.
pub(super) async fn append(
    link: &Link,
    stream: &str,
    message: &NewMessage,
) -> Result<Stored, Failure> {
    let begun = Instant::now();
    let deadline = begun + link.patience;
    if !link.wait_connected(REQUEST_TIMEOUT.min(link.patience)).await {
        let why = "not connected to NATS".to_owned();
        return Err(Failure::Append(AppendError::Unavailable(why)));
    }
    // Whether an earlier try may have been stored without our hearing of it.
    let mut unheard = false;
    loop {
        let why = match publish(link, stream, message).await {
            Told::Stored(seq) => return Ok(Stored { seq, replayed: false }),
            Told::NotSent(why) if !unheard => {
                return Err(Failure::Append(AppendError::Refused(why)));
            }
            Told::Duplicate(seq) => match resolve(link, stream, message, Some(seq)).await {
                Ok(outcome) => return outcome.verdict(unheard, "message id already stored"),
                Err(why) => why,
            },
            Told::Answer(Meaning::Conflict, why) => {
                match resolve(link, stream, message, None).await {
                    Ok(outcome) => return outcome.verdict(unheard, &why),
                    Err(unread) => format!("{why}; {unread}"),
                }
            }
            Told::Answer(meaning, why) if !unheard => {
                certain(link, stream, message, meaning, why).await?
            }
            Told::NotSent(why) | Told::Answer(_, why) => why,
            Told::Silence(why) => {
                if let Some(refusal) = link.violation(&message.subject, begun) {
                    return Err(Failure::Append(AppendError::Refused(refusal)));
                }
                unheard = true;
                why
            }
        };
        if unheard {
            // What stands there settles it; when nothing does, the same message goes out again.
            if let Ok(Some(outcome)) = standing(link, stream, message).await {
                return outcome.verdict(unheard, &why);
            }
        }
        if Instant::now() + PAUSE >= deadline {
            return Err(Failure::Append(if unheard {
                AppendError::Unknown(why)
            } else {
                AppendError::Unavailable(why)
            }));
        }
        pause(PAUSE).await;
    }
}

/// An answer to the only try so far: `Ok` is "try again", with the reason.
async fn certain(
    link: &Link,
    stream: &str,
    message: &NewMessage,
    meaning: Meaning,
    why: String,
) -> Result<String, Failure> {
    match meaning {
        Meaning::Full => Err(Failure::Append(AppendError::Full(why))),
        Meaning::Refused => Err(Failure::Append(AppendError::Refused(why))),
        Meaning::Missing => Err(Failure::Missing),
        Meaning::Later => match link.info(stream).await {
            Err(ReadError::Missing(_)) => Err(Failure::Missing),
            Ok(info)
                if !info.config.subjects.iter().any(|p| matches_subject(p, &message.subject)) =>
            {
                let why = format!("{stream} does not store {}", message.subject);
                Err(Failure::Append(AppendError::Refused(why)))
            }
            Ok(_) | Err(_) => Ok(why),
        },
        Meaning::Conflict | Meaning::Unknown => Err(Failure::Append(AppendError::Unknown(why))),
    }
}

/// What stands where the condition points.
enum Standing {
    Ours(Seq),
    Another(Seq),
    /// The server remembers the id of a message that it refused: a cluster of 2.10 does so for the
    /// whole duplicate window. Nothing is stored.
    Phantom,
    /// Nothing of ours, and no message that would forbid it.
    Absent,
}

impl Standing {
    fn verdict(self, unheard: bool, why: &str) -> Result<Stored, Failure> {
        match self {
            // After a try without an answer it is this very append that was stored.
            Self::Ours(seq) => Ok(Stored { seq, replayed: !unheard }),
            Self::Another(seq) => Err(Failure::Append(AppendError::Conflict(format!(
                "{why}; message {seq} stands there"
            )))),
            Self::Absent => Err(Failure::Append(AppendError::Conflict(why.to_owned()))),
            Self::Phantom if unheard => Err(Failure::Append(AppendError::Unknown(why.to_owned()))),
            Self::Phantom => Err(Failure::Append(AppendError::Unavailable(format!(
                "{why}, though no such message is stored: it was refused before"
            )))),
        }
    }
}

/// After a conflict or a duplicate: whose message stands there. `Err` when it cannot be read.
async fn resolve(
    link: &Link,
    stream: &str,
    message: &NewMessage,
    duplicate_of: Option<Seq>,
) -> Result<Standing, String> {
    let unread = |error: ReadError| error.to_string();
    if let Some(seq) = duplicate_of {
        let first = link.message(stream, Which::At(seq)).await.map_err(unread)?;
        let Some(first) = first.filter(|m| m.msg_id() == Some(message.msg_id.as_str())) else {
            return Ok(Standing::Phantom);
        };
        if message.expect == Expect::Nothing && is_same(&first, message) {
            return Ok(Standing::Ours(seq));
        }
        if message.expect == Expect::Nothing {
            return Ok(Standing::Another(seq));
        }
    }
    Ok(match successor(link, stream, message).await.map_err(unread)? {
        Some(found) if is_same(&found, message) => Standing::Ours(found.seq),
        Some(found) => Standing::Another(found.seq),
        None => Standing::Absent,
    })
}

/// After silence: `None` when nothing stands there yet, so that trying again is right.
async fn standing(
    link: &Link,
    stream: &str,
    message: &NewMessage,
) -> Result<Option<Standing>, ReadError> {
    let found = match message.expect {
        Expect::Nothing => link.message(stream, Which::LastOn(&message.subject)).await?,
        Expect::LastSeq(_) | Expect::LastSubjectSeq(_) => successor(link, stream, message).await?,
    };
    Ok(match found {
        Some(found) if is_same(&found, message) => Some(Standing::Ours(found.seq)),
        // Without a condition another message is no obstacle.
        Some(_) if message.expect == Expect::Nothing => None,
        Some(found) => Some(Standing::Another(found.seq)),
        None => None,
    })
}

/// The first message after the condition's sequence: in the stream, or on the subject.
async fn successor(
    link: &Link,
    stream: &str,
    message: &NewMessage,
) -> Result<Option<Message>, ReadError> {
    match message.expect {
        Expect::LastSeq(last) => link.message(stream, Which::At(last.next())).await,
        Expect::LastSubjectSeq(last) => {
            link.message(stream, Which::NextOn(&message.subject, last.next())).await
        }
        Expect::Nothing => Ok(None),
    }
}

fn is_same(stored: &Message, message: &NewMessage) -> bool {
    stored.subject == message.subject
        && stored.msg_id() == Some(message.msg_id.as_str())
        && stored.payload == message.payload
}

fn headers_out(stream: &str, message: &NewMessage) -> HeaderMap {
    let mut headers = HeaderMap::new();
    // A subject that another stream has taken over must not be stored there.
    headers.insert("Nats-Expected-Stream", stream);
    for (name, value) in &message.headers {
        headers.insert(name.as_str(), value.as_str());
    }
    if !message.msg_id.is_empty() {
        headers.insert("Nats-Msg-Id", message.msg_id.as_str());
    }
    match message.expect {
        Expect::LastSeq(seq) => {
            headers.insert("Nats-Expected-Last-Sequence", seq.to_string());
        }
        Expect::LastSubjectSeq(seq) => {
            headers.insert("Nats-Expected-Last-Subject-Sequence", seq.to_string());
        }
        Expect::Nothing => {}
    }
    headers
}

async fn publish(link: &Link, stream: &str, message: &NewMessage) -> Told {
    let request = Request::new()
        .payload(message.payload.clone())
        .headers(headers_out(stream, message))
        .timeout(Some(REQUEST_TIMEOUT));
    let reply = match link.client.send_request(message.subject.clone(), request).await {
        Ok(reply) => reply,
        Err(error) => {
            return match error.kind() {
                RequestErrorKind::NoResponders => {
                    link.answered();
                    Told::Answer(Meaning::Later, "no stream leader hears this".to_owned())
                }
                RequestErrorKind::MaxPayloadExceeded | RequestErrorKind::InvalidSubject => {
                    Told::NotSent(error.to_string())
                }
                RequestErrorKind::TimedOut => {
                    link.timed_out().await;
                    Told::Silence("no acknowledgement in time".to_owned())
                }
                RequestErrorKind::Other => Told::Silence(error.to_string()),
            };
        }
    };
    link.answered();
    match serde_json::from_slice::<Answer>(&reply.payload) {
        Err(e) => Told::Silence(format!("unreadable acknowledgement: {e}")),
        Ok(Answer { error: Some(error), .. }) => {
            let meaning = meaning(error.err_code, error.code);
            let why = format!("{} ({})", error.description, error.err_code);
            if meaning == Meaning::Unknown {
                Told::Silence(why)
            } else {
                Told::Answer(meaning, why)
            }
        }
        Ok(Answer { seq, duplicate: true, .. }) => Told::Duplicate(Seq(seq)),
        Ok(Answer { seq, .. }) => Told::Stored(Seq(seq)),
    }
}
