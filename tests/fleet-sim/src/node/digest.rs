//! `GET …/digest?at_seq=P`: the chain at a position, kept, still to come, or folded from the log.

use std::sync::Arc;

use axum::{
    Json,
    extract::State as Shared,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use fleet::contract::{Digest, DigestAlgo, DigestPending, ProblemCode, TenantState};
use futures::StreamExt;
use serde::Deserialize;
use streams::ids::{Hash, Seq, TenantId};

use super::{Life, State, order::PathTenant, pump};
use crate::{
    event::{self, Logged},
    fold,
    problem::{Answer, Query, fail},
};

/// Which position.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct At {
    at_seq: Seq,
}

enum Found {
    Ready(Hash),
    Pending,
    Never,
}

/// The handler.
///
/// # Errors
/// 404 `unknown_tenant`; 409 `wrong_state` when the position will not be reached.
pub async fn show(
    life: Shared<Arc<Life>>,
    PathTenant(tenant): PathTenant,
    Query(At { at_seq }): Query<At>,
) -> Answer<Response> {
    let found = find(&life, &mut life.lock(), &tenant, at_seq);
    match found {
        None => Err(fail(ProblemCode::UnknownTenant, "this node holds nothing of the tenant")),
        Some(Found::Ready(digest)) => {
            Ok(Json(Digest { at_seq, algo: DigestAlgo::Sha256, digest }).into_response())
        }
        Some(Found::Pending) => {
            Ok((StatusCode::ACCEPTED, Json(DigestPending { at_seq })).into_response())
        }
        Some(Found::Never) => {
            let detail = format!("the tenant stands before {at_seq} and goes no further");
            Err(fail(ProblemCode::WrongState, detail))
        }
    }
}

fn find(life: &Arc<Life>, state: &mut State, tenant: &TenantId, at: Seq) -> Option<Found> {
    let record = state.record.tenants.get(tenant)?;
    let still = match record.state {
        TenantState::Absent => return None,
        TenantState::Drained => true,
        TenantState::Preparing => record.hold_at.is_some_and(|hold| hold < at),
        TenantState::Active | TenantState::Draining => false,
    };
    let gone_through = state.live.get(tenant)?.gone_through(state.feed);
    let goes_on = pump::may_advance(life, state, tenant, at);
    let live = state.live.get_mut(tenant)?;
    if let Some(kept) = live.digests.get(&at) {
        return Some(kept.clone().map_or(Found::Pending, Found::Ready));
    }
    if live.fold.applied == at || (live.fold.applied < at && gone_through >= at) {
        return Some(Found::Ready(live.fold.digest.clone()));
    }
    if live.fold.applied < at {
        return Some(if still && !goes_on { Found::Never } else { Found::Pending });
    }
    live.digests.insert(at, None);
    life.spawn(compute(life.clone(), tenant.clone(), at));
    Some(Found::Pending)
}

/// Folds the log from its start to `at`.
async fn compute(life: Arc<Life>, tenant: TenantId, at: Seq) {
    let digest = chain(&life, &tenant, at).await;
    let mut state = life.lock();
    if let Some(live) = state.live.get_mut(&tenant) {
        match digest {
            Some(digest) => live.digests.insert(at, Some(digest)),
            None => live.digests.remove(&at), // asked again, it is tried again
        };
        while live.digests.len() > 64 {
            live.digests.pop_first();
        }
    }
}

async fn chain(life: &Life, tenant: &TenantId, at: Seq) -> Option<Hash> {
    let subject = event::subject(tenant);
    let mut digest = Hash::zero();
    if at == Seq(0) {
        return Some(digest);
    }
    let mut messages = life.world.log.read(Seq(1)).await.ok()?;
    while let Some(message) = messages.next().await {
        let message = message.ok()?;
        if message.seq <= at
            && message.subject == subject
            && let Some((_, logged)) = Logged::decode(&message)
        {
            digest = fold::link(&digest, logged.seq, &logged.event);
        }
        if message.seq >= at {
            return Some(digest);
        }
    }
    None
}
