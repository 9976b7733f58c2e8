//! Attempts under way and the wire between them and the fleet: calls lost, late, twice.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use rand::Rng;

use super::{Event, Running, Task, World};
use crate::{
    engine::{Effect, Input},
    sagas,
    sim::{
        answer,
        calls::{Calls, Op, Reply},
    },
};

impl World {
    pub(super) fn perform(&mut self, saga: usize, effect: Box<Effect>) {
        let routing = answer::routing(&self.model);
        let process = self.sagas[saga].as_mut().unwrap();
        {
            let mut wire = process.wire.lock().unwrap();
            wire.now = Duration::from_millis(self.now);
            wire.routing = Some(routing);
        }
        let calls = Calls(Arc::clone(&process.wire), None);
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
    pub(super) fn poll(&mut self, saga: usize) {
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
                    if let Poll::Ready(result) = run.as_mut().poll(&mut context) {
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

    pub(super) fn send_calls(&mut self, saga: usize) {
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

    pub(super) fn arrive(&mut self, saga: usize, pid: u64, call: u64, op: &Op, lost: bool) {
        let fails = self.fails(saga, op);
        let reply = match fails {
            true => Reply::Failed(answer::unreachable()),
            false => answer::answer(&mut self.model, op, &mut self.rng),
        };
        if let (Op::Set(kind, entry, _), Reply::Set(Ok(_))) = (op, &reply) {
            self.announce(*kind, &entry.tenant_id);
        }
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
    pub(super) fn fails(&mut self, saga: usize, op: &Op) -> bool {
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
