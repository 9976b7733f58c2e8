//! Why a call to a node or a Gateway did not give what was asked for.
//!
//! A value, not a text: the saga writes it into the log and its log owns every retry; nothing here
//! tries again. The codes are stable. See [`crate::transport`] for where each is made.

use streams::{
    error::{Classified, ErrorClass},
    ids::NodeId,
    job::step::StepError,
};

use crate::contract::{Problem, ProblemCode};

/// Why a call failed. `Display` names what is seen; it never contains a body or a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NodeError {
    /// The URL, or the address its name leads to, is not on the admitted lists. Nothing was sent.
    #[error("{url} is not admitted: {because}")]
    NotAdmitted {
        /// What was to be called.
        url: String,
        /// Which list it fails.
        because: String,
    },
    /// No connection came about: nothing was sent.
    #[error("{url} is unreachable: {cause}")]
    NotConnected {
        /// What was to be called.
        url: String,
        /// What the transport said.
        cause: String,
    },
    /// The connection broke before the answer was complete. The call may still take effect.
    #[error("{url} is unreachable: {cause}")]
    Unreachable {
        /// What was called.
        url: String,
        /// What the transport said.
        cause: String,
    },
    /// No complete answer in time. The call may still take effect.
    #[error("{url} gave no complete answer within {after_ms} ms")]
    Timeout {
        /// What was called.
        url: String,
        /// The time it had, milliseconds.
        after_ms: u64,
    },
    /// The answer is larger than is read; reading stopped at the limit.
    #[error("the answer of {url} is larger than {limit} bytes")]
    TooLarge {
        /// What was called.
        url: String,
        /// The limit, bytes.
        limit: usize,
    },
    /// The answer sends us elsewhere, which is never followed.
    #[error("{url} answered with a redirect ({status}), which is never followed")]
    Redirect {
        /// What was called.
        url: String,
        /// 3xx.
        status: u16,
    },
    /// Success by status, but not the body of the contract.
    #[error("the answer of {url} is not what the contract says: {cause}")]
    BadBody {
        /// What was called.
        url: String,
        /// What the decoder said.
        cause: String,
    },
    /// Another node answers at this address than the directory says.
    #[error("{url} answers as {got}, not as {expected}")]
    WrongNode {
        /// What was called.
        url: String,
        /// By the directory.
        expected: NodeId,
        /// By its own word.
        got: String,
    },
    /// An error by status.
    #[error("{url} answered {status} {}: {}", body.code.as_str(), body.detail)]
    Problem {
        /// What was called.
        url: String,
        /// The HTTP status.
        status: u16,
        /// `Retry-After`, milliseconds.
        retry_after_ms: Option<u64>,
        /// The problem; made from the status (code `http_<status>`) when the body is none.
        body: Box<Problem>,
    },
}

impl NodeError {
    /// Whether the same call may succeed later: transport errors, 408, 425, 429 and 5xx, but not
    /// 501, which says that the node will never do it.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotConnected { .. } | Self::Unreachable { .. } | Self::Timeout { .. } => true,
            Self::Problem { status, .. } => {
                matches!(status, 408 | 425 | 429) || (*status >= 500 && *status != 501)
            }
            Self::NotAdmitted { .. }
            | Self::TooLarge { .. }
            | Self::Redirect { .. }
            | Self::BadBody { .. }
            | Self::WrongNode { .. } => false,
        }
    }

    /// Whether the call certainly had no effect on the node.
    #[must_use]
    pub fn had_no_effect(&self) -> bool {
        match self {
            Self::NotAdmitted { .. } | Self::NotConnected { .. } => true,
            Self::Problem { status, .. } => *status < 500 && *status != 408,
            Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::TooLarge { .. }
            | Self::Redirect { .. }
            | Self::BadBody { .. }
            | Self::WrongNode { .. } => false,
        }
    }

    /// The problem's code, when the node answered with one.
    #[must_use]
    pub fn problem(&self) -> Option<&ProblemCode> {
        match self {
            Self::Problem { body, .. } => Some(&body.code),
            _ => None,
        }
    }

    /// What the node asked to wait, milliseconds.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::Problem { retry_after_ms, .. } => *retry_after_ms,
            _ => None,
        }
    }
}

impl Classified for NodeError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::NotAdmitted { .. } | Self::Redirect { .. } => ErrorClass::Refused,
            Self::NotConnected { .. } | Self::Unreachable { .. } | Self::Timeout { .. } => {
                ErrorClass::Unavailable
            }
            Self::WrongNode { .. } => ErrorClass::Conflict,
            Self::TooLarge { .. } | Self::BadBody { .. } => ErrorClass::Corrupt,
            Self::Problem { status, .. } => match status {
                409 | 412 | 421 => ErrorClass::Conflict,
                501 => ErrorClass::Refused,
                408 | 425 | 429 | 500.. => ErrorClass::Unavailable,
                _ => ErrorClass::Refused,
            },
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotAdmitted { .. } => "node_not_admitted",
            Self::NotConnected { .. } | Self::Unreachable { .. } => "node_unreachable",
            Self::Timeout { .. } => "node_timeout",
            Self::TooLarge { .. } => "node_answer_too_large",
            Self::Redirect { .. } => "node_redirects",
            Self::BadBody { .. } => "node_answer_unreadable",
            Self::WrongNode { .. } => "node_identity",
            Self::Problem { body, .. } => body.code.known().unwrap_or("node_error"),
        }
    }
}

impl From<&NodeError> for StepError {
    fn from(error: &NodeError) -> Self {
        let evidence = match error {
            NodeError::Problem { body, .. } => serde_json::to_value(body).ok(),
            _ => None,
        };
        Self {
            class: error.class(),
            code: error.code().to_owned(),
            message: error.to_string(),
            retryable: error.is_retryable(),
            retry_after_ms: error.retry_after_ms(),
            evidence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(status: u16, code: ProblemCode) -> NodeError {
        NodeError::Problem {
            url: "http://n".to_owned(),
            status,
            retry_after_ms: None,
            body: Box::new(Problem::new(code, "x")),
        }
    }

    #[test]
    fn only_what_the_retry_rule_names_is_retried() {
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert!(problem(status, ProblemCode::Unavailable).is_retryable(), "{status}");
        }
        for status in [400, 401, 403, 404, 409, 412, 422, 501] {
            assert!(!problem(status, ProblemCode::BadArgument).is_retryable(), "{status}");
        }
    }

    #[test]
    fn a_problem_keeps_its_code_in_the_step_error_and_a_strange_one_gets_ours() {
        let stale = StepError::from(&problem(412, ProblemCode::StaleFence));
        assert_eq!((stale.code.as_str(), stale.class), ("stale_fence", ErrorClass::Conflict));
        assert_eq!(stale.evidence.unwrap()["code"], "stale_fence");
        let strange = problem(418, ProblemCode::Other("teapot".to_owned()));
        assert_eq!(strange.code(), "node_error");
    }
}
