//! The real runtime over the memory log, in one process: two sagas, one lease, one fleet.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::StreamExt;
use observability::{Build, Checks, Metrics};
use streams::{
    envelope::Commit,
    ids::{Incarnation, Seq, ServiceKind, TenantId},
    job::{
        command::{Command, CommandBody},
        planner::{MigrateAsk, plan_migrate},
        policy::Policy,
        world::World as Folded,
    },
    memory,
};
use test_support::facts::{acme, at, command_id, job_id, request};
use tokio_util::sync::CancellationToken;

use super::{
    answer,
    calls::{Calls, Direct},
};
use crate::runtime::{CHECKS, Saga, SagaSettings};

const BUILD: Build = Build { service: "job-saga", version: "0", git_sha: "0" };
const AT_MOST: Duration = Duration::from_secs(20);

fn fleet() -> Calls {
    Calls(Arc::default(), Some(Arc::new(Mutex::new(Direct::new(1)))))
}

fn start(world: &memory::World, fleet: &Calls, id: &str) -> (CancellationToken, Checks) {
    let checks = Checks::new(&CHECKS);
    let saga = Saga {
        logs: world.logs(),
        kv: world.kv(),
        fleet: Arc::new(fleet.clone()),
        settings: SagaSettings {
            lease_ttl: Duration::from_millis(300),
            ..SagaSettings::new(id.parse().unwrap())
        },
        metrics: Metrics::new(BUILD),
        checks: checks.clone(),
    };
    let stop = CancellationToken::new();
    tokio::spawn(saga.run(stop.clone()));
    (stop, checks)
}

async fn ask(world: &memory::World, fleet: &Calls, n: u32, tenant: &TenantId, kind: ServiceKind) {
    let plan = {
        let Direct { model, rng, .. } = &mut *fleet.1.as_ref().unwrap().lock().unwrap();
        let facts = answer::facts(model, tenant, &[kind], rng);
        let targets = BTreeMap::from([(kind, None)]);
        let ask = MigrateAsk { targets, reverse_of: None };
        plan_migrate(tenant, &ask, &facts, &Policy::default(), &[]).unwrap()
    };
    let command = Command {
        v: 1,
        command_id: command_id(n),
        job_id: job_id(n),
        tenant_id: Some(tenant.clone()),
        accepted_at: at(0),
        body: CommandBody::Create(request(&plan)),
    };
    world.logs().commands.append(&command).await.unwrap();
}

/// Folds the log until the job has ended; its state.
async fn end_of(world: &memory::World, n: u32) -> String {
    let mut folded = Folded::empty(Incarnation(1));
    let logs = world.logs();
    let wait = async {
        let mut messages = logs.events.0.read(Seq(1)).await.unwrap();
        while let Some(message) = messages.next().await {
            folded.apply(Commit::decode(&message.unwrap()).unwrap()).unwrap();
            if let Some(ended) = folded.ended.get(&job_id(n)) {
                return ended.state.clone();
            }
        }
        "the log ended".to_owned()
    };
    tokio::time::timeout(AT_MOST, wait).await.unwrap_or_else(|_| "no end in time".to_owned())
}

/// T5.1
#[tokio::test]
async fn a_command_becomes_a_finished_migration_and_a_stopped_leader_is_replaced() {
    let (world, fleet) = (memory::World::new(), fleet());
    let (first, _) = start(&world, &fleet, "saga-1");
    ask(&world, &fleet, 1, &acme(), ServiceKind::Projection).await;
    assert_eq!(end_of(&world, 1).await, "succeeded");

    let (_second, checks) = start(&world, &fleet, "saga-2");
    ask(&world, &fleet, 2, &"bolt".parse().unwrap(), ServiceKind::Runner).await;
    first.cancel();
    assert_eq!(end_of(&world, 2).await, "succeeded");
    assert!(checks.ready(), "{:?}", checks.list());
    assert_eq!(fleet.1.unwrap().lock().unwrap().model.broken, Vec::<String>::new());
}

#[tokio::test]
async fn a_lost_acknowledgement_of_an_append_is_settled_by_reading_back() {
    let (world, fleet) = (memory::World::new(), fleet());
    for fault in [memory::Fault::UnknownStored, memory::Fault::UnknownNotStored] {
        world.events.faults().push(fault);
    }
    let (_stop, _) = start(&world, &fleet, "saga-1");
    ask(&world, &fleet, 1, &acme(), ServiceKind::Aggregate).await;
    assert_eq!(end_of(&world, 1).await, "succeeded");
    assert_eq!(world.events.faults().pending(), 0);
}

#[tokio::test]
async fn a_foreign_message_on_the_event_log_stops_the_saga() {
    let (world, fleet) = (memory::World::new(), fleet());
    let message = streams::ports::NewMessage {
        subject: "control.evt._.leader".to_owned(),
        msg_id: "x".to_owned(),
        headers: BTreeMap::new(),
        payload: bytes::Bytes::from_static(b"{}"),
        expect: streams::ports::Expect::Nothing,
    };
    world.events.store(&message).unwrap();
    let saga = Saga {
        logs: world.logs(),
        kv: world.kv(),
        fleet: Arc::new(fleet),
        settings: SagaSettings::new("saga-1".parse().unwrap()),
        metrics: Metrics::new(BUILD),
        checks: Checks::new(&CHECKS),
    };
    let ended = tokio::time::timeout(AT_MOST, saga.run(CancellationToken::new())).await.unwrap();
    assert!(ended.unwrap_err().0.contains("cannot be read"));
}
