//! From a decision to be made to the commit that records it, or to nothing.
//!
//! Every decision is checked against the fold of this moment, because others may have been
//! committed since it was queued; a void one writes nothing and the job is looked at again.

use streams::{
    envelope::{Commit, CommitBody},
    ids::{FlowIds, JobId, Seq},
    job::{
        command::JobSpec,
        decide::{
            Draft,
            drive::{Next, next},
            planned::{self, Planning},
            step::{self, GateDecision},
            undo,
        },
        event::{JobEvent, SystemEvent},
        facts::{Facts, Reading},
        gates,
        planner::{MigrateAsk, plan_migrate},
        state::{Illegal, Job, Status, StepStatus},
    },
};

use super::{Engine, LOOK_AGAIN, Role, Work};

/// What a decision came to.
pub(super) enum Decided {
    /// These events, in one commit.
    Commit(Vec<JobEvent>),
    /// Nothing yet: look again after a moment.
    Wait,
    /// The job has moved on meanwhile.
    Void,
}

impl Engine {
    pub(super) fn decide(&mut self, work: &Work) -> Option<Box<Commit>> {
        match work {
            Work::Lead => {
                let leader = self.settings.me.clone();
                let events = vec![SystemEvent::LeaderChanged { leader }];
                (self.role == Role::Elected)
                    .then(|| self.commit(CommitBody::System { events }, None))
            }
            Work::Command(command) => self.answer(command),
            Work::Placement(kind, key) => self.edit(*kind, key),
            Work::Start(job_id)
            | Work::Resume(job_id)
            | Work::Outcome { job_id, .. }
            | Work::Facts { job_id, .. }
            | Work::Deadline(job_id) => self.decide_for(job_id, work),
        }
    }

    fn decide_for(&mut self, job_id: &JobId, work: &Work) -> Option<Box<Commit>> {
        if self.halted.contains_key(job_id) {
            return None;
        }
        let Some(job) = self.world.jobs.get(job_id) else {
            self.drive(job_id);
            return None;
        };
        match self.events(job, work) {
            Ok(Decided::Commit(events)) => Some(self.commit(
                CommitBody::Job {
                    tenant_id: job.tenant_id.clone(),
                    job_id: job_id.clone(),
                    events,
                },
                None,
            )),
            Ok(Decided::Wait) => {
                self.wait(job_id, LOOK_AGAIN);
                None
            }
            Ok(Decided::Void) => {
                self.drive(job_id);
                None
            }
            Err(illegal) => {
                self.halt(job_id.clone(), illegal.to_string());
                None
            }
        }
    }

    fn events(&self, job: &Job, work: &Work) -> Result<Decided, Illegal> {
        let (context, policy) = (self.context(), &self.settings.policy);
        match work {
            Work::Start(_) => {
                if next(job, policy) != Next::Start {
                    return Ok(Decided::Void);
                }
                let mut draft = Draft::new(job, context);
                step::go_on(&mut draft, policy)?;
                Ok(Decided::Commit(draft.into_events()))
            }
            Work::Resume(_) => self.resume(job),
            Work::Outcome { step_id, undo: undone, fence, result, .. } => {
                let current = job.current().filter(|s| {
                    let undoing = s.status == StepStatus::Undoing;
                    s.step.id == *step_id && undoing == *undone
                });
                let same_fence = job.fence == Some(*fence);
                let drives = matches!(job.status, Status::Running | Status::Compensating { .. });
                if current.is_none() || !same_fence || !drives {
                    return Ok(Decided::Void);
                }
                let events = match (result.clone(), undone) {
                    (Ok(evidence), false) => {
                        step::succeeded(job, step_id, evidence, context, policy)
                    }
                    (Err(error), false) => {
                        step::attempt_failed(job, step_id, error, context, policy)
                    }
                    (Ok(_), true) => undo::succeeded(job, step_id, context),
                    (Err(error), true) => {
                        undo::attempt_failed(job, step_id, error, context, policy)
                    }
                };
                events.map(Decided::Commit)
            }
            Work::Facts { token, facts, .. } => self.seen(job, *token, facts),
            Work::Deadline(_) => {
                let over = job.ran_until(context.at) >= policy.job_deadline_ms;
                if job.status != Status::Running || !over {
                    return Ok(Decided::Void);
                }
                step::deadline_exceeded(job, context).map(Decided::Commit)
            }
            Work::Lead | Work::Command(_) | Work::Placement(..) => Ok(Decided::Void),
        }
    }

    /// A step or undo that an earlier leader began goes on under a fence of ours.
    fn resume(&self, job: &Job) -> Result<Decided, Illegal> {
        let older = job.fence.unwrap_or_default() < self.lead_fence();
        let Some(current) = job.current().filter(|_| older) else { return Ok(Decided::Void) };
        let (step_id, context) = (&current.step.id, self.context());
        match (&job.status, current.status) {
            (Status::Running, _) => step::resumed(job, step_id, context).map(Decided::Commit),
            (Status::Compensating { .. }, StepStatus::Undoing) => {
                undo::resumed(job, step_id, context).map(Decided::Commit)
            }
            _ => Ok(Decided::Void),
        }
    }

    /// Facts came for a plan or for the gates before a step.
    fn seen(
        &self,
        job: &Job,
        token: Seq,
        facts: &Result<Box<Facts>, String>,
    ) -> Result<Decided, Illegal> {
        if token != job.seq {
            return Ok(Decided::Void);
        }
        match next(job, &self.settings.policy) {
            Next::Plan => Ok(match self.plan(job, facts)? {
                Planning::Commit(events) => Decided::Commit(events),
                Planning::Wait => Decided::Wait,
            }),
            Next::Observe { step_id } => {
                let (Some(plan), Some(state)) = (&job.plan, job.step(&step_id)) else {
                    return Ok(Decided::Void);
                };
                let facts = match facts {
                    Ok(facts) => (**facts).clone(),
                    Err(because) => self.blind(because),
                };
                let policy = &self.settings.policy;
                let overrides = &job.request.overrides;
                let gates = gates::before(&state.step, &plan.base, &facts, policy, overrides);
                let decided = step::gates_observed(job, &step_id, gates, self.context(), policy)?;
                Ok(match decided {
                    GateDecision::Commit(events) => Decided::Commit(events),
                    GateDecision::Wait => Decided::Wait,
                })
            }
            _ => Ok(Decided::Void),
        }
    }

    fn plan(&self, job: &Job, facts: &Result<Box<Facts>, String>) -> Result<Planning, Illegal> {
        let (context, policy) = (self.context(), &self.settings.policy);
        let (Some(tenant), Ok(facts)) = (&job.tenant_id, facts) else {
            let because = facts.as_ref().err().map_or("no tenant", String::as_str);
            return planned::unseen(job, because, context, policy);
        };
        let mut facts = (**facts).clone();
        for (kind, map) in &mut facts.maps {
            map.epoch_floor = self.world.epoch_floor(tenant, *kind);
        }
        let JobSpec::TenantMigrate(params) = &job.request.spec;
        let ask = MigrateAsk::from(params);
        let plan = plan_migrate(tenant, &ask, &facts, policy, &job.request.overrides);
        planned::decide(job, &plan, context, policy)
    }

    /// Facts of a fleet that could not be seen at all: every gate is unknown, none is zero.
    fn blind(&self, because: &str) -> Facts {
        let mut facts = Facts {
            observed_at: self.time(),
            maps: std::collections::BTreeMap::new(),
            snapshot_sha256: streams::ids::Hash::zero(),
            nodes: std::collections::BTreeMap::new(),
            gateway_urls: std::collections::BTreeMap::new(),
            gateways: std::collections::BTreeMap::new(),
        };
        let observed_at = facts.observed_at;
        let plans = self.world.jobs.values().filter_map(|j| j.plan.as_ref());
        for node in plans
            .flat_map(|p| &p.base.moves)
            .flat_map(|m| m.source.nodes.iter().chain(&m.target.nodes).map(|n| n.node_id.clone()))
        {
            let because = because.to_owned();
            facts.nodes.insert(node, Reading::Unknown { because, observed_at });
        }
        facts
    }

    /// The flow a commit belongs to.
    pub(super) fn flow_of(&self, commit: &Commit) -> Option<FlowIds> {
        let CommitBody::Job { job_id, events, .. } = &commit.body else { return None };
        events
            .iter()
            .find_map(|event| match event {
                JobEvent::Accepted { request, .. } | JobEvent::Rejected { request, .. } => {
                    Some(request.ids.clone())
                }
                JobEvent::VerbAccepted { asked } | JobEvent::VerbRefused { asked, .. } => {
                    Some(asked.ids.clone())
                }
                _ => None,
            })
            .or_else(|| self.world.jobs.get(job_id).map(|j| j.request.ids.clone()))
    }
}
