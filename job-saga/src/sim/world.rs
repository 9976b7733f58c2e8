//! The scheduler: one queue of events in virtual time, everything else follows from the seed.
//!
//! Several sagas run the real engine and the real step bodies over one memory log, one model fleet
//! and one lease. Chaos ends at a fixed time; then everything works and every job must end.
//! `processes` has the sagas' lives, `logs` and `wire` what lies between them and the rest, `kept`
//! the fold a start begins with.

mod kept;
mod logs;
mod processes;
mod wire;

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Waker},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use streams::{
    clock::Clock,
    ids::{Fence, JobId, Seq, StepId},
    job::step::{Evidence, StepError},
    memory::MemoryLog,
    ports::NewMessage,
    shapes::StreamShape,
};
use test_support::facts::at;

use super::{
    calls::{Op, Reply, Wire},
    model::Model,
};
use crate::engine::{Engine, Input, TimerKey};

/// How many sagas.
pub(super) const SAGAS: usize = 3;
const LEASE_TTL: u64 = 3_000;

/// The log's clock: virtual time plus what the server's clock is wrong by.
#[derive(Debug, Default)]
pub(super) struct ServerClock(Mutex<i64>);

impl ServerClock {
    pub(super) fn set(&self, ms: i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = ms;
    }
}

impl Clock for ServerClock {
    fn now(&self) -> DateTime<Utc> {
        let ms = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        at(0) + chrono::TimeDelta::milliseconds(ms)
    }
}

/// The memory log answers at once.
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => unreachable!("the memory log waits for nothing"),
    }
}

type Running = Pin<Box<dyn Future<Output = Result<Evidence, StepError>>>>;

enum Task {
    Effect { job_id: JobId, step_id: StepId, undo: bool, fence: Fence, run: Running },
    Facts { job_id: JobId, token: Seq, call: u64 },
}

/// One process of a saga; a restart makes another.
pub(super) struct Process {
    pub(super) engine: Engine,
    pid: u64,
    pub(super) frozen: bool,
    wire: Arc<Mutex<Wire>>,
    tasks: BTreeMap<u64, Task>,
    timers: BTreeMap<TimerKey, u64>,
    read: Seq,
    commands: Option<(Seq, u64)>,
    holds: bool,
    kept: Vec<Event>,
}

/// Something that happens at its time.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// The next message of the event log reaches a process.
    Feed(usize, u64),
    /// The next command reaches a process, by this reader.
    Command(usize, u64, u64),
    Deliver(usize, u64, Box<Input>),
    Refold(usize, u64, Seq),
    Timer(usize, u64, TimerKey, u64),
    Append(usize, u64, Box<NewMessage>, Seq, Fate),
    Arrive(usize, u64, u64, Op, bool),
    Return(usize, u64, u64, Box<Reply>),
    Heartbeat(usize),
    Start(usize),
    Thaw(usize),
    Revive(streams::ids::NodeId),
    Trouble,
    Operator,
}

/// What the wire does to an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Fine,
    AckLost,
    Lost,
    Late,
    Unavailable,
}

pub(super) struct World {
    pub(super) rng: ChaCha8Rng,
    pub(super) now: u64,
    queue: BTreeMap<(u64, u64), Event>,
    ticket: u64,
    clock: Arc<ServerClock>,
    skew: i64,
    pub(super) events: MemoryLog,
    pub(super) commands: MemoryLog,
    pub(super) model: Model,
    pub(super) sagas: Vec<Option<Process>>,
    pids: u64,
    lease: Option<(u64, u64)>,
    /// The control bucket, as far as the kept fold is in it.
    kept: BTreeMap<String, Bytes>,
    keep_every: u64,
    /// How often a process began with a kept fold.
    pub(super) restored: u64,
    /// Trouble until this time.
    pub(super) chaos_until: u64,
    pub(super) asked: Asked,
    pub(super) script: Script,
    pub(super) trace: Vec<String>,
    pub(super) broken: Vec<String>,
    pub(super) steps: u64,
}

/// What a directed test does on top of, or in place of, random trouble.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    /// The leader's process dies when this many commits stand in the log.
    pub(super) crash_after: Vec<u64>,
    /// The leader stands still past its lease when this many commits stand in the log.
    pub(super) freeze_after: Option<u64>,
    /// Calls in this step fail this often.
    pub(super) fail_step: Option<(String, u32)>,
    /// Every call is carried out twice, the second time late.
    pub(super) twice: bool,
    /// These nodes never answer.
    pub(super) down: Vec<streams::ids::NodeId>,
}

/// What the operator has asked for so far.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) commands: u32,
    pub(super) jobs: Vec<(JobId, streams::ids::TenantId)>,
    /// How many jobs are asked for in all.
    pub(super) wanted: usize,
    /// Kinds that every job moves; drawn when empty.
    pub(super) kinds: Vec<streams::ids::ServiceKind>,
    /// Nothing but creates and what healing needs.
    pub(super) calm: bool,
}

impl World {
    pub(super) fn new(seed: u64, chaos_until: u64, script: Script) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let clock = Arc::new(ServerClock::default());
        let log = |name: &str, subject: &str| {
            MemoryLog::new(&StreamShape::log(name, "", &[subject]), Arc::clone(&clock) as _)
        };
        let model = Model::new(&mut rng);
        let mut world = Self {
            now: 0,
            queue: BTreeMap::new(),
            ticket: 0,
            skew: 0,
            events: log("EVENTS", "control.evt.>"),
            commands: log("COMMANDS", "control.cmd.>"),
            clock,
            model,
            sagas: (0..SAGAS).map(|_| None).collect(),
            pids: 0,
            lease: None,
            kept: BTreeMap::new(),
            keep_every: rng.random_range(3..40),
            restored: 0,
            asked: Asked::default(),
            chaos_until,
            script,
            trace: Vec::new(),
            broken: Vec::new(),
            steps: 0,
            rng,
        };
        for id in world.script.down.clone() {
            world.model.nodes.get_mut(&id).unwrap().up = false;
        }
        for saga in 0..SAGAS {
            world.at(saga as u64 * 7, Event::Start(saga));
            world.at(100 + saga as u64 * 90, Event::Heartbeat(saga));
        }
        world.at(500, Event::Operator);
        if chaos_until > 0 {
            world.at(400, Event::Trouble);
        }
        world
    }

    pub(super) fn chaos(&self) -> bool {
        self.now < self.chaos_until
    }

    pub(super) fn at(&mut self, after: u64, event: Event) {
        self.ticket += 1;
        self.queue.insert((self.now + after, self.ticket), event);
    }

    fn hop(&mut self) -> u64 {
        if self.chaos() { self.rng.random_range(1..60) } else { self.rng.random_range(1..4) }
    }

    fn luck(&mut self, chance: f64) -> bool {
        self.chaos() && self.rng.random_bool(chance)
    }

    pub(super) fn note(&mut self, line: String) {
        if self.trace.len() > 4_000 {
            self.trace.drain(1_000..3_000); // the beginning and the end tell most
        }
        self.trace.push(format!("{:>8} {line}", self.now));
    }

    /// One event; false when nothing is left to happen.
    pub(super) fn step(&mut self) -> bool {
        let Some(((when, _), event)) = self.queue.pop_first() else { return false };
        self.now = self.now.max(when);
        self.steps += 1;
        self.happen(event);
        true
    }

    fn process(&mut self, saga: usize, pid: u64, event: &Event) -> Option<&mut Process> {
        let process = self.sagas[saga].as_mut().filter(|p| p.pid == pid)?;
        if process.frozen {
            process.kept.push(event.clone());
            return None;
        }
        Some(process)
    }

    /// Trouble is over: everything runs and answers.
    pub(super) fn heal(&mut self) {
        for saga in 0..SAGAS {
            self.thaw(saga);
            self.start(saga);
        }
        self.model.nodes.values_mut().for_each(|n| n.up = true);
        self.note("trouble is over".to_owned());
    }

    fn happen(&mut self, event: Event) {
        match &event {
            Event::Feed(saga, pid) => self.feed(*saga, *pid, &event),
            Event::Command(saga, pid, reader) => self.command(*saga, *pid, *reader, &event),
            Event::Deliver(saga, pid, input) => {
                if self.process(*saga, *pid, &event).is_some() {
                    self.input(*saga, (**input).clone());
                }
            }
            Event::Refold(saga, pid, from) => self.refold(*saga, *pid, *from, &event),
            Event::Timer(saga, pid, key, generation) => {
                let due = self
                    .process(*saga, *pid, &event)
                    .is_some_and(|p| p.timers.get(key) == Some(generation));
                if due {
                    self.input(*saga, Input::Timer(key.clone()));
                }
            }
            Event::Append(saga, pid, message, last, fate) => {
                self.appended(*saga, *pid, message, *last, *fate);
            }
            Event::Arrive(saga, pid, call, op, lost) => {
                self.arrive(*saga, *pid, *call, op, *lost);
            }
            Event::Return(saga, pid, call, reply) => {
                if let Some(process) = self.process(*saga, *pid, &event) {
                    process.wire.lock().unwrap().replies.insert(*call, (**reply).clone());
                    self.poll(*saga);
                }
            }
            Event::Heartbeat(saga) => self.heartbeat(*saga),
            Event::Start(saga) => self.start(*saga),
            Event::Thaw(saga) => self.thaw(*saga),
            Event::Revive(node) => {
                self.model.nodes.get_mut(node).unwrap().up = true;
            }
            Event::Trouble => super::trouble::trouble(self),
            Event::Operator => super::trouble::operator(self),
        }
    }
}
