//! Tenants, joined from placement, open jobs and node readings.

use axum::{Json, extract::State};
use serde::Deserialize;
use streams::ids::{ShardId, TenantId};

use crate::{
    auth::guard::Platform,
    error::ApiResult,
    extract::{PathId, StrictQuery},
    page::{AnyOf, Limit, Page},
    queries::tenants::{self, Condition, TenantRow, TenantsAsked},
    read::Position,
    rights::TenantsRead,
    routes::{Current, jobs::OneQuery},
    state::AppState,
};

/// Filters of the list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TenantsQuery {
    /// Where the page begins, from `next_cursor`.
    cursor: Option<String>,
    /// Rows of the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
    /// `tenant_id` (default) or `-tenant_id`.
    sort: Option<String>,
    /// Answer only when this position is in.
    min_seq: Option<String>,
    /// Part of the id.
    tenant: Option<String>,
    /// Part of the id.
    q: Option<String>,
    /// States.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    state: AnyOf<Condition>,
    /// Shards.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    shard: AnyOf<ShardId>,
}

/// Tenants by id.
#[utoipa::path(get, path = "/admin/v1/tenants", params(TenantsQuery),
    responses((status = 200, body = Page<TenantRow>)))]
pub(crate) async fn list(
    guard: Platform<TenantsRead>,
    State(state): State<AppState>,
    StrictQuery(query): StrictQuery<TenantsQuery>,
) -> ApiResult<Json<Page<TenantRow>>> {
    let min = query.min_seq.as_deref().map(|m| Position::parse(m, "min_seq")).transpose()?;
    state.models().jobs.reach(min).await?;
    let asked = TenantsAsked {
        cursor: query.cursor,
        limit: query.limit,
        sort: query.sort,
        text: query.tenant.or(query.q),
        states: query.state,
        shards: query.shard,
    };
    tenants::list(&state, &guard.sight, &guard.caller.flow, &asked).await.map(Json)
}

/// One tenant.
#[utoipa::path(get, path = "/admin/v1/tenants/{tenant_id}", params(OneQuery,
    ("tenant_id" = TenantId, Path, description = "The tenant.")),
    responses((status = 200, body = Current<TenantRow>)))]
pub(crate) async fn one(
    guard: Platform<TenantsRead>,
    State(state): State<AppState>,
    PathId(tenant): PathId<TenantId>,
    StrictQuery(query): StrictQuery<OneQuery>,
) -> ApiResult<Json<Current<TenantRow>>> {
    let min = query.min_seq.as_deref().map(|m| Position::parse(m, "min_seq")).transpose()?;
    state.models().jobs.reach(min).await?;
    let row = tenants::one(&state, &guard.sight, &guard.caller.flow, tenant).await?;
    Ok(Json(Current::new(row, state.models().jobs.as_of())))
}
