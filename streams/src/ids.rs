//! Every identifier as a newtype, parsed at the edge; `Display` is the wire form.
//!
//! Nothing else may build a subject, a key or a header from raw text: a tenant id with a dot or a
//! wildcard would become another subject. Ids are made by hashing ([`JobId::derive`]) or by an
//! [`IdSource`]; this file reads no clock and no randomness itself.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Why a text is not the id it was meant to be. `Display` is safe to show to a client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {what}: expected {expected}")]
pub struct InvalidId {
    /// Which id, in the words of the API, e.g. `tenant id`.
    pub what: &'static str,
    /// The shape, as a regular expression or a sentence.
    pub expected: &'static str,
}

fn is_slug(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes.first(), Some(b'a'..=b'z' | b'0'..=b'9'))
        && bytes.len() <= 63
        && bytes.iter().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

/// One NATS token: no dot, wildcard, white space or control character.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':'))
}

fn has_prefix_and_ulid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 26 && rest.bytes().all(|b| CROCKFORD.contains(&b)))
}

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 128 bits as 26 characters of Crockford base 32, most significant first (the ULID alphabet).
fn crockford(value: u128) -> String {
    (0..26).map(|i| char::from(CROCKFORD[((value >> (125 - i * 5)) & 31) as usize])).collect()
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $expected:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The wire form.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidId { what: $what, expected: $expected })
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                String::schema()
            }
        }
        impl utoipa::ToSchema for $name {}
    };
}

text_id!(
    /// A tenant, `^[a-z0-9][a-z0-9_-]{0,62}$` (contracts §2). Exactly one NATS token.
    TenantId, "tenant id", "^[a-z0-9][a-z0-9_-]{0,62}$", is_slug);
text_id!(
    /// A shard of one service kind, e.g. `prj-02`.
    ShardId, "shard id", "^[a-z0-9][a-z0-9_-]{0,62}$", is_slug);
text_id!(
    /// A node of the fleet, e.g. `prj-02a`, or a Gateway, `gw-1`.
    NodeId, "node id", "^[a-z0-9][a-z0-9_-]{0,62}$", is_slug);
text_id!(
    /// A job: `job_` and 26 characters, derived from what identifies the request.
    JobId, "job id", "job_ and 26 characters of Crockford base 32",
    |t| has_prefix_and_ulid(t, "job_"));
text_id!(
    /// One appended request: `cmd_` and 26 characters.
    CommandId, "command id", "cmd_ and 26 characters of Crockford base 32",
    |t| has_prefix_and_ulid(t, "cmd_"));
text_id!(
    /// `x-request-id`: one HTTP request. Foreign ones are kept when they are one safe token.
    RequestId, "request id", "1 to 128 of A-Z a-z 0-9 _ - :", is_token);
text_id!(
    /// `x-correlation-id`: one user-visible flow.
    CorrelationId, "correlation id", "1 to 128 of A-Z a-z 0-9 _ - :", is_token);
text_id!(
    /// W3C trace id: 32 lower-case hexadecimal digits, not all zero.
    TraceId, "trace id", "32 lower-case hexadecimal digits",
    |t| t.len() == 32 && t.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        && t.bytes().any(|b| b != b'0'));
text_id!(
    /// A step of one job: two digits and a name, e.g. `07.flip` or `09.drain-runner`.
    StepId, "step id", "two digits, a dot and a name",
    |t| t.len() > 3 && t.len() <= 64 && t.as_bytes()[..2].iter().all(u8::is_ascii_digit)
        && t.as_bytes()[2] == b'.' && is_slug(&t[3..]));
text_id!(
    /// `Idempotency-Key` as sent by the client: 1 to 128 visible ASCII characters.
    IdempotencyKey, "Idempotency-Key", "1 to 128 visible ASCII characters without spaces",
    |t| !t.is_empty() && t.len() <= 128 && t.bytes().all(|b| b.is_ascii_graphic()));
text_id!(
    /// The subject of an access token (`sub`): who acts. Not `.` or `..`: as a path segment these
    /// name another path, also when they are percent-encoded.
    PrincipalId, "principal id", "1 to 128 visible ASCII characters without spaces, not . or ..",
    |t| !t.is_empty() && t.len() <= 128 && t.bytes().all(|b| b.is_ascii_graphic())
        && !matches!(t, "." | ".."));
text_id!(
    /// SHA-256 as 64 lower-case hexadecimal digits: plan hash, body fingerprint, chain link.
    Hash, "hash", "64 lower-case hexadecimal digits",
    |t| t.len() == 64 && t.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));

impl Hash {
    /// SHA-256 of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(hex::encode(Sha256::digest(bytes)))
    }

    /// A SHA-256 computed elsewhere, piece by piece.
    #[must_use]
    pub fn from_digest(digest: &[u8; 32]) -> Self {
        Self(hex::encode(digest))
    }

    /// The link before the first commit of a log: 64 zeros.
    #[must_use]
    pub fn zero() -> Self {
        Self("0".repeat(64))
    }
}

/// 128 bits of a hash over parts, each with its length in front so that none slides into another.
fn digest_of(parts: &[&str]) -> u128 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let mut first = [0_u8; 16];
    first.copy_from_slice(&digest[..16]);
    u128::from_be_bytes(first)
}

impl JobId {
    /// The job a request names: a hash of principal, route, tenant and `Idempotency-Key`, so that
    /// the same request finds the same job for ever, without a table or a time window.
    #[must_use]
    pub fn derive(
        principal: &PrincipalId,
        route: &str,
        tenant: Option<&TenantId>,
        key: &IdempotencyKey,
    ) -> Self {
        let tenant = tenant.map_or("_", TenantId::as_str);
        let digest = digest_of(&[principal.as_str(), route, tenant, key.as_str()]);
        Self(format!("job_{}", crockford(digest)))
    }
}

impl CommandId {
    /// The command a verb names: a hash of principal, route, job and `Idempotency-Key`, so that a
    /// repeated verb finds the first.
    #[must_use]
    pub fn derive(principal: &PrincipalId, route: &str, job: &JobId, key: &IdempotencyKey) -> Self {
        let digest = digest_of(&[principal.as_str(), route, job.as_str(), key.as_str()]);
        Self(format!("cmd_{}", crockford(digest)))
    }
}

/// Makes time-ordered ids from a version 7 UUID the caller supplies.
macro_rules! from_uuid {
    ($name:ident, $prefix:literal) => {
        impl $name {
            /// The id of this UUID (version 7: sorts by time).
            #[must_use]
            pub fn from_uuid(uuid: Uuid) -> Self {
                Self(format!(concat!($prefix, "{}"), crockford(uuid.as_u128())))
            }
        }
    };
}
from_uuid!(CommandId, "cmd_");
from_uuid!(RequestId, "req_");
from_uuid!(CorrelationId, "cor_");

/// Where new ids come from; services pass [`RandomIds`], tests a counter.
pub trait IdSource: Send + Sync + fmt::Debug {
    /// A fresh version 7 UUID.
    fn uuid(&self) -> Uuid;
}

/// Version 7 UUIDs from the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl $name {
            /// The one after this.
            #[must_use]
            pub fn next(self) -> Self {
                Self(self.0 + 1)
            }
        }
    };
}
number_id!(
    /// A sequence of one stream; 0 stands before the first message.
    Seq);
number_id!(
    /// KV revision of one key.
    Revision);
number_id!(
    /// How often a tenant's placement in one map has moved; never repeats.
    Epoch);
number_id!(
    /// Which life of the log: rises when a log is restored or rebuilt. Starts at 1.
    Incarnation);
number_id!(
    /// What nodes compare to refuse late effects: incarnation × 2⁴⁰ + sequence of the commit.
    Fence);

impl Fence {
    /// The fence of a commit.
    #[must_use]
    pub fn new(incarnation: Incarnation, seq: Seq) -> Self {
        Self((incarnation.0 << 40) + seq.0)
    }
}

/// The kinds of service that hold tenants. Order is the order of draining.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// Runs a tenant's side effects from its log.
    Runner,
    /// Accepts a tenant's commands and appends its log.
    Aggregate,
    /// Folds a tenant's log into its read side.
    Projection,
}

impl ServiceKind {
    /// All kinds in the order in which a whole tenant is drained; activation is the reverse.
    pub const DRAIN_ORDER: [Self; 3] = [Self::Runner, Self::Aggregate, Self::Projection];

    /// The wire form, also the start of node and shard names in messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Runner => "runner",
            Self::Aggregate => "aggregate",
            Self::Projection => "projection",
        }
    }
}

impl fmt::Display for ServiceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ServiceKind {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text {
            "runner" => Ok(Self::Runner),
            "aggregate" => Ok(Self::Aggregate),
            "projection" => Ok(Self::Projection),
            _ => {
                Err(InvalidId { what: "service kind", expected: "aggregate, projection or runner" })
            }
        }
    }
}

/// The ids of one flow, carried by every response, log line, command, event and outbound call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowIds {
    /// One HTTP request.
    pub request_id: RequestId,
    /// One user-visible flow.
    pub correlation_id: CorrelationId,
    /// W3C trace id of the flow.
    pub trace_id: TraceId,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T2.3
    #[test]
    fn a_tenant_id_that_would_be_another_subject_is_refused() {
        for bad in ["", "a.b", "*", ">", "a\r\nb", "A", "_a", "a b", &"a".repeat(64)] {
            assert!(bad.parse::<TenantId>().is_err(), "{bad:?}");
        }
        for good in ["a", "acme", "0-x_y", &"a".repeat(63)] {
            assert_eq!(good.parse::<TenantId>().unwrap().to_string(), good);
        }
    }

    #[test]
    fn the_same_request_names_the_same_job_and_no_part_can_slide_into_another() {
        let key = |k: &str| k.parse::<IdempotencyKey>().unwrap();
        let who: PrincipalId = "u1".parse().unwrap();
        let acme: TenantId = "acme".parse().unwrap();
        let first = JobId::derive(&who, "tenant-migrate", Some(&acme), &key("k"));
        assert_eq!(first, JobId::derive(&who, "tenant-migrate", Some(&acme), &key("k")));
        assert_ne!(first, JobId::derive(&who, "tenant-migrate", Some(&acme), &key("k2")));
        assert_ne!(first, JobId::derive(&who, "tenant-migrateacme", None, &key("k")));
        assert!(first.as_str().parse::<JobId>().is_ok(), "{first}");
    }

    #[test]
    fn generated_ids_parse_back() {
        let uuid = Uuid::from_u128(u128::MAX);
        assert!(CommandId::from_uuid(uuid).as_str().parse::<CommandId>().is_ok());
        assert!(RequestId::from_uuid(uuid).as_str().parse::<RequestId>().is_ok());
    }

    #[test]
    fn a_later_incarnation_fences_every_sequence_of_an_earlier_one() {
        let late = Fence::new(Incarnation(1), Seq((1 << 40) - 1));
        assert!(Fence::new(Incarnation(2), Seq(1)) > late);
    }
}
