//! What goes into the engine and what comes out: plain data, no behaviour.
//!
//! Nothing here is async. The runtime turns actions into calls and results into inputs; the seeded
//! tests do the same in one thread. Next: [`super::Engine`].

use std::time::Duration;

use streams::{
    envelope::{Commit, Recorded},
    ids::{
        Fence, FlowIds, Incarnation, JobId, NodeId, Revision, Seq, ServiceKind, StepId, TenantId,
    },
    job::{
        command::{GateOverride, Reason},
        event::JobEvent,
        facts::Facts,
        plan::Plan,
        step::{Evidence, Step, StepError},
        world::World,
    },
    log::RecordedCommand,
    store::JobContext,
};

/// One thing that happened outside.
#[derive(Debug, Clone)]
pub enum Input {
    /// A commit stands in the log: somebody's, or our own.
    Folded(Recorded),
    /// Everything up to the log's end, as its leader told it, has been given to the engine.
    CaughtUp {
        /// That end.
        last_seq: Seq,
    },
    /// The next command of the command log.
    Command(Box<RecordedCommand>),
    /// An attempt of a step's effect, or of its undo, has ended.
    EffectDone {
        /// Which job.
        job_id: JobId,
        /// Which step.
        step_id: StepId,
        /// Whether it was the undo.
        undo: bool,
        /// The fence it ran under; another than the job's present one makes the result void.
        fence: Fence,
        /// What came of it; an undo leaves [`Evidence::Done`].
        result: Result<Evidence, StepError>,
    },
    /// Facts were gathered, or could not be.
    Facts {
        /// For which job.
        job_id: JobId,
        /// Repeated from the request.
        token: Seq,
        /// The facts, or why there are none.
        facts: Result<Box<Facts>, String>,
    },
    /// A timer that was armed is due.
    Timer(TimerKey),
    /// A placement key as a watch shows it; `None` when it was deleted.
    Placement(PlacementSeen),
    /// The lease is ours.
    Elected {
        /// Of the log, from the control bucket.
        incarnation: Incarnation,
    },
    /// The lease is not ours any more, or may not be.
    LeaseLost,
    /// The append that expected `last` did not report success.
    AppendFailed {
        /// Its condition.
        last: Seq,
        /// How.
        failure: AppendFailure,
    },
}

/// How an append failed, as far as the engine cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendFailure {
    /// The log has moved.
    Conflict,
    /// Nobody can tell whether it is stored.
    Unknown,
    /// Certainly not stored; later it may be.
    Unavailable,
    /// Certainly not stored, and never will be.
    Refused(String),
}

/// A placement key as a watch shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacementSeen {
    /// In which map.
    pub kind: ServiceKind,
    /// The key.
    pub key: String,
    /// Revision of this change.
    pub revision: Revision,
    /// The value, when it is JSON; `None` when the key was deleted.
    pub value: Option<serde_json::Value>,
    /// False while the watch delivers what existed when it began.
    pub live: bool,
}

/// What a timer is for. Arming a key again replaces it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimerKey {
    /// The job's next look, retry or gate poll.
    Job(JobId),
    /// The job's running time is used up.
    Deadline(JobId),
    /// The append is to be tried again.
    Append,
}

/// One attempt of a step or of its undo, with everything it may look at. Carrying it out makes no
/// choices.
#[derive(Debug, Clone)]
pub struct Effect {
    /// The job.
    pub job_id: JobId,
    /// For whom.
    pub tenant: TenantId,
    /// The step.
    pub step: Step,
    /// Undo it instead.
    pub undo: bool,
    /// From 1.
    pub attempt: u32,
    /// What nodes compare.
    pub fence: Fence,
    /// The job's flow.
    pub ids: FlowIds,
    /// The operator's reason, for the nodes' own records.
    pub reason: Reason,
    /// The plan.
    pub plan: Box<Plan>,
    /// What earlier steps left.
    pub evidence: Vec<(Step, Evidence)>,
    /// Gates the operator answers for.
    pub overrides: Vec<GateOverride>,
    /// How long the attempt may take.
    pub timeout: Duration,
}

/// A commit to be appended, in the form its way into the log takes it.
#[derive(Debug, Clone)]
pub enum NewCommit {
    /// About one job: what is decided, and the fold it rests on.
    Job {
        /// What it rests on.
        context: Box<JobContext>,
        /// What is decided.
        events: Vec<JobEvent>,
    },
    /// About the log itself, so of no aggregate.
    System(Box<Commit>),
}

impl NewCommit {
    /// The message it becomes.
    #[must_use]
    pub fn commit(&self) -> Commit {
        match self {
            Self::Job { context, events } => context.commit(events.clone()),
            Self::System(commit) => (**commit).clone(),
        }
    }
}

/// One thing the runtime has to do.
#[derive(Debug, Clone)]
pub enum Action {
    /// Append as message `last + 1`; answer with `Folded` (it is read back) or `AppendFailed`.
    Append {
        /// What.
        new: NewCommit,
        /// The condition.
        last: Seq,
        /// The flow it belongs to, for the message's headers.
        ids: Option<FlowIds>,
    },
    /// Carry out an attempt; answer with `EffectDone`.
    Perform(Box<Effect>),
    /// Stop the job's running attempt; no answer is needed.
    Abort(JobId),
    /// Stop every attempt, every gathering and every timer.
    AbortAll,
    /// Gather facts; answer with `Facts`.
    GatherFacts {
        /// For which job.
        job_id: JobId,
        /// To be repeated in the answer.
        token: Seq,
        /// About whom.
        tenant: TenantId,
        /// Kinds that move.
        kinds: Vec<ServiceKind>,
        /// The job's flow.
        ids: FlowIds,
    },
    /// Answer with `Timer` after this long.
    Arm {
        /// What for.
        key: TimerKey,
        /// From now.
        after: Duration,
    },
    /// Deliver the commands from this sequence on, in order, replacing an earlier reader.
    ReadCommands {
        /// The first.
        from: Seq,
    },
    /// Read the log from here to the end its leader names, give it as `Folded`, then `CaughtUp`.
    Refold {
        /// The first not yet folded.
        from: Seq,
    },
    /// Store the fold so far, so that a start need not fold the log from its first message. Best
    /// effort; no answer is needed.
    Keep(Box<World>),
    /// Give the lease back: the engine does not lead any more.
    StepDown {
        /// Why, for the operator.
        because: String,
    },
    /// The log cannot be what it is: stop the process and page a person.
    Stop {
        /// What was found.
        because: String,
    },
    /// A person should look: log it and count it.
    Alarm {
        /// About which job.
        job_id: Option<JobId>,
        /// What.
        text: String,
    },
}

/// Who the engine is and by which rules it decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Unique per process: two processes must never write the same bytes.
    pub me: NodeId,
    /// Thresholds.
    pub policy: streams::job::policy::Policy,
    /// The leader keeps its fold whenever the log has grown by this many commits.
    pub keep_every: u64,
}
