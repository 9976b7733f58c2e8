//! One tenant on one node: status, inflight, lag, prepare, activate, digest.
//!
//! State machine of a node, per tenant (every mutation is fenced, see `headers`):
//!
//! | from | call | to |
//! |---|---|---|
//! | absent, drained | `POST prepare` | preparing |
//! | preparing | `POST prepare`, same or higher epoch | preparing (position, hold updated) |
//! | preparing | `DELETE prepare` | the state before it (absent or drained) |
//! | preparing, drained | `POST activate`, applied ≥ `min_seq` | active |
//! | active | `POST activate`, same epoch | active (no-op) |
//! | active | `PUT drain` | draining → drained (by itself, at inflight 0 and a durable position) |
//! | draining, drained | `PUT drain`, same or higher fence | unchanged, options updated |
//! | draining, drained | `DELETE drain` | active |
//! | drained, ownership elsewhere | `DELETE` tenant | absent |
//!
//! Everything else: 409 `wrong_state`, from absent 404 `unknown_tenant`. A lower fence: 412
//! `stale_fence`. A lower epoch than the node's own: 412 `stale_epoch`. A refused call changes
//! nothing, the stored fence included.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use streams::{
    ids::{Epoch, Fence, Hash, Seq, TenantId},
    job::facts::TenantState,
};

/// `GET /admin/v1/tenants/{t}` → 200, also for a tenant the node holds nothing of (`absent`,
/// epoch and fence as last seen or 0, inflight and lag null). `inflight` and `lag` alone, drain,
/// activate and digest of an absent tenant answer 404 `unknown_tenant`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TenantStatus {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Where it stands.
    pub state: TenantState,
    /// The epoch the node serves, prepares or last served it under.
    pub epoch: Epoch,
    /// Highest fence accepted for it.
    pub fence: Fence,
    /// Work in flight; null means the node cannot tell now, which is *unknown*, never zero.
    pub inflight: Option<Inflight>,
    /// Distance to the log's head; null means *unknown*.
    pub lag: Option<Lag>,
    /// Size of its copy, bytes; null when the node does not measure it.
    pub size_bytes: Option<u64>,
    /// When the node looked.
    pub observed_at: DateTime<Utc>,
}

/// Work accepted and not yet durably finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Inflight {
    /// How many.
    pub count: u64,
    /// Age of the oldest, ms; 0 when none.
    pub oldest_ms: u64,
    /// The oldest few (at most 20), oldest first.
    #[serde(default)]
    pub blockers: Vec<Blocker>,
}

/// One piece of unfinished work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Blocker {
    /// What identifies it on the node.
    pub id: String,
    /// What it is, e.g. `command`, `lease`.
    pub kind: String,
    /// How old, ms.
    pub age_ms: u64,
}

/// Distance to the head of the tenant's filter subject. A node that cannot read the head answers
/// 503 on `…/lag` and null in the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Lag {
    /// Last sequence durably applied; 0 before the first.
    pub applied_seq: Seq,
    /// Last sequence of the tenant's log.
    pub head_seq: Seq,
    /// How many of the tenant's events lie between (not the difference: a stream is shared).
    pub events: u64,
    /// Age of the oldest unapplied event, ms; 0 when none.
    pub age_ms: u64,
}

/// Query of `GET /admin/v1/tenants`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantQuery {
    /// Only tenants in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<TenantState>,
    /// `next_cursor` of the page before, opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// 1 to 200, 100 when absent; anything else is 422 `bad_argument`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// A page of tenants, by tenant id, without those that are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TenantPage {
    /// This page.
    pub items: Vec<TenantStatus>,
    /// Null on the last page.
    pub next_cursor: Option<String>,
}

/// `POST …/{t}/prepare` → 202 with the [`TenantStatus`]. `epoch` equals `x-placement-epoch`.
/// The target tails the log from `from_seq` (exclusive; 0 is the start) or from what it has
/// already, and serves nothing. With `hold_at: P` it stops with `lag.applied_seq` exactly P (the
/// tenant's last event at or before P counts as P); a target already past P goes back to P, which
/// it may because it serves nothing, or answers 409 `wrong_state` when it cannot, and is then
/// released and prepared anew. A repeated call with `hold_at: null` lifts the hold.
/// `DELETE …/{t}/prepare` → 200 with the [`TenantStatus`]; without a prepare it is a no-op.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrepareRequest {
    /// The epoch it will be served under.
    pub epoch: Epoch,
    /// Where to start when the node holds nothing.
    pub from_seq: Seq,
    /// Where to stop.
    pub hold_at: Option<Seq>,
}

/// `POST …/{t}/activate` → 200 with the [`TenantStatus`] (`active`); 409 `wrong_state` when applied
/// < `min_seq`. Lifts a hold. `epoch` equals `x-placement-epoch`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivateRequest {
    /// The epoch it is served under from now.
    pub epoch: Epoch,
    /// What must have been applied.
    pub min_seq: Seq,
}

/// `GET …/{t}/digest?at_seq=P` → 200. Two nodes that applied the same log to P give the same
/// digest. 409 `wrong_state` when the node is past P and has no snapshot, or has not reached P and
/// holds before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Digest {
    /// The position asked for.
    pub at_seq: Seq,
    /// How.
    pub algo: DigestAlgo,
    /// The digest.
    pub digest: Hash,
}

/// Digest algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DigestAlgo {
    /// SHA-256.
    Sha256,
}

/// Body of the 202 answer of `…/digest`: being computed, ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DigestPending {
    /// The position asked for.
    pub at_seq: Seq,
}
