//! The row of one privileged act: what an audit page shows and a filter looks at.
//!
//! Data only. Rows come from both logs; a key names the log and the message, so that each row leads
//! back to the message it was made from.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de};

use crate::{
    ids::{FlowIds, Hash, InvalidId, JobId, PrincipalId, Revision, Seq, StepId, TenantId},
    job::command::JobKind,
    log::AuditResult,
    views::Source,
};

/// Names one audit row: `evt-<n>` or `aud-<n>`, and `.<part>` from the second act of a message on.
/// Order is that of log and sequence, not of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditKey {
    /// Which log.
    pub source: Source,
    /// Which message.
    pub seq: Seq,
    /// Which act of it, from 0.
    pub part: u32,
}

impl fmt::Display for AuditKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let log = match self.source {
            Source::Events => "evt",
            Source::Audit => "aud",
        };
        match self.part {
            0 => write!(f, "{log}-{}", self.seq),
            part => write!(f, "{log}-{}.{part}", self.seq),
        }
    }
}

impl FromStr for AuditKey {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let parse = || {
            let (log, rest) = text.split_once('-')?;
            let source = match log {
                "evt" => Source::Events,
                "aud" => Source::Audit,
                _ => return None,
            };
            let (seq, part) = rest.split_once('.').unwrap_or((rest, "0"));
            let key = Self { source, seq: Seq(seq.parse().ok()?), part: part.parse().ok()? };
            // One text a key: no leading zeros, no sign, no `.0`.
            (key.to_string() == text).then_some(key)
        };
        parse().ok_or(InvalidId {
            what: "audit sequence",
            expected: "evt-<n>, aud-<n> or evt-<n>.<k>",
        })
    }
}

impl Serialize for AuditKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AuditKey {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl utoipa::PartialSchema for AuditKey {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}
impl utoipa::ToSchema for AuditKey {}

/// One privileged act, allowed or not, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditRow {
    /// Its name, also the last part of its path.
    pub seq: AuditKey,
    /// The log it was made from.
    pub stream: Source,
    /// The message it was made from.
    pub sequence: Seq,
    /// Server timestamp of that message.
    pub at: DateTime<Utc>,
    /// Who, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<PrincipalId>,
    /// The user name of a failed sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<String>,
    /// Gateway session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Source address of the request, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The right that allowed it, or that was lacking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<String>,
    /// For whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// What: `jobs.create`, `jobs.cancel`, `placement.flip`, `job.succeeded`, `session.create`,
    /// `iam.users.update`, …
    pub operation: String,
    /// What of the Gateway's it was about: `users/usr_x`, `documents/routing`, `aggregate/order`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Kind of the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<JobKind>,
    /// How it ended; `pending` until that is known.
    pub result: AuditResult,
    /// Stable code of a refusal or failure, ours or the Gateway's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// HTTP status the Gateway answered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Of a write to the Gateway: server timestamp of its outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<DateTime<Utc>>,
    /// Of a write to the Gateway: the message that says its outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_seq: Option<Seq>,
    /// A sentence about the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The operator's reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// The step that did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_id: Option<StepId>,
    /// The plan the operator saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_hash: Option<Hash>,
    /// In which flow; none on what nobody asked us for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<FlowIds>,
    /// What changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeRow>,
}

/// A changed placement key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChangeRow {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Revision of the write.
    pub revision: Revision,
    /// Value before, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<serde_json::Value>,
    /// Value after; none when the key was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_text_and_parses_back() {
        for text in ["evt-1", "aud-120", "evt-7.2"] {
            assert_eq!(text.parse::<AuditKey>().unwrap().to_string(), text);
            assert!(crate::shapes::is_key(text), "{text}");
        }
        for bad in ["", "evt", "evt-", "evt-01", "evt-1.0", "evt-+1", "cmd-1", "evt-1.2.3", "1"] {
            assert!(bad.parse::<AuditKey>().is_err(), "{bad:?}");
        }
    }
}
