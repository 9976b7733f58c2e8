//! Tenants, joined from placement, open jobs and node readings.

use axum::{Json, extract::State};
use streams::ids::TenantId;

use crate::{
    auth::guard::Platform,
    error::ApiResult,
    extract::{PathId, StrictQuery},
    page::Page,
    queries::tenants::{self, TenantRow, TenantsAsked},
    rights::TenantsRead,
    routes::{Current, jobs::OneQuery},
    state::AppState,
};

/// Tenants by id.
#[utoipa::path(get, path = "/admin/v1/tenants", params(TenantsAsked),
    responses((status = 200, body = Page<TenantRow>)))]
pub(crate) async fn list(
    guard: Platform<TenantsRead>,
    State(state): State<AppState>,
    StrictQuery(asked): StrictQuery<TenantsAsked>,
) -> ApiResult<Json<Page<TenantRow>>> {
    state.models().jobs.reach(asked.min_seq).await?;
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
    state.models().jobs.reach(query.min_seq).await?;
    let row = tenants::one(&state, &guard.sight, &guard.caller.flow, tenant).await?;
    Ok(Json(Current::new(row, state.models().jobs.as_of())))
}
