//! The Gateway: where tenants' traffic enters, and who signs in.
//!
//! It is a node too ([`crate::node`]) with a placement in memory and a drain, but holds no tenants.
//! [`proxy`] routes traffic under the hold rule; [`auth`] is sign-in, keys and rights; [`admin`] the
//! administration that the control plane passes through, behind [`access`]. The state behind both,
//! shared by all Gateways, is [`iam`] and [`documents`]; [`journal`] keeps who changed it and why.

pub mod access;
pub mod admin;
pub mod auth;
pub mod condition;
pub mod documents;
pub mod iam;
pub mod journal;
pub mod keys;
pub mod listing;
pub mod proxy;
pub mod rights;
pub mod throttle;
pub mod users;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};
use fleet::contract::{ProblemCode, paths};

use crate::{
    data,
    node::Life,
    problem::{Fail, fail},
};

/// Everything a Gateway answers beside its admin side.
pub fn routes(life: &Arc<Life>) -> Router<Arc<Life>> {
    let journal = middleware::from_fn_with_state(life.clone(), journal::layer);
    Router::new()
        .route(paths::JWKS, get(auth::jwks))
        .route(paths::LOGIN, post(auth::login))
        .route(paths::LOGOUT, post(auth::logout))
        .route(paths::RIGHTS, get(auth::rights))
        .route(data::PUBLIC_COMMANDS, post(proxy::command))
        .route(data::PUBLIC_ENTITY, get(proxy::entity))
        .merge(admin::routes().route_layer(journal))
}

/// A Gateway holds no tenants: their endpoints say so.
pub fn no_tenants() -> Router<Arc<Life>> {
    let no = || async { refused() };
    let all = move || get(no).put(no).post(no).delete(no);
    [
        paths::TENANTS,
        paths::TENANT,
        paths::TENANT_INFLIGHT,
        paths::TENANT_LAG,
        paths::TENANT_DRAIN,
        paths::TENANT_PREPARE,
        paths::TENANT_ACTIVATE,
        paths::TENANT_DIGEST,
    ]
    .into_iter()
    .fold(Router::new(), |router, path| router.route(path, all()))
}

fn refused() -> Fail {
    fail(ProblemCode::NotSupported, "a Gateway holds no tenants")
}
