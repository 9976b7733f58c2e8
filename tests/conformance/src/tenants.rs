//! What holds for the kinds that hold tenants: status, drain, prepare, hold, digest, fencing.

use fleet::contract::{
    Digest, DrainStatus, Inflight, Lag, ProblemCode, TenantPage, TenantState, TenantStatus, paths,
};
use http::Method;
use serde_json::{Value, json};
use streams::ids::{Epoch, Fence, Seq, TenantId};

use crate::{
    Outcome, cases,
    probe::{Order, Probe, demand},
};

cases![
    a_served_tenant_is_listed_and_told,
    an_absent_tenant_is_told_apart,
    pages_are_complete_and_bad_limits_refused,
    a_bad_order_changes_nothing,
    a_drain_ends_with_a_position_and_a_digest_and_is_undone,
    a_lower_fence_or_epoch_is_refused_with_the_current_one,
    a_target_holds_at_exactly_the_position_and_is_released,
    it_does_not_activate_what_has_not_come_far_enough,
];

async fn status(probe: &Probe, tenant: &TenantId) -> Result<TenantStatus, String> {
    probe.get(&paths::tenant(tenant)).await?.body()
}

fn order(tenant: &TenantId, fence: u64, epoch: Epoch) -> Order<'_> {
    Order { tenant: Some(tenant), fence: Fence(fence), epoch }
}

fn drain_body() -> Value {
    json!({"mode": "graceful", "deadline_ms": null, "force_on_deadline": false,
           "reason": "conformance", "job_id": "job_00000000000000000000000000"})
}

async fn a_served_tenant_is_listed_and_told(probe: &Probe) -> Outcome {
    let told = status(probe, &probe.tenant).await?;
    demand(told.state == TenantState::Active, || format!("{told:?}"))?;
    let page: TenantPage = probe.get("/admin/v1/tenants?state=active&limit=200").await?.body()?;
    demand(page.items.iter().any(|t| t.tenant_id == probe.tenant), || format!("{page:?}"))?;
    let _: Inflight = probe.get(&paths::inflight(&probe.tenant)).await?.body()?;
    let lag: Lag = probe.get(&paths::lag(&probe.tenant)).await?.body()?;
    demand(lag.applied_seq <= lag.head_seq, || format!("{lag:?}"))
}

async fn an_absent_tenant_is_told_apart(probe: &Probe) -> Outcome {
    let told = status(probe, &probe.spare).await?;
    let empty = told.inflight.is_none() && told.lag.is_none();
    demand(told.state == TenantState::Absent && empty, || format!("{told:?}"))?;
    let spare = &probe.spare;
    for path in [paths::inflight(spare), paths::lag(spare), paths::drain(spare)] {
        probe.get(&path).await?.is_problem(&ProblemCode::UnknownTenant)?;
    }
    probe.get(&paths::digest(spare, Seq(0))).await?.is_problem(&ProblemCode::UnknownTenant)?;
    let path = paths::drain(spare);
    let drained = order(spare, told.fence.0 + 1, Epoch(told.epoch.0 + 1));
    let reply = probe.order(Method::PUT, &path, drained, Some(drain_body())).await?;
    reply.is_problem(&ProblemCode::UnknownTenant)
}

async fn pages_are_complete_and_bad_limits_refused(probe: &Probe) -> Outcome {
    let whole: TenantPage = probe.get("/admin/v1/tenants?limit=200").await?.body()?;
    let mut seen = Vec::new();
    let mut path = "/admin/v1/tenants?limit=1".to_owned();
    loop {
        let page: TenantPage = probe.get(&path).await?.body()?;
        seen.extend(page.items.into_iter().map(|t| t.tenant_id));
        let Some(cursor) = page.next_cursor else { break };
        path = format!("/admin/v1/tenants?limit=1&cursor={cursor}");
    }
    let all: Vec<_> = whole.items.into_iter().map(|t| t.tenant_id).collect();
    demand(seen == all && seen.is_sorted(), || format!("{seen:?} is not {all:?}"))?;
    for query in ["limit=0", "limit=201", "limit=x", "state=none", "surprise=1"] {
        let reply = probe.get(&format!("/admin/v1/tenants?{query}")).await?;
        reply.is_problem(&ProblemCode::BadArgument)?;
    }
    Ok(())
}

async fn a_bad_order_changes_nothing(probe: &Probe) -> Outcome {
    let before = status(probe, &probe.tenant).await?;
    let path = paths::drain(&probe.tenant);
    let fence = before.fence.0 + 5;
    let put = |order, body| probe.order(Method::PUT, &path, order, Some(body));
    let other = put(order(&probe.spare, fence, before.epoch), drain_body()).await?;
    other.is_problem(&ProblemCode::BadArgument)?;
    let none = Order { tenant: None, fence: Fence(fence), epoch: before.epoch };
    put(none, drain_body()).await?.is_problem(&ProblemCode::BadArgument)?;
    for (field, value) in [("mode", json!("gently")), ("deadline_ms", json!(-1)), ("x", json!(1))] {
        let mut body = drain_body();
        body[field] = value;
        let reply = put(order(&probe.tenant, fence, before.epoch), body).await?;
        reply.is_problem(&ProblemCode::BadArgument)?;
    }
    probe.get("/admin/v1/tenants/a.b").await?.is_problem(&ProblemCode::BadArgument)?;
    let after = status(probe, &probe.tenant).await?;
    let same = after.state == before.state && after.fence == before.fence;
    demand(same, || format!("{before:?} became {after:?}"))
}

async fn undrain(probe: &Probe, fence: u64, epoch: Epoch) -> Outcome {
    let path = paths::drain(&probe.tenant);
    for _ in 0..2 {
        let orders = order(&probe.tenant, fence, epoch);
        let reply = probe.order(Method::DELETE, &path, orders, None).await?;
        reply.is(200)?;
        demand(reply.json["state"] == "cancelled", || format!("{reply:?}"))?;
    }
    let told = status(probe, &probe.tenant).await?;
    demand(told.state == TenantState::Active, || format!("{told:?}"))
}

async fn a_drain_ends_with_a_position_and_a_digest_and_is_undone(probe: &Probe) -> Outcome {
    let before = status(probe, &probe.tenant).await?;
    let (fence, epoch) = (before.fence.0 + 1, before.epoch);
    let path = paths::drain(&probe.tenant);
    let put = |fence| {
        let orders = order(&probe.tenant, fence, epoch);
        probe.order(Method::PUT, &path, orders, Some(drain_body()))
    };
    let started = put(fence).await?;
    started.is(202)?;
    let started: DrainStatus = started.body()?;
    let checks = async {
        demand(started.persisted, || format!("{started:?}"))?;
        let done: DrainStatus =
            probe.until(&path, |r| r.json["state"] == "drained").await?.body()?;
        let position = done.final_seq.ok_or("drained without a position")?;
        demand(done.remaining == 0, || format!("{done:?}"))?;
        let again: DrainStatus = put(fence).await?.body()?;
        demand(again.final_seq == Some(position), || "a done drain did not stay done".to_owned())?;
        let at = paths::digest(&probe.tenant, position);
        let first: Digest = probe.until(&at, |r| r.status == 200).await?.body()?;
        let second: Digest = probe.until(&at, |r| r.status == 200).await?.body()?;
        demand(first == second && first.at_seq == position, || format!("{first:?} {second:?}"))?;
        let told = status(probe, &probe.tenant).await?;
        demand(told.lag.is_some_and(|l| l.applied_seq == position), || format!("{told:?}"))
    };
    let outcome = checks.await;
    undrain(probe, fence + 1, epoch).await?;
    outcome
}

async fn a_lower_fence_or_epoch_is_refused_with_the_current_one(probe: &Probe) -> Outcome {
    let before = status(probe, &probe.tenant).await?;
    let (fence, epoch) = (before.fence.0 + 2, before.epoch);
    let path = paths::drain(&probe.tenant);
    let put = |fence, epoch| {
        let orders = order(&probe.tenant, fence, epoch);
        probe.order(Method::PUT, &path, orders, Some(drain_body()))
    };
    put(fence, epoch).await?.is(202)?;
    let checks = async {
        let stale = put(fence - 1, epoch).await?;
        stale.is_problem(&ProblemCode::StaleFence)?;
        demand(stale.json["current_fence"] == fence, || format!("{stale:?}"))?;
        let stale = put(fence + 1, Epoch(epoch.0.saturating_sub(1))).await?;
        if epoch.0 > 0 {
            stale.is_problem(&ProblemCode::StaleEpoch)?;
            demand(stale.json["current_epoch"] == epoch.0, || format!("{stale:?}"))?;
        }
        let told = status(probe, &probe.tenant).await?;
        demand(told.fence == Fence(fence), || format!("a refused call moved the fence: {told:?}"))
    };
    let outcome = checks.await;
    undrain(probe, fence + 2, epoch).await?;
    outcome
}

async fn a_target_holds_at_exactly_the_position_and_is_released(probe: &Probe) -> Outcome {
    let before = status(probe, &probe.spare).await?;
    let (mut fence, epoch) = (before.fence.0 + 1, Epoch(before.epoch.0 + 1_000));
    let path = paths::prepare(&probe.spare);
    let checks = async {
        let body = |hold: Option<Seq>| json!({"epoch": epoch, "from_seq": 0, "hold_at": hold});
        let post = |fence, hold| {
            probe.order(Method::POST, &path, order(&probe.spare, fence, epoch), Some(body(hold)))
        };
        let odd = order(&probe.spare, fence, Epoch(epoch.0 + 1));
        let mismatch = probe.order(Method::POST, &path, odd, Some(body(None))).await?;
        mismatch.is_problem(&ProblemCode::BadArgument)?;
        post(fence, None).await?.is(202)?;
        let tenant = paths::tenant(&probe.spare);
        let caught_up = probe.until(&tenant, |r| r.json["lag"]["events"] == 0).await?;
        let told: TenantStatus = caught_up.body()?;
        demand(told.state == TenantState::Preparing, || format!("{told:?}"))?;
        let position = told.lag.ok_or("no lag")?.applied_seq;
        post(fence + 1, Some(position)).await?.is(202)?;
        probe.until(&tenant, |r| r.json["lag"]["applied_seq"] == position.0).await?;
        let at = paths::digest(&probe.spare, position);
        probe.until(&at, |r| r.status == 200).await?;
        let beyond = paths::digest(&probe.spare, Seq(position.0 + 1_000_000));
        probe.get(&beyond).await?.is_problem(&ProblemCode::WrongState)
    };
    let outcome = checks.await;
    fence += 2;
    for _ in 0..2 {
        let released = order(&probe.spare, fence, epoch);
        probe.order(Method::DELETE, &path, released, None).await?.is(200)?;
    }
    let told = status(probe, &probe.spare).await?;
    demand(told.state == TenantState::Absent, || format!("{told:?}"))?;
    outcome
}

async fn it_does_not_activate_what_has_not_come_far_enough(probe: &Probe) -> Outcome {
    let before = status(probe, &probe.spare).await?;
    let (fence, epoch) = (before.fence.0 + 1, Epoch(before.epoch.0 + 1_000));
    let orders = order(&probe.spare, fence, epoch);
    let activate = json!({"epoch": epoch, "min_seq": u64::MAX >> 1});
    let path = paths::activate(&probe.spare);
    let absent = probe.order(Method::POST, &path, orders, Some(activate.clone())).await?;
    absent.is_problem(&ProblemCode::UnknownTenant)?;
    let prepare = json!({"epoch": epoch, "from_seq": 0, "hold_at": null});
    let prepared = paths::prepare(&probe.spare);
    probe.order(Method::POST, &prepared, orders, Some(prepare)).await?.is(202)?;
    let early = probe.order(Method::POST, &path, orders, Some(activate)).await;
    probe.order(Method::DELETE, &prepared, orders, None).await?.is(200)?;
    early?.is_problem(&ProblemCode::WrongState)
}
