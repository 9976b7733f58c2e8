//! One message of the event log: the events of one decision, chained to the message before.
//!
//! The chain is over the exact stored bytes: `prev` is the SHA-256 of the previous message's body,
//! so any edit, drop or reorder breaks it, and `nats stream view | sha256sum` can check it.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    canonical,
    ids::{Hash, Incarnation, JobId, Seq, TenantId},
    job::{
        event::{JobEvent, SystemEvent},
        upcast::OURS,
    },
    ports::Message,
    subjects::{self, EventSubject, SystemSubject},
};

/// What a commit is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum CommitBody {
    /// One job.
    Job {
        /// Its tenant; `None` on platform scope.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tenant_id: Option<TenantId>,
        /// The job.
        job_id: JobId,
        /// What happened, in order.
        events: Vec<JobEvent>,
    },
    /// The log itself.
    System {
        /// What happened.
        events: Vec<SystemEvent>,
    },
}

/// One message of the event log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// Wire version, 1.
    pub v: u8,
    /// Which life of the log.
    pub incarnation: Incarnation,
    /// SHA-256 of the previous message's body; zeros on the first.
    pub prev: Hash,
    /// The command this commit answers; exactly one commit answers each command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Seq>,
    /// What happened.
    pub body: CommitBody,
}

/// A commit as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its sequence.
    pub seq: Seq,
    /// Server timestamp: the engine's time.
    pub at: DateTime<Utc>,
    /// SHA-256 of its body: what the next commit's `prev` must be.
    pub hash: Hash,
    /// The commit.
    pub commit: Commit,
}

/// Why a message of a log is not what it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Corrupt {
    /// Not a commit, a command or an audit record we can read.
    #[error("message {seq} on {subject} cannot be read: {cause}")]
    Unreadable {
        /// Its sequence.
        seq: Seq,
        /// Its subject.
        subject: String,
        /// What the decoder said.
        cause: String,
    },
    /// Subject and body disagree.
    #[error("message {seq} stands on {subject}, which its body contradicts")]
    Misfiled {
        /// Its sequence.
        seq: Seq,
        /// Its subject.
        subject: String,
    },
    /// The chain is broken.
    #[error("message {seq} does not follow its predecessor: prev is {found}, should be {expected}")]
    BrokenChain {
        /// Its sequence.
        seq: Seq,
        /// What it says.
        found: Hash,
        /// What the predecessor hashes to.
        expected: Hash,
    },
    /// A sequence is missing.
    #[error("message {expected} is missing, {found} came instead")]
    Gap {
        /// What should have come.
        expected: Seq,
        /// What came.
        found: Seq,
    },
    /// An event that is illegal in the state it meets.
    #[error("message {seq}: {event} is illegal for {job_id} in state {state}")]
    IllegalEvent {
        /// Its sequence.
        seq: Seq,
        /// The job.
        job_id: JobId,
        /// The event.
        event: &'static str,
        /// The state it meets.
        state: String,
    },
}

impl Commit {
    /// The bytes as stored: JSON in the declared field order, which a person can read.
    ///
    /// # Panics
    /// Never: the types are JSON by construction.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        Bytes::from(serde_json::to_vec(self).expect("wire types always serialise"))
    }

    /// The subject it belongs on.
    #[must_use]
    pub fn subject(&self) -> String {
        match &self.body {
            CommitBody::Job { tenant_id, job_id, .. } => {
                subjects::job_events(tenant_id.as_ref(), job_id)
            }
            CommitBody::System { events } => subjects::system_events(match events.first() {
                Some(SystemEvent::LeaderChanged { .. }) | None => SystemSubject::Leader,
                Some(SystemEvent::CommandUnreadable { .. }) => SystemSubject::Command,
                Some(SystemEvent::PlacementObserved { .. }) => SystemSubject::Placement,
            }),
        }
    }

    /// Names of its events, in order: the header `Control-Event-Types`.
    #[must_use]
    pub fn event_names(&self) -> String {
        let names: Vec<&str> = match &self.body {
            CommitBody::Job { events, .. } => events.iter().map(JobEvent::name).collect(),
            CommitBody::System { events } => events.iter().map(SystemEvent::name).collect(),
        };
        names.join(",")
    }

    /// Headers a person reads in `nats stream view`.
    #[must_use]
    pub fn headers(&self) -> BTreeMap<String, String> {
        let mut headers = BTreeMap::from([("Control-Event-Types".to_owned(), self.event_names())]);
        if let Some(seq) = self.answers {
            headers.insert("Control-Answers".to_owned(), seq.to_string());
        }
        headers
    }

    /// Reads a stored message, of whatever wire version, and checks that it stands where it says.
    ///
    /// # Errors
    /// [`Corrupt::Unreadable`] or [`Corrupt::Misfiled`].
    pub fn decode(message: &Message) -> Result<Recorded, Corrupt> {
        let commit = OURS.read(&message.payload).map_err(|cause| Corrupt::Unreadable {
            seq: message.seq,
            subject: message.subject.clone(),
            cause,
        })?;
        let filed = match (subjects::parse_event(&message.subject), &commit.body) {
            (
                Some(EventSubject::Job { tenant, job }),
                CommitBody::Job { tenant_id, job_id, .. },
            ) => tenant == *tenant_id && job == *job_id,
            (Some(EventSubject::System), CommitBody::System { .. }) => {
                commit.subject() == message.subject
            }
            _ => false,
        };
        if !filed {
            let subject = message.subject.clone();
            return Err(Corrupt::Misfiled { seq: message.seq, subject });
        }
        let hash = Hash::of(&message.payload);
        Ok(Recorded { seq: message.seq, at: message.at, hash, commit })
    }
}

/// `Nats-Msg-Id` of a commit: position and content, so that the same id is the same message.
#[must_use]
pub fn commit_msg_id(incarnation: Incarnation, seq: Seq, body: &Bytes) -> String {
    format!("{incarnation}-{seq}-{}", &Hash::of(body).as_str()[..16])
}

/// Fingerprint of a request body: SHA-256 over its canonical JSON.
#[must_use]
pub fn fingerprint<T: Serialize>(body: &T) -> Hash {
    canonical::hash(body)
}
