//! A log as text: one JSON object a line, which a person can read and `verify` can check offline.
//!
//! Bodies are kept exactly, as the chain of hashes is over the stored bytes. The last line says how
//! much there should be, so that a file that was cut off shows. Pure: no file is opened here.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{ids::Seq, ports::Message};

/// One line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    /// One message.
    Message {
        /// Its stream.
        stream: String,
        /// Its sequence.
        seq: Seq,
        /// Server timestamp.
        at: DateTime<Utc>,
        /// Its subject.
        subject: String,
        /// Its headers.
        headers: BTreeMap<String, String>,
        /// Its body, when it is text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
        /// Its body in base 64, when it is not text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body_base64: Option<String>,
    },
    /// The last line.
    End {
        /// Last sequence of each exported stream.
        last: BTreeMap<String, Seq>,
    },
}

/// Why a line is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// Not the JSON of a line.
    #[error("not a line of an export: {0}")]
    Unreadable(String),
    /// Neither or both kinds of body, or broken base 64.
    #[error("message {seq} of {stream} has no usable body")]
    Body {
        /// The stream.
        stream: String,
        /// The sequence.
        seq: Seq,
    },
}

impl Line {
    /// The line of a message.
    #[must_use]
    pub fn of(stream: &str, message: &Message) -> Self {
        let text = std::str::from_utf8(&message.payload).ok().map(str::to_owned);
        let body_base64 = text.is_none().then(|| STANDARD.encode(&message.payload));
        Self::Message {
            stream: stream.to_owned(),
            seq: message.seq,
            at: message.at,
            subject: message.subject.clone(),
            headers: message.headers.clone(),
            body: text,
            body_base64,
        }
    }

    /// The line as text, without its newline.
    ///
    /// # Panics
    /// Never: the type is JSON by construction.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("always JSON")
    }

    /// Reads a line.
    ///
    /// # Errors
    /// [`BadLine`].
    pub fn decode(text: &str) -> Result<Self, BadLine> {
        serde_json::from_str(text).map_err(|e| BadLine::Unreadable(e.to_string()))
    }

    /// The message of a line, with its stream; `None` for the last line.
    ///
    /// # Errors
    /// [`BadLine::Body`].
    pub fn message(self) -> Result<Option<(String, Message)>, BadLine> {
        let Self::Message { stream, seq, at, subject, headers, body, body_base64 } = self else {
            return Ok(None);
        };
        let payload = match (body, body_base64) {
            (Some(text), None) => Bytes::from(text),
            (None, Some(coded)) => match STANDARD.decode(coded) {
                Ok(bytes) => Bytes::from(bytes),
                Err(_) => return Err(BadLine::Body { stream, seq }),
            },
            (Some(_), Some(_)) | (None, None) => return Err(BadLine::Body { stream, seq }),
        };
        Ok(Some((stream, Message { seq, subject, headers, payload, at })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back_byte_for_byte_also_when_it_is_not_text() {
        for payload in
            [Bytes::from_static(b"{\"a\": 1}\n\xc3\xa9"), Bytes::from_static(b"\xff\x00")]
        {
            let message = Message {
                seq: Seq(7),
                subject: "control.evt._.leader".to_owned(),
                headers: BTreeMap::from([("Nats-Msg-Id".to_owned(), "1-7-x".to_owned())]),
                payload,
                at: DateTime::from_timestamp_nanos(1_700_000_000_123_456_789),
            };
            let text = Line::of("CONTROL_EVENTS", &message).encode();
            assert_eq!(text.lines().count(), 1);
            let (stream, back) = Line::decode(&text).unwrap().message().unwrap().unwrap();
            assert_eq!((stream.as_str(), back), ("CONTROL_EVENTS", message));
        }
    }

    #[test]
    fn a_line_without_a_body_or_with_unknown_fields_is_refused() {
        let bare = r#"{"line":"message","stream":"s","seq":1,"at":"2026-01-01T00:00:00Z","subject":"a","headers":{}}"#;
        assert!(Line::decode(bare).unwrap().message().is_err());
        assert!(Line::decode(r#"{"line":"end","last":{},"x":1}"#).is_err());
    }
}
