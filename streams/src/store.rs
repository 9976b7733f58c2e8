//! The `EventStore` of `cqrs-es` over the one event log: a job is loaded from its own subject, and
//! its events are committed as **one** message under the **stream-wide** expectation.
//!
//! The context carries the position in the stream, not in the aggregate: a decision rests on the
//! fold of the whole log (locks, permits and epochs belong to no single job), so it is stored only
//! if the log still ends where it was folded to. The saga commits every job's events through here;
//! commits about the log itself, which belong to no aggregate, go to [`EventLog::append`] as they
//! are, and so does what this sends. It never retries: an unknown outcome is the caller's to settle.

use std::{collections::HashMap, fmt, str::FromStr};

use cqrs_es::{AggregateContext, AggregateError, EventEnvelope, EventStore};

use crate::{
    envelope::{Commit, CommitBody, Corrupt, Recorded},
    ids::{Hash, Incarnation, InvalidId, JobId, Seq, TenantId},
    job::{
        aggregate::{JobAggregate, JobError},
        event::JobEvent,
        state::{Context, evolve},
        upcast::OURS,
        world::World,
    },
    log::EventLog,
    ports::{AppendError, Message, MessageLog, ReadError},
    subjects::{self, PLATFORM},
};

/// A job with its tenant: what names its subject. As text `<tenant>/<job id>`, with `_` on platform
/// scope; this is the store's aggregate id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobRef {
    /// Its tenant; `None` on platform scope.
    pub tenant_id: Option<TenantId>,
    /// The job.
    pub job_id: JobId,
}

impl JobRef {
    /// The subject of its commits.
    #[must_use]
    pub fn subject(&self) -> String {
        subjects::job_events(self.tenant_id.as_ref(), &self.job_id)
    }
}

impl fmt::Display for JobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenant = self.tenant_id.as_ref().map_or(PLATFORM, TenantId::as_str);
        write!(f, "{tenant}/{}", self.job_id)
    }
}

impl FromStr for JobRef {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let shape = InvalidId { what: "job reference", expected: "<tenant>/<job id>" };
        let (tenant, job) = text.split_once('/').ok_or(shape)?;
        let tenant_id = if tenant == PLATFORM { None } else { Some(tenant.parse()?) };
        Ok(Self { tenant_id, job_id: job.parse()? })
    }
}

/// What a commit of one job rests on, and where in the stream it must land.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobContext {
    /// Which job.
    pub of: JobRef,
    /// The job as folded up to `after`; empty before its first event.
    pub aggregate: JobAggregate,
    /// The **stream's** last sequence that was folded; the commit becomes the next one or none.
    pub after: Seq,
    /// SHA-256 of the body stored there: the link of the chain.
    pub prev: Hash,
    /// Life of the log that the commit is written in.
    pub incarnation: Incarnation,
    /// The command that the commit answers.
    pub answers: Option<Seq>,
}

impl AggregateContext<JobAggregate> for JobContext {
    fn aggregate(&mut self) -> &mut JobAggregate {
        &mut self.aggregate
    }
}

impl JobContext {
    /// Of a job in the fold of the whole log.
    #[must_use]
    pub fn folded(world: &World, of: JobRef) -> Self {
        let job = world.jobs.get(&of.job_id).cloned();
        Self {
            of,
            aggregate: JobAggregate { job, corrupt: None },
            after: world.last_seq,
            prev: world.last_hash.clone(),
            incarnation: world.incarnation,
            answers: None,
        }
    }

    /// The message these events become.
    #[must_use]
    pub fn commit(&self, events: Vec<JobEvent>) -> Commit {
        let JobRef { tenant_id, job_id } = self.of.clone();
        Commit {
            v: OURS.newest,
            incarnation: self.incarnation,
            prev: self.prev.clone(),
            answers: self.answers,
            body: CommitBody::Job { tenant_id, job_id, events },
        }
    }
}

/// Jobs in the event log.
#[derive(Debug, Clone)]
pub struct JobStore(pub EventLog);

/// The envelope of one event. `sequence` is that of the commit **in the stream**, so the events of
/// one decision share it.
fn envelope(
    of: &JobRef,
    seq: Seq,
    payload: JobEvent,
    metadata: &HashMap<String, String>,
) -> EventEnvelope<JobAggregate> {
    let sequence = usize::try_from(seq.0).unwrap_or(usize::MAX);
    EventEnvelope { aggregate_id: of.to_string(), sequence, payload, metadata: metadata.clone() }
}

impl EventStore<JobAggregate> for JobStore {
    type AC = JobContext;

    /// Every event of the job, oldest first, with the headers of its message as metadata.
    async fn load_events(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<EventEnvelope<JobAggregate>>, AggregateError<JobError>> {
        let of = parsed(aggregate_id)?;
        let mut events = Vec::new();
        for message in self.0.0.all_on(&of.subject()).await.map_err(unread)? {
            let metadata = message.headers.clone().into_iter().collect();
            for event in job_events(Commit::decode(&message).map_err(corrupt)?) {
                events.push(envelope(&of, message.seq, event, &metadata));
            }
        }
        Ok(events)
    }

    /// The job as it stands, and the end of the whole log it was read at.
    async fn load_aggregate(
        &self,
        aggregate_id: &str,
    ) -> Result<JobContext, AggregateError<JobError>> {
        let of = parsed(aggregate_id)?;
        // The end first: what is stored after it is not folded, and a commit will be refused.
        let end = self.end().await?;
        let mut aggregate = JobAggregate::default();
        for message in self.0.0.all_on(&of.subject()).await.map_err(unread)? {
            if message.seq <= end.seq {
                fold(&mut aggregate, &of, &message)?;
            }
        }
        Ok(JobContext {
            of,
            aggregate,
            after: end.seq,
            prev: end.hash,
            incarnation: end.incarnation,
            answers: None,
        })
    }

    /// Appends the events as the message after `context.after`, or not at all. `metadata` becomes
    /// headers. A moved log is `AggregateConflict`; [`append_error`] tells everything else apart.
    async fn commit(
        &self,
        events: Vec<JobEvent>,
        context: JobContext,
        metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<JobAggregate>>, AggregateError<JobError>> {
        let commit = context.commit(events.clone());
        let stored = self.0.append_with(&commit, context.after, metadata.clone()).await;
        let stored = stored.map_err(|error| match error {
            AppendError::Conflict(_) => AggregateError::AggregateConflict,
            other => AggregateError::DatabaseConnectionError(Box::new(other)),
        })?;
        let one = |event| envelope(&context.of, stored.seq, event, &metadata);
        Ok(events.into_iter().map(one).collect())
    }
}

/// The last commit of a log, as far as the next one needs it.
struct End {
    seq: Seq,
    hash: Hash,
    incarnation: Incarnation,
}

impl JobStore {
    async fn end(&self) -> Result<End, AggregateError<JobError>> {
        let log: &dyn MessageLog = &*self.0.0;
        let seq = log.info().await.map_err(unread)?.last_seq;
        if seq == Seq(0) {
            return Ok(End { seq, hash: Hash::zero(), incarnation: Incarnation(1) });
        }
        let gone = || ReadError::Lost(format!("commit {seq}, the last one, is gone"));
        let message = log.get(seq).await.map_err(unread)?.ok_or_else(gone).map_err(unread)?;
        let Recorded { hash, commit, .. } = Commit::decode(&message).map_err(corrupt)?;
        Ok(End { seq, hash, incarnation: commit.incarnation })
    }
}

fn job_events(recorded: Recorded) -> Vec<JobEvent> {
    match recorded.commit.body {
        CommitBody::Job { events, .. } => events,
        CommitBody::System { .. } => Vec::new(),
    }
}

/// Folds one commit with its own context: the rules and fences of the aggregate are those of the
/// stream, which the bare `Aggregate::apply` has no way to know.
fn fold(
    aggregate: &mut JobAggregate,
    of: &JobRef,
    message: &Message,
) -> Result<(), AggregateError<JobError>> {
    let recorded = Commit::decode(message).map_err(corrupt)?;
    let Recorded { seq, at, .. } = recorded;
    let context = Context { incarnation: recorded.commit.incarnation, seq, at };
    for event in job_events(recorded) {
        let refusal = matches!(event, JobEvent::VerbRefused { .. });
        if refusal && aggregate.job.as_ref().is_none_or(|job| job.status.is_terminal()) {
            continue; // an answer about a job that never was or has ended changes nothing
        }
        let job = evolve(aggregate.job.take(), &of.job_id, &event, context);
        aggregate.job = Some(job.map_err(|illegal| {
            let (event, state) = (illegal.event, illegal.state);
            corrupt(Corrupt::IllegalEvent { seq, job_id: of.job_id.clone(), event, state })
        })?);
    }
    Ok(())
}

fn parsed(aggregate_id: &str) -> Result<JobRef, AggregateError<JobError>> {
    aggregate_id.parse().map_err(|e: InvalidId| AggregateError::UnexpectedError(Box::new(e)))
}

fn unread(error: ReadError) -> AggregateError<JobError> {
    AggregateError::DatabaseConnectionError(Box::new(error))
}

fn corrupt(error: Corrupt) -> AggregateError<JobError> {
    AggregateError::DeserializationError(Box::new(error))
}

/// What became of a commit, in the words of the log: `cqrs-es` knows a conflict, and hands the rest
/// through as it was.
#[must_use]
pub fn append_error(error: AggregateError<JobError>) -> AppendError {
    match error {
        AggregateError::AggregateConflict => {
            AppendError::Conflict("another commit stands there".to_owned())
        }
        AggregateError::DatabaseConnectionError(error) => match error.downcast::<AppendError>() {
            Ok(ours) => *ours,
            Err(other) => AppendError::Unknown(other.to_string()),
        },
        AggregateError::UserError(error) => AppendError::Refused(error.to_string()),
        AggregateError::DeserializationError(error) | AggregateError::UnexpectedError(error) => {
            AppendError::Refused(error.to_string())
        }
    }
}
