//! Jobs: create one, list, one, its story.

use axum::{Json, extract::State};
use serde::Deserialize;
use streams::{ids::JobId, job::command::JobKind, views::job_row::JobRow};

use crate::{
    auth::guard::{ForTenant, Platform},
    commands::{
        Accepted, Receipt,
        create::{Create, JobBody},
    },
    error::ApiResult,
    extract::{Key, PathJob, PathKind, PreferWait, StrictJson, StrictQuery},
    page::{Limit, Page},
    queries::{
        jobs::{self, JobsAsked},
        story::{self, StoryEvent},
    },
    read::Position,
    rights::{JobsCreate, JobsRead},
    routes::Current,
    state::AppState,
};

/// Starts a job.
#[utoipa::path(post, path = "/admin/v1/jobs/{kind}", request_body = JobBody,
    params(
        ("kind" = JobKind, Path, description = "Kind of job."),
        ("idempotency-key" = String, Header, description = "Made once per decision.",
            example = "5f0c1d6e-9b1f-4d1c-a8f7-0d8e3c9f7b21"),
        ("prefer" = Option<String>, Header, description = "`wait=2`: answer when decided."),
    ),
    responses((status = 202, body = Receipt, headers(
        ("idempotency-replayed" = Option<String>, description = "`true` on a repeated request."),
        ("preference-applied" = Option<String>, description = "`wait=2` when it waited.")))))]
pub(crate) async fn create(
    guard: ForTenant<JobsCreate>,
    State(state): State<AppState>,
    PathKind(kind): PathKind<JobKind>,
    Key(key): Key,
    PreferWait(wait): PreferWait,
    StrictJson(body): StrictJson<JobBody>,
) -> ApiResult<Accepted> {
    let (caller, tenant) = (&guard.caller, &guard.tenant);
    Create { caller, tenant, kind, key: &key, wait }.run(&state, body).await
}

/// Jobs, newest first, without their plans.
#[utoipa::path(get, path = "/admin/v1/jobs", params(JobsAsked),
    responses((status = 200, body = Page<JobRow>)))]
pub(crate) async fn list(
    guard: Platform<JobsRead>,
    State(state): State<AppState>,
    StrictQuery(asked): StrictQuery<JobsAsked>,
) -> ApiResult<Json<Page<JobRow>>> {
    state.models().jobs.reach(asked.min_seq).await?;
    jobs::list(&state, &guard.sight, &asked).map(Json)
}

/// Parameters of a read of one thing.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OneQuery {
    /// Answer only when this position is in.
    #[param(value_type = Option<String>)]
    pub(crate) min_seq: Option<Position>,
}

/// One job with its plan. Accepted and not yet decided, it is `pending`, waiting on `decision`.
#[utoipa::path(get, path = "/admin/v1/jobs/{job_id}", params(OneQuery,
    ("job_id" = JobId, Path, description = "The job.")),
    responses((status = 200, body = Current<JobRow>)))]
pub(crate) async fn one(
    guard: Platform<JobsRead>,
    State(state): State<AppState>,
    PathJob { 0: job_id }: PathJob,
    StrictQuery(query): StrictQuery<OneQuery>,
) -> ApiResult<Json<Current<std::sync::Arc<JobRow>>>> {
    state.models().jobs.reach(query.min_seq).await?;
    let row = jobs::one(&state, &guard.sight, &job_id).await?;
    Ok(Json(Current::new(row, state.models().jobs.as_of())))
}

/// Parameters of a story.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StoryQuery {
    /// Where the page begins, from `next_cursor`.
    cursor: Option<String>,
    /// Events of the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
    /// Answer only when this position is in.
    #[param(value_type = Option<String>)]
    min_seq: Option<Position>,
}

/// The raw story of a job: its events with their sequences, oldest first.
#[utoipa::path(get, path = "/admin/v1/jobs/{job_id}/events", params(StoryQuery,
    ("job_id" = JobId, Path, description = "The job.")),
    responses((status = 200, body = Page<StoryEvent>)))]
pub(crate) async fn events(
    guard: Platform<JobsRead>,
    State(state): State<AppState>,
    PathJob { 0: job_id }: PathJob,
    StrictQuery(query): StrictQuery<StoryQuery>,
) -> ApiResult<Json<Page<StoryEvent>>> {
    state.models().jobs.reach(query.min_seq).await?;
    let row = jobs::one(&state, &guard.sight, &job_id).await?;
    story::page(&state, &row, query.cursor.as_deref(), query.limit).await.map(Json)
}
