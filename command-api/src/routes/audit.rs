//! The audit log: list, one row, export as NDJSON. Reading it is recorded once in a while.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use streams::{
    ids::CommandId,
    log::{AuditRecord, AuditResult},
    views::audit_row::{AuditKey, AuditRow},
};

use crate::{
    auth::guard::{Caller, Platform, RightSpec},
    edge::audit as record,
    error::ApiResult,
    extract::{PathId, StrictQuery},
    page::Page,
    queries::audit::{self, AuditAsked},
    rights::AuditRead,
    routes::Current,
    state::AppState,
};

/// Audit rows, newest first; one JSON object a line with `Accept: application/x-ndjson`.
#[utoipa::path(get, path = "/admin/v1/audit", params(AuditAsked),
    responses((status = 200, body = Page<AuditRow>, headers(
        ("x-next-cursor" = Option<String>, description = "With NDJSON: the next page.")))))]
pub(crate) async fn list(
    guard: Platform<AuditRead>,
    State(state): State<AppState>,
    headers: HeaderMap,
    StrictQuery(asked): StrictQuery<AuditAsked>,
) -> ApiResult<Response> {
    state.models().audit.reach(asked.min_seq).await?;
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let lines = accept.contains("application/x-ndjson");
    told(&state, &guard.caller, if lines { "audit.export" } else { "audit.read" }).await?;
    let page = audit::list(&state, &guard.sight, &asked)?;
    if lines { Ok(ndjson(&page)) } else { Ok(Json(page).into_response()) }
}

/// One page as lines; the next one is named in `x-next-cursor`.
fn ndjson(page: &Page<AuditRow>) -> Response {
    let line = |row: &AuditRow| serde_json::to_string(row).unwrap_or_default() + "\n";
    let body: String = page.items.iter().map(line).collect();
    let cursor = page.next_cursor.clone().unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson".to_owned()),
        (header::HeaderName::from_static("x-next-cursor"), cursor),
    ];
    (headers, body).into_response()
}

/// Records that somebody reads the audit log: each export, and a session's reading once a minute,
/// so that a page that follows the log does not feed it.
async fn told(state: &AppState, caller: &Caller, operation: &str) -> ApiResult<()> {
    let key = format!("{} {} {operation}", caller.principal.sub, caller.principal.session_id);
    if operation == "audit.read" && state.repeats().get(&key).await.is_some() {
        return Ok(());
    }
    let entry = AuditRecord {
        v: 1,
        record_id: CommandId::from_uuid(state.ids().uuid()),
        at: state.clock().now(),
        class: "read".to_owned(),
        actor: Some(caller.actor(AuditRead::NAME)),
        claimed: None,
        tenant_id: None,
        operation: operation.to_owned(),
        result: AuditResult::Ok,
        code: None,
        reason: None,
        job_id: None,
        resource: None,
        status: None,
        closes: None,
        ids: caller.flow.clone(),
    };
    record::append(state, &entry).await?;
    state.repeats().insert(key, ()).await;
    Ok(())
}

/// One audit row.
#[utoipa::path(get, path = "/admin/v1/audit/{seq}",
    params(("seq" = AuditKey, Path, description = "`evt-<n>` or `aud-<n>`.")),
    responses((status = 200, body = Current<AuditRow>)))]
pub(crate) async fn one(
    guard: Platform<AuditRead>,
    State(state): State<AppState>,
    PathId(key): PathId<AuditKey>,
) -> ApiResult<Json<Current<Arc<AuditRow>>>> {
    told(&state, &guard.caller, "audit.read").await?;
    let row = audit::one(&state, &guard.sight, key)?;
    Ok(Json(Current::new(row, state.models().audit.as_of())))
}
