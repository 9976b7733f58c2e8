//! Sign-in, sign-out, keys and rights, as contracts §2 has them.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State as Shared},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use fleet::contract::{Jwks, LoginRequest, LoginResponse, ProblemCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::iam::Caller;
use crate::{
    node::{Life, order::authenticate},
    problem::{Answer, Body, Fail, Query, fail},
};

type Node = Shared<Arc<Life>>;

/// `GET /.well-known/jwks.json`.
pub async fn jwks(life: Node) -> Json<Jwks> {
    Json(life.world.iam.keys.jwks())
}

fn broken(error: &std::io::Error) -> Fail {
    tracing::error!(%error, "the identity state cannot be written");
    fail(ProblemCode::Unavailable, "the identity state cannot be written now")
}

/// `POST /auth/v1/login`.
///
/// # Errors
/// 401 `unauthenticated`, the same for a wrong name and a wrong password.
pub async fn login(life: Node, Body(request): Body<LoginRequest>) -> Answer<Json<LoginResponse>> {
    let password = request.password.expose_secret();
    let world = &life.world;
    let signed_in = world.iam.login(world.ids.as_ref(), &request.username, password);
    let wrong = || fail(ProblemCode::Unauthenticated, "wrong user name or password");
    let (token, expires_in) = signed_in.map_err(|e| broken(&e))?.ok_or_else(wrong)?;
    Ok(Json(LoginResponse { access_token: SecretString::from(token), expires_in }))
}

/// Who calls, by the bearer token.
///
/// # Errors
/// 401 `unauthenticated`.
pub fn caller(life: &Life, headers: &HeaderMap) -> Answer<Caller> {
    let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let token = given.and_then(|v| v.strip_prefix("Bearer "));
    let caller = token.and_then(|t| life.world.iam.caller(t));
    caller.ok_or_else(|| fail(ProblemCode::Unauthenticated, "a valid access token is required"))
}

/// `POST /auth/v1/logout`: revokes the session of the token.
///
/// # Errors
/// 401 `unauthenticated`.
pub async fn logout(life: Node, headers: HeaderMap) -> Answer<StatusCode> {
    let caller = caller(&life, &headers)?;
    life.world.iam.revoke(&caller.claims.session_id).map_err(|e| broken(&e))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Query of [`rights`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionQuery {
    #[serde(default)]
    session_id: String,
}

/// `GET /iam/v1/principals/{sub}/rights`, with the service token.
///
/// # Errors
/// 401 without it; 404 `not_found` for an unknown principal.
pub async fn rights(
    life: Node,
    headers: HeaderMap,
    Path(sub): Path<String>,
    Query(query): Query<SessionQuery>,
) -> Answer<Response> {
    authenticate(&headers, &life.world.node_token)?;
    let unknown = || fail(ProblemCode::NotFound, "there is no such principal");
    let rights = life.world.iam.rights(&sub, &query.session_id).ok_or_else(unknown)?;
    let etag = format!("\"{}\"", rights.etag);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    if known == Some(etag.as_str()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    Ok(([(header::ETAG, etag)], Json(rights)).into_response())
}
