//! Passing requests on to the Gateway's administration: users, sessions, roles, permissions,
//! configuration, definitions.
//!
//! The Gateway decides; status, error text and body come back as they came, and nothing is
//! remembered. What is ours stays ours: who may ask at all, the shape of path and body, the reason
//! of a write, and its two audit records ([`write`]). What of a request goes on is in [`asked`], what
//! of an answer comes back in [`answer`]. The routes are in `crate::router`, their documents in
//! `crate::routes::gateway`.

pub mod answer;
pub mod asked;
pub mod write;

use axum::response::Response;
use fleet::{error::NodeError, gateway::PassThrough};
use streams::ids::TenantId;

use crate::{
    auth::guard::{Caller, ForTenant, Platform, RightSpec},
    error::{ApiError, ApiResult, Code},
    state::AppState,
};
use asked::Asked;

/// Who asks, and for which tenant if the route is for one.
#[derive(Debug, Clone)]
pub struct Sender {
    /// Who.
    pub caller: Caller,
    /// For whom; goes on as `x-tenant-id`.
    pub tenant: Option<TenantId>,
    /// Under which right.
    pub right: &'static str,
}

impl<R: RightSpec> From<Platform<R>> for Sender {
    fn from(guard: Platform<R>) -> Self {
        Self { caller: guard.caller, tenant: None, right: R::NAME }
    }
}

impl<R: RightSpec> From<ForTenant<R>> for Sender {
    fn from(guard: ForTenant<R>) -> Self {
        Self { caller: guard.caller, tenant: Some(guard.tenant), right: R::NAME }
    }
}

/// Passes a read on. Each one is asked anew.
///
/// # Errors
/// 503 `gateway_unavailable`, 502 `gateway_error`.
pub async fn read(state: &AppState, sender: Sender, asked: Asked) -> ApiResult<Response> {
    let request = PassThrough {
        method: asked.method.clone(),
        path: &asked.path,
        headers: &asked.headers,
        body: None,
        operator: &sender.caller.token,
        tenant: sender.tenant.as_ref(),
        reason: None,
    };
    let gateway = &state.ports().gateway;
    let answer = gateway.pass_through(&sender.caller.flow, request).await.map_err(unanswered)?;
    answer::usable(&answer).map_err(|why| ApiError::new(Code::GatewayError, why))?;
    Ok(answer::response(answer))
}

/// What no answer means for a request that changes nothing, or was never sent.
fn unanswered(error: NodeError) -> ApiError {
    let code = match &error {
        NodeError::NotAdmitted { .. }
        | NodeError::NotConnected { .. }
        | NodeError::Unreachable { .. }
        | NodeError::Timeout { .. } => Code::GatewayUnavailable,
        NodeError::TooLarge { .. }
        | NodeError::Redirect { .. }
        | NodeError::BadBody { .. }
        | NodeError::WrongNode { .. }
        | NodeError::Problem { .. } => Code::GatewayError,
    };
    ApiError::new(code, code.title()).caused_by(error)
}
