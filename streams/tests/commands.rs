//! The command log: one key is one command for ever, whoever repeats it and in whatever process.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use streams::{
    envelope::fingerprint,
    ids::{CommandId, ServiceKind},
    job::command::{Command, CommandBody, JobRequest, Reason, Verb, VerbRequest},
    log::{CommandAppended, RecordedCommand},
    memory::{Fault, World},
    ports::AppendError,
};
use test_support::facts::{acme, actor, at, bare_request, command_id, flow, job_id};

fn create(n: u32, words: &str, accepted_ms: u64) -> Command {
    let request = bare_request(&acme(), &[ServiceKind::Projection]);
    Command {
        v: 1,
        command_id: command_id(n),
        job_id: job_id(1),
        tenant_id: Some(acme()),
        accepted_at: at(accepted_ms),
        body: CommandBody::Create(JobRequest { fingerprint: fingerprint(&words), ..request }),
    }
}

/// As the API makes them: the id comes from the key, the fingerprint from the body alone.
fn cancel(command_id: &CommandId, words: &str, accepted_ms: u64) -> Command {
    let request = VerbRequest {
        reason: Reason::parse(words).unwrap(),
        actor: actor(),
        ids: flow(),
        fingerprint: fingerprint(&words),
    };
    Command {
        v: 1,
        command_id: command_id.clone(),
        job_id: job_id(1),
        tenant_id: Some(acme()),
        accepted_at: at(accepted_ms),
        body: CommandBody::Verb { verb: Verb::Cancel, request },
    }
}

fn told(outcome: &CommandAppended) -> (&'static str, &RecordedCommand) {
    match outcome {
        CommandAppended::New(stored) => ("new", stored),
        CommandAppended::Replayed(stored) => ("replayed", stored),
        CommandAppended::OtherBody(stored) => ("other body", stored),
    }
}

async fn append(world: &World, command: &Command) -> CommandAppended {
    world.logs().commands.append(command).await.unwrap()
}

/// T2.4, T5.1
#[tokio::test]
async fn a_repeated_create_is_told_the_first_one_and_another_body_is_told_apart() {
    let world = World::new();
    let first = append(&world, &create(1, "a", 0)).await;
    let again = append(&world, &create(2, "a", 7)).await;
    assert_eq!((told(&first).0, told(&again).0), ("new", "replayed"));
    assert_eq!(told(&first).1, told(&again).1);
    assert_eq!(told(&append(&world, &create(3, "b", 9)).await), ("other body", told(&first).1));
    assert_eq!(world.commands.messages().len(), 1);
}

/// T2.4, T5.1
#[tokio::test]
async fn a_repeated_verb_is_told_the_first_one_although_its_id_is_the_same() {
    let world = World::new();
    let id = command_id(1);
    let first = append(&world, &cancel(&id, "wrong tenant", 0)).await;
    for again in [cancel(&id, "wrong tenant", 0), cancel(&id, "wrong tenant", 7)] {
        let again = append(&world, &again).await;
        assert_eq!((told(&first).0, told(&again).0), ("new", "replayed"));
        assert_eq!(told(&first).1, told(&again).1);
    }
    let other = append(&world, &cancel(&id, "other words", 9)).await;
    assert_eq!(told(&other), ("other body", told(&first).1));
    assert_eq!(world.commands.messages().len(), 1);
}

/// The trap of `Nats-Msg-Id`: what shares one is dropped by the server, whatever its subject.
#[tokio::test]
async fn two_verbs_with_the_same_words_under_two_keys_are_two_commands() {
    let world = World::new();
    let one = append(&world, &cancel(&command_id(1), "wrong tenant", 0)).await;
    let two = append(&world, &cancel(&command_id(2), "wrong tenant", 0)).await;
    assert_eq!((told(&one).0, told(&two).0), ("new", "new"));
    let ids: BTreeMap<_, _> = world
        .commands
        .messages()
        .into_iter()
        .map(|m| (m.msg_id().unwrap().to_owned(), m.subject))
        .collect();
    assert_eq!(ids.len(), 2, "{ids:?}");
}

#[tokio::test]
async fn an_append_without_an_answer_is_unknown_and_its_repeat_finds_what_was_stored() {
    let world = World::new();
    let id = command_id(1);
    world.commands.faults().push(Fault::UnknownStored);
    let lost = world.logs().commands.append(&cancel(&id, "wrong tenant", 0)).await;
    assert!(matches!(lost, Err(AppendError::Unknown(_))), "{lost:?}");
    let again = append(&world, &cancel(&id, "wrong tenant", 7)).await;
    assert_eq!(told(&again).0, "replayed");
    assert_eq!(told(&again).1.command.as_ref().unwrap().accepted_at, at(0));
}
