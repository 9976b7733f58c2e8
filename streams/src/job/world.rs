//! The fold of the whole event log: what the leader decides against.
//!
//! Locks, permits and epochs are derived here from the open jobs; nothing stores them. A commit that
//! ends a job frees what it held in the same message.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    catalog,
    envelope::{CommitBody, Corrupt, Recorded},
    ids::{Epoch, Hash, Incarnation, JobId, NodeId, Revision, Seq, ServiceKind, StepId, TenantId},
    job::{
        event::{JobEvent, SystemEvent},
        state::{Context, Job, evolve},
        step::Evidence,
    },
    placement::tenant_key,
};

/// What is remembered of a job that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Its tenant.
    pub tenant_id: Option<TenantId>,
    /// Name of its terminal state.
    pub state: String,
    /// The commit that ended it.
    pub seq: Seq,
}

/// The fold of the log up to and including `last_seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// Life of the log.
    pub incarnation: Incarnation,
    /// Last folded commit, 0 before the first.
    pub last_seq: Seq,
    /// SHA-256 of its body.
    pub last_hash: Hash,
    /// Its server timestamp.
    pub last_at: Option<DateTime<Utc>>,
    /// Last answered command.
    pub cursor: Seq,
    /// Who leads, and since which commit.
    pub leader: Option<(NodeId, Seq)>,
    /// Open jobs.
    pub jobs: BTreeMap<JobId, Job>,
    /// Ended jobs.
    pub ended: HashMap<JobId, Ended>,
    /// Highest epoch any plan of the log used, per tenant and map.
    pub epochs: BTreeMap<(TenantId, ServiceKind), Epoch>,
    /// Highest revision of each placement key (bucket, key) that the log accounts for: by a flip's
    /// evidence, or by a `PlacementObserved`.
    pub accounted: BTreeMap<(String, String), Revision>,
}

impl World {
    /// The world before the first commit.
    #[must_use]
    pub fn empty(incarnation: Incarnation) -> Self {
        Self {
            incarnation,
            last_seq: Seq(0),
            last_hash: Hash::zero(),
            last_at: None,
            cursor: Seq(0),
            leader: None,
            jobs: BTreeMap::new(),
            ended: HashMap::new(),
            epochs: BTreeMap::new(),
            accounted: BTreeMap::new(),
        }
    }

    /// Folds the next commit.
    ///
    /// # Errors
    /// [`Corrupt`]: a gap, a broken chain, or an event that is illegal where it stands. The world is
    /// not to be used any more then.
    pub fn apply(&mut self, recorded: Recorded) -> Result<(), Corrupt> {
        let Recorded { seq, at, hash, commit } = recorded;
        let expected = self.last_seq.next();
        if seq != expected {
            return Err(Corrupt::Gap { expected, found: seq });
        }
        if commit.prev != self.last_hash {
            let expected = self.last_hash.clone();
            return Err(Corrupt::BrokenChain { seq, found: commit.prev, expected });
        }
        let context = Context { incarnation: commit.incarnation, seq, at };
        match commit.body {
            CommitBody::Job { job_id, events, .. } => self.apply_job(&job_id, &events, context)?,
            CommitBody::System { events } => {
                for event in events {
                    match event {
                        SystemEvent::LeaderChanged { leader } => self.leader = Some((leader, seq)),
                        SystemEvent::PlacementObserved { bucket, key, revision, .. } => {
                            self.account(bucket, key, Revision(revision));
                        }
                        SystemEvent::CommandUnreadable { .. } => {}
                    }
                }
            }
        }
        if let Some(answered) = commit.answers {
            self.cursor = self.cursor.max(answered);
        }
        self.incarnation = commit.incarnation;
        (self.last_seq, self.last_hash, self.last_at) = (seq, hash, Some(at));
        Ok(())
    }

    fn apply_job(
        &mut self,
        job_id: &JobId,
        events: &[JobEvent],
        context: Context,
    ) -> Result<(), Corrupt> {
        if self.ended.contains_key(job_id) {
            // Only a refused verb may follow the end.
            return match events {
                [JobEvent::VerbRefused { .. }] => Ok(()),
                _ => Err(Corrupt::IllegalEvent {
                    seq: context.seq,
                    job_id: job_id.clone(),
                    event: events.first().map_or("nothing", JobEvent::name),
                    state: self.ended[job_id].state.clone(),
                }),
            };
        }
        let mut job = self.jobs.remove(job_id);
        if job.is_none() && matches!(events, [JobEvent::VerbRefused { .. }]) {
            return Ok(()); // a verb on a job that never was
        }
        for event in events {
            if let JobEvent::Planned { plan } = event {
                for moved in &plan.base.moves {
                    let key = (plan.tenant_id.clone(), moved.service_kind);
                    let highest = self.epochs.entry(key).or_default();
                    *highest = (*highest).max(moved.to_epoch);
                }
            }
            if let (Some(job), JobEvent::StepSucceeded { step_id, evidence }) = (&job, event) {
                self.account_flip(job, step_id, evidence);
            }
            job = Some(evolve(job, job_id, event, context).map_err(|illegal| {
                Corrupt::IllegalEvent {
                    seq: context.seq,
                    job_id: job_id.clone(),
                    event: illegal.event,
                    state: illegal.state,
                }
            })?);
        }
        if let Some(job) = job {
            if job.status.is_terminal() {
                let state = job.status.name().to_owned();
                let ended = Ended { tenant_id: job.tenant_id, state, seq: context.seq };
                self.ended.insert(job_id.clone(), ended);
            } else {
                self.jobs.insert(job_id.clone(), job);
            }
        }
        Ok(())
    }

    fn account(&mut self, bucket: String, key: String, revision: Revision) {
        let highest = self.accounted.entry((bucket, key)).or_default();
        *highest = (*highest).max(revision);
    }

    fn account_flip(&mut self, job: &Job, step: &StepId, evidence: &Evidence) {
        let kind = job.step(step).and_then(|s| s.step.service_kind);
        if let (Some(kind), Some(tenant), Evidence::Flipped { revision, .. }) =
            (kind, &job.tenant_id, evidence)
        {
            let bucket = catalog::placement_bucket(kind).to_owned();
            self.account(bucket, tenant_key(tenant), *revision);
        }
    }

    /// The open job that holds this exclusive scope.
    #[must_use]
    pub fn lock_holder(&self, scope: &str) -> Option<&Job> {
        self.jobs.values().find(|j| j.held.locks.iter().any(|l| l == scope))
    }

    /// Open jobs that hold this counted scope.
    #[must_use]
    pub fn permit_holders(&self, scope: &str) -> Vec<&JobId> {
        let holds = |j: &&Job| j.held.permits.iter().any(|p| p == scope);
        self.jobs.values().filter(holds).map(|j| &j.job_id).collect()
    }

    /// Highest epoch the log knows for a tenant in a map.
    #[must_use]
    pub fn epoch_floor(&self, tenant: &TenantId, kind: ServiceKind) -> Epoch {
        self.epochs.get(&(tenant.clone(), kind)).copied().unwrap_or_default()
    }
}
