//! What an open job needs next, and what is under way for it.
//!
//! A job has at most one thing under way: an effect, a look at the fleet, a wait, or a decision in
//! the queue. [`streams::job::decide::drive`] says what is needed; there is no other recovery code.

use std::time::Duration;

use streams::{
    ids::{Fence, JobId, Seq, ServiceKind, StepId},
    job::{
        command::JobSpec,
        decide::drive::{Next, next},
        facts::Facts,
        state::{Job, Status},
        step::{Evidence, StepError, rule},
    },
};

use super::{Action, Doing, Effect, Engine, LONGEST_WAIT, TimerKey, Work};
use crate::planted::{Bug, planted};

/// Longest message and evidence of a step's error that go into the log, bytes.
const LONGEST_ERROR: usize = 2_000;

impl Engine {
    /// Looks at a job after anything that may concern it.
    pub(super) fn drive(&mut self, job_id: &JobId) {
        if !self.leads() || self.has_work(job_id) {
            return;
        }
        if !self.world.jobs.contains_key(job_id) {
            self.abort(job_id);
            self.deadlines.remove(job_id);
            self.stale.remove(job_id);
            return;
        }
        if self.halted.contains_key(job_id) {
            return;
        }
        self.arm_deadline(job_id);
        let needed = next(&self.world.jobs[job_id], &self.settings.policy);
        self.go(job_id, needed);
    }

    /// A decision about the job is queued or being appended; the job is driven after it.
    fn has_work(&self, job_id: &JobId) -> bool {
        let flight = self.in_flight.iter().map(|f| &f.work);
        self.queue.iter().chain(flight).any(|w| w.job() == Some(job_id))
    }

    fn go(&mut self, job_id: &JobId, needed: Next) {
        match needed {
            Next::Plan | Next::Observe { .. } => self.look(job_id),
            Next::Start => {
                self.abort(job_id);
                self.queue(Work::Start(job_id.clone()));
            }
            Next::Perform { step_id, fence } => self.perform(job_id, &step_id, false, fence),
            Next::Undo { step_id, fence } => self.perform(job_id, &step_id, true, fence),
            Next::After { at, then } => {
                let wait = at.signed_duration_since(self.time()).to_std().unwrap_or_default();
                if wait.is_zero() || planted(Bug::RetryAtOnce) {
                    self.go(job_id, *then)
                } else {
                    self.wait(job_id, wait)
                }
            }
            Next::Wait => self.abort(job_id),
        }
    }

    /// Nothing for the job before the timer.
    pub(super) fn wait(&mut self, job_id: &JobId, wait: Duration) {
        self.abort(job_id);
        let wait = wait.min(LONGEST_WAIT);
        self.doing.insert(job_id.clone(), Doing::Waiting { due: self.now + wait });
        self.arm(TimerKey::Job(job_id.clone()), wait);
    }

    /// The job's timer is due: what it waited for is done now, whatever the server's clock says.
    pub(super) fn look_again(&mut self, job_id: &JobId) {
        let due = match self.doing.get(job_id) {
            Some(Doing::Waiting { due }) => *due <= self.now,
            Some(Doing::Effect { .. } | Doing::Facts { .. }) | None => false,
        };
        let Some(job) = self.world.jobs.get(job_id).filter(|_| due) else { return };
        let needed = match next(job, &self.settings.policy) {
            Next::After { then, .. } => *then,
            other => other,
        };
        self.doing.remove(job_id);
        self.go(job_id, needed);
    }

    fn look(&mut self, job_id: &JobId) {
        let job = &self.world.jobs[job_id];
        let token = job.seq;
        if self.doing.get(job_id) == Some(&Doing::Facts { token }) {
            return;
        }
        let Some(tenant) = job.tenant_id.clone() else {
            self.halt(job_id.clone(), "a migration without a tenant was accepted".to_owned());
            return;
        };
        let (kinds, ids) = (kinds(job), job.request.ids.clone());
        self.abort(job_id);
        self.doing.insert(job_id.clone(), Doing::Facts { token });
        let job_id = job_id.clone();
        self.actions.push(Action::GatherFacts { job_id, token, tenant, kinds, ids });
    }

    fn perform(&mut self, job_id: &JobId, step_id: &StepId, undo: bool, fence: Fence) {
        if fence < self.lead_fence() && !planted(Bug::NoResume) {
            self.abort(job_id);
            self.queue(Work::Resume(job_id.clone()));
            return;
        }
        let job = &self.world.jobs[job_id];
        let attempt = job.step(step_id).map_or(1, |s| s.attempt.max(1));
        let step_id = step_id.clone();
        let wanted = Doing::Effect { step_id: step_id.clone(), undo, fence, attempt };
        if self.doing.get(job_id) == Some(&wanted) {
            return;
        }
        let Some(effect) = effect(job, &step_id, undo, fence, &self.settings.policy) else {
            self.halt(job_id.clone(), format!("{step_id} has no plan"));
            return;
        };
        self.abort(job_id);
        self.doing.insert(job_id.clone(), wanted);
        self.actions.push(Action::Perform(Box::new(effect)));
    }

    /// Whatever is under way for the job is not wanted any more.
    pub(super) fn abort(&mut self, job_id: &JobId) {
        if let Some(Doing::Effect { .. }) = self.doing.remove(job_id) {
            self.actions.push(Action::Abort(job_id.clone()));
        }
    }

    pub(super) fn effect_done(
        &mut self,
        job_id: JobId,
        step_id: StepId,
        undo: bool,
        fence: Fence,
        result: Result<Evidence, StepError>,
    ) {
        let (step_id, undo, fence) = match self.doing.get(&job_id) {
            Some(Doing::Effect { step_id, undo, fence, .. }) if planted(Bug::StaleResultTaken) => {
                (step_id.clone(), *undo, *fence)
            }
            _ => (step_id, undo, fence),
        };
        let expected = match self.doing.get(&job_id) {
            Some(Doing::Effect { step_id: s, undo: u, fence: f, .. }) => {
                *s == step_id && *u == undo && *f == fence
            }
            Some(Doing::Facts { .. } | Doing::Waiting { .. }) | None => false,
        };
        if !expected || !self.leads() {
            return;
        }
        self.doing.remove(&job_id);
        let stale = matches!(&result, Err(error) if error.code == "stale_fence");
        if stale && self.yields_to_fence(&job_id, fence) {
            return;
        }
        let result = result.map_err(shortened);
        self.queue(Work::Outcome { job_id, step_id, undo, fence, result });
    }

    pub(super) fn facts_gathered(
        &mut self,
        job_id: JobId,
        token: Seq,
        facts: Result<Box<Facts>, String>,
    ) {
        if self.leads() && self.doing.get(&job_id) == Some(&Doing::Facts { token }) {
            self.doing.remove(&job_id);
            self.queue(Work::Facts { job_id, token, facts });
        }
    }

    /// Only running time counts, so the timer stands while the job runs and is looked at when due.
    fn arm_deadline(&mut self, job_id: &JobId) {
        let job = &self.world.jobs[job_id];
        let Some(since) = job.running_since.filter(|_| job.status == Status::Running) else {
            self.deadlines.remove(job_id);
            return;
        };
        if self.deadlines.insert(job_id.clone(), since) != Some(since) {
            self.arm_deadline_timer(job_id);
        }
    }

    fn arm_deadline_timer(&mut self, job_id: &JobId) {
        let ran = self.world.jobs[job_id].ran_until(self.time());
        let left = self.settings.policy.job_deadline_ms.saturating_sub(ran);
        self.arm(TimerKey::Deadline(job_id.clone()), Duration::from_millis(left.max(1)));
    }

    pub(super) fn deadline_due(&mut self, job_id: &JobId) {
        let Some(job) = self.world.jobs.get(job_id) else { return };
        if !self.leads() || job.status != Status::Running || self.halted.contains_key(job_id) {
            return;
        }
        if job.ran_until(self.time()) >= self.settings.policy.job_deadline_ms {
            self.queue(Work::Deadline(job_id.clone()));
        } else {
            self.arm_deadline_timer(job_id);
        }
    }
}

/// The kinds that move: by the plan, and before there is one, by the request.
fn kinds(job: &Job) -> Vec<ServiceKind> {
    match &job.plan {
        Some(plan) => plan.base.moves.iter().map(|m| m.service_kind).collect(),
        None => {
            let JobSpec::TenantMigrate(params) = &job.request.spec;
            params.targets.keys().copied().collect()
        }
    }
}

fn effect(
    job: &Job,
    step_id: &StepId,
    undo: bool,
    fence: Fence,
    policy: &streams::job::policy::Policy,
) -> Option<Effect> {
    let state = job.step(step_id)?;
    Some(Effect {
        job_id: job.job_id.clone(),
        tenant: job.tenant_id.clone()?,
        step: state.step.clone(),
        undo,
        attempt: state.attempt.max(1),
        fence,
        ids: job.request.ids.clone(),
        reason: job.request.reason.clone(),
        plan: Box::new(job.plan.clone()?),
        evidence: job.evidences().map(|(s, e)| (s.clone(), e.clone())).collect(),
        overrides: job.request.overrides.clone(),
        timeout: Duration::from_millis(rule(state.step.kind, policy).attempt_timeout_ms),
    })
}

/// What a node says can be long; the log keeps the beginning.
fn shortened(mut error: StepError) -> StepError {
    if error.message.len() > LONGEST_ERROR {
        let end = (0..=LONGEST_ERROR).rev().find(|i| error.message.is_char_boundary(*i));
        error.message.truncate(end.unwrap_or_default());
        error.message.push('…');
    }
    error.evidence = error.evidence.filter(|e| e.to_string().len() <= LONGEST_ERROR);
    error
}
