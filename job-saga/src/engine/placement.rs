//! Placement keys edited by another hand, recorded as `PlacementObserved`.
//!
//! The rule: a tenant's key is accounted for when the log knows its revision (a flip's evidence or
//! an earlier `PlacementObserved`), when it is the flip of an open job (job id, epoch and shard are
//! the nonce), or when it is a first placement: epoch 1, no job, a key this process has not seen
//! otherwise. Anything else is another hand's. Keys of the shard directory and `default` are written
//! by whoever runs the fleet; only a change seen live, by the leader, is recorded. Several edits
//! between two looks are recorded as the last one.

use streams::{
    catalog,
    envelope::{Commit, CommitBody},
    ids::{Epoch, Revision, ServiceKind},
    job::{event::SystemEvent, step::StepKind},
    placement::TenantEntry,
};

use super::{Engine, PlacementSeen, Work};

impl Engine {
    pub(super) fn placement_seen(&mut self, seen: PlacementSeen) {
        let at = (seen.kind, seen.key.clone());
        let before = self.seen.get(&at).map(|(s, _)| s.revision);
        if before.is_some_and(|r| r >= seen.revision) {
            return;
        }
        self.seen.insert(at.clone(), (seen, before.is_some()));
        if self.leads() && self.is_edit(&at) {
            self.queue(Work::Placement(at.0, at.1));
        }
    }

    /// A new leader looks at every key: an edit may have come while nobody led.
    pub(super) fn account_for_placement(&mut self) {
        let edits: Vec<_> = self.seen.keys().filter(|at| self.is_edit(at)).cloned().collect();
        for (kind, key) in edits {
            self.queue(Work::Placement(kind, key));
        }
    }

    /// The commit about an edit; none when the log accounts for it by now.
    pub(super) fn edit(&self, kind: ServiceKind, key: &str) -> Option<Box<Commit>> {
        let at = (kind, key.to_owned());
        let (seen, _) = self.seen.get(&at).filter(|_| self.is_edit(&at))?;
        let event = SystemEvent::PlacementObserved {
            bucket: catalog::placement_bucket(kind).to_owned(),
            key: key.to_owned(),
            revision: seen.revision.0,
            value: seen.value.clone(),
        };
        Some(self.commit(CommitBody::System { events: vec![event] }, None))
    }

    fn is_edit(&self, at: &(ServiceKind, String)) -> bool {
        let Some((seen, changed)) = self.seen.get(at) else { return false };
        let accounted = self.revision_of(at.0, &at.1);
        if seen.revision <= accounted {
            return false;
        }
        if !at.1.starts_with("tenant.") {
            return *changed && seen.live;
        }
        let Some(value) = &seen.value else { return *changed || accounted > Revision(0) };
        let Ok(entry) = serde_json::from_value::<TenantEntry>(value.clone()) else { return true };
        let first = entry.epoch == Epoch(1) && entry.job_id.is_none();
        if first && !changed && accounted == Revision(0) {
            return false;
        }
        !self.is_open_flip(at.0, &entry)
    }

    /// The evidence of an open job's flip is still to come.
    fn is_open_flip(&self, kind: ServiceKind, entry: &TenantEntry) -> bool {
        let job = entry.job_id.as_ref().and_then(|id| self.world.jobs.get(id));
        let Some(job) = job else { return false };
        let moved = job.plan.as_ref().and_then(|p| p.move_of(kind));
        let started = job.steps.iter().any(|s| {
            s.step.kind == StepKind::Flip
                && s.step.service_kind == Some(kind)
                && s.started_at.is_some()
        });
        let ours =
            moved.is_some_and(|m| m.to_epoch == entry.epoch && m.target.shard == entry.shard);
        started && ours && job.tenant_id.as_ref() == Some(&entry.tenant_id)
    }
}
