//! The lead: taken by a commit, lost by another's, or given back.
//!
//! The lease decides who tries; the log decides who leads. A new leader's first commit is its
//! `LeaderChanged`; then it drives every open job, and reads the commands beyond the cursor.

use streams::ids::{Fence, Incarnation, JobId, Seq};

use super::{Action, Engine, Role, Work};
use crate::planted::{Bug, planted};

impl Engine {
    pub(super) fn elected(&mut self, incarnation: Incarnation) {
        if self.role != Role::StandBy {
            return;
        }
        self.forget();
        self.incarnation = incarnation;
        self.role = Role::Elected;
        if planted(Bug::LeadWithoutCommit) {
            self.leader_changed(true, self.world.last_seq);
            return;
        }
        self.queue(Work::Lead);
    }

    pub(super) fn lease_lost(&mut self) {
        if self.role != Role::StandBy {
            self.stand_by();
        }
    }

    /// A `LeaderChanged` was folded, ours or another's.
    pub(super) fn leader_changed(&mut self, mine: bool, seq: Seq) {
        if !mine {
            if self.leads() {
                self.step_down("another saga leads now".to_owned());
            }
            return;
        }
        self.role = Role::Leading { since: seq };
        self.halted.clear();
        self.read_to = self.world.cursor;
        if planted(Bug::CommandSkipped) {
            self.read_to = self.read_to.next();
        }
        self.actions.push(Action::ReadCommands { from: self.read_to.next() });
        let open: Vec<JobId> = self.world.jobs.keys().cloned().collect();
        for job_id in open {
            self.drive(&job_id);
        }
        self.account_for_placement();
    }

    pub(super) fn step_down(&mut self, because: String) {
        self.stand_by();
        self.actions.push(Action::StepDown { because });
    }

    fn stand_by(&mut self) {
        self.forget();
        self.role = Role::StandBy;
        self.actions.push(Action::AbortAll);
    }

    /// A node knows a higher fence. Either another saga leads, and the log will say so; or the node
    /// remembers another life of the log, and then the step fails. True when the lead was given up.
    pub(super) fn yields_to_fence(&mut self, job_id: &JobId, fence: Fence) -> bool {
        let before = self.stale.insert(job_id.clone(), fence);
        if before.is_some_and(|f| f < fence) {
            return false;
        }
        self.step_down(format!("a node knows a higher fence than {fence} of {job_id}"));
        self.actions.push(Action::Refold { from: self.world.last_seq.next() });
        true
    }
}
