//! Glue to `cqrs-es`: the Job as its `Aggregate`, with no services (locks and facts enter as fields
//! of the command) and its decisions where the rest of the code finds them.
//!
//! Its `EventStore` is [`crate::store`], its `EventUpcaster`s are in [`crate::job::upcast`], its
//! `TestFramework` drives the decisions' tests. Not used from `cqrs-es`: its snapshots (0.5.0
//! applies events twice), `Query` (a crash loses the update), `CqrsFramework` (returns neither
//! events nor sequence; and a decision here looks at every job, not at one).

use cqrs_es::{Aggregate, event_sink::EventSink};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{JobId, StepId},
    job::{
        command::JobRequest,
        decide::{create, planned, step, undo, verb},
        event::{Asked, JobEvent},
        plan::Plan,
        planner::PlanError,
        policy::Policy,
        state::{Context, Illegal, Job, evolve},
        step::{Evidence, StepError},
        world::World,
    },
};

/// A job under `cqrs-es`; `None` before its first event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobAggregate {
    /// The folded job.
    pub job: Option<Job>,
    /// An event that could not follow; every later command is refused with it.
    pub corrupt: Option<String>,
}

/// An input to a job, with everything it may look at.
#[derive(Debug, Clone)]
pub enum JobCommand {
    /// Take a request on.
    Create {
        /// The request.
        request: Box<JobRequest>,
        /// The world it meets.
        world: Box<World>,
    },
    /// A recomputed plan.
    Plan {
        /// The plan, or why there is none.
        plan: Box<Result<Plan, PlanError>>,
        /// The commit to be.
        context: Context,
    },
    /// A step's post-condition was observed.
    StepSucceeded {
        /// Which.
        step_id: StepId,
        /// What it leaves.
        evidence: Evidence,
        /// The commit to be.
        context: Context,
    },
    /// A step's attempt failed.
    StepFailed {
        /// Which.
        step_id: StepId,
        /// Why.
        error: StepError,
        /// The commit to be.
        context: Context,
    },
    /// An undo's pre-state was observed.
    UndoSucceeded {
        /// Which.
        step_id: StepId,
        /// The commit to be.
        context: Context,
    },
    /// A person's verb.
    Verb {
        /// What was asked.
        asked: Asked,
        /// The commit to be.
        context: Context,
    },
}

/// Why a command is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// The decision met a state it cannot follow.
    #[error(transparent)]
    Illegal(#[from] Illegal),
    /// The job does not exist.
    #[error("there is no such job")]
    Absent,
    /// The stored events do not make a job.
    #[error("the stored events are corrupt: {0}")]
    Corrupt(String),
}

/// The id that events are folded under; the glue's stream carries it in its envelope.
const UNNAMED: &str = "job_00000000000000000000000000";

impl Aggregate for JobAggregate {
    const TYPE: &'static str = "job";
    type Command = JobCommand;
    type Event = JobEvent;
    type Error = JobError;
    type Services = ();

    async fn handle(
        &mut self,
        command: JobCommand,
        _services: &(),
        sink: &EventSink<Self>,
    ) -> Result<(), JobError> {
        if let Some(corrupt) = &self.corrupt {
            return Err(JobError::Corrupt(corrupt.clone()));
        }
        for event in decide(self.job.as_ref(), command, &Policy::default())? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: JobEvent) {
        let context = self.job.as_ref().map_or(FIRST, |job| Context {
            incarnation: FIRST.incarnation,
            seq: job.seq.next(),
            at: job.updated_at,
        });
        let job_id: JobId = UNNAMED.parse().expect("a constant of the right shape");
        match evolve(self.job.take(), &job_id, &event, context) {
            Ok(job) => self.job = Some(job),
            Err(illegal) => self.corrupt = Some(illegal.to_string()),
        }
    }
}

const FIRST: Context = Context {
    incarnation: crate::ids::Incarnation(1),
    seq: crate::ids::Seq(1),
    at: chrono::DateTime::<chrono::Utc>::UNIX_EPOCH,
};

fn decide(
    job: Option<&Job>,
    command: JobCommand,
    policy: &Policy,
) -> Result<Vec<JobEvent>, JobError> {
    if let JobCommand::Create { request, world } = &command {
        return Ok(vec![create::decide(world, request, policy)]);
    }
    let job = job.ok_or(JobError::Absent)?;
    Ok(match command {
        JobCommand::Create { .. } => Vec::new(),
        JobCommand::Plan { plan, context } => match planned::decide(job, &plan, context, policy)? {
            planned::Planning::Commit(events) => events,
            planned::Planning::Wait => Vec::new(),
        },
        JobCommand::StepSucceeded { step_id, evidence, context } => {
            step::succeeded(job, &step_id, evidence, context, policy)?
        }
        JobCommand::StepFailed { step_id, error, context } => {
            step::attempt_failed(job, &step_id, error, context, policy)?
        }
        JobCommand::UndoSucceeded { step_id, context } => undo::succeeded(job, &step_id, context)?,
        JobCommand::Verb { asked, context } => verb::decide(job, asked, context)?,
    })
}
