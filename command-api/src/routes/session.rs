//! Sign-in, who-am-I, sign-out. The Gateway authenticates; the token goes into the cookie and
//! nowhere else. Every sign-in and sign-out is audited, also the ones that fail.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use fleet::contract::Grant;
use serde::Serialize;
use streams::ids::PrincipalId;

use crate::{
    auth::{
        csrf,
        guard::{Public, SignedIn},
    },
    error::ApiResult,
    extract::StrictJson,
    sessions::{self, Origin, SignIn},
    state::AppState,
};

/// Who is signed in, and what they may do.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Session {
    /// Who.
    principal: SessionPrincipal,
    /// Their name for people, when the Gateway says one.
    #[schema(required = true)]
    display_name: Option<String>,
    /// Right strings, as the Gateway says them.
    rights: Vec<String>,
    /// Why each right is held, as far as the Gateway says: by which role, or null when it is their
    /// own. One held through two roles is here twice.
    grants: Vec<Grant>,
    /// When the token ends.
    expires_at: DateTime<Utc>,
    /// Which control plane this is.
    environment: String,
    /// Base URL of the Grafana that keeps this control plane's logs and traces, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    grafana_url: Option<String>,
    /// Version and commit of the API.
    version: &'static str,
}

/// Who.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionPrincipal {
    sub: PrincipalId,
    session_id: String,
}

/// Signs in: the answer sets the session cookie.
#[utoipa::path(post, path = "/admin/v1/session", request_body = SignIn,
    responses((status = 204, description = "Signed in.")))]
pub(crate) async fn create(
    _: Public,
    State(state): State<AppState>,
    origin: Origin,
    StrictJson(body): StrictJson<SignIn>,
) -> ApiResult<Response> {
    csrf::check_origin(&origin.headers, &state.settings().allowed_origins)?;
    let cookie = sessions::sign_in(&state, &origin, body).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Who is signed in, with their rights.
#[utoipa::path(get, path = "/admin/v1/session", responses((status = 200, body = Session)))]
pub(crate) async fn read(
    SignedIn(caller): SignedIn,
    State(state): State<AppState>,
) -> Json<Session> {
    Json(Session {
        principal: SessionPrincipal {
            sub: caller.principal.sub.clone(),
            session_id: caller.principal.session_id.clone(),
        },
        display_name: caller.told.display_name.clone(),
        grants: caller.told.grants.clone(),
        rights: caller.rights.as_slice().to_vec(),
        expires_at: caller.principal.expires_at,
        environment: state.settings().environment.clone(),
        grafana_url: state.settings().grafana_url.clone(),
        version: state.settings().build.text(),
    })
}

/// Signs out at the Gateway and clears the cookie.
#[utoipa::path(delete, path = "/admin/v1/session",
    responses((status = 204, description = "Signed out.")))]
pub(crate) async fn delete(
    SignedIn(caller): SignedIn,
    State(state): State<AppState>,
) -> ApiResult<Response> {
    let cookie = sessions::sign_out(&state, &caller).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}
