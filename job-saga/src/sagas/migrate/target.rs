//! The target's side: prepare, catch up, hold, activate; undo: release.

use fleet::{
    client::{DigestReading, NodeTarget, TenantAt},
    contract::{ActivateRequest, PrepareRequest, TenantState, TenantStatus},
    error::NodeError,
};
use streams::{
    error::ErrorClass,
    ids::{Hash, Seq},
    job::{
        plan::Move,
        policy::Policy,
        step::{Evidence, StepError},
    },
};

use super::{called, position_of, targets};
use crate::{
    effects::Attempt,
    planted::{Bug, planted},
};

/// Every target node tails the tenant's log under the new epoch and serves nothing.
pub(super) async fn prepare(attempt: Attempt<'_>, moved: &Move) -> Result<Evidence, StepError> {
    for node in targets(&moved.target) {
        order_prepare(attempt, moved, &node, None).await?;
        attempt
            .poll(async || {
                let status = status(attempt, &node).await?;
                prepared(moved, &node, &status)
            })
            .await?;
    }
    Ok(Evidence::Done)
}

async fn order_prepare(
    attempt: Attempt<'_>,
    moved: &Move,
    node: &NodeTarget,
    hold_at: Option<Seq>,
) -> Result<(), StepError> {
    let request = PrepareRequest { epoch: moved.to_epoch, from_seq: Seq(0), hold_at };
    let (stamp, tenant) = (attempt.stamp(), &attempt.effect.tenant);
    let ordered = attempt.fleet.prepare(node, &stamp, tenant, &request).await;
    ordered.map(|_| ()).map_err(|e| called(node, &e))
}

async fn status(attempt: Attempt<'_>, node: &NodeTarget) -> Result<TenantStatus, StepError> {
    let (ids, tenant) = (&attempt.effect.ids, &attempt.effect.tenant);
    attempt.fleet.tenant(node, ids, tenant).await.map_err(|e| called(node, &e))
}

fn prepared(moved: &Move, node: &NodeTarget, status: &TenantStatus) -> Result<(), StepError> {
    if status.state == TenantState::Preparing && status.epoch == moved.to_epoch {
        return Ok(());
    }
    let say = format!(
        "{} is {:?} at epoch {} and needs to be preparing at {}",
        node.node_id, status.state, status.epoch, moved.to_epoch
    );
    Err(StepError::not_yet("not_prepared", say))
}

/// Every target node's lag is within its gate.
pub(super) async fn catch_up(attempt: Attempt<'_>, moved: &Move) -> Result<Evidence, StepError> {
    let policy = Policy::default();
    for node in targets(&moved.target) {
        attempt
            .poll(async || {
                let status = status(attempt, &node).await?;
                prepared(moved, &node, &status)?;
                let Some(lag) = status.lag else {
                    let say = format!("{} cannot tell its lag now", node.node_id);
                    return Err(StepError::not_yet("lag_unknown", say));
                };
                if lag.events <= policy.max_lag_events && lag.age_ms <= policy.max_lag_ms {
                    return Ok(());
                }
                let say = format!(
                    "{} is {} events and {} ms behind; at most {} events and {} ms are allowed",
                    node.node_id, lag.events, lag.age_ms, policy.max_lag_events, policy.max_lag_ms
                );
                Err(StepError::not_yet("target_behind", say))
            })
            .await?;
    }
    Ok(Evidence::Done)
}

/// Every target node stands at exactly the source's final position, with an equal digest.
pub(super) async fn hold(attempt: Attempt<'_>, moved: &Move) -> Result<Evidence, StepError> {
    let at = Seq(position_of(attempt, moved.service_kind)?);
    if planted(Bug::HoldSkipped) {
        return Ok(Evidence::Done);
    }
    for node in targets(&moved.target) {
        // A node past the position that cannot go back refuses this, and the job is undone: a
        // release and a new prepare under one fence could arrive in the other order.
        order_prepare(attempt, moved, &node, Some(at)).await?;
        attempt
            .poll(async || {
                let status = status(attempt, &node).await?;
                prepared(moved, &node, &status)?;
                let applied = status.lag.map(|l| l.applied_seq);
                if applied == Some(at) {
                    return Ok(());
                }
                let seen = applied.map_or("nowhere".to_owned(), |s| s.to_string());
                let say = format!("{} stands at {seen} and needs to stand at {at}", node.node_id);
                Err(StepError::not_yet("not_at_position", say))
            })
            .await?;
    }
    let digest = equal_digests(attempt, moved, at).await?;
    if planted(Bug::ActivateEarly) {
        activate(attempt, moved).await?;
    }
    Ok(Evidence::Digest { at_seq: at.0, digest })
}

/// The digest at a position, equal on every node of both sides that can give it. A source node
/// that ended before the position has nothing to compare.
async fn equal_digests(attempt: Attempt<'_>, moved: &Move, at: Seq) -> Result<Hash, StepError> {
    let mut first: Option<(NodeTarget, Hash)> = None;
    let (ids, tenant) = (&attempt.effect.ids, &attempt.effect.tenant);
    for node in targets(&moved.source) {
        let ended = attempt.fleet.drain_status(&node, ids, tenant).await;
        let ended = ended.map_err(|e| called(&node, &e))?.and_then(|d| d.final_seq);
        if ended == Some(at) {
            compare(attempt, node, at, &mut first).await?;
        }
    }
    if first.is_none() {
        let say = format!("no node of {} ended at {at}", moved.source.shard);
        return Err(StepError::not_yet("no_source_digest", say));
    }
    for node in targets(&moved.target) {
        compare(attempt, node, at, &mut first).await?;
    }
    first
        .map(|(_, digest)| digest)
        .ok_or_else(|| StepError::not_yet("no_source_digest", "no node gave a digest".to_owned()))
}

async fn compare(
    attempt: Attempt<'_>,
    node: NodeTarget,
    at: Seq,
    first: &mut Option<(NodeTarget, Hash)>,
) -> Result<(), StepError> {
    let (ids, tenant) = (&attempt.effect.ids, &attempt.effect.tenant);
    let digest = attempt
        .poll(async || match attempt.fleet.digest(&node, ids, tenant, at).await {
            Ok(DigestReading::Ready(digest)) => Ok(digest.digest),
            Ok(DigestReading::Pending(_)) => {
                let say = format!("{} still computes its digest at {at}", node.node_id);
                Err(StepError::not_yet("digest_pending", say))
            }
            Err(error) => Err(called(&node, &error)),
        })
        .await?;
    match first {
        None => *first = Some((node, digest)),
        Some((_, equal)) if *equal == digest => {}
        Some((other, _)) => {
            let say = format!("{} and {} differ at position {at}", other.node_id, node.node_id);
            return Err(StepError::fatal(ErrorClass::Conflict, "digest_differs", say));
        }
    }
    Ok(())
}

/// Every target node serves the tenant under the new epoch.
pub(super) async fn activate(attempt: Attempt<'_>, moved: &Move) -> Result<Evidence, StepError> {
    let min_seq = Seq(position_of(attempt, moved.service_kind)?);
    for node in targets(&moved.target) {
        let request = ActivateRequest { epoch: moved.to_epoch, min_seq };
        let (stamp, tenant) = (attempt.stamp(), &attempt.effect.tenant);
        let ordered = attempt.fleet.activate(&node, &stamp, tenant, &request).await;
        ordered.map_err(|e| called(&node, &e))?;
        attempt
            .poll(async || {
                let status = status(attempt, &node).await?;
                if status.state == TenantState::Active && status.epoch == moved.to_epoch {
                    return Ok(());
                }
                let say = format!(
                    "{} is {:?} at epoch {} and needs to be active at {}",
                    node.node_id, status.state, status.epoch, moved.to_epoch
                );
                Err(StepError::not_yet("not_active", say))
            })
            .await?;
    }
    Ok(Evidence::Done)
}

/// Undo of prepare: the target forgets the tenant, or is what it was before.
pub(super) async fn release(attempt: Attempt<'_>, moved: &Move) -> Result<Evidence, StepError> {
    for node in targets(&moved.target) {
        let at = TenantAt { tenant: &attempt.effect.tenant, epoch: moved.to_epoch };
        match attempt.fleet.release(&node, &attempt.stamp(), at).await {
            Ok(_) => {}
            // It may never have been prepared; what is seen below decides.
            Err(NodeError::Problem { status: 404 | 409, .. }) => {}
            Err(error) => return Err(called(&node, &error)),
        }
        attempt
            .poll(async || {
                let status = status(attempt, &node).await?;
                match status.state {
                    TenantState::Absent | TenantState::Drained => Ok(()),
                    TenantState::Preparing => {
                        let say = format!("{} is preparing still", node.node_id);
                        Err(StepError::not_yet("not_released", say))
                    }
                    TenantState::Active | TenantState::Draining => {
                        let say = format!(
                            "{} serves the tenant at epoch {}, which this job did not order",
                            node.node_id, status.epoch
                        );
                        Err(StepError::fatal(ErrorClass::Conflict, "target_serves", say))
                    }
                }
            })
            .await?;
    }
    Ok(Evidence::Done)
}
