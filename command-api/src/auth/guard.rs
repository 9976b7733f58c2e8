//! The guards: the first argument of every handler. They authenticate, authorise, and say for whom.
//!
//! [`Public`] asks nothing, [`SignedIn`] a good token, [`Platform`] a right, [`ForTenant`] a right
//! and exactly one `x-tenant-id`. [`FirstIs`] lets the router demand that a handler begins with the
//! guard it declares.

use std::{convert::Infallible, marker::PhantomData, net::IpAddr, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use fleet::contract::headers::TENANT_ID;
use secrecy::SecretString;
use streams::{
    ids::{FlowIds, TenantId},
    job::command::Actor,
};

use super::{
    SharedPrincipal, Via, cookie, csrf,
    rights::{Rights, Sight},
};
use crate::{
    edge::{address, audit::Note, flow::single},
    error::{ApiError, ApiResult, Code},
    limits::Who,
    ports::RightsNow,
    state::AppState,
};

/// Who a route is for (api.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Anybody.
    Public,
    /// The whole control plane; `x-tenant-id` is ignored.
    Platform,
    /// One tenant, named by `x-tenant-id`.
    Tenant,
}

/// One right, as a type.
pub trait RightSpec: Send + Sync + 'static {
    /// Its string, e.g. `control.jobs.read`.
    const NAME: &'static str;

    /// What of the platform its holder may see; blind means: denied.
    fn sight(rights: &Rights) -> Sight {
        rights.sight(Self::NAME)
    }
}

/// A guard, as the router declares it.
pub trait Guard: FromRequestParts<AppState> {
    /// Scope of the route.
    const SCOPE: Scope;
    /// Right it demands; none on public routes and those for anybody signed in.
    const RIGHT: Option<&'static str>;
}

/// Implemented by the argument lists that begin with `G`.
pub trait FirstIs<G> {}

macro_rules! first_is {
    ($($rest:ident),*) => {
        impl<M, G, $($rest),*> FirstIs<G> for (M, G, $($rest,)*) {}
    };
}
first_is!();
first_is!(A);
first_is!(A, B);
first_is!(A, B, C);
first_is!(A, B, C, D);
first_is!(A, B, C, D, E);
first_is!(A, B, C, D, E, F);

/// An authenticated request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub principal: SharedPrincipal,
    /// With which rights.
    pub rights: Rights,
    /// What the Gateway says of them besides.
    pub told: Arc<RightsNow>,
    /// In which flow.
    pub flow: FlowIds,
    /// How the token came.
    pub via: Via,
    /// The token, for the Gateway only.
    pub token: SecretString,
    /// Source address, when known.
    pub address: Option<IpAddr>,
    /// What an audit record of this request would say.
    pub note: Note,
}

impl Caller {
    /// The actor of a command or record, acting by `right`.
    #[must_use]
    pub fn actor(&self, right: &str) -> Actor {
        Actor {
            sub: self.principal.sub.clone(),
            session_id: self.principal.session_id.clone(),
            right: right.to_owned(),
            address: self.address.map(|a| a.to_string()),
        }
    }

    async fn of(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        let flow = crate::edge::flow_of(&parts.extensions)
            .ok_or_else(|| ApiError::new(Code::Internal, "the request has no flow ids"))?;
        let note = parts.extensions.get::<Note>().cloned().unwrap_or_default();
        let (token, via) = credentials(&parts.headers, state.settings().cookie_secure)?;
        let principal = state.verifier().principal(&token, &flow).await?;
        tracing::Span::current().record("principal_id", principal.sub.as_str());
        state.limit(Who::Principal(&principal.sub)).await?;
        let address = address::of(&parts.extensions);
        let (rights, told) = (Rights::default(), Arc::default());
        let mut caller = Self { principal, rights, told, flow, via, token, address, note };
        caller.note.actor(caller.actor(""));
        if via == Via::Cookie {
            let allowed = &state.settings().allowed_origins;
            csrf::check_mutation(&parts.method, &parts.headers, allowed)?;
        }
        let mutation = !parts.method.is_safe();
        caller.told = state.grants().of(&caller.principal, mutation, &caller.flow).await?;
        let bound_to = caller.principal.tenant_id.clone();
        caller.rights = Rights::new(caller.told.rights.clone(), bound_to);
        Ok(caller)
    }

    fn must(&self, right: &'static str, granted: bool, whom: &str) -> ApiResult<()> {
        self.note.actor(self.actor(right));
        if granted {
            return Ok(());
        }
        Err(ApiError::new(Code::Forbidden, format!("{right} is needed for {whom}")))
    }
}

/// The token of a request: bearer before cookie, and never two of a kind. `secure` says which name
/// the cookie has.
///
/// # Errors
/// 401 `unauthenticated`.
pub fn credentials(headers: &HeaderMap, secure: bool) -> ApiResult<(SecretString, Via)> {
    let none = |detail: &str| ApiError::new(Code::Unauthenticated, detail);
    if headers.contains_key(header::AUTHORIZATION) {
        let value = single(headers, header::AUTHORIZATION.as_str())
            .ok_or_else(|| none("exactly one Authorization header is needed"))?;
        let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
        if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
            return Err(none("the Authorization header must be Bearer and a token"));
        }
        return Ok((SecretString::from(token), Via::Bearer));
    }
    match cookie::read(headers, secure) {
        Ok(Some(token)) => Ok((token, Via::Cookie)),
        Ok(None) => Err(none("sign in, or send an access token")),
        Err(cookie::Planted) => Err(none("the session cookie came more than once")),
    }
}

/// A route for anybody.
#[derive(Debug, Clone, Copy)]
pub struct Public;

impl Guard for Public {
    const SCOPE: Scope = Scope::Public;
    const RIGHT: Option<&'static str> = None;
}

impl FromRequestParts<AppState> for Public {
    type Rejection = Infallible;
    async fn from_request_parts(_: &mut Parts, _: &AppState) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

/// A route for anybody signed in, about themselves.
#[derive(Debug)]
pub struct SignedIn(pub Caller);

impl Guard for SignedIn {
    const SCOPE: Scope = Scope::Platform;
    const RIGHT: Option<&'static str> = None;
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        Caller::of(parts, state).await.map(Self)
    }
}

/// A platform route under right `R`. `x-tenant-id` is not looked at.
#[derive(Debug)]
pub struct Platform<R> {
    /// Who.
    pub caller: Caller,
    /// What of it they may see.
    pub sight: Sight,
    right: PhantomData<R>,
}

impl<R: RightSpec> Guard for Platform<R> {
    const SCOPE: Scope = Scope::Platform;
    const RIGHT: Option<&'static str> = Some(R::NAME);
}

impl<R: RightSpec> FromRequestParts<AppState> for Platform<R> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        let caller = Caller::of(parts, state).await?;
        let sight = R::sight(&caller.rights);
        caller.must(R::NAME, !sight.is_blind(), "this")?;
        Ok(Self { caller, sight, right: PhantomData })
    }
}

/// A tenant route under right `R`.
#[derive(Debug)]
pub struct ForTenant<R> {
    /// Who.
    pub caller: Caller,
    /// For whom.
    pub tenant: TenantId,
    right: PhantomData<R>,
}

impl<R: RightSpec> Guard for ForTenant<R> {
    const SCOPE: Scope = Scope::Tenant;
    const RIGHT: Option<&'static str> = Some(R::NAME);
}

impl<R: RightSpec> FromRequestParts<AppState> for ForTenant<R> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        let caller = Caller::of(parts, state).await?;
        let tenant = tenant_of(&parts.headers)?;
        tracing::Span::current().record("tenant_id", tenant.as_str());
        caller.note.tenant(tenant.clone());
        // An unknown tenant and one without right look the same.
        let granted = caller.rights.grants(R::NAME, Some(&tenant));
        let unknown = state.placement()?.placement_of(&tenant).is_empty();
        caller.must(R::NAME, granted && !unknown, "this tenant")?;
        Ok(Self { caller, tenant, right: PhantomData })
    }
}

fn tenant_of(headers: &HeaderMap) -> ApiResult<TenantId> {
    let refuse = |detail: String| ApiError::new(Code::TenantHeaderInvalid, detail);
    let mut all = headers.get_all(TENANT_ID).iter();
    let text = match (all.next(), all.next()) {
        (Some(value), None) => value.to_str().unwrap_or(""),
        (None, _) => return Err(refuse("x-tenant-id is missing".to_owned())),
        (Some(_), Some(_)) => return Err(refuse("x-tenant-id came more than once".to_owned())),
    };
    text.parse().map_err(|e: streams::ids::InvalidId| refuse(format!("x-tenant-id is {e}")))
}
