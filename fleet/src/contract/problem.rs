//! RFC 9457 problems of a node: a stable code, and what the caller needs to go on.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use streams::ids::{CorrelationId, Epoch, Fence, RequestId};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal;)*) => {
        /// Stable code of a problem. One status each.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemCode {
            $($(#[$doc])* $name,)*
            /// A code this version does not know; kept as it came.
            Other(String),
        }

        impl ProblemCode {
            /// The wire form.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $code,)*
                    Self::Other(text) => text,
                }
            }

            /// The wire form of a code of this version; `None` for any other.
            #[must_use]
            pub fn known(&self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some($code),)*
                    Self::Other(_) => None,
                }
            }

            /// The HTTP status it is sent with; 500 for an unknown code.
            #[must_use]
            pub fn status(&self) -> u16 {
                match self {
                    $(Self::$name => $status,)*
                    Self::Other(_) => 500,
                }
            }

            /// The code of a wire text.
            #[must_use]
            pub fn parse(text: &str) -> Self {
                match text {
                    $($code => Self::$name,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        #[cfg(test)]
        const ALL: &[ProblemCode] = &[$(ProblemCode::$name),*];
    };
}

codes! {
    /// No or a wrong bearer token.
    Unauthenticated = "unauthenticated", 401;
    /// The token's audience or right does not reach this.
    Forbidden = "forbidden", 403;
    /// The node holds nothing of this tenant.
    UnknownTenant = "unknown_tenant", 404;
    /// There is no drain here, and never was.
    NoDrain = "no_drain", 404;
    /// No such path.
    NotFound = "not_found", 404;
    /// Not legal in the tenant's present state, or the position does not fit.
    WrongState = "wrong_state", 409;
    /// There is one of this name already.
    AlreadyExists = "already_exists", 409;
    /// Users have the role.
    InUse = "in_use", 409;
    /// Nobody would be left who may do everything.
    LastAdministrator = "last_administrator", 409;
    /// Data plane: the node prepares the tenant and does not serve it yet.
    Preparing = "preparing", 409;
    /// The fence is lower than one accepted before; the body has `current_fence`.
    StaleFence = "stale_fence", 412;
    /// The epoch is lower than the node's own; the body has `current_epoch`.
    StaleEpoch = "stale_epoch", 412;
    /// `If-Match` names another version than the current one, or `If-None-Match: *` meets one; the
    /// body has `current_version`.
    StaleVersion = "stale_version", 412;
    /// Data plane: this node does not own the tenant under the epoch it sees.
    NotOwner = "not_owner", 421;
    /// Body, query, path or header not valid; `detail` names it. A mutation without a key or a
    /// fence, and `x-tenant-id` other than the path's, are this too.
    BadArgument = "bad_argument", 422;
    /// A change without `If-Match`.
    VersionRequired = "version_required", 428;
    /// Too many requests; `Retry-After`.
    RateLimited = "rate_limited", 429;
    /// A capability the node lacks.
    NotSupported = "not_supported", 501;
    /// Not now; `Retry-After`.
    Unavailable = "unavailable", 503;
    /// Data plane: the tenant drains; `Retry-After`.
    TenantDraining = "tenant_draining", 503;
    /// Data plane: the whole node drains; `Retry-After`.
    NodeDraining = "node_draining", 503;
}

impl Serialize for ProblemCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ProblemCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::parse(&text))
    }
}

/// `application/problem+json`. Only `code` is required of a reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `about:blank`, or a page about the code.
    #[serde(rename = "type", default = "about_blank")]
    pub kind: String,
    /// Short, the same for every occurrence.
    #[serde(default)]
    pub title: String,
    /// The HTTP status again.
    #[serde(default)]
    pub status: u16,
    /// This occurrence, for a person.
    #[serde(default)]
    pub detail: String,
    /// Stable code.
    pub code: ProblemCode,
    /// With `stale_fence`: the highest fence the node has accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_fence: Option<Fence>,
    /// With `stale_epoch`: the node's epoch of the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_epoch: Option<Epoch>,
    /// With `stale_version`: the version in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_version: Option<u64>,
    /// Echo of `x-request-id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    /// Echo of `x-correlation-id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<CorrelationId>,
}

fn about_blank() -> String {
    "about:blank".to_owned()
}

impl Problem {
    /// A problem of `code`, with its status and `detail`.
    #[must_use]
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            kind: about_blank(),
            title: code.as_str().replace('_', " "),
            status: code.status(),
            detail: detail.into(),
            code,
            current_fence: None,
            current_epoch: None,
            current_version: None,
            request_id: None,
            correlation_id: None,
        }
    }

    /// 412 `stale_fence` naming the current one.
    #[must_use]
    pub fn stale_fence(current: Fence) -> Self {
        let detail = format!("the highest fence accepted here is {current}");
        Self { current_fence: Some(current), ..Self::new(ProblemCode::StaleFence, detail) }
    }

    /// 412 `stale_epoch` naming the current one.
    #[must_use]
    pub fn stale_epoch(current: Epoch) -> Self {
        let detail = format!("the tenant's epoch here is {current}");
        Self { current_epoch: Some(current), ..Self::new(ProblemCode::StaleEpoch, detail) }
    }

    /// 412 `stale_version` naming the current one.
    #[must_use]
    pub fn stale_version(current: u64) -> Self {
        let detail = format!("the version in force is {current}");
        Self { current_version: Some(current), ..Self::new(ProblemCode::StaleVersion, detail) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_the_wire_and_an_unknown_one_is_kept() {
        for code in ALL {
            assert_eq!(&ProblemCode::parse(code.as_str()), code);
            assert!(code.status() >= 400);
        }
        let text = r#"{"code":"teapot","status":418}"#;
        let problem: Problem = serde_json::from_str(text).unwrap();
        assert_eq!(problem.code, ProblemCode::Other("teapot".to_owned()));
        assert_eq!(serde_json::to_value(&problem).unwrap()["code"], "teapot");
    }
}
