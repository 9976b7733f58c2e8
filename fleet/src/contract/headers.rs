//! Header names of the contract, and the forms of the two that are composed.
//!
//! Every request carries the three flow headers; a mutation also [`IDEMPOTENCY_KEY`] and
//! [`CONTROL_FENCE`]; a mutation about one tenant also [`TENANT_ID`] and [`PLACEMENT_EPOCH`].
//! A node echoes `x-request-id` and `x-correlation-id` on every response, also on problems.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
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
/// Why a write to the Gateway's administration is made ([`encode_reason`]).
pub const REASON: &str = "x-reason";

/// The longest reason, in characters.
pub const REASON_MAX: usize = 500;

/// What stays as it is in a reason: visible ASCII and space, but not `%`.
const NOT_IN_A_REASON: &AsciiSet = &CONTROLS.add(b'%');

/// A reason in any language as a header value: UTF-8, percent-encoded where it is not visible ASCII
/// or space.
#[must_use]
pub fn encode_reason(reason: &str) -> String {
    utf8_percent_encode(reason, NOT_IN_A_REASON).to_string()
}

/// The reason of a header value: 1 to [`REASON_MAX`] characters with none of control, trimmed;
/// `None` for anything else.
#[must_use]
pub fn decode_reason(value: &str) -> Option<String> {
    let text = percent_decode_str(value).decode_utf8().ok()?;
    let text = text.trim();
    let fits = (1..=REASON_MAX).contains(&text.chars().count());
    (fits && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_in_any_language_becomes_a_header_and_comes_back() {
        assert_eq!(encode_reason("größer 5%"), "gr%C3%B6%C3%9Fer 5%25");
        for reason in ["größer 5%", "a", "ünï %41", &"x".repeat(REASON_MAX)] {
            assert_eq!(decode_reason(&encode_reason(reason)).as_deref(), Some(reason));
        }
        assert_eq!(decode_reason(" why ").as_deref(), Some("why"));
        for bad in ["", " ", "%0A", "a%00b", "%ff", &"x".repeat(REASON_MAX + 1)] {
            assert_eq!(decode_reason(bad), None, "{bad:?}");
        }
    }
}
