//! The table of codes: code, status, class, title. `docs/errors.md` is this table, and a test
//! equates the two. Nothing else in the service names a status for an error.

use axum::http::StatusCode;
use streams::error::ErrorClass::{self, Conflict, Corrupt, Refused, Unavailable};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $class:ident, $title:literal;)*) => {
        /// A stable code of a problem. One status, one class, one title each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* #[doc = $title] $name,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The wire form.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status, as a number.
            #[must_use]
            pub fn status_u16(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// What the client can do about it.
            #[must_use]
            pub fn class(self) -> ErrorClass {
                match self { $(Self::$name => $class,)* }
            }

            /// The same sentence for every occurrence.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// The code of a wire text.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

codes! {
    TenantHeaderInvalid = "tenant_header_invalid", 400, Refused,
        "Exactly one valid x-tenant-id header is needed";
    IdempotencyKeyInvalid = "idempotency_key_invalid", 400, Refused,
        "Exactly one valid Idempotency-Key header is needed";
    MalformedJson = "malformed_json", 400, Refused, "The body is not JSON that can be read";
    InvalidQuery = "invalid_query", 400, Refused, "A query parameter is unknown or not valid";
    InvalidId = "invalid_id", 400, Refused, "An id in the path does not have the shape of one";
    InvalidHeader = "invalid_header", 400, Refused, "A header is not valid";
    Unauthenticated = "unauthenticated", 401, Refused, "A valid access token is needed";
    SessionRevoked = "session_revoked", 401, Refused, "The session has ended at the Gateway";
    SignInFailed = "sign_in_failed", 401, Refused, "User name or password is wrong";
    Forbidden = "forbidden", 403, Refused, "The right for this is missing";
    CsrfRefused = "csrf_refused", 403, Refused, "The request did not come from the console";
    NotFound = "not_found", 404, Refused, "There is nothing here";
    UnknownJob = "unknown_job", 404, Refused, "There is no such job";
    UnknownKind = "unknown_kind", 404, Refused, "There is no such kind";
    UnknownTenant = "unknown_tenant", 404, Refused, "There is no such tenant";
    MethodNotAllowed = "method_not_allowed", 405, Refused, "The method is not served here";
    LockConflict = "lock_conflict", 409, Conflict, "Another job holds what this one needs";
    LogConflict = "log_conflict", 409, Conflict, "The log has moved; look again";
    KvConflict = "kv_conflict", 409, Conflict, "The key has moved; look again";
    BodyTooLarge = "body_too_large", 413, Refused, "The body is larger than 64 KiB";
    UriTooLong = "uri_too_long", 414, Refused, "Path and query are longer than 8 KiB";
    UnsupportedMediaType = "unsupported_media_type", 415, Refused,
        "The body must be application/json";
    InvalidBody = "invalid_body", 422, Refused, "The body does not have the shape asked for";
    ReasonInvalid = "reason_invalid", 422, Refused, "A reason of 1 to 500 characters is needed";
    TargetUnresolved = "target_unresolved", 422, Refused,
        "A job names every target; only a plan may leave it open";
    PlanNoTargets = "plan_no_targets", 422, Refused, "No service kind is named to move";
    PlanTenantNotPlaced = "plan_tenant_not_placed", 422, Refused,
        "The tenant is not placed in a map it should move in";
    PlanUnknownShard = "plan_unknown_shard", 422, Refused, "The shard is not in the directory";
    PlanNoCandidate = "plan_no_candidate", 422, Refused, "No shard can take the tenant";
    IdempotencyKeyReused = "idempotency_key_reused", 422, Refused,
        "The Idempotency-Key was used before with another body";
    NotSupported = "not_supported", 422, Refused, "This is not supported";
    RateLimited = "rate_limited", 429, Unavailable, "This is asked for too often";
    HeadersTooLarge = "headers_too_large", 431, Refused, "The headers are too large";
    Internal = "internal", 500, Corrupt, "Something is wrong here; the request id tells us what";
    LogRefused = "log_refused", 500, Corrupt, "The log refuses what the service appends";
    LogMissing = "log_missing", 500, Corrupt, "A log of the control plane does not exist";
    LogLostMessages = "log_lost_messages", 500, Corrupt, "The log has lost messages";
    KvMissing = "kv_missing", 500, Corrupt, "A bucket of the control plane does not exist";
    KvRefused = "kv_refused", 500, Corrupt, "A bucket refuses what the service writes";
    GatewayError = "gateway_error", 502, Unavailable, "The Gateway answered something unusable";
    TokenTooLarge = "token_too_large", 502, Refused,
        "The Gateway's token is too large for a cookie";
    AppendOutcomeUnknown = "append_outcome_unknown", 503, Unavailable,
        "The request may still be accepted";
    LogUnavailable = "log_unavailable", 503, Unavailable, "The log cannot be reached now";
    KvUnavailable = "kv_unavailable", 503, Unavailable, "A bucket cannot be reached now";
    KvOutcomeUnknown = "kv_outcome_unknown", 503, Unavailable, "The write may still take effect";
    AuditUnavailable = "audit_unavailable", 503, Unavailable,
        "Nothing is done because it cannot be audited now";
    RightsUnavailable = "rights_unavailable", 503, Unavailable,
        "Denied because the Gateway cannot be asked for rights now";
    KeysUnavailable = "keys_unavailable", 503, Unavailable,
        "Denied because the Gateway's keys cannot be had now";
    GatewayUnavailable = "gateway_unavailable", 503, Unavailable,
        "The Gateway cannot be reached now";
    FactsUnavailable = "facts_unavailable", 503, Unavailable,
        "The state of the fleet cannot be gathered now";
    ServicesUnavailable = "services_unavailable", 503, Unavailable,
        "The processes of the control plane cannot be asked now";
    Rebuilding = "rebuilding", 503, Unavailable, "The read model is being rebuilt";
    Overloaded = "overloaded", 503, Unavailable, "Too many requests are being worked on";
    GatewayOutcomeUnknown = "gateway_outcome_unknown", 504, Unavailable,
        "The Gateway did not answer and may have done it";
    NotYetVisible = "not_yet_visible", 504, Unavailable,
        "The read model has not reached min_seq in time";
    DeadlineExceeded = "deadline_exceeded", 504, Unavailable,
        "The request took longer than its deadline";
    LogFull = "log_full", 507, Unavailable, "The log is full and takes nothing more";
}

/// What every route that appends a command can answer besides what its guard says.
pub const OF_COMMANDS: &[Code] = &[
    Code::IdempotencyKeyInvalid,
    Code::IdempotencyKeyReused,
    Code::ReasonInvalid,
    Code::LogConflict,
    Code::LogRefused,
    Code::LogMissing,
    Code::AppendOutcomeUnknown,
    Code::LogUnavailable,
    Code::LogFull,
];

impl Code {
    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.status_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Seconds after which trying again makes sense.
    #[must_use]
    pub fn retry_after(self) -> Option<u64> {
        match (self.class(), self.status_u16()) {
            (Unavailable, 429 | 502..=504) => Some(1),
            (Unavailable, 507) => Some(30),
            (Unavailable | Refused | Conflict | Corrupt, _) => None,
        }
    }

    /// Whether a refusal with this code of a mutating request by a known principal is audited: the
    /// request was understood and turned down. What could not even be read publishes nothing.
    #[must_use]
    pub fn is_audited(self) -> bool {
        matches!(self.status_u16(), 403 | 409 | 422)
    }
}

fn class_word(class: ErrorClass) -> &'static str {
    match class {
        Refused => "refused",
        Conflict => "conflict",
        Unavailable => "unavailable",
        Corrupt => "corrupt",
    }
}

/// The table as `docs/errors.md`.
#[must_use]
pub fn docs() -> String {
    let mut text = String::from(
        "# Errors of the operators' API\n\n\
         Every error is `application/problem+json` with `type`, `title`, `status`, `detail`, `code`,\n\
         `request_id` and `correlation_id`, and sometimes more (`holder`, `job_id`, `diff`). `code` is\n\
         stable. The class says what a client can do: *refused*: repeating it changes nothing ·\n\
         *conflict*: the world has moved, look again · *unavailable*: try again later, honour\n\
         `Retry-After` · *corrupt*: tell a person.\n\n\
         What cannot be read as a request of HTTP/1.1 at all never gets that far: a malformed line,\n\
         header or length, more than 256 headers, a head above 128 KiB, a path above 64 KiB. The HTTP\n\
         library answers 400, 414 or 431 without a body and closes the connection. A head that takes\n\
         longer than `--head-timeout-ms` is closed without an answer. Only these are no problem document\n\
         (`what_cannot_be_read_is_answered_without_a_body_and_the_connection_is_closed`).\n\n\
         This page is written by `command-api errors`; a test equates it with the code.\n\n\
         | status | code | class | title |\n|---|---|---|---|\n",
    );
    for code in Code::ALL {
        let (status, class) = (code.status_u16(), class_word(code.class()));
        text += &format!("| {status} | `{}` | {class} | {} |\n", code.as_str(), code.title());
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_unique_and_parses_back() {
        let all: BTreeSet<&str> = Code::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(all.len(), Code::ALL.len());
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(*code));
            assert_eq!(code.status().as_u16(), code.status_u16());
        }
    }

    #[test]
    fn the_page_about_errors_says_what_the_code_says() {
        let page = include_str!("../../../docs/errors.md");
        assert_eq!(page, docs(), "write it with: cargo run -- errors > docs/errors.md");
    }
}
