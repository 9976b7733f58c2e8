//! What a request, correlation, trace, job or tenant id belongs to.

use axum::{Json, extract::State};
use serde::Deserialize;

use crate::{
    auth::guard::Platform,
    error::{ApiError, ApiResult, Code},
    extract::StrictQuery,
    queries::search::{self, SearchResult},
    rights::AnyRead,
    state::AppState,
};

/// What to look for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// The id, 1 to 128 visible ASCII characters.
    id: String,
}

/// What an id belongs to, of what one may see.
#[utoipa::path(get, path = "/admin/v1/search", params(SearchQuery),
    responses((status = 200, body = SearchResult)))]
pub(crate) async fn by_id(
    guard: Platform<AnyRead>,
    State(state): State<AppState>,
    StrictQuery(query): StrictQuery<SearchQuery>,
) -> ApiResult<Json<SearchResult>> {
    let visible = query.id.bytes().all(|b| b.is_ascii_graphic());
    if !visible || !(1..=128).contains(&query.id.len()) {
        return Err(ApiError::new(Code::InvalidQuery, "id has 1 to 128 visible ASCII characters"));
    }
    search::by_id(&state, &guard.caller, &query.id).map(Json)
}
