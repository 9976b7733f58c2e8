//! Typed access to the three logs over a [`MessageLog`]: commands, commits, audit records.
//!
//! Encoding, conditions and message ids are decided here once, for every adapter.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    envelope::{self, Commit, Corrupt},
    ids::{CommandId, FlowIds, Hash, JobId, Seq, TenantId},
    job::command::{Actor, Command, CommandBody},
    ports::{AppendError, Expect, Message, MessageLog, NewMessage, ReadError, Stored},
    subjects,
};

/// A command as it stands in the log, or why it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedCommand {
    /// Its sequence in the command log.
    pub seq: Seq,
    /// Its subject.
    pub subject: String,
    /// Server timestamp.
    pub at: DateTime<Utc>,
    /// Its body, for the hash of an unreadable one.
    pub payload: Bytes,
    /// The command, or what the decoder said.
    pub command: Result<Command, String>,
}

/// How a command append ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandAppended {
    /// Stored now.
    New(Box<RecordedCommand>),
    /// The same key and body were stored before: the first one's receipt holds.
    Replayed(Box<RecordedCommand>),
    /// The key was used before with another body.
    OtherBody(Box<RecordedCommand>),
}

/// Subject of a command.
#[must_use]
pub fn command_subject(command: &Command) -> String {
    let tenant = command.tenant_id.as_ref();
    match &command.body {
        CommandBody::Create(_) => subjects::create_command(tenant, &command.job_id),
        CommandBody::Verb { verb, .. } => {
            subjects::verb_command(tenant, &command.job_id, verb.as_str(), &command.command_id)
        }
    }
}

/// `Nats-Msg-Id` of a command: its place and its body. A server that remembers the id of a message
/// drops every other one under it, so two commands must never share one: not two verbs with the
/// same words, and not one key with two bodies.
#[must_use]
pub fn command_msg_id(command: &Command) -> String {
    let (job, verb) = (&command.job_id, command.verb_token());
    let print = &command.fingerprint().as_str()[..16];
    match &command.body {
        CommandBody::Create(_) => format!("{job}.{verb}-{print}"),
        CommandBody::Verb { .. } => format!("{job}.{verb}.{}-{print}", command.command_id),
    }
}

/// Reads a stored command; an unreadable one is data, not an error.
#[must_use]
pub fn decode_command(message: &Message) -> RecordedCommand {
    let command = serde_json::from_slice::<Command>(&message.payload)
        .map_err(|e| e.to_string())
        .and_then(|c| {
            if command_subject(&c) == message.subject {
                Ok(c)
            } else {
                Err(format!("its body belongs on {}", command_subject(&c)))
            }
        });
    RecordedCommand {
        seq: message.seq,
        subject: message.subject.clone(),
        at: message.at,
        payload: message.payload.clone(),
        command,
    }
}

/// The ids of a flow as headers: what a person greps for, and the metadata of a commit.
#[must_use]
pub fn flow_headers(ids: &FlowIds) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("x-request-id".to_owned(), ids.request_id.to_string()),
        ("x-correlation-id".to_owned(), ids.correlation_id.to_string()),
        ("x-trace-id".to_owned(), ids.trace_id.to_string()),
    ])
}

/// The command log.
#[derive(Debug, Clone)]
pub struct CommandLog(pub Arc<dyn MessageLog>);

impl CommandLog {
    /// Appends a command to its own subject, once and for ever.
    ///
    /// # Errors
    /// [`AppendError`]; `Unknown` means the command may still be accepted.
    ///
    /// # Panics
    /// Never: the types are JSON by construction.
    pub async fn append(&self, command: &Command) -> Result<CommandAppended, AppendError> {
        let subject = command_subject(command);
        let payload =
            Bytes::from(serde_json::to_vec(command).expect("wire types always serialise"));
        let message = NewMessage {
            subject: subject.clone(),
            msg_id: command_msg_id(command),
            headers: flow_headers(command.ids()),
            payload,
            expect: Expect::LastSubjectSeq(Seq(0)),
        };
        let ours = match self.0.append(message).await {
            Ok(Stored { seq, replayed: false }) => Some(seq),
            Ok(Stored { replayed: true, .. }) | Err(AppendError::Conflict(_)) => None,
            Err(error) => return Err(error),
        };
        // Always answered from what is stored: all racing requests get the same receipt.
        let stored =
            self.0.last_on(&subject).await.map_err(|e| AppendError::Unknown(e.to_string()))?;
        let Some(stored) = stored else {
            return Err(AppendError::Unknown(format!("{subject} is empty after its append")));
        };
        let recorded = Box::new(decode_command(&stored));
        Ok(match &recorded.command {
            Ok(_) if ours == Some(recorded.seq) => CommandAppended::New(recorded),
            Ok(first) if first.fingerprint() == command.fingerprint() => {
                CommandAppended::Replayed(recorded)
            }
            Ok(_) | Err(_) => CommandAppended::OtherBody(recorded),
        })
    }
}

/// The event log. Only the leader appends.
#[derive(Debug, Clone)]
pub struct EventLog(pub Arc<dyn MessageLog>);

impl EventLog {
    /// Appends a commit as message `last + 1`, or not at all.
    ///
    /// # Errors
    /// [`AppendError`]; on `Conflict` and `Unknown` the caller folds the log again.
    pub async fn append(
        &self,
        commit: &Commit,
        last: Seq,
        ids: Option<&FlowIds>,
    ) -> Result<Stored, AppendError> {
        self.append_with(commit, last, ids.map(flow_headers).unwrap_or_default()).await
    }

    /// As [`EventLog::append`], with further headers in place of a flow's. The one place where a
    /// commit is appended.
    ///
    /// # Errors
    /// As [`EventLog::append`].
    pub async fn append_with(
        &self,
        commit: &Commit,
        last: Seq,
        more: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Stored, AppendError> {
        let payload = commit.encode();
        let mut headers = commit.headers();
        headers.extend(more);
        self.0
            .append(NewMessage {
                subject: commit.subject(),
                msg_id: envelope::commit_msg_id(commit.incarnation, last.next(), &payload),
                headers,
                payload,
                expect: Expect::LastSeq(last),
            })
            .await
    }
}

/// Result of a privileged act, as audited.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AuditResult {
    /// Done, or accepted.
    Ok,
    /// Tried and failed.
    Error,
    /// Not allowed.
    Denied,
    /// Nobody can tell.
    Unknown,
    /// Not known yet: an intent, until its outcome.
    Pending,
}

/// One record of the audit log: what did not become a command. A write to the Gateway has two, of
/// class `write`: the intent, `pending`, before anything is sent, and the outcome, which names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditRecord {
    /// Wire version, 1.
    pub v: u8,
    /// Which command or call; makes the message id.
    pub record_id: CommandId,
    /// By the API's clock.
    pub at: DateTime<Utc>,
    /// `session`, `denied`, `refused`, `read`, `write`: the last token of the subject.
    pub class: String,
    /// Who, when known (a sign-in with a wrong password names what was typed as `claimed`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// The user name of a failed sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<String>,
    /// For whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// e.g. `session.create`, `jobs.create`, `jobs.cancel`.
    pub operation: String,
    /// How it ended.
    pub result: AuditResult,
    /// Stable code of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The operator's reason, when one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The job it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// What of the Gateway's it was about, below its area: `users/usr_x`, `documents/routing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// HTTP status the Gateway answered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Sequence in this log of the intent whose outcome this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes: Option<Seq>,
    /// In which flow.
    pub ids: FlowIds,
}

/// Class of the two records of a write to the Gateway.
pub const WRITE: &str = "write";

impl AuditRecord {
    /// Whether this is a write that is about to be sent.
    #[must_use]
    pub fn is_intent(&self) -> bool {
        self.class == WRITE && self.closes.is_none() && self.result == AuditResult::Pending
    }

    /// The record that closes this intent, stored at `seq`, as unknown under `code`; none of any
    /// other record. Every field follows from the intent, its id as well, so that it is one record
    /// whoever appends it.
    #[must_use]
    pub fn closed_as_unknown(&self, seq: Seq, code: &str) -> Option<Self> {
        let digest = Hash::of(format!("{}/unknown", self.record_id).as_bytes());
        let number = u128::from_str_radix(&digest.as_str()[..32], 16).ok()?;
        self.is_intent().then(|| Self {
            record_id: CommandId::from_uuid(Uuid::from_u128(number)),
            result: AuditResult::Unknown,
            code: Some(code.to_owned()),
            reason: None,
            closes: Some(seq),
            ..self.clone()
        })
    }
}

/// The audit log.
#[derive(Debug, Clone)]
pub struct AuditLog(pub Arc<dyn MessageLog>);

impl AuditLog {
    /// Appends a record; a privileged request fails closed when this fails.
    ///
    /// # Errors
    /// [`AppendError`].
    ///
    /// # Panics
    /// Never: the types are JSON by construction.
    pub async fn append(&self, record: &AuditRecord) -> Result<Stored, AppendError> {
        self.0
            .append(NewMessage {
                subject: subjects::audit(record.tenant_id.as_ref(), &record.class),
                msg_id: record.record_id.to_string(),
                headers: flow_headers(&record.ids),
                payload: Bytes::from(serde_json::to_vec(record).expect("always JSON")),
                expect: Expect::Nothing,
            })
            .await
    }

    /// Reads a stored record.
    ///
    /// # Errors
    /// [`Corrupt::Unreadable`].
    pub fn decode(message: &Message) -> Result<AuditRecord, Corrupt> {
        serde_json::from_slice(&message.payload).map_err(|e| Corrupt::Unreadable {
            seq: message.seq,
            subject: message.subject.clone(),
            cause: e.to_string(),
        })
    }
}

/// The three logs of one deployment.
#[derive(Debug, Clone)]
pub struct Logs {
    /// Who asked for what.
    pub commands: CommandLog,
    /// What happened.
    pub events: EventLog,
    /// What did not become a command.
    pub audit: AuditLog,
}

/// Reading failed, or what was read cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// Not reachable, or a part is lost.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Not what it must be.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
}
