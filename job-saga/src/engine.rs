//! The engine: decides and drives every job, without I/O, clock, randomness or hash-map iteration.
//!
//! `on(input) -> actions`. Its memory is the fold of the log ([`World`]) plus what it has under way
//! as leader; the second part may be lost at any time and is rebuilt by driving what is open. It
//! never performs an effect before the commit that orders it stands in the log, has one append under
//! way at most, and believes nothing about an append but what is read back. Who leads is decided by
//! the log, not by the lease: a `LeaderChanged` of another process ends this one's lead.
//!
//! One file per concern: [`io`] the data, `fold` and `append` the log, [`restore`] a start from a
//! kept fold, `lead` the lead, `command` the commands, `drive` what a job needs next, `decide` the
//! commits, `placement` edits by hand.

mod append;
mod command;
mod decide;
mod drive;
mod fold;
pub mod io;
mod lead;
mod placement;
pub mod restore;

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use chrono::{DateTime, Utc};
use streams::{
    envelope::Commit,
    ids::{Fence, Hash, Incarnation, JobId, Revision, Seq, ServiceKind, StepId},
    job::{facts::Facts, state::Context, step::Evidence, step::StepError, world::World},
    log::RecordedCommand,
};

pub use io::{Action, AppendFailure, Effect, Input, NewCommit, PlacementSeen, Settings, TimerKey};

/// Pause between two looks at gates that do not hold, and between two tries of an append.
const LOOK_AGAIN: Duration = Duration::from_millis(1_000);
/// A timer is never armed for longer: a clock that jumped cannot put a job to sleep.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Which part the engine plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Folds along.
    StandBy,
    /// Has the lease; its `LeaderChanged` is not in the log yet.
    Elected,
    /// Drives.
    Leading {
        /// Its `LeaderChanged`.
        since: Seq,
    },
    /// The log is corrupt; nothing is done any more.
    Stopped,
}

/// A decision to be made. It is made again when its append does not succeed.
#[derive(Debug, Clone)]
enum Work {
    Lead,
    Command(Box<RecordedCommand>),
    Start(JobId),
    Resume(JobId),
    Outcome {
        job_id: JobId,
        step_id: StepId,
        undo: bool,
        fence: Fence,
        result: Result<Evidence, StepError>,
    },
    Facts {
        job_id: JobId,
        token: Seq,
        facts: Result<Box<Facts>, String>,
    },
    Deadline(JobId),
    Placement(ServiceKind, String),
}

impl Work {
    fn job(&self) -> Option<&JobId> {
        match self {
            Self::Start(job_id)
            | Self::Resume(job_id)
            | Self::Outcome { job_id, .. }
            | Self::Facts { job_id, .. }
            | Self::Deadline(job_id) => Some(job_id),
            Self::Lead | Self::Command(_) | Self::Placement(..) => None,
        }
    }
}

/// The append under way.
#[derive(Debug)]
struct InFlight {
    work: Work,
    commit: Box<Commit>,
    last: Seq,
    hash: Hash,
    /// How often its outcome was not told.
    unknown: u32,
}

/// What a job has under way in this leader's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Doing {
    Effect {
        step_id: StepId,
        undo: bool,
        fence: Fence,
        attempt: u32,
    },
    Facts {
        token: Seq,
    },
    /// Nothing until the timer.
    Waiting {
        due: Duration,
    },
}

/// The engine.
#[derive(Debug)]
pub struct Engine {
    settings: Settings,
    world: World,
    role: Role,
    /// Incarnation of the control bucket; a commit carries the higher of this and the log's.
    incarnation: Incarnation,
    /// Monotonic time of the present input, and of the last fold.
    now: Duration,
    folded_at: Duration,
    queue: VecDeque<Work>,
    in_flight: Option<InFlight>,
    /// An append is to be tried again later.
    blocked: u32,
    doing: BTreeMap<JobId, Doing>,
    /// Running time for which a deadline timer is armed, by job.
    deadlines: BTreeMap<JobId, DateTime<Utc>>,
    /// Jobs a bug of ours cannot go on with.
    halted: BTreeMap<JobId, String>,
    /// Fence under which a node last refused this job as stale while we led.
    stale: BTreeMap<JobId, Fence>,
    /// The placement buckets as the watch shows them, and whether the key existed before.
    seen: BTreeMap<(ServiceKind, String), (PlacementSeen, bool)>,
    /// Highest command read since this lead began.
    read_to: Seq,
    actions: Vec<Action>,
}

impl Engine {
    /// An engine that has folded nothing yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self::starting_from(settings, World::empty(Incarnation(1)))
    }

    /// An engine whose memory is this fold; the commits after it are to be given to it.
    #[must_use]
    pub fn starting_from(settings: Settings, world: World) -> Self {
        Self {
            settings,
            world,
            role: Role::StandBy,
            incarnation: Incarnation(1),
            now: Duration::ZERO,
            folded_at: Duration::ZERO,
            queue: VecDeque::new(),
            in_flight: None,
            blocked: 0,
            doing: BTreeMap::new(),
            deadlines: BTreeMap::new(),
            halted: BTreeMap::new(),
            stale: BTreeMap::new(),
            seen: BTreeMap::new(),
            read_to: Seq(0),
            actions: Vec::new(),
        }
    }

    /// Takes one input at monotonic time `now` and says what is to be done.
    #[must_use]
    pub fn on(&mut self, now: Duration, input: Input) -> Vec<Action> {
        self.now = self.now.max(now);
        if self.role == Role::Stopped {
            return Vec::new();
        }
        match input {
            Input::Folded(recorded) => self.folded(recorded),
            Input::CaughtUp { last_seq } => self.caught_up(last_seq),
            Input::Command(command) => self.command_read(command),
            Input::EffectDone { job_id, step_id, undo, fence, result } => {
                self.effect_done(job_id, step_id, undo, fence, result);
            }
            Input::Facts { job_id, token, facts } => self.facts_gathered(job_id, token, facts),
            Input::Timer(key) => self.timer(key),
            Input::Placement(seen) => self.placement_seen(seen),
            Input::Elected { incarnation } => self.elected(incarnation),
            Input::LeaseLost => self.lease_lost(),
            Input::AppendFailed { last, failure } => self.append_failed(last, failure),
        }
        self.pump();
        std::mem::take(&mut self.actions)
    }

    /// The fold so far.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Which part it plays.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Decisions waiting; the runtime stops reading commands while this is large.
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.queue.len()
    }

    /// Jobs that a bug of ours cannot go on with, and why.
    #[must_use]
    pub fn halted(&self) -> &BTreeMap<JobId, String> {
        &self.halted
    }

    fn leads(&self) -> bool {
        matches!(self.role, Role::Leading { .. })
    }

    fn lead_fence(&self) -> Fence {
        match self.role {
            Role::Leading { since } => Fence::new(self.world.incarnation, since),
            Role::StandBy | Role::Elected | Role::Stopped => Fence(u64::MAX),
        }
    }

    /// Server time: the last commit's timestamp plus what has passed since it was folded.
    fn time(&self) -> DateTime<Utc> {
        let since = self.now.saturating_sub(self.folded_at);
        self.world.last_at.unwrap_or(DateTime::UNIX_EPOCH) + since
    }

    /// The context of the commit to be.
    fn context(&self) -> Context {
        Context {
            incarnation: self.incarnation.max(self.world.incarnation),
            seq: self.world.last_seq.next(),
            at: self.time(),
        }
    }

    /// A job cannot go on because of a bug of ours: it is left alone, visibly, and nobody else is.
    fn halt(&mut self, job_id: JobId, because: String) {
        self.abort(&job_id);
        let text = format!("{job_id} is halted: {because}");
        self.actions.push(Action::Alarm { job_id: Some(job_id.clone()), text });
        self.halted.insert(job_id, because);
    }

    fn revision_of(&self, kind: ServiceKind, key: &str) -> Revision {
        let bucket = streams::catalog::placement_bucket(kind).to_owned();
        self.world.accounted.get(&(bucket, key.to_owned())).copied().unwrap_or_default()
    }
}
