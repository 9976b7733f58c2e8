//! The catalogue: every stream and bucket as data, the only place where they are named.
//!
//! The log tool provisions from it, verifies the server's echo against it, and writes it as
//! `streams/catalog/*.json` for `nats stream add --config`. Never deletes, never recreates.

use crate::ids::ServiceKind;

/// Who asked for what.
pub const COMMANDS: &str = "CONTROL_COMMANDS";
/// What happened.
pub const EVENTS: &str = "CONTROL_EVENTS";
/// Denials, sign-ins, pass-through writes, reads of the audit log.
pub const AUDIT: &str = "CONTROL_AUDIT";

/// Members of the barrier.
pub const GATEWAY_NODES: &str = "gateway_nodes";
/// Read-model pointers and checkpoints, incarnation, leader lease.
pub const META: &str = "control_meta";

/// Key of the leader lease in [`META`].
pub const LEASE_KEY: &str = "leader.lease";
/// Key of the log's incarnation in [`META`].
pub const INCARNATION_KEY: &str = "incarnation";

/// Bucket of a placement map.
#[must_use]
pub fn placement_bucket(kind: ServiceKind) -> &'static str {
    match kind {
        ServiceKind::Aggregate => "aggregate_placement",
        ServiceKind::Projection => "projection_placement",
        ServiceKind::Runner => "runner_placement",
    }
}

/// Bucket of one generation of a read model.
#[must_use]
pub fn view_bucket(view: &str, generation: u64) -> String {
    format!("control_{view}_g{generation}")
}

/// Key in [`META`] naming the generation of a view that readers follow.
#[must_use]
pub fn view_pointer_key(view: &str) -> String {
    format!("view.{view}.pointer")
}

/// Key in [`META`] of a view generation's checkpoint.
#[must_use]
pub fn view_checkpoint_key(view: &str, generation: u64) -> String {
    format!("view.{view}.g{generation}.checkpoint")
}

/// What a full stream does with a new message. All of ours refuse; none evicts history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSpec {
    /// Its name.
    pub name: &'static str,
    /// One line for `nats stream ls`.
    pub description: &'static str,
    /// What it stores.
    pub subjects: &'static [&'static str],
    /// At most this many messages on one subject (−1: any); with `discard new` per subject.
    pub max_per_subject: i64,
    /// Largest message, bytes.
    pub max_message_bytes: i32,
    /// History cannot be deleted or purged, not even by an administrator of the account.
    pub permanent: bool,
    /// How long a `Nats-Msg-Id` is remembered, seconds. No rule of ours depends on it.
    pub duplicate_window_s: u64,
}

/// The three logs.
pub const STREAMS: [StreamSpec; 3] = [
    StreamSpec {
        name: COMMANDS,
        description: "Control plane: who asked for what. One message a subject, kept for ever.",
        subjects: &["control.cmd.>"],
        max_per_subject: 1,
        max_message_bytes: 64 * 1024,
        permanent: true,
        duplicate_window_s: 120,
    },
    StreamSpec {
        name: EVENTS,
        description: "Control plane: what happened. One writer, hash-chained, kept for ever.",
        subjects: &["control.evt.>"],
        max_per_subject: -1,
        max_message_bytes: 256 * 1024,
        permanent: true,
        duplicate_window_s: 120,
    },
    StreamSpec {
        name: AUDIT,
        description: "Control plane: denials, sign-ins, pass-through writes. Kept for ever.",
        subjects: &["control.audit.>"],
        max_per_subject: -1,
        max_message_bytes: 64 * 1024,
        permanent: true,
        duplicate_window_s: 120,
    },
];

/// One bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketSpec {
    /// Its name.
    pub name: &'static str,
    /// One line.
    pub description: &'static str,
    /// How many revisions of a key are kept (1 to 64).
    pub history: u8,
    /// Largest value, bytes.
    pub max_value_bytes: i32,
}

/// The fixed buckets. Read models are made by the projector, one per generation.
pub const BUCKETS: [BucketSpec; 5] = [
    BucketSpec {
        name: "aggregate_placement",
        description: "Which shard owns each tenant's Aggregate.",
        history: 64,
        max_value_bytes: 64 * 1024,
    },
    BucketSpec {
        name: "projection_placement",
        description: "Which shard owns each tenant's Projection.",
        history: 64,
        max_value_bytes: 64 * 1024,
    },
    BucketSpec {
        name: "runner_placement",
        description: "Which shard owns each tenant's Runner.",
        history: 64,
        max_value_bytes: 64 * 1024,
    },
    BucketSpec {
        name: GATEWAY_NODES,
        description: "The Gateways: members of the routing barrier.",
        history: 16,
        max_value_bytes: 64 * 1024,
    },
    BucketSpec {
        name: META,
        description: "Control plane: leader lease, incarnation, read-model pointers.",
        history: 1,
        max_value_bytes: 1024 * 1024,
    },
];

/// Shape of a read-model bucket.
pub const VIEW_HISTORY: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placement_map_is_a_catalogued_bucket() {
        for kind in ServiceKind::DRAIN_ORDER {
            let name = placement_bucket(kind);
            assert!(BUCKETS.iter().any(|b| b.name == name && b.history == 64), "{name}");
        }
    }
}
