//! The thin loop: inputs from every side go into the engine one by one, its actions become tasks.
//!
//! It decides nothing. Every task ends in an input or is aborted; the loop itself never waits for
//! anything but the next input. `feeds` reads the logs and buckets, `doers` carries out actions,
//! `snapshots` keeps the fold.

mod doers;
mod feeds;
mod snapshots;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use observability::{Checks, Metrics, metrics::declared};
use streams::{
    ids::{IdSource, Incarnation, NodeId, Seq},
    job::{policy::Policy, world::World},
    log::Logs,
    ports::KvStore,
};
use tokio::{
    sync::{mpsc, watch},
    task::AbortHandle,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{
    effects::Fleet,
    engine::{Action, Engine, Input, Role, Settings, TimerKey},
    leader::{Leader, LeaseNews, LeaseSettings},
};

/// Inputs that may wait before their senders do.
const QUEUE: usize = 1024;
/// How often gauges and checks are brought up to date.
const TICK: Duration = Duration::from_secs(1);

const NO_LABELS: &[&str] = &[];

/// Names of the readiness checks.
pub const CHECKS: [&str; 3] = ["log", "role", "jobs"];

/// How one saga is set up.
#[derive(Debug, Clone)]
pub struct SagaSettings {
    /// The operator's name for it, e.g. `job-saga-1`.
    pub id: NodeId,
    /// Thresholds.
    pub policy: Policy,
    /// Time to live of the leader lease.
    pub lease_ttl: Duration,
    /// The leader keeps its fold whenever the log has grown by this many commits.
    pub keep_every: u64,
}

/// A start folds at most about this many commits of the log.
const KEEP_EVERY: u64 = 256;

impl SagaSettings {
    /// The defaults under this name: the present policy, a lease of 3 s, a fold kept every 256
    /// commits.
    #[must_use]
    pub fn new(id: NodeId) -> Self {
        let lease_ttl = Duration::from_secs(3);
        Self { id, policy: Policy::default(), lease_ttl, keep_every: KEEP_EVERY }
    }
}

/// One saga and what it works with. Everything is a port, so that a test runs it in one process.
#[derive(Debug)]
pub struct Saga {
    /// The three logs.
    pub logs: Logs,
    /// The buckets.
    pub kv: Arc<dyn KvStore>,
    /// The fleet.
    pub fleet: Arc<dyn Fleet>,
    /// How it is set up.
    pub settings: SagaSettings,
    /// Where it counts.
    pub metrics: Metrics,
    /// Where it reports; made with [`CHECKS`].
    pub checks: Checks,
}

/// Why a saga stopped by itself: a person has to look.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stopped: {0}")]
pub struct Stopped(pub String);

/// What goes through the loop.
#[derive(Debug)]
enum Event {
    Input(Input),
    Lease(LeaseNews),
    Fatal(String),
}

struct Loop {
    saga: Saga,
    engine: Engine,
    started: Instant,
    events: mpsc::Sender<Event>,
    give_back: mpsc::Sender<()>,
    backlog: Arc<AtomicUsize>,
    timers: BTreeMap<TimerKey, AbortHandle>,
    effects: BTreeMap<streams::ids::JobId, AbortHandle>,
    commands: Option<AbortHandle>,
    refold: Option<AbortHandle>,
    gathers: Vec<AbortHandle>,
    /// The first commit that was folded here; those before are in the kept fold.
    begun: Seq,
    caught_up_to: Option<Seq>,
    /// The newest fold to be kept.
    keep: watch::Sender<Option<Arc<World>>>,
    commits: u64,
}

/// A name no other process has, also not one that was given the same id by mistake: two processes
/// that write the same bytes could both believe to lead. For [`Saga::run_as`].
#[must_use]
pub fn unique(id: &NodeId, ids: &dyn IdSource) -> NodeId {
    let hex = ids.uuid().simple().to_string();
    let short = &id.as_str()[..id.as_str().len().min(50)];
    format!("{short}-{}", &hex[hex.len() - 8..]).parse().unwrap_or_else(|_| id.clone())
}

impl Saga {
    /// Runs until `stop` is cancelled, then gives the lease back.
    ///
    /// # Errors
    /// [`Stopped`] when the log is not what it must be.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Stopped> {
        let me = unique(&self.settings.id, &streams::ids::RandomIds);
        self.run_as(me, stop).await
    }

    /// As [`Saga::run`], under this name, which must be [`unique`].
    ///
    /// # Errors
    /// As [`Saga::run`].
    pub async fn run_as(self, me: NodeId, stop: CancellationToken) -> Result<(), Stopped> {
        let (events, mut inbox) = mpsc::channel(QUEUE);
        let (give_back, gives) = mpsc::channel(4);
        let end = self.logs.events.0.info().await.map_err(|e| Stopped(e.to_string()))?.last_seq;
        let settings = Settings {
            me: me.clone(),
            policy: self.settings.policy.clone(),
            keep_every: self.settings.keep_every,
        };
        let world = self.beginning(end).await;
        let mut running = Loop {
            begun: world.last_seq.next(),
            engine: Engine::starting_from(settings, world),
            started: Instant::now(),
            events,
            give_back,
            backlog: Arc::default(),
            timers: BTreeMap::new(),
            effects: BTreeMap::new(),
            commands: None,
            refold: None,
            gathers: Vec::new(),
            caught_up_to: Some(end),
            keep: watch::Sender::new(None),
            commits: 0,
            saga: self,
        };
        let mut feeds = running.feeds();
        let mut gives = Some(gives);
        let contend = stop.child_token();
        let mut leader = None;
        let mut tick = tokio::time::interval(TICK);
        running.caught_up();
        let outcome = loop {
            if running.caught_up_to.is_none()
                && let Some(gives) = gives.take()
            {
                leader = Some(running.contend(&me, gives, contend.clone()));
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break Ok(()),
                event = inbox.recv() => match event {
                    Some(event) => if let Err(stopped) = running.on(event).await {
                        break Err(stopped);
                    },
                    None => break Ok(()),
                },
                _ = tick.tick() => running.report(),
            }
        };
        running.abort_all();
        contend.cancel();
        feeds.abort_all();
        drop(inbox);
        if let Some(leader) = leader {
            // The lease is given back inside; a server that does not answer must not hold us up.
            let _ = tokio::time::timeout(Duration::from_secs(2), leader).await;
        }
        outcome
    }

    /// What the fold begins with: a kept one, or nothing.
    async fn beginning(&self, end: Seq) -> World {
        let kept = match feeds::incarnation(&*self.kv).await {
            Ok(life) => snapshots::load(&*self.kv, &self.logs.events, life, end).await,
            Err(because) => {
                tracing::warn!(%because, "the incarnation cannot be read; every commit is folded");
                return World::empty(Incarnation(1));
            }
        };
        match kept {
            Ok(world) => {
                tracing::info!(seq = %world.last_seq, "the fold begins with the kept one");
                world
            }
            Err(because) => {
                tracing::info!(%because, "no kept fold is used; every commit is folded");
                World::empty(Incarnation(1))
            }
        }
    }
}

impl Loop {
    fn contend(
        &self,
        me: &NodeId,
        gives: mpsc::Receiver<()>,
        stop: CancellationToken,
    ) -> tokio::task::JoinHandle<()> {
        let ttl = self.saga.settings.lease_ttl;
        let leader = Leader::new(Arc::clone(&self.saga.kv), LeaseSettings { me: me.clone(), ttl });
        let (sender, mut news) = mpsc::channel(4);
        let events = self.events.clone();
        tokio::spawn(async move {
            let hold = leader.run(sender, gives, stop);
            let forward = async {
                while let Some(news) = news.recv().await {
                    // When the loop is over nobody listens; the lease is still given back.
                    let _ = events.send(Event::Lease(news)).await;
                }
            };
            tokio::join!(hold, forward);
        })
    }

    async fn on(&mut self, event: Event) -> Result<(), Stopped> {
        let input = match event {
            Event::Input(input) => input,
            Event::Fatal(because) => return Err(Stopped(because)),
            Event::Lease(LeaseNews::Lost) => Input::LeaseLost,
            Event::Lease(LeaseNews::Won) => match feeds::incarnation(&*self.saga.kv).await {
                Ok(incarnation) => Input::Elected { incarnation },
                Err(because) => {
                    tracing::warn!(%because, "the incarnation cannot be read; standing by");
                    let _ = self.give_back.try_send(());
                    return Ok(());
                }
            },
        };
        let before = self.engine.role();
        let actions = self.engine.on(self.started.elapsed(), input);
        self.backlog.store(self.engine.backlog(), Ordering::Relaxed);
        self.caught_up();
        for action in actions {
            self.act(action)?;
        }
        if self.engine.role() != before {
            self.role_changed();
        }
        Ok(())
    }

    /// Whether everything that stood in the log at the start is folded; then the lease may be had.
    fn caught_up(&mut self) {
        if self.caught_up_to.is_some_and(|end| self.engine.world().last_seq >= end) {
            self.caught_up_to = None;
            let (seq, begun) = (self.engine.world().last_seq, self.begun);
            self.saga.checks.tell("log", format!("folded to commit {seq}, from {begun} on"));
            tracing::info!(%seq, from = %begun, "the event log is folded");
        }
    }

    fn role_changed(&mut self) {
        let role = self.engine.role();
        let seq = self.engine.world().last_seq;
        tracing::info!(?role, %seq, "the saga's part has changed");
        if matches!(role, Role::Leading { .. }) {
            self.saga.metrics.counter(&declared::SAGA_TAKEOVERS).with_label_values(NO_LABELS).inc();
        }
        self.report();
    }

    /// Brings gauges and checks up to date.
    fn report(&mut self) {
        let (world, metrics, checks) = (self.engine.world(), &self.saga.metrics, &self.saga.checks);
        let role = match self.engine.role() {
            Role::Leading { since } => format!("leader since commit {since}"),
            Role::Elected => "elected, not announced yet".to_owned(),
            Role::StandBy => "standby".to_owned(),
            Role::Stopped => "stopped".to_owned(),
        };
        checks.tell("role", role);
        if self.engine.halted().is_empty() {
            checks.pass("jobs");
        } else {
            let halted: Vec<_> = self.engine.halted().keys().map(|j| j.as_str()).collect();
            checks.warn("jobs", format!("halted: {}", halted.join(", ")));
        }
        let leads = matches!(self.engine.role(), Role::Leading { .. });
        let gauge =
            |metric, value: i64| metrics.gauge(metric).with_label_values(NO_LABELS).set(value);
        gauge(&declared::SAGA_LEADER, i64::from(leads));
        let states = ["pending", "running", "paused", "compensating", "stuck"];
        for state in states {
            let count = world.jobs.values().filter(|j| j.status.name() == state).count();
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            metrics.gauge(&declared::SAGA_OPEN_JOBS).with_label_values(&[state]).set(count);
        }
        let oldest = world.jobs.values().map(|j| j.created_at).min();
        let age = oldest
            .map_or(0, |at| self.saga.fleet.wall().signed_duration_since(at).num_seconds().max(0));
        gauge(&declared::SAGA_OLDEST_JOB, age);
        let backlog = i64::try_from(self.engine.backlog()).unwrap_or(i64::MAX);
        gauge(&declared::SAGA_COMMAND_LAG, backlog);
        self.count_commits();
    }

    fn count_commits(&mut self) {
        let counter =
            self.saga.metrics.counter(&declared::SAGA_COMMITS).with_label_values(NO_LABELS);
        counter.inc_by(std::mem::take(&mut self.commits));
    }

    fn act(&mut self, action: Action) -> Result<(), Stopped> {
        match action {
            Action::Append { new, last, ids } => self.append(new, last, ids),
            Action::Keep(world) => drop(self.keep.send_replace(Some(Arc::from(world)))),
            Action::Perform(effect) => self.perform(effect),
            Action::Abort(job_id) => {
                if let Some(task) = self.effects.remove(&job_id) {
                    task.abort();
                }
            }
            Action::AbortAll => self.abort_all(),
            Action::GatherFacts { job_id, token, tenant, kinds, ids } => {
                self.gather(job_id, token, tenant, kinds, ids);
            }
            Action::Arm { key, after } => self.arm(key, after),
            Action::ReadCommands { from } => self.read_commands(from),
            Action::Refold { from } => self.refold(from),
            Action::StepDown { because } => {
                tracing::warn!(%because, "giving the lead back");
                let _ = self.give_back.try_send(());
            }
            Action::Stop { because } => return Err(Stopped(because)),
            Action::Alarm { job_id, text } => {
                let job_id = job_id.map(|j| j.to_string());
                tracing::error!(job_id, reason = %text, "a person should look");
            }
        }
        Ok(())
    }

    fn abort_all(&mut self) {
        let timers = std::mem::take(&mut self.timers).into_values();
        let effects = std::mem::take(&mut self.effects).into_values();
        let gathers = std::mem::take(&mut self.gathers).into_iter();
        let readers = self.commands.take().into_iter();
        for task in timers.chain(effects).chain(gathers).chain(readers) {
            task.abort();
        }
    }
}
