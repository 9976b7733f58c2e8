//! The scheduler: one queue of events in virtual time, everything else follows from the seed.
//!
//! Several sagas run the real engine and the real step bodies over one memory log, one model fleet
//! and one lease. Chaos ends at a fixed time; then everything works and every job must end.

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
    envelope::{Commit, commit_msg_id},
    ids::{Fence, Incarnation, JobId, Seq, StepId},
    job::step::{Evidence, StepError},
    log::{RecordedCommand, decode_command},
    memory::MemoryLog,
    ports::{AppendError, Expect, Message, MessageLog, NewMessage},
    shapes::StreamShape,
};
use test_support::facts::at;

use super::{
    answer,
    calls::{Calls, Op, Reply, Wire},
    model::Model,
};
use crate::{
    engine::{Action, AppendFailure, Effect, Engine, Input, Settings, TimerKey},
    sagas,
};

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
            self.trace.drain(..2_000);
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

    // ── the logs ─────────────────────────────────────────────────────────────────────────────────

    fn give(&mut self, saga: usize, message: &Message) {
        let recorded = match Commit::decode(message) {
            Ok(recorded) => recorded,
            Err(corrupt) => return self.broken.push(corrupt.to_string()),
        };
        let process = self.sagas[saga].as_mut().unwrap();
        process.read = process.read.max(message.seq);
        self.input(saga, Input::Folded(recorded));
    }

    fn message(&self, seq: Seq) -> Option<Message> {
        at_once(self.events.get(seq)).unwrap()
    }

    fn feed(&mut self, saga: usize, pid: u64, event: &Event) {
        let Some(next) = self.process(saga, pid, event).map(|p| p.read.next()) else { return };
        if let Some(message) = self.message(next) {
            self.give(saga, &message);
        }
    }

    fn refold(&mut self, saga: usize, pid: u64, from: Seq, event: &Event) {
        if self.process(saga, pid, event).is_none() {
            return;
        }
        let last_seq = at_once(self.events.info()).unwrap().last_seq;
        for seq in from.0..=last_seq.0 {
            let message = self.message(Seq(seq)).unwrap();
            self.give(saga, &message);
        }
        self.input(saga, Input::CaughtUp { last_seq });
    }

    fn append(&mut self, saga: usize, pid: u64, commit: &Commit, last: Seq) {
        let payload = commit.encode();
        let message = NewMessage {
            subject: commit.subject(),
            msg_id: commit_msg_id(commit.incarnation, last.next(), &payload),
            headers: commit.headers(),
            payload,
            expect: Expect::LastSeq(last),
        };
        let fate = match () {
            () if self.luck(0.02) => Fate::AckLost,
            () if self.luck(0.01) => Fate::Lost,
            () if self.luck(0.01) => Fate::Late,
            () if self.luck(0.01) => Fate::Unavailable,
            () => Fate::Fine,
        };
        let after = self.hop();
        self.at(after, Event::Append(saga, pid, Box::new(message), last, fate));
    }

    fn appended(&mut self, saga: usize, pid: u64, message: &NewMessage, last: Seq, fate: Fate) {
        let failure = match fate {
            Fate::Fine => self.store(message).err(),
            Fate::AckLost => {
                let _ = self.store(message);
                Some(AppendFailure::Unknown)
            }
            Fate::Lost => Some(AppendFailure::Unknown),
            Fate::Unavailable => Some(AppendFailure::Unavailable),
            Fate::Late => {
                let after = self.rng.random_range(100..10_000);
                let again =
                    Event::Append(saga, u64::MAX, Box::new(message.clone()), last, Fate::Fine);
                self.at(after, again);
                Some(AppendFailure::Unknown)
            }
        };
        if let Some(failure) = failure.filter(|_| pid != u64::MAX) {
            let after = self.hop();
            let input = Box::new(Input::AppendFailed { last, failure });
            self.at(after, Event::Deliver(saga, pid, input));
        }
    }

    fn store(&mut self, message: &NewMessage) -> Result<(), AppendFailure> {
        self.clock.set(i64::try_from(self.now).unwrap() + self.skew);
        match self.events.store(message) {
            Ok(stored) => {
                if !stored.replayed {
                    let names = message.headers.get("Control-Event-Types").cloned();
                    self.note(format!("commit {} {}", stored.seq, names.unwrap_or_default()));
                    self.stored(stored.seq.0);
                }
                Ok(())
            }
            Err(AppendError::Conflict(_)) => Err(AppendFailure::Conflict),
            Err(error) => {
                self.broken.push(error.to_string());
                Err(AppendFailure::Refused(error.to_string()))
            }
        }
    }

    /// A commit stands in the log: everybody will hear of it.
    fn stored(&mut self, seq: u64) {
        let leader = self.leader();
        if let Some(leader) = leader.filter(|_| self.script.crash_after.contains(&seq)) {
            self.crash(leader);
        }
        if let Some(leader) = leader.filter(|_| self.script.freeze_after == Some(seq)) {
            self.freeze(leader, 8_000);
        }
        for saga in 0..SAGAS {
            if let Some(pid) = self.sagas[saga].as_ref().map(|p| p.pid) {
                let after = self.hop();
                self.at(after, Event::Feed(saga, pid));
            }
        }
    }

    /// Somebody asks for something.
    pub(super) fn ask(&mut self, message: &NewMessage) {
        self.clock.set(i64::try_from(self.now).unwrap() + self.skew);
        if self.commands.store(message).is_err() {
            return;
        }
        for saga in 0..SAGAS {
            let reader = self.sagas[saga].as_ref().and_then(|p| Some((p.pid, p.commands?.1)));
            if let Some((pid, reader)) = reader {
                let after = self.hop();
                self.at(after, Event::Command(saga, pid, reader));
            }
        }
    }

    fn command(&mut self, saga: usize, pid: u64, reader: u64, event: &Event) {
        let again = self.luck(0.02);
        let commands = self.commands.clone();
        let Some(process) = self.process(saga, pid, event) else { return };
        let Some((next, current)) = process.commands.filter(|(_, r)| *r == reader) else { return };
        let Some(message) = at_once(commands.get(next)).unwrap() else { return };
        process.commands = Some((next.next(), current));
        let recorded: RecordedCommand = decode_command(&message);
        if again {
            self.input(saga, Input::Command(Box::new(recorded.clone())));
        }
        self.input(saga, Input::Command(Box::new(recorded)));
    }

    pub(super) fn take_lease_away(&mut self) {
        self.lease = None;
    }

    pub(super) fn skew(&mut self, ms: i64) {
        self.skew = ms;
    }

    // ── effects ──────────────────────────────────────────────────────────────────────────────────

    fn perform(&mut self, saga: usize, effect: Box<Effect>) {
        let routing = answer::routing(&self.model);
        let process = self.sagas[saga].as_mut().unwrap();
        {
            let mut wire = process.wire.lock().unwrap();
            wire.now = Duration::from_millis(self.now);
            wire.routing = Some(routing);
        }
        let calls = Calls(Arc::clone(&process.wire));
        let (job_id, step_id) = (effect.job_id.clone(), effect.step.id.clone());
        let (undo, fence) = (effect.undo, effect.fence);
        let run: Running = Box::pin(async move { sagas::attempt(&calls, &effect).await });
        process.tasks.retain(|_, t| !matches!(t, Task::Effect { job_id: j, .. } if *j == job_id));
        self.ticket += 1;
        let task = Task::Effect { job_id, step_id, undo, fence, run };
        self.sagas[saga].as_mut().unwrap().tasks.insert(self.ticket, task);
        self.poll(saga);
    }

    /// Lets every step body of a process go on, and puts its calls on the wire.
    fn poll(&mut self, saga: usize) {
        let routing = answer::routing(&self.model);
        let Some(process) = self.sagas[saga].as_mut() else { return };
        {
            let mut wire = process.wire.lock().unwrap();
            wire.now = Duration::from_millis(self.now);
            wire.routing = Some(routing);
        }
        let mut context = Context::from_waker(Waker::noop());
        let mut done = Vec::new();
        let ids: Vec<u64> = process.tasks.keys().copied().collect();
        for id in ids {
            match process.tasks.get_mut(&id) {
                Some(Task::Effect { job_id, step_id, undo, fence, run }) => {
                    if let std::task::Poll::Ready(result) = run.as_mut().poll(&mut context) {
                        let (job_id, step_id) = (job_id.clone(), step_id.clone());
                        let (undo, fence) = (*undo, *fence);
                        done.push((id, Input::EffectDone { job_id, step_id, undo, fence, result }));
                    }
                }
                Some(Task::Facts { job_id, token, call }) => {
                    let reply = process.wire.lock().unwrap().replies.remove(call);
                    if let Some(Reply::Facts(facts)) = reply {
                        let (job_id, token) = (job_id.clone(), *token);
                        done.push((id, Input::Facts { job_id, token, facts }));
                    }
                }
                None => {}
            }
        }
        for (id, _) in &done {
            process.tasks.remove(id);
        }
        self.send_calls(saga);
        for (_, input) in done {
            let again = self.luck(0.03);
            let pid = self.sagas[saga].as_ref().unwrap().pid;
            if again {
                let after = self.rng.random_range(1..5_000);
                self.at(after, Event::Deliver(saga, pid, Box::new(input.clone())));
            }
            let after = self.hop();
            self.at(after, Event::Deliver(saga, pid, Box::new(input)));
        }
    }

    fn send_calls(&mut self, saga: usize) {
        let process = self.sagas[saga].as_ref().unwrap();
        let pid = process.pid;
        let made = std::mem::take(&mut process.wire.lock().unwrap().made);
        for (call, op) in made {
            if let Op::Pause(time) = &op {
                let after = u64::try_from(time.as_millis()).unwrap().max(1);
                self.at(after, Event::Return(saga, pid, call, Box::new(Reply::Paused)));
                continue;
            }
            let lost = self.luck(0.03);
            let late = self.luck(0.5);
            if lost {
                // Never arrives, or arrives long after its caller has given up.
                let reply = Box::new(answer::late(&op));
                self.at(3_000, Event::Return(saga, pid, call, reply));
                if late {
                    let after = self.rng.random_range(3_000..40_000);
                    self.at(after, Event::Arrive(saga, pid, call, op, true));
                }
                continue;
            }
            if self.script.twice {
                let after = self.rng.random_range(1..3_000);
                self.at(after, Event::Arrive(saga, pid, call, op.clone(), true));
            }
            let after = self.hop();
            self.at(after, Event::Arrive(saga, pid, call, op, false));
        }
    }

    fn arrive(&mut self, saga: usize, pid: u64, call: u64, op: &Op, lost: bool) {
        let fails = self.fails(saga, op);
        let reply = match fails {
            true => Reply::Failed(answer::unreachable()),
            false => answer::answer(&mut self.model, op, &mut self.rng),
        };
        if let Op::Order(node, tenant, (fence, _), order) = op {
            let came = if matches!(reply, Reply::Failed(_)) { "refused" } else { "done" };
            self.note(format!("{node} {tenant} {order:?} under {fence}: {came}"));
        }
        if lost {
            return;
        }
        if self.luck(0.03) {
            let reply = Box::new(answer::late(op));
            return self.at(3_000, Event::Return(saga, pid, call, reply));
        }
        let after = self.hop();
        self.at(after, Event::Return(saga, pid, call, Box::new(reply)));
    }

    /// Whether the directed fault meets this call.
    fn fails(&mut self, saga: usize, op: &Op) -> bool {
        let Some((step, left)) = self.script.fail_step.clone().filter(|(_, left)| *left > 0) else {
            return false;
        };
        let in_step = self.sagas[saga].as_ref().is_some_and(|p| {
            p.tasks.values().any(|t| {
                matches!(t, Task::Effect { step_id, undo: false, .. } if step_id.as_str() == step)
            })
        });
        if in_step && answer::node_of(op).is_some() {
            self.script.fail_step = Some((step, left - 1));
            return true;
        }
        false
    }
}
