//! The story of one job, read from the event log itself: what `nats` would show, as a page.

use chrono::{DateTime, Utc};
use serde::Serialize;
use streams::{
    envelope::{Commit, CommitBody, Recorded},
    ids::Seq,
    job::event::JobEvent,
    ports::Message,
    subjects,
    views::job_row::JobRow,
};

use crate::{
    error::{ApiError, ApiResult, Code},
    page::{self, Limit, Page},
    state::AppState,
};

/// One event of a job.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = JobEvent)]
pub struct StoryEvent {
    /// Sequence of its commit in `CONTROL_EVENTS`.
    pub seq: Seq,
    /// Server timestamp of the commit.
    pub at: DateTime<Utc>,
    /// What happened, e.g. `StepSucceeded`.
    pub r#type: String,
    /// The event as stored.
    pub event: JobEvent,
}

/// One page, oldest first. A page never ends inside a commit.
///
/// # Errors
/// 400 `invalid_query`, and those of the log.
pub async fn page(
    state: &AppState,
    row: &JobRow,
    cursor: Option<&str>,
    limit: Limit,
) -> ApiResult<Page<StoryEvent>> {
    let from = page::position::<Seq>(cursor)?.unwrap_or(row.accepted_seq).max(row.accepted_seq);
    let subject = subjects::job_events(row.tenant_id.as_ref(), &row.job_id);
    let log = &state.logs().events.0;
    // Not beyond what the row shows: `as_of` speaks for this answer too.
    let shown = |m: &Message| m.seq >= from && m.seq <= row.seq;
    let messages = if row.seq == Seq(0) { Vec::new() } else { log.all_on(&subject).await? };
    let (mut items, mut next_cursor) = (Vec::new(), None);
    for message in messages.into_iter().filter(shown) {
        if items.len() >= limit.get() {
            next_cursor = Some(page::cursor(&message.seq));
            break;
        }
        items.extend(events(&message)?);
    }
    let as_of = state.models().jobs.as_of();
    Ok(Page { items, next_cursor, total_estimate: None, as_of })
}

fn events(message: &Message) -> ApiResult<Vec<StoryEvent>> {
    let unreadable = |cause: String| {
        ApiError::new(Code::Internal, format!("commit {} cannot be read", message.seq))
            .caused_by(cause)
    };
    let Recorded { seq, at, commit, .. } =
        Commit::decode(message).map_err(|e| unreadable(e.to_string()))?;
    let CommitBody::Job { events, .. } = commit.body else { return Ok(Vec::new()) };
    let told = events.into_iter();
    Ok(told.map(|event| StoryEvent { seq, at, r#type: event.name().to_owned(), event }).collect())
}
