//! What the events themselves must obey: legal paths, exclusive locks, counted permits, rising
//! fences, effects seen once, undo in reverse order.
//!
//! The job's own fold (`evolve`) judges legality; what it refuses is named here by the rule it
//! breaks. A job with a finding is not judged further, so that one fault gives one finding.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Invariant, Log};
use crate::{
    envelope::{CommitBody, Recorded},
    ids::{Epoch, Fence, Incarnation, JobId, Revision, Seq, ServiceKind, StepId, TenantId},
    job::{
        decide::create::{permit_limit, wanted},
        event::JobEvent,
        policy::Policy,
        state::{Context, Job, StepStatus, evolve},
        step::Evidence,
    },
};

/// The jobs so far.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    open: BTreeMap<JobId, Job>,
    ended: BTreeMap<JobId, &'static str>,
    /// Jobs of which something illegal was found.
    broken: BTreeSet<JobId>,
    fence: Fence,
    incarnation: Incarnation,
    /// Highest epoch a flip has given, per tenant and map.
    epochs: BTreeMap<(TenantId, ServiceKind), Epoch>,
    /// Which job wrote a revision of a map.
    flips: BTreeMap<(ServiceKind, Revision), JobId>,
}

/// Where a finding belongs.
struct Place<'a> {
    seq: Seq,
    job_id: &'a JobId,
    findings: &'a mut Vec<Finding>,
}

impl Place<'_> {
    fn found(&mut self, invariant: Invariant, code: &'static str, message: String) {
        self.findings.push(Finding {
            invariant,
            code,
            stream: Log::Events.stream().to_owned(),
            seq: Some(self.seq),
            job_id: Some(self.job_id.clone()),
            message,
        });
    }
}

impl Jobs {
    pub(super) fn commit(
        &mut self,
        recorded: &Recorded,
        policy: &Policy,
        findings: &mut Vec<Finding>,
    ) {
        let (seq, incarnation) = (recorded.seq, recorded.commit.incarnation);
        if incarnation < self.incarnation {
            findings.push(Finding {
                invariant: Invariant::I3,
                code: "incarnation_fell",
                stream: Log::Events.stream().to_owned(),
                seq: Some(seq),
                job_id: None,
                message: format!("incarnation {incarnation} after {}", self.incarnation),
            });
        }
        self.incarnation = self.incarnation.max(incarnation);
        let CommitBody::Job { tenant_id, job_id, events } = &recorded.commit.body else { return };
        let mut place = Place { seq, job_id, findings };
        if events.is_empty() {
            place.found(Invariant::I5, "empty_commit", "a commit without an event".to_owned());
            return;
        }
        if let Some(state) = self.ended.get(job_id) {
            if !matches!(events.as_slice(), [JobEvent::VerbRefused { .. }]) {
                let what = events[0].name();
                let why = format!("{what} after the job has ended as {state}");
                place.found(Invariant::I5, "event_after_end", why);
            }
            return;
        }
        let job = self.open.remove(job_id);
        if job.is_none() && matches!(events.as_slice(), [JobEvent::VerbRefused { .. }]) {
            return; // a verb on a job that never was
        }
        if job.as_ref().is_some_and(|job| job.tenant_id != *tenant_id) {
            let why = "the commit names another tenant than the job".to_owned();
            place.found(Invariant::I5, "other_tenant", why);
        }
        let context = Context { incarnation, seq, at: recorded.at };
        let folded = self.fold(job, events, context, policy, &mut place);
        match folded {
            Some(job) if job.status.is_terminal() => {
                self.ended.insert(job_id.clone(), job.status.name());
            }
            Some(job) => {
                self.open.insert(job_id.clone(), job);
            }
            None => {}
        }
    }

    /// Folds a commit's events; after an illegal one the job is kept as it was.
    fn fold(
        &mut self,
        mut job: Option<Job>,
        events: &[JobEvent],
        context: Context,
        policy: &Policy,
        place: &mut Place<'_>,
    ) -> Option<Job> {
        for event in events {
            if self.broken.contains(place.job_id) {
                // Not judged further, but what it holds is free when it says that it has ended.
                if is_end(event) {
                    self.ended.insert(place.job_id.clone(), event.name());
                    return None;
                }
                continue;
            }
            if let JobEvent::Accepted { .. } = event {
                self.accepted(event, policy, place);
            }
            if let Some(before) = &job {
                self.before(before, event, place);
            }
            match evolve(job.clone(), place.job_id, event, context) {
                Ok(after) => {
                    self.fenced(&after, event, context, place);
                    job = Some(after);
                }
                Err(illegal) => {
                    let (invariant, code) = broken_rule(job.as_ref(), event);
                    place.found(invariant, code, illegal.to_string());
                    self.broken.insert(place.job_id.clone());
                }
            }
        }
        job
    }

    /// Locks are exclusive, permits counted, both as the request demands.
    fn accepted(&self, event: &JobEvent, policy: &Policy, place: &mut Place<'_>) {
        let JobEvent::Accepted { request, held } = event else { return };
        if *held != wanted(request) {
            let why = "holds something else than its request demands".to_owned();
            place.found(Invariant::I3, "held_differs", why);
        }
        let holders = |scope: &String| {
            let holds =
                |job: &&Job| job.held.locks.contains(scope) || job.held.permits.contains(scope);
            self.open.values().filter(holds).map(|job| job.job_id.to_string()).collect::<Vec<_>>()
        };
        for scope in &held.locks {
            if let Some(holder) = holders(scope).first() {
                let why = format!("{scope} is already held by {holder}");
                place.found(Invariant::I3, "lock_overlap", why);
            }
        }
        for scope in &held.permits {
            let (used, limit) = (holders(scope).len(), permit_limit(scope, policy));
            if used >= limit {
                let why = format!("{scope}: {used} of {limit} are already in use");
                place.found(Invariant::I3, "permit_exceeded", why);
            }
        }
    }

    /// What the fold itself does not forbid.
    fn before(&mut self, job: &Job, event: &JobEvent, place: &mut Place<'_>) {
        match event {
            JobEvent::StepStarted { step_id } => {
                let gates = job.step(step_id).map(|s| s.gates.as_slice()).unwrap_or_default();
                if let Some(gate) = gates.iter().find(|gate| !gate.holds()) {
                    let why = format!("{step_id} begins although {} does not hold", gate.id);
                    place.found(Invariant::I5, "gate_ignored", why);
                }
            }
            JobEvent::CompensationStarted { .. } if job.past_no_return() && !job.flip_refused() => {
                let why = "undone past the point of no return".to_owned();
                place.found(Invariant::I4, "undone_past_no_return", why);
            }
            JobEvent::StepSucceeded { step_id, evidence } => {
                self.flipped(job, step_id, evidence, place);
            }
            _ => {}
        }
    }

    /// One flip per epoch, one writer per revision.
    fn flipped(&mut self, job: &Job, step: &StepId, evidence: &Evidence, place: &mut Place<'_>) {
        let kind = job.step(step).and_then(|s| s.step.service_kind);
        let (Some(kind), Some(tenant), Evidence::Flipped { epoch, revision, .. }) =
            (kind, &job.tenant_id, evidence)
        else {
            return;
        };
        let highest = self.epochs.entry((tenant.clone(), kind)).or_default();
        if *epoch <= *highest {
            let why = format!("epoch {epoch} of {tenant} in the {kind} map after {highest}");
            place.found(Invariant::I2, "epoch_repeated", why);
        }
        *highest = (*highest).max(*epoch);
        let first = self.flips.entry((kind, *revision)).or_insert_with(|| job.job_id.clone());
        if *first != job.job_id {
            let why = format!("revision {revision} of the {kind} map was written by {first}");
            place.found(Invariant::I2, "flip_claimed_twice", why);
        }
    }

    fn fenced(&mut self, job: &Job, event: &JobEvent, context: Context, place: &mut Place<'_>) {
        let carries = matches!(
            event,
            JobEvent::StepStarted { .. }
                | JobEvent::StepResumed { .. }
                | JobEvent::UndoStarted { .. }
                | JobEvent::UndoResumed { .. }
        );
        let Some(fence) = job.fence.filter(|_| carries) else { return };
        let of_this_commit = fence == Fence::new(context.incarnation, context.seq);
        if fence <= self.fence || !of_this_commit {
            let why = format!("fence {fence} after fence {}", self.fence);
            place.found(Invariant::I3, "fence_fell", why);
        }
        self.fence = self.fence.max(fence);
    }

    pub(super) fn all_ended(&self, findings: &mut Vec<Finding>) {
        for job in self.open.values() {
            let mut place = Place { seq: job.seq, job_id: &job.job_id, findings: &mut *findings };
            let why = format!("the job has not ended, it is {}", job.status.name());
            place.found(Invariant::I1, "job_open", why);
        }
    }

    /// Jobs ever, jobs open.
    pub(super) fn counts(&self) -> (u64, u64) {
        let (open, ended) = (self.open.len() as u64, self.ended.len() as u64);
        (open + ended, open)
    }
}

fn is_end(event: &JobEvent) -> bool {
    matches!(
        event,
        JobEvent::Succeeded
            | JobEvent::Cancelled
            | JobEvent::RolledBack
            | JobEvent::Rejected { .. }
    )
}

/// Which rule an illegal event breaks.
fn broken_rule(job: Option<&Job>, event: &JobEvent) -> (Invariant, &'static str) {
    let status = |id: &StepId| job.and_then(|j| j.step(id)).map(|s| s.status);
    match event {
        JobEvent::Accepted { .. } => (Invariant::I1, "accepted_twice"),
        JobEvent::UndoStarted { .. } => (Invariant::I4, "undo_order"),
        JobEvent::Cancelled | JobEvent::RolledBack
            if job.is_some_and(|j| j.next_undo().is_some()) =>
        {
            (Invariant::I4, "undo_missing")
        }
        JobEvent::StepSucceeded { step_id, .. } | JobEvent::StepSkipped { step_id, .. }
            if matches!(status(step_id), Some(StepStatus::Done | StepStatus::Skipped)) =>
        {
            (Invariant::I2, "effect_twice")
        }
        JobEvent::UndoSucceeded { step_id } if status(step_id) == Some(StepStatus::Undone) => {
            (Invariant::I2, "effect_twice")
        }
        JobEvent::StepStarted { .. } => (Invariant::I5, "step_order"),
        _ => (Invariant::I5, "illegal_event"),
    }
}
