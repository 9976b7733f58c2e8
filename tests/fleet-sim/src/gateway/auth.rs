//! Sign-in, sign-out, keys and rights, as contracts §2 has them.

use std::sync::Arc;

use axum::{
    Json,
    extract::State as Shared,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use fleet::contract::{Jwks, LoginRequest, LoginResponse, ProblemCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{
    access::{Named, caller},
    iam::{By, sessions::SignedIn},
    rights::Reach,
};
use crate::{
    flow,
    node::{Life, order::authenticate},
    problem::{Answer, Body, Query, fail},
};

type Node = Shared<Arc<Life>>;

/// `GET /.well-known/jwks.json`.
pub async fn jwks(life: Node) -> Json<Jwks> {
    Json(life.world.iam.keys.jwks())
}

/// `POST /auth/v1/login`.
///
/// # Errors
/// 401 `unauthenticated`, the same for a wrong name, a wrong password and a disabled user; 429
/// `rate_limited` after too many of them for one name.
pub async fn login(life: Node, Body(request): Body<LoginRequest>) -> Answer<Response> {
    let LoginRequest { username, password } = request;
    let work = life.0.clone();
    let span = tracing::Span::current();
    let sign_in = move || {
        let world = &work.world;
        let login = || world.iam.login(world.ids.as_ref(), &username, password.expose_secret());
        span.in_scope(login)
    };
    // A password's hash is slow on purpose: not on a thread that others wait for.
    let signed_in = tokio::task::spawn_blocking(sign_in).await;
    let broken = |_| fail(ProblemCode::Unavailable, "the sign-in did not come to an end");
    match signed_in.map_err(broken)?? {
        SignedIn::Yes { sub, token, expires_in } => {
            flow::note_principal(&sub);
            let access_token = SecretString::from(token);
            Ok(Json(LoginResponse { access_token, expires_in }).into_response())
        }
        SignedIn::No => {
            tracing::info!("a sign-in was refused");
            Err(fail(ProblemCode::Unauthenticated, "wrong user name or password"))
        }
        SignedIn::Wait(seconds) => {
            let detail = "too many failed sign-ins under this name; wait";
            let mut response = fail(ProblemCode::RateLimited, detail).into_response();
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            Ok(response)
        }
    }
}

/// `POST /auth/v1/logout`: revokes the session of the token.
///
/// # Errors
/// 401 `unauthenticated`.
pub async fn logout(life: Node, headers: HeaderMap) -> Answer<StatusCode> {
    let caller = caller(&life, &headers)?;
    let by = By {
        sub: caller.claims.sub,
        rights: caller.rights,
        reach: Reach::All,
        reason: "signed out".to_owned(),
    };
    life.world.iam.revoke(&by, &caller.claims.session_id)?;
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
    Named(sub): Named<String>,
    Query(query): Query<SessionQuery>,
) -> Answer<Response> {
    authenticate(&headers, &life.world.node_token)?;
    flow::note_caller("control-plane");
    let unknown = || fail(ProblemCode::NotFound, "there is no such principal");
    let rights = life.world.iam.rights(&sub, &query.session_id).ok_or_else(unknown)?;
    let etag = format!("\"{}\"", rights.etag);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    if known == Some(etag.as_str()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    Ok(([(header::ETAG, etag)], Json(rights)).into_response())
}
