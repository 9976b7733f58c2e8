//! The leader killed or frozen in the middle of a migration, or of its undoing.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use streams::{
    ids::{JobId, Seq, StepId},
    job::event::JobEvent,
};

use crate::{proof, story, system::System};

const LIMIT: Duration = Duration::from_secs(120);
/// How often a step is tried to be met in its middle.
const TRIES: usize = 6;

/// The steps of a migration of one kind.
const STEPS: [&str; 10] = [
    "01.probe-undo",
    "02.prepare",
    "03.catch-up",
    "04.drain",
    "05.position",
    "06.hold",
    "07.flip",
    "08.activate",
    "09.barrier",
    "10.soak",
];

/// Killed in the flip.
pub(super) async fn in_the_flip(system: &System) -> Result<String> {
    one(system, "umbrella", "projection", "07.flip").await
}

/// Killed in each step in turn; tenants and kinds alternate.
pub(super) async fn in_each_step(system: &System) -> Result<String> {
    let turns =
        [("umbrella", "projection"), ("tyrell", "aggregate"), ("stark-industries", "runner")];
    let mut seen = Vec::new();
    for ((tenant, kind), step) in turns.iter().cycle().zip(STEPS) {
        seen.push(one(system, tenant, kind, step).await.with_context(|| step.to_owned())?);
    }
    Ok(seen.join("; "))
}

/// Migrations with the leader killed as soon as the log says that `step` has started, until one met
/// the step in its middle: the next leader repeated it. Each must go through.
async fn one(system: &System, tenant: &str, kind: &str, step: &str) -> Result<String> {
    let before = system.fleet.counters().await?;
    // The flip calls no node.
    let nodes = match step {
        "07.flip" => Vec::new(),
        _ => super::nodes_of(system, tenant, kind).await?,
    };
    for tried in 1..=TRIES {
        let (row, killed) =
            system.fleet.slowed(&nodes, kill_once(system, tenant, kind, step)).await?;
        proof::went_through(system, &row, &[kind]).await?;
        system.fleet.clean_since(before).await?;
        let id: JobId = row["job_id"].as_str().context("no job_id")?.parse()?;
        if repeated(system, &id).await?.iter().any(|repeated| repeated == step) {
            return Ok(format!("{step} {killed} (try {tried})"));
        }
    }
    bail!("{step} was over each of {TRIES} times before the signal arrived")
}

fn starts(step: &StepId) -> impl FnMut(&JobEvent) -> bool + '_ {
    move |event| matches!(event, JobEvent::StepStarted { step_id } if step_id == step)
}

async fn kill_once(
    system: &System,
    tenant: &str,
    kind: &str,
    step: &str,
) -> Result<(Value, String)> {
    let from = system.events.info().await?.last_seq.next();
    let leader = story::leader(&*system.events).await?;
    let pid = system.pid(&leader)?;
    let job = system.operator.migrate(tenant, &json!({kind: null})).await?;
    let id: JobId = job.parse()?;
    story::wait_for(&*system.events, from, &id, LIMIT, starts(&step.parse()?)).await?;
    nix::sys::signal::kill(pid, Signal::SIGKILL)?;
    let row = system.operator.ended(&job, LIMIT).await;
    system.restart(&leader).await?;
    Ok((row?, leader))
}

/// Steps that a later leader repeated, by the log.
async fn repeated(system: &System, job: &JobId) -> Result<Vec<String>> {
    let mut steps = Vec::new();
    for recorded in story::commits(&*system.events, Seq(1)).await? {
        for event in story::events_of(&recorded, job) {
            if let JobEvent::StepResumed { step_id } = event {
                steps.push(step_id.to_string());
            }
        }
    }
    Ok(steps)
}

/// The leader killed while it undoes a cancelled migration: the next one undoes it whole.
pub(super) async fn in_the_undo(system: &System) -> Result<String> {
    let (tenant, kind) = ("stark-industries", "projection");
    let before = system.fleet.counters().await?;
    let placed = super::placement(system, tenant).await?;
    let held = system.fleet.held(tenant).await?;
    let nodes = super::nodes_of(system, tenant, kind).await?;
    let (row, leader) = system.fleet.slowed(&nodes, kill_undo(system, tenant, kind)).await?;
    proof::was_undone(system, &row, &[kind]).await?;
    let (now, holds) = (super::placement(system, tenant).await?, system.fleet.held(tenant).await?);
    if (&now, &holds) != (&placed, &held) {
        bail!("was {placed} {held}, is {now} {holds}");
    }
    super::serves(system, tenant).await?;
    system.fleet.clean_since(before).await?;
    Ok(format!("{leader} killed, the pre-state is back"))
}

async fn kill_undo(system: &System, tenant: &str, kind: &str) -> Result<(Value, String)> {
    let from = system.events.info().await?.last_seq.next();
    let leader = story::leader(&*system.events).await?;
    let pid = system.pid(&leader)?;
    let job = system.operator.migrate(tenant, &json!({kind: null})).await?;
    let id: JobId = job.parse()?;
    story::wait_for(&*system.events, from, &id, LIMIT, starts(&"06.hold".parse()?)).await?;
    system.operator.verb(&job, "cancel").await?.expect(202)?;
    story::wait_for(&*system.events, from, &id, LIMIT, |event| {
        matches!(event, JobEvent::UndoStarted { .. })
    })
    .await?;
    nix::sys::signal::kill(pid, Signal::SIGKILL)?;
    let row = system.operator.ended(&job, LIMIT).await;
    system.restart(&leader).await?;
    Ok((row?, leader))
}

/// The leader frozen past its lease in the drain, replaced, then thawed.
pub(super) async fn frozen(system: &System) -> Result<String> {
    let before = system.fleet.counters().await?;
    let from = system.events.info().await?.last_seq.next();
    let leader = story::leader(&*system.events).await?;
    let job = system.operator.migrate("wonka", &json!({"projection": null})).await?;
    let id: JobId = job.parse()?;
    story::wait_for(&*system.events, from, &id, LIMIT, starts(&"04.drain".parse()?)).await?;
    system.signal(&leader, Signal::SIGSTOP)?;
    let begin = std::time::Instant::now();
    let replaced = system
        .until("another saga leads", Duration::from_secs(20), async || {
            Ok(story::leader(&*system.events).await? != leader)
        })
        .await;
    let took = begin.elapsed();
    let row = system.operator.ended(&job, LIMIT).await;
    system.signal(&leader, Signal::SIGCONT)?;
    replaced?;
    proof::went_through(system, &row?, &["projection"]).await?;
    // The thawed one must have stepped back: the log accepts jobs as before.
    let next = system.operator.migrate("wonka", &json!({"runner": null})).await?;
    let row = system.operator.ended(&next, LIMIT).await?;
    proof::went_through(system, &row, &["runner"]).await.context("after the thaw")?;
    system.fleet.clean_since(before).await?;
    Ok(format!("{leader} replaced after {:.1} s", took.as_secs_f64()))
}
