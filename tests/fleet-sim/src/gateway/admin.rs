//! The Gateway's own administration, which the control plane passes through: users, sessions,
//! roles, permissions. Rights are checked here: the Gateway is the source of truth.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State as Shared},
    http::{HeaderMap, StatusCode},
    routing::{delete, get, put},
};
use fleet::contract::ProblemCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    auth::caller,
    iam::{Caller, Session},
    users::{User, permissions},
};
use crate::{
    node::Life,
    problem::{Answer, Body, Fail, fail},
};

type Node = Shared<Arc<Life>>;

/// The routes.
pub fn routes() -> Router<Arc<Life>> {
    Router::new()
        .route("/iam/v1/users", get(users))
        .route("/iam/v1/users/{sub}/rights", put(set_rights))
        .route("/iam/v1/sessions", get(sessions))
        .route("/iam/v1/sessions/{session_id}", delete(revoke))
        .route("/iam/v1/roles", get(roles))
        .route("/iam/v1/permissions", get(all_permissions))
}

fn with_right(life: &Life, headers: &HeaderMap, right: &str) -> Answer<Caller> {
    let caller = caller(life, headers)?;
    if caller.may(right) {
        Ok(caller)
    } else {
        Err(fail(ProblemCode::Forbidden, format!("{right} is required")))
    }
}

fn broken(error: &std::io::Error) -> Fail {
    tracing::error!(%error, "the identity state cannot be written");
    fail(ProblemCode::Unavailable, "the identity state cannot be written now")
}

#[derive(Debug, Serialize)]
struct Shown {
    sub: String,
    username: String,
    role: String,
    rights: Vec<String>,
}

impl From<User> for Shown {
    fn from(user: User) -> Self {
        let User { sub, username, role, rights, .. } = user;
        Self { sub, username, role, rights }
    }
}

#[derive(Debug, Serialize)]
struct Items<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

fn items<T>(items: Vec<T>) -> Json<Items<T>> {
    Json(Items { items, next_cursor: None })
}

async fn users(life: Node, headers: HeaderMap) -> Answer<Json<Items<Shown>>> {
    with_right(&life, &headers, "control.iam.read")?;
    Ok(items(life.world.iam.users().into_iter().map(Shown::from).collect()))
}

async fn sessions(life: Node, headers: HeaderMap) -> Answer<Json<Items<Session>>> {
    with_right(&life, &headers, "control.iam.read")?;
    Ok(items(life.world.iam.sessions()))
}

async fn roles(life: Node, headers: HeaderMap) -> Answer<Json<Items<Value>>> {
    with_right(&life, &headers, "control.iam.read")?;
    let mut roles: Vec<(String, Vec<String>)> = Vec::new();
    for user in life.world.iam.users().into_iter().filter(|u| u.username != "acme-operator") {
        if !roles.iter().any(|(role, _)| role == &user.role) {
            roles.push((user.role, user.rights));
        }
    }
    let shown = roles.into_iter().map(|(role, rights)| json!({"role": role, "rights": rights}));
    Ok(items(shown.collect()))
}

async fn all_permissions(life: Node, headers: HeaderMap) -> Answer<Json<Items<String>>> {
    with_right(&life, &headers, "control.iam.read")?;
    Ok(items(permissions()))
}

async fn revoke(life: Node, headers: HeaderMap, Path(id): Path<String>) -> Answer<StatusCode> {
    with_right(&life, &headers, "control.iam.write")?;
    if life.world.iam.revoke(&id).map_err(|e| broken(&e))? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(fail(ProblemCode::NotFound, "there is no such session"))
    }
}

/// Body of a change of rights.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRights {
    rights: Vec<String>,
}

async fn set_rights(
    life: Node,
    headers: HeaderMap,
    Path(sub): Path<String>,
    Body(new): Body<NewRights>,
) -> Answer<Json<Shown>> {
    let caller = with_right(&life, &headers, "control.iam.write")?;
    let known = permissions();
    for right in &new.rights {
        let plain = right.split(':').next().unwrap_or_default();
        if right != "control.*" && !known.iter().any(|k| k == plain) {
            return Err(fail(ProblemCode::BadArgument, format!("{right} is not a right")));
        }
        if !caller.may(right) && !caller.may(plain) {
            let detail = format!("you cannot grant {right}, which you do not have");
            return Err(fail(ProblemCode::Forbidden, detail));
        }
    }
    let changed = life.world.iam.set_rights(&sub, new.rights).map_err(|e| broken(&e))?;
    let unknown = || fail(ProblemCode::NotFound, "there is no such user");
    Ok(Json(changed.ok_or_else(unknown)?.into()))
}
