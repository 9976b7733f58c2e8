//! An audit record as a view meets it: read, or said why not. An unreadable one stops nobody.

use chrono::{DateTime, Utc};

use crate::{
    envelope::Corrupt,
    ids::{Hash, Seq},
    log::{AuditLog, AuditRecord},
    ports::Message,
    subjects,
};

/// An audit record as it stands in the log, or why it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAudit {
    /// Its sequence in the audit log.
    pub seq: Seq,
    /// Its subject.
    pub subject: String,
    /// Server timestamp.
    pub at: DateTime<Utc>,
    /// SHA-256 of its body, to name an unreadable one.
    pub body_sha256: Hash,
    /// The record, or what the decoder said.
    pub record: Result<Box<AuditRecord>, String>,
}

impl RecordedAudit {
    /// Reads a stored record; an unreadable one is data, not an error.
    #[must_use]
    pub fn decode(message: &Message) -> Self {
        let record = match AuditLog::decode(message) {
            Ok(record) => {
                let belongs = subjects::audit(record.tenant_id.as_ref(), &record.class);
                if belongs == message.subject {
                    Ok(Box::new(record))
                } else {
                    Err(format!("its body belongs on {belongs}"))
                }
            }
            Err(Corrupt::Unreadable { cause, .. }) => Err(cause),
            Err(other) => Err(other.to_string()),
        };
        Self {
            seq: message.seq,
            subject: message.subject.clone(),
            at: message.at,
            body_sha256: Hash::of(&message.payload),
            record,
        }
    }
}
