//! Commands: read in order, each answered by exactly one commit that names its sequence.
//!
//! A command that cannot be read, contradicts itself, or would need an illegal event is answered
//! with a `CommandUnreadable`: visible, and in nobody's way.

use streams::{
    envelope::{Commit, CommitBody},
    ids::Hash,
    job::{
        command::{Command, CommandBody, Verb, VerbRequest},
        decide::{create, verb},
        event::{Asked, JobEvent, SystemEvent},
    },
    log::RecordedCommand,
};

use super::{Action, Engine, Work};
use crate::planted::{Bug, planted};

impl Engine {
    /// The next command; one read before is passed over, a gap is read again.
    pub(super) fn command_read(&mut self, command: Box<RecordedCommand>) {
        let again = command.seq <= self.read_to && !planted(Bug::AnsweredTwice);
        if !self.leads() || again {
            return;
        }
        if command.seq > self.read_to.next() {
            self.actions.push(Action::ReadCommands { from: self.read_to.next() });
            return;
        }
        self.read_to = command.seq;
        self.queue(Work::Command(command));
    }

    /// The one commit that answers a command; none when it is answered already.
    pub(super) fn answer(&mut self, recorded: &RecordedCommand) -> Option<Box<Commit>> {
        if recorded.seq <= self.world.cursor && !planted(Bug::AnsweredTwice) {
            return None;
        }
        let body = match &recorded.command {
            Ok(command) => self.decided(command),
            Err(cause) => Err(cause.clone()),
        };
        let body = body.unwrap_or_else(|cause| unreadable(recorded, cause));
        Some(self.commit(body, Some(recorded.seq)))
    }

    fn decided(&mut self, command: &Command) -> Result<CommitBody, String> {
        let job_id = command.job_id.clone();
        match &command.body {
            CommandBody::Create(request) => {
                if request.tenant_id != command.tenant_id {
                    return Err("the request names another tenant than the command".to_owned());
                }
                if create::known(&self.world, &job_id) {
                    return Err(format!("{job_id} was created before"));
                }
                let event = create::decide(&self.world, request, &self.settings.policy);
                let tenant_id = command.tenant_id.clone();
                Ok(CommitBody::Job { tenant_id, job_id, events: vec![event] })
            }
            CommandBody::Verb { verb, request } => self.verb(command, *verb, request),
        }
    }

    fn verb(
        &mut self,
        command: &Command,
        verb: Verb,
        request: &VerbRequest,
    ) -> Result<CommitBody, String> {
        let (job_id, tenant_id) = (command.job_id.clone(), command.tenant_id.clone());
        let asked = Asked {
            command_id: command.command_id.clone(),
            verb,
            actor: request.actor.clone(),
            reason: request.reason.clone(),
            ids: request.ids.clone(),
        };
        let ended = self.world.ended.get(&job_id);
        let open = self.world.jobs.get(&job_id);
        let owner = ended.map(|e| &e.tenant_id).or_else(|| open.map(|j| &j.tenant_id));
        if owner.is_some_and(|owner| *owner != tenant_id) {
            return Err(format!("{job_id} is not a job of the tenant the command names"));
        }
        let events: Vec<JobEvent> = match open {
            None => vec![verb::refuse_absent(asked, ended.map(|e| e.state.as_str()))],
            Some(job) => match verb::decide(job, asked, self.context()) {
                Ok(events) => events,
                Err(illegal) => {
                    let text = format!("{} of {job_id}: {illegal}", verb.as_str());
                    self.actions.push(Action::Alarm { job_id: Some(job_id), text: text.clone() });
                    return Err(text);
                }
            },
        };
        Ok(CommitBody::Job { tenant_id, job_id, events })
    }
}

fn unreadable(recorded: &RecordedCommand, cause: String) -> CommitBody {
    CommitBody::System {
        events: vec![SystemEvent::CommandUnreadable {
            subject: recorded.subject.clone(),
            seq: recorded.seq,
            body_sha256: Hash::of(&recorded.payload),
            cause,
        }],
    }
}
