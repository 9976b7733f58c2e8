//! Commands that no decision is visible of yet: accepted, and without a row.
//!
//! The leader answers commands in sequence, so everything up to the cursor of the jobs view has its
//! row; what lies beyond is read from the command log itself. So it does not matter which process
//! accepted a command, nor whether that one still runs.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use streams::{
    ids::{JobId, Seq},
    job::command::{Command, CommandBody},
    log::decode_command,
    views::job_row::JobRow,
};

use crate::{
    error::{ApiError, ApiResult, Code},
    state::AppState,
};

/// Most commands looked through.
const BACKLOG: u64 = 10_000;
/// Messages asked for at the same time.
const AHEAD: usize = 32;

/// What is known of a job.
#[derive(Debug, Clone)]
pub enum Known {
    /// Its row.
    Row(Arc<JobRow>),
    /// Its create command, not decided yet as far as can be seen.
    Undecided(Arc<Command>),
}

/// Row or command of a job; `None` when there is no such job.
///
/// # Errors
/// 503 `rebuilding`, and those of the command log: without it nobody can say that a job is unknown.
pub async fn job(state: &AppState, id: &JobId) -> ApiResult<Option<Known>> {
    let row = || state.models().jobs.read(|jobs| jobs.get(id).cloned());
    if let Some(row) = row()? {
        return Ok(Some(Known::Row(row)));
    }
    if let Some(command) = state.accepted().get(id).await {
        return Ok(Some(Known::Undecided(command)));
    }
    if let Some(command) = beyond_the_cursor(state, id).await? {
        return Ok(Some(Known::Undecided(command)));
    }
    // It may have been decided meanwhile.
    Ok(row()?.map(Known::Row))
}

async fn beyond_the_cursor(state: &AppState, id: &JobId) -> ApiResult<Option<Arc<Command>>> {
    let log = &state.logs().commands.0;
    let cursor = state.models().jobs.standing().cursor;
    let last = log.info().await?.last_seq;
    if last.0.saturating_sub(cursor.0) > BACKLOG {
        let detail = format!("more than {BACKLOG} commands wait for their decision");
        return Err(ApiError::new(Code::Rebuilding, detail));
    }
    let messages = stream::iter(cursor.next().0..=last.0)
        .map(|seq| log.get(Seq(seq)))
        .buffered(AHEAD)
        .map_ok(|message| message.and_then(|m| decode_command(&m).command.ok()));
    let creates = messages.try_filter_map(async |command| {
        let of_it = |c: &Command| c.job_id == *id && matches!(c.body, CommandBody::Create(_));
        Ok(command.filter(of_it))
    });
    let mut creates = std::pin::pin!(creates);
    Ok(creates.try_next().await?.map(Arc::new))
}
