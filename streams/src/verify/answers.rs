//! Commands and their answers: each command has exactly one, in the order of commands, and it says
//! what the command said. Nothing is accepted that nobody asked for.

use std::collections::BTreeMap;

use super::{Finding, Invariant, Log};
use crate::{
    canonical,
    envelope::{CommitBody, Recorded},
    ids::{CommandId, Hash, JobId, Seq},
    job::{
        command::{CommandBody, Verb},
        event::{JobEvent, SystemEvent},
    },
    log::RecordedCommand,
};

/// What a command asked for, small enough to keep for a whole log.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ask {
    Create { job_id: JobId, request: Hash },
    Verb { job_id: JobId, command_id: CommandId, verb: Verb },
    Unreadable { body: Hash },
}

/// The answers so far.
#[derive(Debug, Default)]
pub(super) struct Answers {
    asks: BTreeMap<Seq, Ask>,
    last_command: Seq,
    cursor: Seq,
    answered: BTreeMap<Seq, Seq>,
}

impl Answers {
    pub(super) fn command(&mut self, recorded: &RecordedCommand) {
        self.last_command = self.last_command.max(recorded.seq);
        let ask = match &recorded.command {
            Err(_) => Ask::Unreadable { body: Hash::of(&recorded.payload) },
            Ok(command) => match &command.body {
                CommandBody::Create(request) => Ask::Create {
                    job_id: command.job_id.clone(),
                    request: canonical::hash(request),
                },
                CommandBody::Verb { verb, .. } => Ask::Verb {
                    job_id: command.job_id.clone(),
                    command_id: command.command_id.clone(),
                    verb: *verb,
                },
            },
        };
        self.asks.insert(recorded.seq, ask);
    }

    pub(super) fn commit(
        &mut self,
        recorded: &Recorded,
        with_commands: bool,
        findings: &mut Vec<Finding>,
    ) {
        let said = said(&recorded.commit.body, recorded.commit.answers.is_some());
        let mut found = |invariant, code, message| {
            findings.push(Finding {
                invariant,
                code,
                stream: Log::Events.stream().to_owned(),
                seq: Some(recorded.seq),
                job_id: job_of(&recorded.commit.body),
                message,
            });
        };
        let Some(command) = recorded.commit.answers else {
            if said.is_some() {
                let why = "answers no command, but says what only an answer may".to_owned();
                found(Invariant::I6, "answer_without_command", why);
            }
            return;
        };
        if let Some(first) = self.answered.insert(command, recorded.seq) {
            let why = format!("command {command} is already answered by {first}");
            found(Invariant::I1, "answered_twice", why);
        } else if command != self.cursor.next() {
            let why = format!("answers command {command} after command {}", self.cursor);
            found(Invariant::I1, "answered_out_of_order", why);
        }
        self.cursor = self.cursor.max(command);
        if !with_commands {
            return;
        }
        match (self.asks.get(&command), said) {
            (None, _) => {
                let why = format!("answers command {command}, which is not in the command log");
                found(Invariant::I6, "answer_without_command", why);
            }
            (Some(ask), Some(said)) if *ask == said => {}
            (Some(_), _) => {
                let why = format!("does not say what command {command} asked for");
                found(Invariant::I1, "answer_differs", why);
            }
        }
    }

    pub(super) fn all_answered(&self, findings: &mut Vec<Finding>) {
        for seq in self.asks.keys().filter(|seq| !self.answered.contains_key(seq)) {
            findings.push(Finding {
                invariant: Invariant::I1,
                code: "unanswered",
                stream: Log::Commands.stream().to_owned(),
                seq: Some(*seq),
                job_id: None,
                message: "no commit answers this command".to_owned(),
            });
        }
    }
}

fn job_of(body: &CommitBody) -> Option<JobId> {
    match body {
        CommitBody::Job { job_id, .. } => Some(job_id.clone()),
        CommitBody::System { .. } => None,
    }
}

/// What a commit claims to have been asked; `None` when it is no answer.
fn said(body: &CommitBody, is_answer: bool) -> Option<Ask> {
    match body {
        CommitBody::System { events } => events.iter().find_map(|event| match event {
            SystemEvent::CommandUnreadable { body_sha256, .. } => {
                Some(Ask::Unreadable { body: body_sha256.clone() })
            }
            SystemEvent::LeaderChanged { .. } | SystemEvent::PlacementObserved { .. } => None,
        }),
        CommitBody::Job { job_id, events, .. } => match events.first()? {
            // A job is rejected at once, in answer, or later, when its plan has changed.
            JobEvent::Rejected { .. } if !is_answer => None,
            JobEvent::Accepted { request, .. } | JobEvent::Rejected { request, .. } => {
                let request = canonical::hash(&**request);
                Some(Ask::Create { job_id: job_id.clone(), request })
            }
            JobEvent::VerbAccepted { asked } | JobEvent::VerbRefused { asked, .. } => {
                let (command_id, verb) = (asked.command_id.clone(), asked.verb);
                Some(Ask::Verb { job_id: job_id.clone(), command_id, verb })
            }
            _ => None,
        },
    }
}
