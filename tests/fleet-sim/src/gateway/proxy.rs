//! Tenants' traffic: routed under the newest map, held while the tenant moves.
//!
//! The hold rule: on a node's 503 `tenant_draining` or 409 `preparing` the request waits, at most
//! `buffer_ms`, and is tried again under the newest map; then it is refused with 503 and
//! `Retry-After`. The same holds for a node that is draining, does not own the tenant, or does not
//! take the connection: in each case nothing was done. A write whose outcome is not known is *not*
//! repeated here; the client may repeat it under the same request id.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body as Payload,
    extract::State as Shared,
    response::{IntoResponse, Response},
};
use fleet::contract::{
    Problem, ProblemCode,
    headers::{PLACEMENT_EPOCH, TENANT_ID},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use streams::{
    clock::pause,
    ids::{Epoch, ServiceKind, TenantId},
};
use tokio::time::Instant;

use super::access::{Named, tenant};
use crate::{
    data::{self, Command, SERVED_BY},
    flow,
    node::Life,
    problem::{Answer, Body, Fail, fail, fail_as},
};

type Node = Shared<Arc<Life>>;

/// First pause of a held request; doubles up to [`LONGEST`]. A new map wakes it at once.
const SHORTEST: Duration = Duration::from_millis(25);
const LONGEST: Duration = Duration::from_millis(400);

/// `POST /v1/commands`.
///
/// # Errors
/// 400, 403 for an unknown tenant, 422, 502 `outcome_unknown`, 503 after the hold.
pub async fn command(
    life: Node,
    headers: HeaderMap,
    Body(command): Body<Command>,
) -> Answer<Response> {
    flow::note_caller("client");
    let tenant = tenant(&headers)?;
    let body = serde_json::to_vec(&command).expect("wire types always serialise");
    let call = Call {
        kind: ServiceKind::Aggregate,
        tenant: &tenant,
        path: data::COMMANDS.to_owned(),
        body: Some(body),
    };
    route(&life, &call).await
}

/// `GET /v1/entities/{entity}`.
///
/// # Errors
/// As [`command`].
pub async fn entity(
    life: Node,
    headers: HeaderMap,
    Named(entity): Named<String>,
) -> Answer<Response> {
    flow::note_caller("client");
    let tenant = tenant(&headers)?;
    if !(Command { entity: entity.clone(), amount: 0, effect: false }).valid() {
        return Err(fail(ProblemCode::BadArgument, "entity is 1 to 64 of a-z, 0-9 and -"));
    }
    let path = data::ENTITY.replace("{entity}", &entity);
    let call = Call { kind: ServiceKind::Projection, tenant: &tenant, path, body: None };
    route(&life, &call).await
}

struct Call<'a> {
    kind: ServiceKind,
    tenant: &'a TenantId,
    path: String,
    body: Option<Vec<u8>>,
}

/// What came of one attempt.
enum Attempt {
    /// An answer for the client.
    Answer(Response),
    /// Nothing was done; why.
    Hold(String),
    /// It may have been done.
    Unknown(String),
}

async fn route(life: &Arc<Life>, call: &Call<'_>) -> Answer<Response> {
    let until = Instant::now() + life.world.buffer;
    let _open = life.open_request();
    let mut routing = life.routing.clone();
    let mut wait = SHORTEST;
    loop {
        let map = routing.borrow_and_update().clone();
        let why = match map {
            None => "the placement is not loaded yet".to_owned(),
            Some(_) if life.lock().record.draining() => {
                return Err(fail(ProblemCode::NodeDraining, "this Gateway drains"));
            }
            Some(map) => {
                let Some((epoch, node)) = map.target(call.kind, call.tenant) else {
                    return Err(fail(ProblemCode::Forbidden, "no right to this tenant"));
                };
                match attempt(life, call, &node.data_url, epoch).await {
                    Attempt::Answer(response) => return Ok(response),
                    Attempt::Unknown(why) => return Err(fail_as(502, "outcome_unknown", why)),
                    Attempt::Hold(why) => why,
                }
            }
        };
        if Instant::now() + wait >= until {
            tracing::info!(tenant_id = %call.tenant, why, "refused after the hold");
            return Err(held_too_long(&why));
        }
        tokio::select! {
            _ = routing.changed() => wait = SHORTEST,
            () = pause(wait) => wait = (wait * 2).min(LONGEST),
        }
    }
}

fn held_too_long(why: &str) -> Fail {
    fail(ProblemCode::TenantDraining, format!("held as long as allowed: {why}"))
}

async fn attempt(life: &Life, call: &Call<'_>, url: &str, epoch: Epoch) -> Attempt {
    let world = &life.world;
    let flow = flow::current().unwrap_or_else(|| flow::fresh(world.ids.as_ref()));
    let url = format!("{url}{}", call.path);
    let request = match &call.body {
        None => world.http.get(url),
        Some(body) => {
            world.http.post(url).header(header::CONTENT_TYPE, "application/json").body(body.clone())
        }
    };
    let request = request
        .headers(flow::outbound(&flow, world.ids.as_ref()))
        .header(TENANT_ID, call.tenant.as_str())
        .header(PLACEMENT_EPOCH, epoch.to_string());
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) if error.is_connect() || call.body.is_none() => {
            return Attempt::Hold(format!("the node does not answer: {error}"));
        }
        Err(error) => return Attempt::Unknown(error.to_string()),
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) if call.body.is_none() => return Attempt::Hold(error.to_string()),
        Err(error) => return Attempt::Unknown(error.to_string()),
    };
    if let Some(why) = hold(status, &body) {
        return Attempt::Hold(why);
    }
    let mut answer = (status, Payload::from(body)).into_response();
    let kept = [header::CONTENT_TYPE, header::RETRY_AFTER, HeaderName::from_static(SERVED_BY)];
    for name in kept {
        if let Some(value) = headers.get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    let gateway = HeaderValue::from_str(life.spec.node_id.as_str());
    if let Ok(gateway) = gateway {
        answer.headers_mut().insert("x-gateway", gateway);
    }
    Attempt::Answer(answer)
}

/// Whether the node's refusal says that nothing was done and the tenant may be elsewhere soon.
fn hold(status: StatusCode, body: &[u8]) -> Option<String> {
    if !matches!(status.as_u16(), 409 | 421 | 503) {
        return None;
    }
    let problem: Problem = serde_json::from_slice(body).ok()?;
    let moving = matches!(
        problem.code,
        ProblemCode::TenantDraining
            | ProblemCode::NodeDraining
            | ProblemCode::Preparing
            | ProblemCode::NotOwner
    );
    moving.then(|| format!("{}: {}", problem.code.as_str(), problem.detail))
}
