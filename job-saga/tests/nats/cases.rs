//! One migration whole, a leader that dies in a step, one that stands still past its lease, and two
//! writers that both believe the log is theirs.

use std::{collections::HashMap, sync::Arc};

use cqrs_es::EventStore;
use futures::{FutureExt, future::BoxFuture};
use streams::{
    catalog,
    envelope::Commit,
    ids::{Incarnation, ServiceKind},
    job::{decide::create, event::JobEvent, policy::Policy, world::World},
    ports::AppendError,
    store::{JobRef, JobStore, append_error},
};
use test_support::{
    facts::{bare_request, job_id},
    gated::ServerCase,
    server::Server,
};

use crate::{
    process::{Process, provisioned},
    sim::{Fleet, Held},
    story::{ask, assert_true, count, end_of, has, leaders, messages, until},
};

pub(crate) const CASES: &[ServerCase] = &[
    ("a_whole_tenant_is_migrated_and_every_message_carries_its_flow", whole),
    ("a_leader_killed_in_a_step_is_replaced_and_its_late_order_is_refused", killed),
    ("a_leader_frozen_past_its_lease_writes_nothing_when_it_goes_on", frozen),
    ("of_two_writers_at_one_place_of_the_log_exactly_one_is_stored", rivals),
];

/// No fold is kept in these.
const NEVER: u64 = u64::MAX;

fn whole(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let server = Server::start(&program).await;
        let (nats, fleet) = (provisioned(&server.url()).await, Fleet::new());
        let _saga = Process::start(&server.url(), "saga-1", &fleet, NEVER).await;
        let kinds = ServiceKind::DRAIN_ORDER;
        ask(&nats, &fleet, 1, "acme", &kinds).await;
        let (state, commits) = end_of(&nats, 1).await;
        assert_eq!(state, "succeeded");
        assert_eq!(fleet.flips_of(&job_id(1)), kinds.len());
        assert_eq!(fleet.broken(), Vec::<String>::new());
        // Appends are O(steps): nothing is written by looking.
        assert!(commits.len() < 2 * (3 + 7 * kinds.len()), "{} commits", commits.len());
        for message in messages(&nats, catalog::EVENTS).await.iter().skip(1) {
            assert_eq!(message.headers["x-correlation-id"], "cor_1", "{}", message.seq);
            assert!(message.headers.contains_key("Control-Event-Types"));
        }
        assert_true(&nats).await;
    }
    .boxed()
}

/// The order of the dead leader's step arrives when the job has long ended: too late for anything.
fn killed(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        for held in [Held::Prepare, Held::Drain, Held::Hold, Held::Flip, Held::Activate] {
            let server = Server::start(&program).await;
            let (nats, fleet) = (provisioned(&server.url()).await, Fleet::new());
            let first = Process::start(&server.url(), "saga-1", &fleet, NEVER).await;
            fleet.hold(held);
            ask(&nats, &fleet, 1, "acme", &[ServiceKind::Projection]).await;
            let step = held.step();
            let begun = |e: &JobEvent| matches!(e, JobEvent::StepStarted { step_id } if step_id.as_str() == step);
            until(&nats, |_, commit| has(commit, begun)).await;
            fleet.held().await;
            let second = Process::start(&server.url(), "saga-2", &fleet, NEVER).await;
            first.kill();
            fleet.hold_no_more();
            let (state, commits) = end_of(&nats, 1).await;
            assert_eq!(state, "succeeded", "killed in {step}");
            assert_eq!(leaders(&commits).len(), 2, "killed in {step}");
            let again = |e: &JobEvent| matches!(e, JobEvent::StepResumed { step_id } if step_id.as_str() == step);
            assert_eq!(count(&commits, again), 1, "{step} goes on under a higher fence");
            let (late, refused) = fleet.let_go();
            assert!(late > 0 && late == refused, "{step}: {late} late orders, {refused} refused");
            assert_eq!(fleet.flips_of(&job_id(1)), 1, "killed in {step}");
            assert_eq!(fleet.broken(), Vec::<String>::new(), "killed in {step}");
            assert_true(&nats).await;
            second.kill();
        }
    }
    .boxed()
}

/// Both are alive, the old one does not know yet: what it had begun is answered only then.
fn frozen(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let server = Server::start(&program).await;
        let (nats, fleet) = (provisioned(&server.url()).await, Fleet::new());
        let first = Process::start(&server.url(), "saga-1", &fleet, NEVER).await;
        fleet.hold(Held::Drain);
        ask(&nats, &fleet, 1, "acme", &[ServiceKind::Aggregate]).await;
        let drains = |e: &JobEvent| matches!(e, JobEvent::StepStarted { step_id } if step_id.as_str() == "04.drain");
        until(&nats, |_, commit| has(commit, drains)).await;
        fleet.held().await;
        let stands = first.freeze();
        fleet.hold_no_more();
        let second = Process::start(&server.url(), "saga-2", &fleet, NEVER).await;
        let (state, commits) = end_of(&nats, 1).await;
        assert_eq!(state, "succeeded");
        let end = commits.len();
        let (late, refused) = fleet.let_go();
        assert!(late > 0 && late == refused, "{late} late orders, {refused} refused");
        drop(stands);
        // A further job shows that the one that leads goes on, and by then the other has caught up.
        ask(&nats, &fleet, 2, "bolt", &[ServiceKind::Runner]).await;
        let (state, commits) = end_of(&nats, 2).await;
        assert_eq!(state, "succeeded");
        let names = leaders(&commits);
        assert!(names[0].starts_with("saga-1") && names[1].starts_with("saga-2"), "{names:?}");
        assert_eq!(names.len(), 2, "the one that stood still did not take the lead back");
        let done = |e: &JobEvent| matches!(e, JobEvent::StepSucceeded { step_id, .. } if step_id.as_str() == "04.drain");
        assert_eq!(count(&commits[..end], done), 1);
        let waited = async {
            while !first.check("role").contains("standby") {
                streams::clock::pause(std::time::Duration::from_millis(20)).await;
            }
        };
        let in_time = tokio::time::timeout(std::time::Duration::from_secs(10), waited).await;
        assert!(in_time.is_ok(), "it stands by: {}", first.check("role"));
        assert!(second.check("role").contains("leader"), "{}", second.check("role"));
        assert_eq!(fleet.broken(), Vec::<String>::new());
        assert_true(&nats).await;
    }
    .boxed()
}

/// The path every commit takes, from two connections, each deciding on the same fold.
fn rivals(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        const ROUNDS: u32 = 200;
        let server = Server::start(&program).await;
        let nats = provisioned(&server.url()).await;
        let rivals = [server.connect("one").await, server.connect("other").await];
        let stores = rivals.each_ref().map(|rival| JobStore(rival.logs().events));
        for round in 0..ROUNDS {
            let of = |n: u32| JobRef {
                tenant_id: Some("acme".parse().unwrap()),
                job_id: job_id(2 * round + n),
            };
            let one = stores[0].load_aggregate(&of(0).to_string()).await.unwrap();
            let other = stores[1].load_aggregate(&of(1).to_string()).await.unwrap();
            assert_eq!(one.after, other.after);
            let request = bare_request(&"acme".parse().unwrap(), &[ServiceKind::Runner]);
            let nothing = World::empty(Incarnation(1));
            let accepted = create::decide(&nothing, &request, &Policy::default());
            let events = vec![accepted, JobEvent::Cancelled];
            let outcomes = <[_; 2]>::from(tokio::join!(
                stores[0].commit(events.clone(), one, HashMap::new()),
                stores[1].commit(events, other, HashMap::new()),
            ));
            let stored = outcomes.iter().filter(|o| o.is_ok()).count();
            assert_eq!(stored, 1, "round {round}");
            for refused in outcomes.into_iter().filter_map(Result::err) {
                assert!(matches!(append_error(refused), AppendError::Conflict(_)));
            }
        }
        let mut world = World::empty(Incarnation(1));
        for message in messages(&nats, catalog::EVENTS).await {
            world.apply(Commit::decode(&message).unwrap()).unwrap();
        }
        assert_eq!(world.last_seq.0, u64::from(ROUNDS));
    }
    .boxed()
}
