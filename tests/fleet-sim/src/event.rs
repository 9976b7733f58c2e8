//! What an Aggregate appends to a tenant's log, and how it is read back.
//!
//! One message a command on `sim.log.<tenant>`. Data only; folding it is in [`crate::fold`].

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use streams::{
    canonical,
    ids::{CorrelationId, Epoch, Hash, NodeId, RequestId, Seq, TenantId, TraceId},
    ports::{Expect, Message, NewMessage},
};

const PREFIX: &str = "sim.log.";

/// The tenant's log.
#[must_use]
pub fn subject(tenant: &TenantId) -> String {
    format!("{PREFIX}{tenant}")
}

/// The tenant of a subject.
#[must_use]
pub fn tenant_of(subject: &str) -> Option<TenantId> {
    subject.strip_prefix(PREFIX)?.parse().ok()
}

/// A command that was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantEvent {
    /// Wire version, 1.
    pub v: u8,
    /// Its ordinal in the tenant's log, from 1: tells how many events lie between two sequences.
    pub n: u64,
    /// The request that caused it; unique for ever.
    pub request_id: RequestId,
    /// What was changed.
    pub entity: String,
    /// By how much.
    pub amount: i64,
    /// Whether a Runner has to act on it.
    pub effect: bool,
    /// The Aggregate that appended it.
    pub node_id: NodeId,
    /// The epoch it did so under.
    pub epoch: Epoch,
    /// The flow of the request.
    pub correlation_id: CorrelationId,
    /// The trace of the request.
    pub trace_id: TraceId,
}

impl TenantEvent {
    /// The message that stores it after `after`, the last sequence of the tenant's log.
    #[must_use]
    pub fn message(&self, tenant: &TenantId, after: Seq) -> NewMessage {
        let payload = Bytes::from(canonical::bytes(self));
        let fingerprint = Hash::of(&payload);
        NewMessage {
            subject: subject(tenant),
            msg_id: format!("{}:{}", self.request_id, &fingerprint.as_str()[..16]),
            headers: [("Sim-Entity".to_owned(), self.entity.clone())].into(),
            payload,
            expect: Expect::LastSubjectSeq(after),
        }
    }
}

/// An event with its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Sequence in the stream.
    pub seq: Seq,
    /// Server timestamp of its storage.
    pub at: DateTime<Utc>,
    /// What happened.
    pub event: TenantEvent,
}

impl Logged {
    /// Decodes a stored message; `None` when it is not an event of a tenant (a stray message).
    #[must_use]
    pub fn decode(message: &Message) -> Option<(TenantId, Self)> {
        let tenant = tenant_of(&message.subject)?;
        let event = serde_json::from_slice(&message.payload).ok()?;
        Some((tenant, Self { seq: message.seq, at: message.at, event }))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn logged(n: u64, seq: u64, effect: bool) -> Logged {
        let event = TenantEvent {
            v: 1,
            n,
            request_id: format!("req_{n}").parse().unwrap(),
            entity: format!("order-{}", n % 3),
            amount: i64::try_from(n).unwrap(),
            effect,
            node_id: "agg-01a".parse().unwrap(),
            epoch: Epoch(1),
            correlation_id: "cor".parse().unwrap(),
            trace_id: "0af7651916cd43dd8448eb211c80319c".parse().unwrap(),
        };
        Logged { seq: Seq(seq), at: DateTime::UNIX_EPOCH, event }
    }

    #[test]
    fn an_event_survives_the_log_and_a_stray_message_is_told_apart() {
        let logged = logged(1, 5, true);
        let tenant: TenantId = "acme".parse().unwrap();
        let new = logged.event.message(&tenant, Seq(4));
        assert_eq!(new.subject, "sim.log.acme");
        let mut stored = Message {
            seq: Seq(5),
            subject: new.subject,
            headers: new.headers,
            payload: new.payload,
            at: DateTime::UNIX_EPOCH,
        };
        assert_eq!(Logged::decode(&stored), Some((tenant, logged)));
        stored.payload = Bytes::from_static(b"{}");
        assert_eq!(Logged::decode(&stored), None);
        stored.subject = "sim.log.a.b".to_owned();
        assert_eq!(Logged::decode(&stored), None);
    }
}
