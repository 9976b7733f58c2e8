//! What must hold of a run that is over: of the log, of every job, of the fleet.
//!
//! The log's own rules are the operators' checker, [`streams::verify`]; here is what needs the model
//! of the fleet beside it.

use std::collections::BTreeMap;

use streams::{
    catalog::placement_bucket,
    envelope::{Commit, CommitBody},
    ids::{Epoch, JobId, Seq, StepId},
    job::{
        event::{JobEvent, SystemEvent},
        plan::Plan,
        policy::Policy,
        step::Evidence,
    },
    placement::tenant_key,
    verify::{Log, Rules, Verifier},
};

use super::world::World;

/// Everything that does not hold, as sentences.
pub(super) fn check(world: &mut World) -> Vec<String> {
    let mut broken = std::mem::take(&mut world.broken);
    let rules = Rules { policy: Policy::default(), with_commands: true, ended: true };
    let mut verifier = Verifier::new(rules);
    for message in world.commands.messages() {
        verifier.message(Log::Commands, &message);
    }
    let mut jobs = Jobs::default();
    for message in world.events.messages() {
        verifier.message(Log::Events, &message);
        if let Ok(recorded) = Commit::decode(&message) {
            jobs.commit(world, message.seq, &recorded.commit.body, &mut broken);
        }
    }
    broken.extend(verifier.finish().findings.iter().map(ToString::to_string));
    jobs.finish(world, &mut broken);
    jobs.all_observed(world, &mut broken);
    world.model.at_rest();
    broken.append(&mut world.model.broken);
    broken
}

/// What the commits say of each job.
#[derive(Default)]
struct Jobs {
    plans: BTreeMap<JobId, Plan>,
    fences: BTreeMap<JobId, Seq>,
    ends: BTreeMap<JobId, &'static str>,
    led_since: Option<Seq>,
    /// Highest revision of each placement key that the log accounts for.
    accounted: BTreeMap<(String, String), u64>,
}

impl Jobs {
    fn commit(&mut self, world: &World, seq: Seq, body: &CommitBody, broken: &mut Vec<String>) {
        match body {
            CommitBody::System { events } => {
                if events.iter().any(|e| matches!(e, SystemEvent::LeaderChanged { .. })) {
                    self.led_since = Some(seq);
                }
                for event in events {
                    self.observed(world, event, broken);
                }
            }
            CommitBody::Job { job_id, events, .. } => {
                if self.led_since.is_none() {
                    broken.push(format!("commit {seq} although nobody leads"));
                }
                for event in events {
                    self.fence(seq, job_id, event, broken);
                    self.event(world, job_id, event, broken);
                }
            }
        }
    }

    /// What is recorded as another hand's edit must be one.
    fn observed(&mut self, world: &World, event: &SystemEvent, broken: &mut Vec<String>) {
        let SystemEvent::PlacementObserved { bucket, key, revision, .. } = event else { return };
        self.account((bucket.clone(), key.clone()), *revision);
        let entries = world.model.entries.iter().find(|((kind, tenant), _)| {
            placement_bucket(*kind) == bucket && tenant_key(tenant) == *key
        });
        let edit = entries.and_then(|(_, all)| all.iter().find(|e| e.revision.0 == *revision));
        if edit.is_none_or(|e| e.value.job_id.is_some()) {
            broken.push(format!("revision {revision} of {key} in {bucket} is nobody's edit"));
        }
    }

    /// A flip's evidence may come after a later edit was recorded: the highest counts.
    fn account(&mut self, at: (String, String), revision: u64) {
        let highest = self.accounted.entry(at).or_default();
        *highest = (*highest).max(revision);
    }

    /// A key last written by another hand is known to the log in the end. An edit of a tenant's
    /// first placement while nobody watched looks like that placement (see `engine::placement`).
    fn all_observed(&self, world: &World, broken: &mut Vec<String>) {
        for ((kind, tenant), entries) in &world.model.entries {
            let last = entries.last().expect("placed at the start");
            let at = (placement_bucket(*kind).to_owned(), tenant_key(tenant));
            let known = self.accounted.get(&at).copied().unwrap_or_default();
            let first = last.value.epoch == Epoch(1);
            if !first && last.value.job_id.is_none() && known < last.revision.0 {
                broken.push(format!("the edit of {tenant} in the {kind} map was overlooked"));
            }
        }
    }

    /// No effect is reported under the fence of an earlier leader.
    fn fence(&mut self, seq: Seq, job_id: &JobId, event: &JobEvent, broken: &mut Vec<String>) {
        use JobEvent as E;
        let fence = self.fences.entry(job_id.clone()).or_default();
        match event {
            E::StepStarted { .. }
            | E::StepResumed { .. }
            | E::UndoStarted { .. }
            | E::UndoResumed { .. } => *fence = seq,
            E::StepSucceeded { .. }
            | E::StepAttemptFailed { .. }
            | E::UndoSucceeded { .. }
            | E::UndoAttemptFailed { .. }
                if self.led_since.is_some_and(|since| *fence < since) =>
            {
                let name = event.name();
                let say = format!("commit {seq}: {name} of {job_id} under an earlier fence");
                broken.push(say);
            }
            _ => {}
        }
    }

    fn event(&mut self, world: &World, job_id: &JobId, event: &JobEvent, broken: &mut Vec<String>) {
        match event {
            JobEvent::Planned { plan } => {
                self.plans.insert(job_id.clone(), (**plan).clone());
            }
            JobEvent::StepSucceeded { step_id, evidence } => {
                let plan = &self.plans[job_id];
                broken.extend(overwritten(world, plan, step_id, evidence));
                let kind = plan.steps.iter().find(|s| s.id == *step_id);
                if let (Some(kind), Evidence::Flipped { revision, .. }) =
                    (kind.and_then(|s| s.service_kind), evidence)
                {
                    let at = (placement_bucket(kind).to_owned(), tenant_key(&plan.tenant_id));
                    self.account(at, revision.0);
                }
            }
            JobEvent::RetryScheduled { step_id, attempt, .. } if *attempt > 60 => {
                broken.push(format!("{job_id} {step_id} is tried without end"));
            }
            JobEvent::Succeeded
            | JobEvent::Cancelled
            | JobEvent::RolledBack
            | JobEvent::Rejected { .. } => {
                self.ends.insert(job_id.clone(), event.name());
            }
            _ => {}
        }
    }

    /// A job that succeeded flipped every entry of its plan, any other none.
    fn finish(&self, world: &World, broken: &mut Vec<String>) {
        for (job, _) in &world.asked.jobs {
            let Some(how) = self.ends.get(job) else {
                broken.push(format!("{job} was asked for and has no end"));
                continue;
            };
            let moves = self.plans.get(job).map_or(0, |p| p.base.moves.len());
            let expected = if *how == "Succeeded" { moves } else { 0 };
            let flips = world.model.flips_of(job);
            if flips != expected {
                broken.push(format!("{job} ended as {how} with {flips} of {expected} flips"));
            }
        }
    }
}

/// A first flip must have replaced exactly the revision its plan rests on.
fn overwritten(
    world: &World,
    plan: &Plan,
    step_id: &StepId,
    evidence: &Evidence,
) -> Option<String> {
    let Evidence::Flipped { revision, .. } = evidence else { return None };
    let step = plan.steps.iter().find(|s| s.id == *step_id && s.point_of_no_return)?;
    let kind = step.service_kind?;
    let entries = world.model.entries.get(&(kind, plan.tenant_id.clone()))?;
    let to = plan.move_of(kind)?.to_epoch;
    let seen = entries.iter().position(|e| e.revision == *revision)?;
    // The evidence may name a later touch of the flipped entry; the flip is its first revision.
    let at = entries[..=seen].iter().position(|e| e.value.epoch == to)?;
    let before = entries.get(at.checked_sub(1)?)?.revision;
    let planned = plan.move_of(kind)?.revision;
    (before != planned).then(|| {
        format!("the flip of {} wrote over revision {before}, not {planned}", plan.tenant_id)
    })
}
