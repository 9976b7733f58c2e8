//! Folding: what stands in the log becomes the engine's memory, whoever wrote it.

use streams::{
    envelope::{CommitBody, Recorded},
    ids::{JobId, Seq},
    job::event::SystemEvent,
};

use super::{Action, Engine, Role, Work};
use crate::planted::{Bug, planted};

/// What a commit was about, remembered before it is folded.
enum About {
    Job(JobId),
    Leader,
    Other,
}

fn about(recorded: &Recorded) -> About {
    match &recorded.commit.body {
        CommitBody::Job { job_id, .. } => About::Job(job_id.clone()),
        CommitBody::System { events } => {
            let leader = |e: &SystemEvent| matches!(e, SystemEvent::LeaderChanged { .. });
            if events.iter().any(leader) { About::Leader } else { About::Other }
        }
    }
}

impl Engine {
    /// Folds the next commit; one folded before is passed over, a gap is read again.
    pub(super) fn folded(&mut self, recorded: Recorded) {
        let seq = recorded.seq;
        if seq <= self.world.last_seq {
            return;
        }
        if seq != self.world.last_seq.next() {
            self.actions.push(Action::Refold { from: self.world.last_seq.next() });
            return;
        }
        let about = about(&recorded);
        let hash = recorded.hash.clone();
        if let Err(corrupt) = self.world.apply(recorded) {
            self.stop(format!("the event log is corrupt: {corrupt}"));
            return;
        }
        self.folded_at = self.now;
        let mine = self.settle(seq, &hash);
        match about {
            About::Leader => self.leader_changed(mine, seq),
            About::Job(job_id) if self.leads() => {
                // A verb on a halted job gives it another try.
                self.halted.remove(&job_id);
                self.drive(&job_id);
            }
            About::Job(_) | About::Other => {}
        }
        self.keep();
    }

    /// Counted in commits, not in time, and by the log alone: whoever leads keeps the same folds.
    fn keep(&mut self) {
        let every = self.settings.keep_every.max(1);
        if self.leads() && self.world.last_seq.0.is_multiple_of(every) {
            let mut world = Box::new(self.world.clone());
            if planted(Bug::SnapshotForgetsTheEnded) {
                world.ended.clear();
            }
            self.actions.push(Action::Keep(world));
        }
    }

    /// The commit at `seq` decides what became of the append under way. True when it is that one.
    fn settle(&mut self, seq: Seq, hash: &streams::ids::Hash) -> bool {
        let Some(flight) = self.in_flight.take_if(|f| f.last.next() == seq) else { return false };
        if flight.hash == *hash {
            self.blocked = 0;
            return true;
        }
        // Something else is stored there: decide again on what the log says now.
        self.queue.push_front(flight.work);
        false
    }

    pub(super) fn caught_up(&mut self, last_seq: Seq) {
        if last_seq < self.world.last_seq {
            let folded = self.world.last_seq;
            self.stop(format!("the event log lost its tail: it ends at {last_seq}, not {folded}"));
            return;
        }
        self.append_unsettled();
    }

    pub(super) fn stop(&mut self, because: String) {
        self.forget();
        self.role = Role::Stopped;
        self.actions.push(Action::AbortAll);
        self.actions.push(Action::Stop { because });
    }

    /// Drops everything but the fold.
    pub(super) fn forget(&mut self) {
        self.queue.clear();
        self.in_flight = None;
        self.blocked = 0;
        self.doing.clear();
        self.deadlines.clear();
    }

    pub(super) fn queue(&mut self, work: Work) {
        self.queue.push_back(work);
    }
}
