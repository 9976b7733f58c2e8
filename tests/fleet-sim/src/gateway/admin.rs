//! The Gateway's own administration, which the control plane passes through: users, sessions,
//! roles, permissions here, configuration and definitions in [`documents`].
//!
//! Rights are checked here: the Gateway is the source of truth. A handler takes the request apart
//! and puts the answer together; what may be is in [`super::iam`].

pub mod documents;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State as Shared,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, put},
};
use fleet::contract::{
    ProblemCode,
    administration::{
        DocumentQuery, Listing, NewPassword, NewRole, NewUser, Permission, Revoked, Role,
        RoleChange, Session, SessionQuery, User, UserChange, UserQuery,
    },
    paths,
};
use http::{HeaderValue, header};

use super::{
    access::{IamRead, IamWrite, May, Named, Why, is_known},
    condition::Condition,
    iam::roles::all_permissions,
};
use crate::{
    flow,
    node::Life,
    problem::{Answer, Body, Query, fail},
};

type Node = Shared<Arc<Life>>;

/// The routes.
pub fn routes() -> Router<Arc<Life>> {
    Router::new()
        .route(paths::USERS, get(users).post(create_user))
        .route(paths::USER, get(user).put(change_user).delete(remove_user))
        .route(paths::USER_PASSWORD, put(set_password))
        .route(paths::USER_SESSIONS, axum::routing::delete(revoke_all))
        .route(paths::SESSIONS, get(sessions))
        .route(paths::SESSION, get(session).delete(revoke))
        .route(paths::ROLES, get(roles).post(create_role))
        .route(paths::ROLE, get(role).put(change_role).delete(remove_role))
        .route(paths::PERMISSIONS, get(permissions))
        .merge(documents::routes())
}

/// A row with its version as the `ETag`, and where it is when it has just been made.
fn row<T: serde::Serialize>(row: T, version: u64, made_at: Option<String>) -> Response {
    let status = if made_at.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    let mut response =
        (status, [(header::ETAG, format!("\"{version}\""))], Json(row)).into_response();
    if let Some(at) = made_at.and_then(|at| HeaderValue::from_str(&at).ok()) {
        response.headers_mut().insert(header::LOCATION, at);
    }
    response
}

async fn users(
    life: Node,
    may: May<IamRead>,
    Query(query): Query<UserQuery>,
) -> Answer<Json<Listing<User>>> {
    life.world.iam.users(&may.reach, &query).map(Json)
}

async fn user(life: Node, may: May<IamRead>, Named(sub): Named<String>) -> Answer<Response> {
    let user = life.world.iam.user(&may.reach, &sub)?;
    let version = user.version;
    Ok(row(user, version, None))
}

async fn create_user(
    life: Node,
    may: May<IamWrite>,
    why: Why,
    Body(new): Body<NewUser>,
) -> Answer<Response> {
    if let Some(tenant) = &new.tenant_id {
        flow::note_tenant(tenant);
        if may.reach.covers(Some(tenant)) && !is_known(&life, tenant)? {
            let detail = format!("tenant_id: there is no tenant {tenant}");
            return Err(fail(ProblemCode::BadArgument, detail));
        }
    }
    let sub = format!("usr_{}", life.world.ids.uuid().simple());
    let user = life.world.iam.create_user(&may.by(why), sub, new)?;
    let at = paths::USER.replace("{sub}", &user.sub);
    Ok(row(user, 1, Some(at)))
}

async fn change_user(
    life: Node,
    may: May<IamWrite>,
    why: Why,
    condition: Condition,
    Named(sub): Named<String>,
    Body(change): Body<UserChange>,
) -> Answer<Response> {
    let user = life.world.iam.change_user(&may.by(why), &sub, condition, change)?;
    let version = user.version;
    Ok(row(user, version, None))
}

async fn remove_user(
    life: Node,
    may: May<IamWrite>,
    why: Why,
    condition: Condition,
    Named(sub): Named<String>,
) -> Answer<StatusCode> {
    life.world.iam.remove_user(&may.by(why), &sub, condition)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_password(
    life: Node,
    may: May<IamWrite>,
    why: Why,
    condition: Condition,
    Named(sub): Named<String>,
    Body(new): Body<NewPassword>,
) -> Answer<Response> {
    let version = life.world.iam.set_password(&may.by(why), &sub, condition, &new.password)?;
    let etag = [(header::ETAG, format!("\"{version}\""))];
    Ok((StatusCode::NO_CONTENT, etag).into_response())
}

async fn revoke_all(
    life: Node,
    may: May<IamWrite>,
    why: Why,
    Named(sub): Named<String>,
) -> Answer<Json<Revoked>> {
    life.world.iam.revoke_all(&may.by(why), &sub).map(Json)
}

async fn sessions(
    life: Node,
    may: May<IamRead>,
    Query(query): Query<SessionQuery>,
) -> Answer<Json<Listing<Session>>> {
    life.world.iam.sessions(&may.reach, &query).map(Json)
}

async fn session(life: Node, may: May<IamRead>, Named(id): Named<String>) -> Answer<Json<Session>> {
    life.world.iam.session(&may.reach, &id).map(Json)
}

async fn revoke(
    life: Node,
    may: May<IamWrite>,
    why: Why,
    Named(id): Named<String>,
) -> Answer<StatusCode> {
    life.world.iam.revoke(&may.by(why), &id)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn roles(
    life: Node,
    may: May<IamRead>,
    Query(query): Query<DocumentQuery>,
) -> Answer<Json<Listing<Role>>> {
    life.world.iam.roles(&may.reach, &query).map(Json)
}

async fn role(life: Node, may: May<IamRead>, Named(name): Named<String>) -> Answer<Response> {
    let role = life.world.iam.role(&may.reach, &name)?;
    let version = role.version;
    Ok(row(role, version, None))
}

async fn create_role(
    life: Node,
    may: May<IamWrite>,
    why: Why,
    Body(new): Body<NewRole>,
) -> Answer<Response> {
    let role = life.world.iam.create_role(&may.by(why), new)?;
    let at = paths::ROLE.replace("{role}", &role.role);
    Ok(row(role, 1, Some(at)))
}

async fn change_role(
    life: Node,
    may: May<IamWrite>,
    why: Why,
    condition: Condition,
    Named(name): Named<String>,
    Body(change): Body<RoleChange>,
) -> Answer<Response> {
    let role = life.world.iam.change_role(&may.by(why), &name, condition, change)?;
    let version = role.version;
    Ok(row(role, version, None))
}

async fn remove_role(
    life: Node,
    may: May<IamWrite>,
    why: Why,
    condition: Condition,
    Named(name): Named<String>,
) -> Answer<StatusCode> {
    life.world.iam.remove_role(&may.by(why), &name, condition)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn permissions(
    _: May<IamRead>,
    Query(query): Query<DocumentQuery>,
) -> Answer<Json<Listing<Permission>>> {
    all_permissions(&query).map(Json)
}
