//! The one error type of the API: a code of the table, a sentence, and what the client may need.
//!
//! It is not a response body yet: the edge (`crate::edge::problem`) adds the flow ids and writes
//! `application/problem+json`, so that every error of every layer looks alike. Codes, statuses and
//! titles are in [`code`] and nowhere else.

pub mod code;

use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use streams::{
    error::Classified,
    ids::JobId,
    job::planner::PlanError,
    ports::{AppendError, KvError, ReadError},
};

pub use code::Code;

/// Result of a handler.
pub type ApiResult<T> = Result<T, ApiError>;

/// Why a request is not answered as asked. Cheap to move.
#[derive(Debug, Clone)]
pub struct ApiError(Box<Problem>);

/// What an [`ApiError`] says; travels as a response extension to the edge.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Row of the table.
    pub code: Code,
    /// This occurrence, for a person; safe to show.
    pub detail: String,
    /// Further members of the document: `holder`, `job_id`, `diff`.
    pub extra: Map<String, Value>,
    /// Seconds for `Retry-After`.
    pub retry_after: Option<u64>,
    /// The chain of causes, for the log only.
    pub cause: Option<String>,
}

impl ApiError {
    /// An error of `code` with a sentence for the client.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let retry_after = code.retry_after();
        let detail = detail.into();
        Self(Box::new(Problem { code, detail, extra: Map::new(), retry_after, cause: None }))
    }

    /// Adds a member to the document.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.extra.insert(name.to_owned(), value.into());
        self
    }

    /// Keeps a cause for the log; clients never see it.
    #[must_use]
    pub fn caused_by(mut self, cause: impl std::fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// Trying again makes sense after so many seconds, and not after what the code says.
    #[must_use]
    pub fn after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What it says.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.0
    }

    /// The append of a command ended without a certain answer: it may still be accepted.
    #[must_use]
    pub fn outcome_unknown(job: &JobId, cause: &AppendError) -> Self {
        let detail = "the log did not confirm the request; it may still be accepted, so send it \
                      again with the same Idempotency-Key";
        Self::new(Code::AppendOutcomeUnknown, detail).with("job_id", job.as_str()).caused_by(cause)
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.0.detail)
    }
}

impl std::error::Error for ApiError {}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.0.code.status().into_response();
        response.extensions_mut().insert(*self.0);
        response
    }
}

impl From<AppendError> for ApiError {
    fn from(error: AppendError) -> Self {
        let code = Code::parse(error.code()).unwrap_or(Code::Internal);
        Self::new(code, code.title()).caused_by(&error)
    }
}

impl From<PlanError> for ApiError {
    fn from(error: PlanError) -> Self {
        let code = Code::parse(error.code()).unwrap_or(Code::Internal);
        Self::new(code, error.to_string())
    }
}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        let code = Code::parse(error.code()).unwrap_or(Code::Internal);
        Self::new(code, code.title()).caused_by(&error)
    }
}

impl From<KvError> for ApiError {
    fn from(error: KvError) -> Self {
        let code = Code::parse(error.code()).unwrap_or(Code::Internal);
        Self::new(code, code.title()).caused_by(&error)
    }
}
