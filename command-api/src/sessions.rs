//! Signing in and out: the Gateway first, then the audit record, then the cookie.
//!
//! A sign-in that cannot be audited does not happen: its token is signed out again and never leaves.

use std::net::IpAddr;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};
use fleet::{contract::LoginRequest, error::NodeError};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use streams::{
    ids::{CommandId, FlowIds},
    job::command::Actor,
    log::{AuditRecord, AuditResult},
};

use crate::{
    auth::{
        SharedPrincipal,
        cookie::{self, MAX_COOKIE_TOKEN_BYTES},
        guard::Caller,
    },
    edge::{address, audit},
    error::{ApiError, ApiResult, Code},
    limits::Who,
    state::AppState,
};

/// Longest user name.
const MAX_NAME: usize = 128;
/// Longest password, bytes.
const MAX_PASSWORD: usize = 1024;

/// Body of a sign-in.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "username": "ops", "password": "a pass phrase" }))]
pub struct SignIn {
    /// Who.
    #[schema(min_length = 1, max_length = 128)]
    pub username: String,
    /// Proof; handed to the Gateway and forgotten.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024)]
    pub password: SecretString,
}

/// Where an unauthenticated request comes from.
#[derive(Debug)]
pub struct Origin {
    /// In which flow.
    pub flow: FlowIds,
    /// Source address, when known.
    pub address: Option<IpAddr>,
    /// Its headers.
    pub headers: HeaderMap,
}

impl FromRequestParts<AppState> for Origin {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> ApiResult<Self> {
        let flow = crate::edge::flow_of(&parts.extensions)
            .ok_or_else(|| ApiError::new(Code::Internal, "the request has no flow ids"))?;
        let address = address::of(&parts.extensions);
        Ok(Self { flow, address, headers: parts.headers.clone() })
    }
}

/// What a sign-in is about, for its record.
struct Attempt<'a> {
    origin: &'a Origin,
    name: String,
}

/// Signs in; the cookie to set.
///
/// # Errors
/// 401 `sign_in_failed`, 429 `rate_limited`, 502 `token_too_large` or `gateway_error`, 503.
pub async fn sign_in(state: &AppState, origin: &Origin, body: SignIn) -> ApiResult<HeaderValue> {
    check(&body)?;
    // Before the Gateway is asked, and whether or not the password is right: who guesses must not
    // learn more by asking faster.
    if let Some(address) = origin.address {
        state.limit(Who::SignInAddress(address)).await?;
    }
    state.limit(Who::SignInName(&body.username)).await?;
    let attempt = Attempt { origin, name: body.username.clone() };
    let credentials = LoginRequest { username: body.username, password: body.password };
    let answer = match state.ports().gateway.login(&origin.flow, &credentials).await {
        Ok(answer) => answer,
        Err(NodeError::Problem { status: 400..=422, .. }) => {
            let code = Code::SignInFailed;
            record(state, &attempt, None, AuditResult::Denied, Some(code)).await?;
            return Err(ApiError::new(code, code.title()));
        }
        // The Gateway's own limit is as good as ours: 429, not a Gateway that is away.
        Err(error @ NodeError::Problem { status: 429, .. }) => {
            let code = Code::RateLimited;
            let wait = error.retry_after_ms().map_or(1, |ms| ms.div_ceil(1000));
            return Err(ApiError::new(code, code.title()).after(wait).caused_by(error));
        }
        Err(error) => {
            let code = Code::GatewayUnavailable;
            return Err(ApiError::new(code, code.title()).caused_by(error));
        }
    };
    let token = answer.access_token;
    match admit(state, &attempt, &token).await {
        Ok(principal) => {
            tracing::Span::current().record("principal_id", principal.sub.as_str());
            cookie::set(&token, answer.expires_in, state.settings().cookie_secure)
                .ok_or_else(|| ApiError::new(Code::GatewayError, "the token is no cookie value"))
        }
        Err(error) => {
            // Nobody got this token: end its session, as far as that works.
            if let Err(cause) = state.ports().gateway.logout(&origin.flow, &token).await {
                tracing::warn!(%cause, "session of a refused sign-in could not be ended");
            }
            Err(error)
        }
    }
}

fn check(body: &SignIn) -> ApiResult<()> {
    let name = &body.username;
    let named = !name.is_empty() && name.chars().count() <= MAX_NAME;
    let password = body.password.expose_secret().len();
    if named && !name.chars().any(char::is_control) && (1..=MAX_PASSWORD).contains(&password) {
        return Ok(());
    }
    let detail =
        format!("username has 1 to {MAX_NAME} characters, password 1 to {MAX_PASSWORD} bytes");
    Err(ApiError::new(Code::InvalidBody, detail))
}

/// Holds the Gateway's token to what we hold every token to, and records the sign-in.
async fn admit(
    state: &AppState,
    attempt: &Attempt<'_>,
    token: &SecretString,
) -> ApiResult<SharedPrincipal> {
    let size = token.expose_secret().len();
    if size > MAX_COOKIE_TOKEN_BYTES {
        let detail = format!(
            "the token has {size} bytes, a cookie holds {MAX_COOKIE_TOKEN_BYTES}: give the user \
             fewer claims, or use Authorization: Bearer"
        );
        return Err(ApiError::new(Code::TokenTooLarge, detail));
    }
    let principal = state.verifier().principal(token, &attempt.origin.flow).await.map_err(|e| {
        ApiError::new(Code::GatewayError, "the Gateway's token does not verify here").caused_by(e)
    })?;
    record(state, attempt, Some(&principal), AuditResult::Ok, None).await?;
    Ok(principal)
}

async fn record(
    state: &AppState,
    attempt: &Attempt<'_>,
    principal: Option<&SharedPrincipal>,
    result: AuditResult,
    code: Option<Code>,
) -> ApiResult<()> {
    let address = attempt.origin.address.map(|a| a.to_string());
    let actor = principal.map(|p| Actor {
        sub: p.sub.clone(),
        session_id: p.session_id.clone(),
        right: "session".to_owned(),
        address,
    });
    let claimed = actor.is_none().then(|| attempt.name.clone());
    let flow = &attempt.origin.flow;
    append(state, flow, "session.create", actor, claimed, (result, code)).await
}

async fn append(
    state: &AppState,
    flow: &FlowIds,
    operation: &str,
    actor: Option<Actor>,
    claimed: Option<String>,
    (result, code): (AuditResult, Option<Code>),
) -> ApiResult<()> {
    let record = AuditRecord {
        v: 1,
        record_id: CommandId::from_uuid(state.ids().uuid()),
        at: state.clock().now(),
        class: "session".to_owned(),
        actor,
        claimed,
        tenant_id: None,
        operation: operation.to_owned(),
        result,
        code: code.map(|c| c.as_str().to_owned()),
        reason: None,
        job_id: None,
        resource: None,
        status: None,
        closes: None,
        ids: flow.clone(),
    };
    audit::append(state, &record).await.map(drop)
}

/// Signs out; the cookie to set.
///
/// # Errors
/// 503 when the Gateway does not end the session, or the record cannot be appended.
pub async fn sign_out(state: &AppState, caller: &Caller) -> ApiResult<HeaderValue> {
    match state.ports().gateway.logout(&caller.flow, &caller.token).await {
        // 401: it has ended already, which the rights we remember do not know yet.
        Ok(()) | Err(NodeError::Problem { status: 401, .. }) => {}
        Err(e) => {
            let told = "the session could not be ended";
            return Err(ApiError::new(Code::GatewayUnavailable, told).caused_by(e));
        }
    }
    state.grants().forget(&caller.principal).await;
    let actor = Some(caller.actor("session"));
    append(state, &caller.flow, "session.delete", actor, None, (AuditResult::Ok, None)).await?;
    cookie::clear(state.settings().cookie_secure)
        .ok_or_else(|| ApiError::new(Code::Internal, "the cookie cannot be cleared"))
}
