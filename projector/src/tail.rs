//! Whether a log still is what was folded: same message at the last folded sequence, none missing.
//!
//! A log restored from an older copy is shorter, or has grown again and has another message there.
//! Either way its folded part is void; nothing is ever skipped over.

use futures::{StreamExt, stream::BoxStream};
use streams::{
    ids::Seq,
    ports::{Message, MessageLog, ReadError},
    views::{Source, checkpoint::Mark, fold::msg_id},
};

use crate::Ports;

/// What a look at a log's end found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tail {
    /// The marked message stands where it stood; the log ends here.
    Whole {
        /// Its last sequence.
        head: Seq,
    },
    /// The marked message is gone or another one.
    Lost {
        /// A sentence.
        because: String,
    },
}

/// Looks whether the marked message still stands where it stood.
///
/// # Errors
/// [`ReadError`], but `Lost` is an answer.
pub async fn look(log: &dyn MessageLog, mark: &Mark) -> Result<Tail, ReadError> {
    let head = log.info().await?.last_seq;
    if head < mark.seq {
        let because = format!("the log ends at {head}, {} was folded", mark.seq);
        return Ok(Tail::Lost { because });
    }
    if mark.seq == Seq(0) {
        return Ok(Tail::Whole { head });
    }
    let found = match log.get(mark.seq).await {
        Ok(found) => found,
        Err(ReadError::Lost(because)) => return Ok(Tail::Lost { because }),
        Err(error) => return Err(error),
    };
    match found {
        Some(message) if msg_id(&message) == mark.msg_id => Ok(Tail::Whole { head }),
        Some(message) => {
            let (now, was) = (msg_id(&message), &mark.msg_id);
            let because = format!("message {} is {now}, {was} was folded", mark.seq);
            Ok(Tail::Lost { because })
        }
        None => {
            let because = format!("message {} is gone, it was folded", mark.seq);
            Ok(Tail::Lost { because })
        }
    }
}

/// A message with the log it came from.
pub type Tagged = (Source, Result<Message, ReadError>);

/// Several logs as one stream, each in its own order from its first message on.
///
/// # Errors
/// [`ReadError`].
pub async fn read(
    ports: &Ports,
    sources: &[Source],
) -> Result<BoxStream<'static, Tagged>, ReadError> {
    let mut streams = Vec::new();
    for &source in sources {
        let messages = ports.log(source).read(Seq(1)).await?;
        streams.push(messages.map(move |message| (source, message)).boxed());
    }
    Ok(futures::stream::select_all(streams).boxed())
}
