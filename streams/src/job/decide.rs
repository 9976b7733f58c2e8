//! Decisions: one file each, pure, each with its refusals and tests.
//!
//! A decision takes the folded state and an input and returns the events of one commit. It never
//! looks at anything else, so it can be made again after a lost append.

pub mod create;
pub mod drive;
pub mod planned;
pub mod step;
pub mod undo;
pub mod verb;

use crate::job::{
    event::{Cause, JobEvent},
    state::{Context, Illegal, Job, evolve},
};

/// Events of one commit being put together, each folded as it is added, so that the next part of
/// the decision sees the state it will meet.
#[derive(Debug, Clone)]
pub struct Draft {
    job: Job,
    context: Context,
    events: Vec<JobEvent>,
}

impl Draft {
    /// Begins with the folded job; `context` is that of the commit to be (its time is the engine's).
    #[must_use]
    pub fn new(job: &Job, context: Context) -> Self {
        Self { job: job.clone(), context, events: Vec::new() }
    }

    /// Adds an event.
    ///
    /// # Errors
    /// [`Illegal`] when it cannot follow: a bug in the decision, stopped before it is written.
    pub fn push(&mut self, event: JobEvent) -> Result<(), Illegal> {
        self.job = evolve(Some(self.job.clone()), &self.job.job_id, &event, self.context)?;
        self.events.push(event);
        Ok(())
    }

    /// The state after what was added so far.
    #[must_use]
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// The events of the commit.
    #[must_use]
    pub fn into_events(self) -> Vec<JobEvent> {
        self.events
    }

    /// Begins undoing: the first undo starts in the same commit; with nothing to undo the job ends.
    ///
    /// # Errors
    /// [`Illegal`] when undoing cannot begin here.
    pub fn compensate(&mut self, cause: Cause) -> Result<(), Illegal> {
        self.push(JobEvent::CompensationStarted { cause })?;
        self.next_undo()
    }

    /// Starts the next undo owed, or ends the job.
    ///
    /// # Errors
    /// [`Illegal`] when the job is not being undone.
    pub fn next_undo(&mut self) -> Result<(), Illegal> {
        use crate::job::state::Status;
        if let Some(step) = self.job.next_undo() {
            let step_id = step.step.id.clone();
            return self.push(JobEvent::UndoStarted { step_id });
        }
        let end = match &self.job.status {
            Status::Compensating { cause: Cause::Cancelled } => JobEvent::Cancelled,
            _ => JobEvent::RolledBack,
        };
        self.push(end)
    }
}
