//! Layers round a node's routes: the token of the admin side, its faults, the record of calls.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::{Request, State as Shared},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use fleet::contract::headers::{CONTROL_FENCE, IDEMPOTENCY_KEY, PLACEMENT_EPOCH, TENANT_ID};
use futures::stream;
use http::Method;
use streams::clock::pause;

use super::{Life, order::authenticate};
use crate::{calls::Call, fault::Fault, flow, world::World};

/// A request that is under way when the node dies gets no answer: the connection breaks.
pub async fn mortal(life: Shared<Arc<Life>>, request: Request, next: Next) -> Response {
    let dead = life.dead.clone();
    tokio::select! {
        response = next.run(request) => response,
        () = dead.cancelled() => std::future::pending().await,
    }
}

/// Round the admin routes: asks for the token, plays the faults, records mutations.
pub async fn admin(life: Shared<Arc<Life>>, request: Request, next: Next) -> Response {
    if let Err(refused) = authenticate(request.headers(), &life.world.node_token) {
        return refused.into_response();
    }
    flow::note_caller("control-plane");
    if let Some(response) = play(&life, request.method()).await {
        return response;
    }
    let call = (request.method() != Method::GET).then(|| call(&life, &request)).flatten();
    let response = next.run(request).await;
    if let Some(call) = call {
        let status = response.status().as_u16();
        record(&life.world, Call { status, at: life.world.now(), ..call });
    }
    response
}

fn record(world: &World, call: Call) {
    world.calls.add(call);
}

/// Round the probes: slow and endless answers, but no token.
pub async fn probe(life: Shared<Arc<Life>>, request: Request, next: Next) -> Response {
    match play(&life, request.method()).await {
        Some(response) => response,
        None => next.run(request).await,
    }
}

async fn play(life: &Life, method: &Method) -> Option<Response> {
    if let Some(slow) = life.faults.get(Fault::Slow) {
        pause(slow.duration(5_000)).await;
    }
    if life.has(Fault::Redirect) {
        let elsewhere = format!("{}/health", life.spec.url());
        return Some(Redirect::temporary(&elsewhere).into_response());
    }
    if method == Method::GET && life.has(Fault::HugeBody) {
        let block = Bytes::from(vec![b' '; 64 * 1024]);
        let endless = stream::repeat_with(move || Ok::<_, std::io::Error>(block.clone()));
        return Some(Body::from_stream(endless).into_response());
    }
    None
}

fn call(life: &Life, request: &Request) -> Option<Call> {
    let flow = flow::current()?;
    let header = |name: &str| {
        let value = request.headers().get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    Some(Call {
        at: life.world.now(),
        node_id: life.spec.node_id.clone(),
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        tenant_id: header(TENANT_ID),
        fence: header(CONTROL_FENCE),
        epoch: header(PLACEMENT_EPOCH),
        key: header(IDEMPOTENCY_KEY),
        request_id: flow.request_id,
        correlation_id: flow.correlation_id,
        trace_id: flow.trace_id,
        status: 0,
    })
}
