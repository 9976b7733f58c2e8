//! What a log tells: read live to a wanted point, then held against the operators' checker.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use streams::{
    catalog,
    envelope::{Commit, CommitBody, Recorded},
    ids::{Incarnation, Seq, ServiceKind, TenantId},
    jetstream::Jetstream,
    job::{
        command::{Command, CommandBody},
        event::{JobEvent, SystemEvent},
        policy::Policy,
        world::World,
    },
    ports::{Message, MessageLog},
    verify::{Log, Rules, Verifier},
};
use test_support::facts::{at, command_id, job_id, request};

use crate::sim::Fleet;

/// Nothing in these cases may take longer.
const PATIENCE: Duration = Duration::from_secs(40);

/// Asks for the `n`th job.
pub(crate) async fn ask(
    nats: &Jetstream,
    fleet: &Fleet,
    n: u32,
    tenant: &str,
    kinds: &[ServiceKind],
) {
    let tenant: TenantId = tenant.parse().unwrap();
    let command = Command {
        v: 1,
        command_id: command_id(n),
        job_id: job_id(n),
        accepted_at: at(0),
        body: CommandBody::Create(request(&fleet.plan(&tenant, kinds))),
        tenant_id: Some(tenant),
    };
    nats.logs().commands.append(&command).await.unwrap();
}

/// Folds the log until a commit is the wanted one; the fold and every commit up to there.
pub(crate) async fn until(
    nats: &Jetstream,
    wanted: impl Fn(&World, &Recorded) -> bool,
) -> (World, Vec<Recorded>) {
    let log = nats.log(catalog::EVENTS);
    let (mut world, mut commits) = (World::empty(Incarnation(1)), Vec::new());
    let read = async {
        let mut messages = log.read(Seq(1)).await.unwrap();
        while let Some(message) = messages.next().await {
            let recorded = Commit::decode(&message.unwrap()).unwrap();
            world.apply(recorded.clone()).unwrap();
            commits.push(recorded.clone());
            if wanted(&world, &recorded) {
                return;
            }
        }
        panic!("the log ended");
    };
    if tokio::time::timeout(PATIENCE, read).await.is_err() {
        let told: Vec<_> = commits.iter().map(|c| c.commit.event_names()).collect();
        panic!("it does not come to that: {told:#?}");
    }
    (world, commits)
}

/// Waits for the end of the `n`th job; its terminal state and every commit up to there.
pub(crate) async fn end_of(nats: &Jetstream, n: u32) -> (String, Vec<Recorded>) {
    let (world, commits) = until(nats, |world, _| world.ended.contains_key(&job_id(n))).await;
    (world.ended[&job_id(n)].state.clone(), commits)
}

/// Whether a commit has an event like this.
pub(crate) fn has(recorded: &Recorded, wanted: impl Fn(&JobEvent) -> bool) -> bool {
    match &recorded.commit.body {
        CommitBody::Job { events, .. } => events.iter().any(wanted),
        CommitBody::System { .. } => false,
    }
}

/// How many events like this there are.
pub(crate) fn count(commits: &[Recorded], wanted: impl Fn(&JobEvent) -> bool + Copy) -> usize {
    commits.iter().filter(|c| has(c, wanted)).count()
}

/// Who led, in order.
pub(crate) fn leaders(commits: &[Recorded]) -> Vec<String> {
    let led = |recorded: &Recorded| match &recorded.commit.body {
        CommitBody::System { events } => events.iter().find_map(|event| match event {
            SystemEvent::LeaderChanged { leader } => Some(leader.to_string()),
            SystemEvent::CommandUnreadable { .. } | SystemEvent::PlacementObserved { .. } => None,
        }),
        CommitBody::Job { .. } => None,
    };
    commits.iter().filter_map(led).collect()
}

pub(crate) async fn messages(nats: &Jetstream, log: &str) -> Vec<Message> {
    let log: Arc<dyn MessageLog> = nats.log(log);
    let mut all = Vec::new();
    for seq in 1..=log.info().await.unwrap().last_seq.0 {
        all.push(log.get(Seq(seq)).await.unwrap().unwrap());
    }
    all
}

/// I1 to I5, I10: nothing of the log is other than it must be, and everything has ended.
pub(crate) async fn assert_true(nats: &Jetstream) {
    let rules = Rules { policy: Policy::default(), with_commands: true, ended: true };
    let mut verifier = Verifier::new(rules);
    for (log, name) in [(Log::Commands, catalog::COMMANDS), (Log::Events, catalog::EVENTS)] {
        for message in messages(nats, name).await {
            verifier.message(log, &message);
        }
    }
    let report = verifier.finish();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}
