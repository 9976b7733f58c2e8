//! The flip: the placement entry moves by compare-and-set on the plan's revision. `job_id` and
//! epoch in the entry are the nonce that recognises our own write when its acknowledgement is lost.

use streams::{
    error::{Classified, ErrorClass},
    ids::Revision,
    job::{
        plan::Move,
        step::{Evidence, StepError},
    },
    placement::TenantEntry,
    ports::KvError,
};

use crate::{
    effects::Attempt,
    planted::{Bug, planted},
};

/// The entry names the target under the new epoch.
pub(super) async fn flip(attempt: Attempt<'_>, moved: &Move) -> Result<Evidence, StepError> {
    let (kind, tenant) = (moved.service_kind, &attempt.effect.tenant);
    let entry = TenantEntry {
        v: 1,
        tenant_id: tenant.clone(),
        shard: moved.target.shard.clone(),
        epoch: moved.to_epoch,
        pinned: moved.pinned,
        job_id: Some(attempt.effect.job_id.clone()),
        updated_at: attempt.fleet.wall(),
    };
    let found = attempt.fleet.entry(kind, tenant).await.map_err(|e| stored(&e))?;
    if let Some(found) = &found
        && is_ours(&found.value, &entry)
    {
        return Ok(flipped(moved, found.revision));
    }
    let expected = if planted(Bug::FlipWithoutCompare) {
        found.map_or(Revision(0), |f| f.revision)
    } else {
        moved.revision
    };
    match attempt.fleet.set_entry(kind, &entry, expected).await {
        Ok(revision) => Ok(flipped(moved, revision)),
        Err(KvError::Conflict { .. }) => conflict(attempt, moved, &entry).await,
        Err(error) => Err(stored(&error)),
    }
}

fn is_ours(found: &TenantEntry, ours: &TenantEntry) -> bool {
    (found.job_id == ours.job_id && found.epoch == ours.epoch) || planted(Bug::FlipTakesAnyEntry)
}

fn unmoved(found: &TenantEntry, moved: &Move) -> bool {
    found.shard == moved.source.shard && found.epoch == moved.from_epoch
}

fn flipped(moved: &Move, revision: Revision) -> Evidence {
    Evidence::Flipped { shard: moved.target.shard.clone(), epoch: moved.to_epoch, revision }
}

/// The entry has moved: by us, and the acknowledgement was lost; by another hand; or by us and then
/// by another hand, which the key's history tells.
async fn conflict(
    attempt: Attempt<'_>,
    moved: &Move,
    ours: &TenantEntry,
) -> Result<Evidence, StepError> {
    let (kind, tenant) = (moved.service_kind, &attempt.effect.tenant);
    let found = attempt.fleet.entry(kind, tenant).await.map_err(|e| stored(&e))?;
    let seen = match &found {
        Some(found) if is_ours(&found.value, ours) => return Ok(flipped(moved, found.revision)),
        // After the first flip the way is forward only. An entry that still names the plan's owner
        // under the plan's epoch was touched, not moved: what was changed in it is kept.
        Some(found) if !attempt.effect.step.point_of_no_return && unmoved(&found.value, moved) => {
            let entry = TenantEntry { pinned: found.value.pinned, ..ours.clone() };
            let written = attempt.fleet.set_entry(kind, &entry, found.revision).await;
            return written.map(|r| flipped(moved, r)).map_err(|e| match e {
                KvError::Conflict { .. } => StepError::not_yet("entry_moving", e.to_string()),
                other => stored(&other),
            });
        }
        Some(found) => format!(
            "on {} at epoch {}, revision {}",
            found.value.shard, found.value.epoch, found.revision
        ),
        None => "gone".to_owned(),
    };
    let history = attempt.fleet.entry_history(kind, tenant).await.map_err(|e| stored(&e))?;
    if history.iter().any(|h| is_ours(&h.value, ours)) {
        // Flipped, and touched since; while it names our target under our epoch, it stands.
        let stands = |e: &TenantEntry| e.shard == ours.shard && e.epoch == ours.epoch;
        if let Some(found) = found.filter(|f| stands(&f.value)) {
            return Ok(flipped(moved, found.revision));
        }
        let say = format!("another hand has written over the flip: {tenant} is {seen}");
        return Err(StepError::fatal(ErrorClass::Corrupt, "flip_overwritten", say));
    }
    let say = format!(
        "{tenant} is {seen}; the plan rests on revision {} at epoch {}",
        moved.revision, moved.from_epoch
    );
    Err(StepError::fatal(ErrorClass::Conflict, "plan_changed", say))
}

/// An error of the bucket as the step's. Only what may pass is tried again.
fn stored(error: &KvError) -> StepError {
    match error.class() {
        ErrorClass::Unavailable => StepError::not_yet(error.code(), error.to_string()),
        class => StepError::fatal(class, error.code(), error.to_string()),
    }
}
