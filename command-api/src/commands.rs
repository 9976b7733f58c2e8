//! From a request to an appended command and its receipt. The only place that appends commands.
//!
//! What the API can know is refused before the append and leaves the key free; everything else is
//! the leader's decision. The receipt is made from the stored command alone, so that it is the same
//! for every request that shares a key.

pub mod create;
pub mod verb;

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use streams::{
    ids::{JobId, Seq, TenantId},
    job::command::{Command, JobKind, Reason},
    log::{CommandAppended, RecordedCommand},
    ports::AppendError,
};

use crate::{
    error::{ApiError, ApiResult, Code},
    state::AppState,
};

/// Answer to an accepted request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "job_id": "job_01J9ZK7Q4M8V2T6RX3WB5NCE0H",
    "kind": "tenant-migrate",
    "tenant_id": "acme",
    "command_seq": 4711,
    "accepted_at": "2026-11-24T08:15:00.123Z",
    "links": {
        "self": "/admin/v1/jobs/job_01J9ZK7Q4M8V2T6RX3WB5NCE0H",
        "events": "/admin/v1/jobs/job_01J9ZK7Q4M8V2T6RX3WB5NCE0H/events",
    },
}))]
pub struct Receipt {
    /// The job.
    pub job_id: JobId,
    /// Its kind.
    pub kind: JobKind,
    /// For whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// Sequence of the command in `CONTROL_COMMANDS`.
    pub command_seq: Seq,
    /// When the request was taken.
    pub accepted_at: DateTime<Utc>,
    /// Where to look next.
    pub links: Links,
}

/// Where to look next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Links {
    /// The job.
    #[serde(rename = "self")]
    pub job: String,
    /// Its story.
    pub events: String,
}

/// A stored command, and whether this request or an earlier one stored it.
#[derive(Debug)]
pub struct Accepted {
    receipt: Receipt,
    replayed: bool,
    waited: Option<Duration>,
}

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::ACCEPTED, Json(&self.receipt)).into_response();
        let headers = response.headers_mut();
        if self.replayed {
            let name = HeaderName::from_static("idempotency-replayed");
            headers.insert(name, HeaderValue::from_static("true"));
        }
        if let Some(wait) = self.waited {
            let name = HeaderName::from_static("preference-applied");
            if let Ok(value) = HeaderValue::from_str(&format!("wait={}", wait.as_secs())) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// Appends a command; the answer speaks of the one that is stored.
async fn append(
    state: &AppState,
    command: &Command,
    kind: JobKind,
    wait: Option<Duration>,
) -> ApiResult<Accepted> {
    let (stored, replayed) = match state.logs().commands.append(command).await {
        Ok(CommandAppended::New(stored)) => (stored, false),
        Ok(CommandAppended::Replayed(stored)) => (stored, true),
        Ok(CommandAppended::OtherBody(_)) => return Err(reused(&command.job_id)),
        Err(error @ AppendError::Unknown(_)) => {
            return Err(ApiError::outcome_unknown(&command.job_id, &error));
        }
        Err(error) => return Err(error.into()),
    };
    accepted(state, &stored, kind, replayed, wait).await
}

fn reused(job: &JobId) -> ApiError {
    ApiError::new(Code::IdempotencyKeyReused, "send a new Idempotency-Key with this body")
        .with("job_id", job.as_str())
}

/// The receipt of a stored command, delayed until its decision is visible when so asked.
async fn accepted(
    state: &AppState,
    stored: &RecordedCommand,
    kind: JobKind,
    replayed: bool,
    wait: Option<Duration>,
) -> ApiResult<Accepted> {
    let command = stored.command.as_ref().map_err(|cause| {
        ApiError::new(Code::Internal, "the stored command cannot be read").caused_by(cause)
    })?;
    let job = format!("/admin/v1/jobs/{}", command.job_id);
    let receipt = Receipt {
        job_id: command.job_id.clone(),
        kind,
        tenant_id: command.tenant_id.clone(),
        command_seq: stored.seq,
        accepted_at: command.accepted_at,
        links: Links { events: format!("{job}/events"), job },
    };
    if let Some(patience) = wait {
        state.models().jobs.wait(patience, |s| s.cursor >= stored.seq).await;
    }
    Ok(Accepted { receipt, replayed, waited: wait })
}

/// A reason, or what is wrong with it.
fn reason(text: Option<&str>) -> ApiResult<Reason> {
    Reason::parse(text.unwrap_or_default()).map_err(|e| ApiError::new(Code::ReasonInvalid, e))
}
