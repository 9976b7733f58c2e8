//! Generated logs: whole lives of jobs, decided by the real rules, in the order a leader would
//! write them. The same seed gives the same bytes.
//!
//! For views, the projector and benches, which read logs and never make them. Steps succeed, fail,
//! are retried and undone, verbs come at bad moments, leaders change; `calm` leaves only success.

mod parts;
mod random;

use std::collections::BTreeMap;

use bytes::Bytes;
use streams::{
    envelope::{Commit, CommitBody, commit_msg_id},
    error::ErrorClass,
    ids::{Hash, Incarnation, JobId, Seq, ServiceKind, StepId, TenantId},
    job::{
        command::{Reason, Verb},
        decide::{Draft, create, drive, planned, step, undo, verb},
        event::{Asked, JobEvent, SystemEvent},
        gates,
        plan::Gate,
        policy::Policy,
        state::{Context, Job},
        step::StepError,
        world::World,
    },
    log::{AuditRecord, AuditResult},
    ports::Message,
    subjects,
};

use self::parts::{evidence, plan_again, request};
use crate::facts::{actor, at, command_id, flow, job_id, node, spoil};

pub use self::{
    parts::{facts_of, tenant},
    random::Random,
};

/// The logs so far, and the state to go on from.
#[derive(Debug, Clone)]
pub struct Story {
    /// The event log.
    pub events: Vec<Message>,
    /// The audit log.
    pub audit: Vec<Message>,
    /// The fold of the event log.
    pub world: World,
    random: Random,
    policy: Policy,
    calm: bool,
    open_at_once: usize,
    jobs: u32,
    commands: u64,
    now_ms: u64,
}

impl Story {
    /// Nothing happened yet.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let policy = Policy { permits_fleet: 1_000, permits_shard: 1_000, ..Policy::default() };
        Self {
            events: Vec::new(),
            audit: Vec::new(),
            world: World::empty(Incarnation(1)),
            random: Random::new(seed),
            policy,
            calm: false,
            open_at_once: 6,
            jobs: 0,
            commands: 0,
            now_ms: 0,
        }
    }

    /// Nothing fails from here on.
    #[must_use]
    pub fn calm(mut self) -> Self {
        self.calm = true;
        self
    }

    /// Goes on until the event log has `commits` messages.
    #[must_use]
    pub fn until(mut self, commits: usize) -> Self {
        while self.events.len() < commits {
            self.go_on();
        }
        self
    }

    /// One more thing happens; usually one message is appended.
    pub fn go_on(&mut self) {
        self.now_ms += 1 + self.random.below(400);
        if !self.calm && self.random.percent(4) {
            self.now_ms += 200_000; // somebody waits long enough for deadlines to pass
        }
        let roll = self.random.below(100);
        match roll {
            0..=1 => self.lead(),
            2..=9 if !self.calm => self.record(),
            10..=17 if !self.calm => self.ask(),
            _ if self.world.jobs.len() < self.open_at_once && roll.is_multiple_of(4) => {
                self.create()
            }
            _ => self.drive(),
        }
    }

    /// The time of the next commit.
    fn context(&self) -> Context {
        Context {
            incarnation: Incarnation(1),
            seq: self.world.last_seq.next(),
            at: at(self.now_ms),
        }
    }

    fn commit(&mut self, body: CommitBody, answers: Option<Seq>) {
        let Context { incarnation, seq, at } = self.context();
        let prev = self.world.last_hash.clone();
        let commit = Commit { v: 1, incarnation, prev, answers, body };
        let payload = commit.encode();
        let mut headers = commit.headers();
        headers.insert("Nats-Msg-Id".to_owned(), commit_msg_id(incarnation, seq, &payload));
        let message = Message { seq, subject: commit.subject(), headers, payload, at };
        let recorded = Commit::decode(&message).expect("a commit of ours decodes");
        self.world.apply(recorded).expect("the rules only decide what can follow");
        self.events.push(message);
    }

    fn job_commit(
        &mut self,
        job: &JobId,
        tenant: Option<TenantId>,
        events: Vec<JobEvent>,
        answers: Option<Seq>,
    ) {
        if !events.is_empty() {
            let body = CommitBody::Job { tenant_id: tenant, job_id: job.clone(), events };
            self.commit(body, answers);
        }
    }

    fn command(&mut self) -> Seq {
        self.commands += 1;
        Seq(self.commands)
    }

    /// A leader takes over: system commits of each sort.
    fn lead(&mut self) {
        let n = self.world.last_seq.0;
        let event = match n % 3 {
            0 => SystemEvent::LeaderChanged { leader: "saga-1".parse().expect("a constant") },
            1 => SystemEvent::PlacementObserved {
                bucket: "aggregate_placement".to_owned(),
                key: "tenant.acme".to_owned(),
                revision: n,
                value: None,
            },
            _ => {
                let seq = self.command();
                let subject = "control.cmd.acme.x.create".to_owned();
                let (body_sha256, cause) = (Hash::of(b"?"), "not JSON".to_owned());
                let event = SystemEvent::CommandUnreadable { subject, seq, body_sha256, cause };
                return self.commit(CommitBody::System { events: vec![event] }, Some(seq));
            }
        };
        self.commit(CommitBody::System { events: vec![event] }, None);
    }

    fn create(&mut self) {
        self.jobs += 1;
        let id = job_id(self.jobs);
        let tenant = tenant(self.random.below(12));
        let kinds = match self.random.below(3) {
            0 => ServiceKind::DRAIN_ORDER.to_vec(),
            n => vec![ServiceKind::DRAIN_ORDER[n as usize]],
        };
        let facts = facts_of(&tenant);
        let mut request = request(&tenant, &kinds, &facts, &self.policy);
        if !self.calm && self.random.percent(8) {
            request.plan_hash = Hash::zero(); // the plan will have changed
        }
        let event = create::decide(&self.world, &request, &self.policy);
        let answers = self.command();
        self.job_commit(&id, Some(tenant), vec![event], Some(answers));
    }

    fn pick(&mut self) -> Option<Job> {
        let open = self.world.jobs.len() as u64;
        let n = self.random.below(open) as usize;
        self.world.jobs.values().nth(n).cloned()
    }

    /// Somebody asks for a verb, of an open job, an ended one, or one that never was.
    fn ask(&mut self) {
        let n = self.commands as u32;
        let verb_asked = Verb::ALL[self.random.below(4) as usize];
        let asked = Asked {
            command_id: command_id(n),
            verb: verb_asked,
            actor: actor(),
            reason: Reason::parse("a bad moment").expect("a constant"),
            ids: flow(),
        };
        let context = self.context();
        let open = if self.random.percent(80) { self.pick() } else { None };
        let (id, tenant, events) = match open {
            Some(job) => {
                let events = verb::decide(&job, asked, context).expect("legal");
                (job.job_id, job.tenant_id, events)
            }
            None => {
                let id = job_id(1 + self.random.below(u64::from(self.jobs) + 2) as u32);
                if self.world.jobs.contains_key(&id) {
                    return;
                }
                let ended = self.world.ended.get(&id);
                let tenant = ended.and_then(|e| e.tenant_id.clone());
                let refused = verb::refuse_absent(asked, ended.map(|e| e.state.as_str()));
                (id, tenant, vec![refused])
            }
        };
        let answers = self.command();
        self.job_commit(&id, tenant, events, Some(answers));
    }

    /// The leader moves one open job on.
    fn drive(&mut self) {
        let Some(job) = self.pick() else { return };
        let mut next = drive::next(&job, &self.policy);
        if let drive::Next::After { at: due, then } = next {
            let waited = due.signed_duration_since(at(0)).num_milliseconds().max(0);
            self.now_ms = self.now_ms.max(waited.unsigned_abs());
            next = *then;
        }
        let events = self.moved(&job, next);
        self.job_commit(&job.job_id, job.tenant_id.clone(), events, None);
    }

    fn moved(&mut self, job: &Job, next: drive::Next) -> Vec<JobEvent> {
        use drive::Next;
        let (context, policy) = (self.context(), self.policy.clone());
        let events = match next {
            Next::Plan => {
                let tenant = job.tenant_id.clone().expect("a migration has a tenant");
                let plan = plan_again(&tenant, job, &policy);
                match planned::decide(job, &Ok(plan), context, &policy) {
                    Ok(planned::Planning::Commit(events)) => Ok(events),
                    Ok(planned::Planning::Wait) => Ok(Vec::new()),
                    Err(illegal) => Err(illegal),
                }
            }
            Next::Observe { step_id } => {
                let gates = self.gates(job, &step_id);
                match step::gates_observed(job, &step_id, gates, context, &policy) {
                    Ok(step::GateDecision::Commit(events)) => Ok(events),
                    Ok(step::GateDecision::Wait) => Ok(Vec::new()),
                    Err(illegal) => Err(illegal),
                }
            }
            Next::Start => {
                let mut draft = Draft::new(job, context);
                step::go_on(&mut draft, &policy).map(|()| draft.into_events())
            }
            Next::Perform { step_id, .. } => match self.outcome() {
                Outcome::Done => {
                    let evidence = evidence(job, job.step(&step_id).map(|s| s.step.kind));
                    step::succeeded(job, &step_id, evidence, context, &policy)
                }
                Outcome::Again => step::resumed(job, &step_id, context),
                Outcome::Failed(error) => {
                    step::attempt_failed(job, &step_id, error, context, &policy)
                }
            },
            Next::Undo { step_id, .. } => match self.outcome() {
                Outcome::Done => undo::succeeded(job, &step_id, context),
                Outcome::Again => undo::resumed(job, &step_id, context),
                Outcome::Failed(error) => {
                    undo::attempt_failed(job, &step_id, error, context, &policy)
                }
            },
            Next::After { .. } | Next::Wait => Ok(Vec::new()),
        };
        events.expect("the rules decide legally")
    }

    fn outcome(&mut self) -> Outcome {
        match self.random.below(100) {
            _ if self.calm => Outcome::Done,
            0..=4 => Outcome::Again,
            5..=16 => Outcome::Failed(StepError::not_yet("node_unreachable", "prj-02a is silent")),
            17..=18 => {
                let (class, code) = (ErrorClass::Refused, "digest_differs");
                Outcome::Failed(StepError::fatal(class, code, "the digests differ"))
            }
            _ => Outcome::Done,
        }
    }

    fn gates(&mut self, job: &Job, step_id: &StepId) -> Vec<Gate> {
        let plan = job.plan.as_ref().expect("a running job has a plan");
        let step = job.step(step_id).expect("a step of the plan");
        let mut facts = facts_of(&plan.tenant_id);
        let kind = step.step.service_kind.unwrap_or(ServiceKind::Projection);
        if !self.calm && self.random.percent(15) {
            spoil(&mut facts, &node(kind, 2), |n| n.ready = false);
        } else if !self.calm && self.random.percent(8) {
            facts.nodes.remove(&node(kind, 2));
        }
        gates::before(&step.step, &plan.base, &facts, &self.policy, &[])
    }

    /// An audit record, now and then one that nobody can read.
    fn record(&mut self) {
        let seq = Seq(self.audit.len() as u64 + 1);
        let result = match seq.0 % 3 {
            0 => AuditResult::Denied,
            1 => AuditResult::Ok,
            _ => AuditResult::Unknown,
        };
        let record = AuditRecord {
            v: 1,
            record_id: command_id(seq.0 as u32),
            at: at(self.now_ms),
            class: "session".to_owned(),
            actor: seq.0.is_multiple_of(2).then(actor),
            claimed: (!seq.0.is_multiple_of(2)).then(|| "eve".to_owned()),
            tenant_id: None,
            operation: "session.create".to_owned(),
            result,
            code: None,
            reason: None,
            job_id: None,
            resource: None,
            status: None,
            closes: None,
            ids: flow(),
        };
        let mut payload = serde_json::to_vec(&record).expect("always JSON");
        if self.random.percent(10) {
            payload = b"{\"v\":9}".to_vec();
        }
        let headers = BTreeMap::from([("Nats-Msg-Id".to_owned(), record.record_id.to_string())]);
        let subject = subjects::audit(None, "session");
        let payload = Bytes::from(payload);
        self.audit.push(Message { seq, subject, headers, payload, at: at(self.now_ms) });
    }
}

enum Outcome {
    Done,
    Again,
    Failed(StepError),
}
