//! Header names of the contract, and the forms of the two that are composed.
//!
//! Every request carries the three flow headers; a mutation also [`IDEMPOTENCY_KEY`] and
//! [`CONTROL_FENCE`]; a mutation about one tenant also [`TENANT_ID`] and [`PLACEMENT_EPOCH`].
//! A node echoes `x-request-id` and `x-correlation-id` on every response, also on problems.

use streams::ids::{JobId, StepId, TraceId};

/// One HTTP request; echoed.
pub const REQUEST_ID: &str = "x-request-id";
/// One user-visible flow; echoed.
pub const CORRELATION_ID: &str = "x-correlation-id";
/// W3C trace context.
pub const TRACEPARENT: &str = "traceparent";
/// `<job_id>/<step>` ([`idempotency_key`]).
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Fence of the commit that ordered the call, a decimal `u64`.
pub const CONTROL_FENCE: &str = "x-control-fence";
/// The tenant meant; equals the tenant of the path.
pub const TENANT_ID: &str = "x-tenant-id";
/// Placement epoch the caller acts under, a decimal `u64`.
pub const PLACEMENT_EPOCH: &str = "x-placement-epoch";

/// The longest `Idempotency-Key` a node must take, in bytes.
pub const IDEMPOTENCY_KEY_MAX: usize = 200;

/// `Idempotency-Key` of a step's effect; its undo is another call with the suffix `/undo`.
/// A node treats the key as one opaque text.
#[must_use]
pub fn idempotency_key(job: &JobId, step: &StepId, undo: bool) -> String {
    let suffix = if undo { "/undo" } else { "" };
    format!("{job}/{step}{suffix}")
}

/// `traceparent` of a call: sampled, with `span` as the parent. A zero span becomes 1, because the
/// specification forbids zero.
#[must_use]
pub fn traceparent(trace: &TraceId, span: u64) -> String {
    format!("00-{trace}-{:016x}-01", span.max(1))
}
