//! The placement: all maps, one map, the history of one tenant's entry.

use axum::{Json, extract::State};
use serde::Deserialize;
use streams::ids::{ServiceKind, TenantId};

use crate::{
    auth::guard::Platform,
    error::{ApiError, ApiResult, Code},
    extract::{PathKind, StrictQuery},
    page::Page,
    queries::placement::{self, MapView, PlacementRevision, PlacementView},
    rights::PlacementRead,
    routes::Current,
    state::AppState,
};

/// All maps.
#[utoipa::path(get, path = "/admin/v1/placement", responses((status = 200, body = PlacementView)))]
pub(crate) async fn all(
    guard: Platform<PlacementRead>,
    State(state): State<AppState>,
) -> ApiResult<Json<PlacementView>> {
    placement::all(&state, &guard.sight).map(Json)
}

/// One map with its tenants.
#[utoipa::path(get, path = "/admin/v1/placement/{kind}",
    params(("kind" = ServiceKind, Path, description = "Service kind.")),
    responses((status = 200, body = Current<MapView>)))]
pub(crate) async fn one(
    guard: Platform<PlacementRead>,
    State(state): State<AppState>,
    PathKind(kind): PathKind<ServiceKind>,
) -> ApiResult<Json<Current<MapView>>> {
    let map = placement::map(&*state.placement()?, kind, &guard.sight, true);
    Ok(Json(Current::new(map, state.models().jobs.as_of())))
}

/// Whose history.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// The tenant.
    tenant: TenantId,
}

/// Stored revisions of one tenant's entry, oldest first.
#[utoipa::path(get, path = "/admin/v1/placement/{kind}/history", params(HistoryQuery,
    ("kind" = ServiceKind, Path, description = "Service kind.")),
    responses((status = 200, body = Page<PlacementRevision>)))]
pub(crate) async fn history(
    guard: Platform<PlacementRead>,
    State(state): State<AppState>,
    PathKind(kind): PathKind<ServiceKind>,
    StrictQuery(query): StrictQuery<HistoryQuery>,
) -> ApiResult<Json<Page<PlacementRevision>>> {
    if !guard.sight.sees(Some(&query.tenant)) {
        return Err(ApiError::new(Code::UnknownTenant, format!("{} is unknown", query.tenant)));
    }
    let items = placement::history(&state, kind, &query.tenant).await?;
    let total_estimate = Some(items.len() as u64);
    let as_of = state.models().jobs.as_of();
    Ok(Json(Page { items, next_cursor: None, total_estimate, as_of }))
}
