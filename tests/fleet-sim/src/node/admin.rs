//! The contract's admin side of a node: routes, and the handlers of tenants.
//!
//! A handler takes what the headers and the body say, applies one rule to the record, starts what
//! follows from it and tells the new state. Rules are in [`super::rules`].

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State as Shared,
    http::StatusCode,
    routing::{get, post, put},
};
use fleet::contract::{
    ActivateRequest, DrainRequest, DrainStatus, Inflight, Lag, PrepareRequest, ProblemCode,
    TenantPage, TenantQuery, TenantState, TenantStatus, paths,
};
use streams::ids::TenantId;

use super::{
    Life, State, digest, drain, fencing,
    live::Live,
    node_drain,
    order::{PathTenant, TenantOrder},
    probes, pump,
    records::TenantRecord,
    reload, rules,
    rules::{Order, Seen},
    status,
};
use crate::{
    fault::Fault,
    problem::{Answer, Body, Fail, Query, fail},
};

type Node = Shared<Arc<Life>>;

/// Admin routes of a node that holds tenants.
pub fn of_tenants() -> Router<Arc<Life>> {
    Router::new()
        .route(paths::TENANTS, get(list))
        .route(paths::TENANT, get(show).delete(drop_copy))
        .route(paths::TENANT_INFLIGHT, get(inflight))
        .route(paths::TENANT_LAG, get(lag))
        .route(paths::TENANT_DRAIN, put(start_drain).get(show_drain).delete(undrain))
        .route(paths::TENANT_PREPARE, post(prepare).delete(release))
        .route(paths::TENANT_ACTIVATE, post(activate))
        .route(paths::TENANT_DIGEST, get(digest::show))
        .merge(of_any())
}

/// Admin routes that a Gateway has too.
pub fn of_any() -> Router<Arc<Life>> {
    Router::new()
        .route(paths::INFO, get(probes::info))
        .route(
            paths::NODE_DRAIN,
            put(node_drain::start).get(node_drain::show).delete(node_drain::stop),
        )
        .route(paths::RELOAD, post(reload::reload))
        .route(paths::PLACEMENT, get(reload::placement))
}

fn unknown() -> Fail {
    fail(ProblemCode::UnknownTenant, "this node holds nothing of the tenant")
}

/// Applies a rule to the tenant's record. With `ignore_fence` on, no fence is too low.
fn change(
    life: &Life,
    state: &mut State,
    who: &TenantOrder,
    rule: impl FnOnce(&mut TenantRecord, Order, Option<Seen>) -> Answer<()>,
) -> Answer<()> {
    let seen = life.seen(&who.tenant);
    life.commit(state, |node| {
        let mut record = node.tenants.get(&who.tenant).cloned().unwrap_or_default();
        let mut order = who.order;
        if life.has(Fault::IgnoreFence) {
            order.fence = order.fence.max(record.fence);
        }
        rule(&mut record, order, seen)?;
        node.tenants.insert(who.tenant.clone(), record);
        Ok(())
    })
}

async fn list(life: Node, Query(query): Query<TenantQuery>) -> Answer<Json<TenantPage>> {
    let limit = query.limit.unwrap_or(100);
    if !(1..=200).contains(&limit) {
        return Err(fail(ProblemCode::BadArgument, "limit is 1 to 200"));
    }
    let after = query.cursor.as_deref().map(str::parse::<TenantId>).transpose();
    let after = after.map_err(|_| fail(ProblemCode::BadArgument, "cursor is not one of ours"))?;
    let state = life.lock();
    let all = state.record.tenants.keys().filter(|t| after.as_ref().is_none_or(|a| *t > a));
    let mut items: Vec<_> = all
        .map(|tenant| status::tenant(&life, &state, tenant))
        .filter(|s| s.state != TenantState::Absent)
        .filter(|s| query.state.is_none_or(|wanted| s.state == wanted))
        .take(limit as usize + 1)
        .collect();
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let last = items.last().map(|s| s.tenant_id.to_string());
    Ok(Json(TenantPage { items, next_cursor: last.filter(|_| more) }))
}

async fn show(life: Node, PathTenant(tenant): PathTenant) -> Json<TenantStatus> {
    Json(status::tenant(&life, &life.lock(), &tenant))
}

async fn inflight(life: Node, PathTenant(tenant): PathTenant) -> Answer<Json<Inflight>> {
    let state = life.lock();
    status::inflight(&life, &state, &tenant).map(Json).ok_or_else(unknown)
}

async fn lag(life: Node, PathTenant(tenant): PathTenant) -> Answer<Json<Lag>> {
    let state = life.lock();
    if !state.live.contains_key(&tenant) {
        return Err(unknown());
    }
    let blind = || fail(ProblemCode::Unavailable, "the end of the log is not known now");
    status::lag(&life, &state, &tenant).map(Json).ok_or_else(blind)
}

async fn start_drain(
    life: Node,
    who: TenantOrder,
    Body(request): Body<DrainRequest>,
) -> Answer<(StatusCode, Json<DrainStatus>)> {
    let now = life.world.now();
    {
        let mut state = life.lock();
        change(&life, &mut state, &who, |r, order, _| rules::drain(r, order, &request, now))?;
    }
    drain::drive(&life, who.tenant.clone());
    Ok((StatusCode::ACCEPTED, drain_status(&life, &who.tenant)?))
}

fn drain_status(life: &Life, tenant: &TenantId) -> Answer<Json<DrainStatus>> {
    let state = life.lock();
    let record = state.record.tenants.get(tenant).filter(|r| r.state != TenantState::Absent);
    let drain = record.ok_or_else(unknown)?.drain.as_ref();
    let drain = drain.ok_or_else(|| fail(ProblemCode::NoDrain, "the tenant was not drained"))?;
    Ok(Json(status::drain(life, &state, tenant, drain)))
}

async fn show_drain(life: Node, PathTenant(tenant): PathTenant) -> Answer<Json<DrainStatus>> {
    drain_status(&life, &tenant)
}

async fn undrain(life: Node, who: TenantOrder) -> Answer<Json<DrainStatus>> {
    {
        let mut state = life.lock();
        change(&life, &mut state, &who, rules::undrain)?;
        pump::pump(&life, &mut state, &who.tenant);
    }
    life.bump();
    drain_status(&life, &who.tenant)
}

async fn prepare(
    life: Node,
    who: TenantOrder,
    Body(request): Body<PrepareRequest>,
) -> Answer<(StatusCode, Json<TenantStatus>)> {
    {
        let mut state = life.lock();
        change(&life, &mut state, &who, |r, order, _| rules::prepare(r, order, &request))?;
        let live = state.live.entry(who.tenant.clone()).or_insert_with(Live::empty);
        if request.hold_at.is_some_and(|hold| live.fold.applied > hold) {
            live.reset(); // it serves nothing, so it may go back to exactly there
        }
    }
    fencing::hold(&life, &who.tenant).await;
    Ok((StatusCode::ACCEPTED, show(life, PathTenant(who.tenant)).await))
}

async fn release(life: Node, who: TenantOrder) -> Answer<Json<TenantStatus>> {
    {
        let mut state = life.lock();
        change(&life, &mut state, &who, |r, order, _| rules::release(r, order))?;
        forget_absent(&mut state, &who.tenant);
    }
    life.bump();
    Ok(show(life, PathTenant(who.tenant)).await)
}

/// What is absent is not kept in memory either.
fn forget_absent(state: &mut State, tenant: &TenantId) {
    let absent = |r: &TenantRecord| r.state == TenantState::Absent;
    if state.record.tenants.get(tenant).is_none_or(absent) {
        state.live.remove(tenant);
    }
}

async fn activate(
    life: Node,
    who: TenantOrder,
    Body(request): Body<ActivateRequest>,
) -> Answer<Json<TenantStatus>> {
    {
        let mut state = life.lock();
        let applied = state.live.get(&who.tenant).map(|l| l.fold.applied).unwrap_or_default();
        change(&life, &mut state, &who, |r, order, seen| {
            rules::activate(r, order, &request, seen, applied)
        })?;
        pump::pump(&life, &mut state, &who.tenant);
    }
    life.bump();
    Ok(show(life, PathTenant(who.tenant)).await)
}

async fn drop_copy(life: Node, who: TenantOrder) -> Answer<Json<TenantStatus>> {
    {
        let mut state = life.lock();
        change(&life, &mut state, &who, rules::drop_copy)?;
        forget_absent(&mut state, &who.tenant);
    }
    life.bump();
    Ok(show(life, PathTenant(who.tenant)).await)
}
