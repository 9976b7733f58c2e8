//! The processes: starts and deaths, standing still, the lease, and the engine's actions carried out.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use rand::Rng;
use streams::{
    ids::{Incarnation, ServiceKind, TenantId},
    placement::tenant_key,
    ports::MessageLog,
};

use super::{Event, LEASE_TTL, Op, Process, SAGAS, Task, World, at_once};
use crate::engine::{Action, Input, PlacementSeen, Role, Settings};

impl World {
    pub(super) fn start(&mut self, saga: usize) {
        if self.sagas[saga].is_some() {
            return;
        }
        self.pids += 1;
        let pid = self.pids;
        let me = format!("saga-{saga}-{pid}").parse().unwrap();
        let policy = streams::job::policy::Policy::default();
        let settings = Settings { me, policy, keep_every: self.keep_every };
        let engine = self.engine(saga, settings);
        let folded = engine.world().last_seq;
        self.note(format!("saga {saga} starts as {pid} from commit {folded}"));
        self.sagas[saga] = Some(Process {
            engine,
            pid,
            frozen: false,
            wire: Arc::default(),
            tasks: BTreeMap::new(),
            timers: BTreeMap::new(),
            read: folded,
            commands: None,
            holds: false,
            kept: Vec::new(),
        });
        for message in self.events.messages().iter().filter(|m| m.seq > folded) {
            self.give(saga, message);
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
    pub(in crate::sim) fn announce(&mut self, kind: ServiceKind, tenant: &TenantId) {
        for saga in 0..SAGAS {
            if let Some(pid) = self.sagas[saga].as_ref().map(|p| p.pid) {
                let seen = self.placement_of(kind, tenant, true);
                let after = self.hop();
                self.at(after, Event::Deliver(saga, pid, Box::new(Input::Placement(seen))));
            }
        }
    }

    /// The process dies; what it put on the wire still arrives.
    pub(in crate::sim) fn crash(&mut self, saga: usize) {
        if self.sagas[saga].take().is_some() {
            self.note(format!("saga {saga} dies"));
            let after = self.rng.random_range(50..6_000);
            self.at(after, Event::Start(saga));
        }
    }

    pub(in crate::sim) fn freeze(&mut self, saga: usize, time: u64) {
        if let Some(process) = self.sagas[saga].as_mut().filter(|p| !p.frozen) {
            process.frozen = true;
            self.note(format!("saga {saga} stands still for {time} ms"));
            self.at(time, Event::Thaw(saga));
        }
    }

    pub(in crate::sim) fn thaw(&mut self, saga: usize) {
        let Some(process) = self.sagas[saga].as_mut().filter(|p| p.frozen) else { return };
        process.frozen = false;
        let kept = std::mem::take(&mut process.kept);
        self.note(format!("saga {saga} goes on"));
        for event in kept {
            let after = self.hop();
            self.at(after, event);
        }
    }

    pub(in crate::sim) fn leader(&self) -> Option<usize> {
        let leads = |p: &Process| matches!(p.engine.role(), Role::Leading { .. });
        (0..SAGAS).find(|s| self.sagas[*s].as_ref().is_some_and(leads))
    }

    pub(super) fn input(&mut self, saga: usize, input: Input) {
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
            Action::Append { new, last, .. } => self.append(saga, pid, &new.commit(), last),
            Action::Keep(world) => self.keep(&world),
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

    pub(super) fn heartbeat(&mut self, saga: usize) {
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
