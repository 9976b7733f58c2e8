//! The store of jobs on the memory log: what is committed is what is loaded, and nothing is stored on
//! a log that has moved. The same path on real servers is the saga's gated suite.
#![allow(clippy::unwrap_used)]

use std::{collections::HashMap, sync::Arc};

use cqrs_es::{AggregateError, EventStore};
use streams::{
    envelope::Commit,
    ids::{Incarnation, JobId, Seq, ServiceKind, TenantId},
    job::{decide::create, event::JobEvent, policy::Policy, state::Status, world::World as Folded},
    log::EventLog,
    memory::World,
    ports::{AppendError, Expect, Message, NewMessage},
    store::{JobContext, JobRef, JobStore, append_error},
};
use test_support::{
    facts::{bare_request, job_id},
    story::Story,
};

fn store(world: &World) -> JobStore {
    JobStore(EventLog(Arc::clone(&world.events) as _))
}

fn fill(world: &World, messages: &[Message]) {
    for message in messages {
        let mut headers = message.headers.clone();
        let msg_id = headers.remove("Nats-Msg-Id").unwrap();
        let (subject, payload) = (message.subject.clone(), message.payload.clone());
        let expect = Expect::LastSeq(Seq(message.seq.0 - 1));
        world.events.store(&NewMessage { subject, msg_id, headers, payload, expect }).unwrap();
    }
}

fn of(tenant: &str, job: JobId) -> JobRef {
    JobRef { tenant_id: Some(tenant.parse().unwrap()), job_id: job }
}

fn accepted(of: &JobRef) -> JobEvent {
    let request = bare_request(of.tenant_id.as_ref().unwrap(), &[ServiceKind::Runner]);
    create::decide(&Folded::empty(Incarnation(1)), &request, &Policy::default())
}

#[tokio::test]
async fn every_open_job_of_a_log_is_loaded_as_the_fold_of_the_whole_log_has_it() {
    let world = World::new();
    let story = Story::new(11).until(200);
    fill(&world, &story.events);
    let mut whole = Folded::empty(Incarnation(1));
    for message in world.events.messages() {
        whole.apply(Commit::decode(&message).unwrap()).unwrap();
    }
    assert!(!whole.jobs.is_empty());
    for (id, job) in &whole.jobs {
        let of = JobRef { tenant_id: job.tenant_id.clone(), job_id: id.clone() };
        let loaded = store(&world).load_aggregate(&of.to_string()).await.unwrap();
        assert_eq!(loaded.aggregate.job.as_ref(), Some(job));
        assert_eq!(loaded, JobContext::folded(&whole, of), "and stands where the fold does");
    }
    let (id, ended) = whole.ended.iter().find(|(_, e)| e.state != "rejected").unwrap();
    let of = JobRef { tenant_id: ended.tenant_id.clone(), job_id: id.clone() };
    let loaded = store(&world).load_aggregate(&of.to_string()).await.unwrap();
    assert_eq!(loaded.aggregate.job.unwrap().status.name(), ended.state);
}

#[tokio::test]
async fn a_commit_is_one_message_at_the_next_place_of_the_stream_with_its_headers() {
    let world = World::new();
    fill(&world, &Story::new(1).until(30).events);
    let of = of("bolt", job_id(700_000));
    let mut context = store(&world).load_aggregate(&of.to_string()).await.unwrap();
    assert_eq!((context.after, &context.aggregate.job), (Seq(30), &None));
    context.answers = Some(Seq(4));
    let metadata = HashMap::from([("x-request-id".to_owned(), "req-7".to_owned())]);
    let events = vec![accepted(&of), JobEvent::Cancelled];
    let stored = store(&world).commit(events, context, metadata).await.unwrap();
    assert_eq!(stored.iter().map(|e| e.sequence).collect::<Vec<_>>(), [31, 31]);
    let message = world.events.messages().pop().unwrap();
    assert_eq!((message.seq, message.subject), (Seq(31), of.subject()));
    assert_eq!(message.headers["Control-Event-Types"], "Accepted,Cancelled");
    assert_eq!(
        (&*message.headers["Control-Answers"], &*message.headers["x-request-id"]),
        ("4", "req-7")
    );
    let loaded = store(&world).load_events(&of.to_string()).await.unwrap();
    assert_eq!(loaded.len(), 2);
    assert_eq!(loaded[0].metadata["x-request-id"], "req-7");
    let job = store(&world).load_aggregate(&of.to_string()).await.unwrap().aggregate.job;
    assert_eq!(job.unwrap().status, Status::Cancelled);
}

/// The expectation is of the whole stream: another job's commit is enough to refuse this one.
#[tokio::test]
async fn of_two_commits_for_one_place_one_is_stored_whichever_jobs_they_are_about() {
    let world = World::new();
    let (one, other) = (of("acme", job_id(1)), of("bolt", job_id(2)));
    let first = store(&world).load_aggregate(&one.to_string()).await.unwrap();
    let second = store(&world).load_aggregate(&other.to_string()).await.unwrap();
    let none = HashMap::new;
    store(&world).commit(vec![accepted(&one)], first, none()).await.unwrap();
    let refused = store(&world).commit(vec![accepted(&other)], second, none()).await.unwrap_err();
    assert!(matches!(refused, AggregateError::AggregateConflict));
    assert!(matches!(append_error(refused), AppendError::Conflict(_)));
    assert_eq!(world.events.messages().len(), 1);
}

#[tokio::test]
async fn an_outcome_that_nobody_can_tell_is_handed_through_as_it_is() {
    let world = World::new();
    let of = of("acme", job_id(1));
    for fault in [streams::memory::Fault::UnknownNotStored, streams::memory::Fault::Full] {
        world.events.faults().push(fault);
        let context = store(&world).load_aggregate(&of.to_string()).await.unwrap();
        let error = store(&world).commit(vec![accepted(&of)], context, HashMap::new()).await;
        let error = append_error(error.unwrap_err());
        assert!(matches!(error, AppendError::Unknown(_) | AppendError::Full(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_reference_that_is_none_and_a_message_that_is_no_commit_are_told_apart() {
    let world = World::new();
    for wrong in ["", "acme", "a.b/job_00000000000000000000000001", "acme/job_1", "*/>"] {
        let refused = store(&world).load_aggregate(wrong).await.unwrap_err();
        assert!(matches!(refused, AggregateError::UnexpectedError(_)), "{wrong}: {refused}");
    }
    let tenant: TenantId = "acme".parse().unwrap();
    let platform = JobRef { tenant_id: None, job_id: job_id(1) };
    assert_eq!(platform.to_string().parse::<JobRef>().unwrap(), platform);
    let of = JobRef { tenant_id: Some(tenant), job_id: job_id(1) };
    let stray = NewMessage {
        subject: of.subject(),
        msg_id: "stray".to_owned(),
        headers: std::collections::BTreeMap::new(),
        payload: bytes::Bytes::from_static(b"{}"),
        expect: Expect::Nothing,
    };
    world.events.store(&stray).unwrap();
    let refused = store(&world).load_events(&of.to_string()).await.unwrap_err();
    assert!(matches!(refused, AggregateError::DeserializationError(_)), "{refused}");
}
