//! Who may come in: extractors that answer 401, 403, 400 and 422 before a handler begins.
//!
//! [`May`] is a caller with a right in some reach, [`MayHere`] one whose right reaches the tenant of
//! `x-tenant-id`, [`Why`] the reason of a write. The rules are in [`super::rights`].

use std::{marker::PhantomData, sync::Arc};

use axum::extract::{FromRequestParts, Path};
use fleet::contract::{
    ProblemCode,
    headers::{REASON, TENANT_ID, decode_reason},
};
use http::{HeaderMap, header, request::Parts};
use serde::de::DeserializeOwned;
use streams::ids::{ServiceKind, TenantId};

use super::{
    iam::{By, Caller},
    rights::Reach,
};
use crate::{
    flow,
    node::Life,
    problem::{Answer, Fail, fail, fail_as},
};

/// A right that a route asks for.
pub trait Right {
    /// Its string, without a tenant.
    const NAME: &'static str;
}

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $name;
            impl Right for $name {
                const NAME: &'static str = $text;
            }
        )*
    };
}

rights! {
    /// See users, sessions, roles, permissions.
    IamRead = "control.iam.read";
    /// Change them.
    IamWrite = "control.iam.write";
    /// See configuration.
    ConfigRead = "control.config.read";
    /// Change it.
    ConfigWrite = "control.config.write";
    /// See definitions.
    DefinitionsRead = "control.definitions.read";
    /// Change them.
    DefinitionsWrite = "control.definitions.write";
}

/// Who calls, by the bearer token.
///
/// # Errors
/// 401 `unauthenticated`.
pub fn caller(life: &Life, headers: &HeaderMap) -> Answer<Caller> {
    let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let token = given.and_then(|v| v.strip_prefix("Bearer "));
    let caller = token.and_then(|t| life.world.iam.caller(t));
    let required = || fail(ProblemCode::Unauthenticated, "a valid access token is required");
    let caller = caller.ok_or_else(required)?;
    flow::note_principal(&caller.claims.sub);
    Ok(caller)
}

/// A caller who holds a right, and how far it reaches.
#[derive(Debug)]
pub struct May<R> {
    /// Who.
    pub caller: Caller,
    /// How far.
    pub reach: Reach,
    right: PhantomData<R>,
}

impl<R: Right> May<R> {
    /// The author of a change with this reason.
    #[must_use]
    pub fn by(self, reason: Why) -> By {
        By {
            sub: self.caller.claims.sub,
            rights: self.caller.rights,
            reach: self.reach,
            reason: reason.0,
        }
    }

    /// The same, where the right must reach the whole platform.
    ///
    /// # Errors
    /// 403 `forbidden`.
    pub fn everywhere(self) -> Answer<Self> {
        if self.reach == Reach::All {
            return Ok(self);
        }
        let detail = format!("{} for the whole platform is required", R::NAME);
        Err(fail(ProblemCode::Forbidden, detail))
    }
}

impl<R: Right> FromRequestParts<Arc<Life>> for May<R> {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, life: &Arc<Life>) -> Result<Self, Fail> {
        let caller = caller(life, &parts.headers)?;
        let lacks = || fail(ProblemCode::Forbidden, format!("{} is required", R::NAME));
        let reach = Reach::of(&caller.rights, R::NAME).ok_or_else(lacks)?;
        Ok(Self { caller, reach, right: PhantomData })
    }
}

/// Exactly one well-formed `x-tenant-id`.
///
/// # Errors
/// 400 `tenant_header_invalid`.
pub fn tenant(headers: &HeaderMap) -> Answer<TenantId> {
    let wrong = || {
        let detail = "exactly one x-tenant-id, ^[a-z0-9][a-z0-9_-]{0,62}$, is required";
        fail_as(400, "tenant_header_invalid", detail)
    };
    let mut values = headers.get_all(TENANT_ID).iter();
    match (values.next().and_then(|v| v.to_str().ok()), values.next()) {
        (Some(text), None) => text.parse().map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

/// Whether the placement knows the tenant.
///
/// # Errors
/// 503 while no placement is loaded.
pub fn is_known(life: &Life, tenant: &TenantId) -> Answer<bool> {
    let routing = life.routing.borrow().clone();
    let loading = || fail(ProblemCode::Unavailable, "the placement is not loaded yet");
    let routing = routing.ok_or_else(loading)?;
    Ok(ServiceKind::DRAIN_ORDER.into_iter().any(|kind| routing.placed(kind, tenant).is_some()))
}

/// A caller whose right reaches the tenant of `x-tenant-id`.
#[derive(Debug)]
pub struct MayHere<R> {
    /// The caller.
    pub may: May<R>,
    /// The tenant.
    pub tenant: TenantId,
}

impl<R: Right> FromRequestParts<Arc<Life>> for MayHere<R> {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, life: &Arc<Life>) -> Result<Self, Fail> {
        let caller = caller(life, &parts.headers)?;
        let tenant = tenant(&parts.headers)?;
        // One answer for a tenant that is not there, one that is another's, and no right at all.
        let no = || fail(ProblemCode::Forbidden, "no right to this tenant");
        let reach = Reach::of(&caller.rights, R::NAME).ok_or_else(no)?;
        if !reach.covers(Some(&tenant)) || !is_known(life, &tenant)? {
            return Err(no());
        }
        Ok(Self { may: May { caller, reach, right: PhantomData }, tenant })
    }
}

/// Why a write is made: `x-reason`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Why {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fail> {
        let wrong = || {
            let detail = "x-reason: one header of 1 to 500 characters, percent-encoded UTF-8, is \
                          required";
            fail(ProblemCode::BadArgument, detail)
        };
        let mut values = parts.headers.get_all(REASON).iter();
        match (values.next().and_then(|v| v.to_str().ok()), values.next()) {
            (Some(text), None) => decode_reason(text).map(Self).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }
}

/// What stands in the path; what cannot stand there is no path.
#[derive(Debug, Clone, Copy)]
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fail> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        let none = |_| fail(ProblemCode::NotFound, "there is no such path");
        path.map(|Path(named)| Self(named)).map_err(none)
    }
}
