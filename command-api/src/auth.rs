//! Who asks, and whether they may: tokens, sessions, rights, tenants. Deny by default.
//!
//! A handler never looks at a token. It takes one of the guards of [`guard`] as its first argument,
//! and the router (`crate::router`) states the same guard, so that a route without one does not
//! type-check. Tokens are verified in [`token`] with keys of [`keys`]; rights come from the Gateway
//! through [`grants`]; cookies and cross-site defence are in [`cookie`] and [`csrf`].

pub mod cookie;
pub mod csrf;
pub mod grants;
pub mod guard;
pub mod keys;
pub mod rights;
pub mod token;
pub mod verifier;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use streams::ids::{PrincipalId, TenantId};

/// What a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub sub: PrincipalId,
    /// Gateway session.
    pub session_id: String,
    /// When the token ends.
    pub expires_at: DateTime<Utc>,
    /// The only tenant the token is good for, when it names one.
    pub tenant_id: Option<TenantId>,
}

/// How the token came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// `Authorization: Bearer`, machines.
    Bearer,
    /// The session cookie, browsers.
    Cookie,
}

/// A principal, shared by everything that works on its request.
pub type SharedPrincipal = Arc<Principal>;
