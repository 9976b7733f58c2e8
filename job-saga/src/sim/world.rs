//! The scheduler: one queue of events in virtual time, everything else follows from the seed.
//!
//! Several sagas run the real engine and the real step bodies over one memory log, one model fleet
//! and one lease. Chaos ends at a fixed time; then everything works and every job must end.

mod logs;
mod wire;

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Waker},
    time::Duration,
};

use chrono::{DateTime, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use streams::{
    clock::Clock,
    ids::{Fence, Incarnation, JobId, Seq, ServiceKind, StepId, TenantId},
    job::step::{Evidence, StepError},
    memory::MemoryLog,
    placement::tenant_key,
    ports::{MessageLog, NewMessage},
    shapes::StreamShape,
};
use test_support::facts::at;

use super::{
    calls::{Op, Reply, Wire},
    model::Model,
};
use crate::engine::{Action, Engine, Input, PlacementSeen, Settings, TimerKey};

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

    // ── processes ────────────────────────────────────────────────────────────────────────────────

    fn start(&mut self, saga: usize) {
        if self.sagas[saga].is_some() {
            return;
        }
        self.pids += 1;
        let pid = self.pids;
        let me = format!("saga-{saga}-{pid}").parse().unwrap();
        let settings = Settings { me, policy: streams::job::policy::Policy::default() };
        self.note(format!("saga {saga} starts as {pid}"));
        self.sagas[saga] = Some(Process {
            engine: Engine::new(settings),
            pid,
            frozen: false,
            wire: Arc::default(),
            tasks: BTreeMap::new(),
            timers: BTreeMap::new(),
            read: Seq(0),
            commands: None,
            holds: false,
            kept: Vec::new(),
        });
        for message in self.events.messages() {
            self.give(saga, &message);
        }
        let keys: Vec<_> = self.model.entries.keys().cloned().collect();
        for (kind, tenant) in keys {
            let seen = self.placement_of(kind, &tenant, false);
            self.input(saga, Input::Placement(seen));
        }
    }

    fn placement_of(&self, kind: ServiceKind, tenant: &TenantId, live: bool) -> PlacementSeen {
        let entry = self.model.entry(kind, tenant).unwrap();
        let value = serde_json::to_value(&entry.value).unwrap();
        let key = tenant_key(tenant);
        PlacementSeen { kind, key, revision: entry.revision, value: Some(value), live }
    }

    /// A placement key was written: every watch shows it.
    pub(super) fn announce(&mut self, kind: ServiceKind, tenant: &TenantId) {
        for saga in 0..SAGAS {
            if let Some(pid) = self.sagas[saga].as_ref().map(|p| p.pid) {
                let seen = self.placement_of(kind, tenant, true);
                let after = self.hop();
                self.at(after, Event::Deliver(saga, pid, Box::new(Input::Placement(seen))));
            }
        }
    }

    /// The process dies; what it put on the wire still arrives.
    pub(super) fn crash(&mut self, saga: usize) {
        if self.sagas[saga].take().is_some() {
            self.note(format!("saga {saga} dies"));
            let after = self.rng.random_range(50..6_000);
            self.at(after, Event::Start(saga));
        }
    }

    pub(super) fn freeze(&mut self, saga: usize, time: u64) {
        if let Some(process) = self.sagas[saga].as_mut().filter(|p| !p.frozen) {
            process.frozen = true;
            self.note(format!("saga {saga} stands still for {time} ms"));
            self.at(time, Event::Thaw(saga));
        }
    }

    pub(super) fn thaw(&mut self, saga: usize) {
        let Some(process) = self.sagas[saga].as_mut().filter(|p| p.frozen) else { return };
        process.frozen = false;
        let kept = std::mem::take(&mut process.kept);
        self.note(format!("saga {saga} goes on"));
        for event in kept {
            let after = self.hop();
            self.at(after, event);
        }
    }

    pub(super) fn leader(&self) -> Option<usize> {
        let leads = |p: &Process| matches!(p.engine.role(), crate::engine::Role::Leading { .. });
        (0..SAGAS).find(|s| self.sagas[*s].as_ref().is_some_and(leads))
    }

    fn input(&mut self, saga: usize, input: Input) {
        let now = Duration::from_millis(self.now);
        let Some(process) = self.sagas[saga].as_mut() else { return };
        let before = process.engine.role();
        let actions = process.engine.on(now, input);
        let after = process.engine.role();
        if before != after {
            self.note(format!("saga {saga}: {before:?} → {after:?}"));
        }
        for action in actions {
            self.act(saga, action);
        }
    }

    fn act(&mut self, saga: usize, action: Action) {
        let pid = self.sagas[saga].as_ref().unwrap().pid;
        match action {
            Action::Append { commit, last, .. } => self.append(saga, pid, &commit, last),
            Action::Perform(effect) => self.perform(saga, effect),
            Action::Abort(job_id) => {
                let process = self.sagas[saga].as_mut().unwrap();
                process
                    .tasks
                    .retain(|_, t| !matches!(t, Task::Effect { job_id: j, .. } if *j == job_id));
            }
            Action::AbortAll => {
                let process = self.sagas[saga].as_mut().unwrap();
                process.tasks.clear();
                process.timers.clear();
                process.commands = None;
            }
            Action::GatherFacts { job_id, token, tenant, kinds, .. } => {
                let process = self.sagas[saga].as_mut().unwrap();
                let call = {
                    let mut wire = process.wire.lock().unwrap();
                    wire.call(Op::Facts(tenant, kinds))
                };
                self.ticket += 1;
                let task = Task::Facts { job_id, token, call };
                self.sagas[saga].as_mut().unwrap().tasks.insert(self.ticket, task);
                self.send_calls(saga);
            }
            Action::Arm { key, after } => {
                self.ticket += 1;
                let generation = self.ticket;
                self.sagas[saga].as_mut().unwrap().timers.insert(key.clone(), generation);
                let after = u64::try_from(after.as_millis()).unwrap();
                self.at(after, Event::Timer(saga, pid, key, generation));
            }
            Action::ReadCommands { from } => {
                self.ticket += 1;
                let reader = self.ticket;
                self.sagas[saga].as_mut().unwrap().commands = Some((from, reader));
                let end = at_once(self.commands.info()).unwrap().last_seq.0;
                for _ in from.0..=end {
                    let after = self.hop();
                    self.at(after, Event::Command(saga, pid, reader));
                }
            }
            Action::Refold { from } => {
                let after = self.hop();
                self.at(after, Event::Refold(saga, pid, from));
            }
            Action::StepDown { because } => {
                self.note(format!("saga {saga} steps down: {because}"));
                self.sagas[saga].as_mut().unwrap().holds = false;
                if self.lease.is_some_and(|(holder, _)| holder == pid) {
                    self.lease = None;
                }
            }
            Action::Stop { because } => self.broken.push(format!("saga {saga} stops: {because}")),
            Action::Alarm { text, .. } => self.broken.push(format!("saga {saga}: {text}")),
        }
    }

    // ── the lease ────────────────────────────────────────────────────────────────────────────────

    fn heartbeat(&mut self, saga: usize) {
        let late = if self.luck(0.05) { self.rng.random_range(0..9_000) } else { 0 };
        self.at(500 + late, Event::Heartbeat(saga));
        let now = self.now;
        let Some(process) = self.sagas[saga].as_mut().filter(|p| !p.frozen) else { return };
        let pid = process.pid;
        let held = self.lease.is_some_and(|(holder, _)| holder == pid);
        let expired = self.lease.is_none_or(|(_, beat)| now - beat > LEASE_TTL);
        if process.holds && !held {
            process.holds = false;
            self.input(saga, Input::LeaseLost);
        } else if held {
            self.lease = Some((pid, now));
        } else if expired {
            process.holds = true;
            self.lease = Some((pid, now));
            self.input(saga, Input::Elected { incarnation: Incarnation(1) });
        }
    }
}
