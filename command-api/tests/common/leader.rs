//! The least of a leader: answers every command in sequence by the real decisions, drives nothing.

use futures::StreamExt;
use streams::{
    envelope::{Commit, CommitBody},
    ids::{Incarnation, Seq},
    job::{
        command::{Command, CommandBody},
        decide::{create, verb},
        event::{Asked, JobEvent},
        policy::Policy,
        state::Context,
        world::World,
    },
    log::{Logs, decode_command},
    ports::Message,
};
use tokio::task::JoinHandle;

/// Decides from now on, until the task is aborted.
pub(crate) fn lead(logs: Logs) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut world = World::empty(Incarnation(1));
        let mut commands = logs.commands.0.read(Seq(1)).await.unwrap();
        while let Some(message) = commands.next().await {
            answer(&logs, &mut world, &message.unwrap()).await;
        }
    })
}

async fn answer(logs: &Logs, world: &mut World, message: &Message) {
    let recorded = decode_command(message);
    let command = recorded.command.expect("the API writes what can be read");
    let events = decide(world, &command, recorded.seq);
    let body = CommitBody::Job {
        tenant_id: command.tenant_id.clone(),
        job_id: command.job_id.clone(),
        events,
    };
    let (prev, incarnation) = (world.last_hash.clone(), world.incarnation);
    let commit = Commit { v: 1, incarnation, prev, answers: Some(recorded.seq), body };
    let stored = logs.events.append(&commit, world.last_seq, Some(command.ids())).await.unwrap();
    let message = logs.events.0.get(stored.seq).await.unwrap().unwrap();
    world.apply(Commit::decode(&message).unwrap()).unwrap();
}

fn decide(world: &World, command: &Command, seq: Seq) -> Vec<JobEvent> {
    match &command.body {
        CommandBody::Create(request) => vec![create::decide(world, request, &Policy::default())],
        CommandBody::Verb { verb, request } => {
            let asked = Asked {
                command_id: command.command_id.clone(),
                verb: *verb,
                actor: request.actor.clone(),
                reason: request.reason.clone(),
                ids: request.ids.clone(),
            };
            let context = Context {
                incarnation: world.incarnation,
                seq: world.last_seq.next(),
                at: command.accepted_at,
            };
            match world.jobs.get(&command.job_id) {
                Some(job) => verb::decide(job, asked, context).unwrap(),
                None => {
                    let ended = world.ended.get(&command.job_id).map(|e| e.state.as_str());
                    let refused = verb::refuse_absent(asked, ended);
                    assert!(seq > Seq(0), "a command has a place");
                    vec![refused]
                }
            }
        }
    }
}
