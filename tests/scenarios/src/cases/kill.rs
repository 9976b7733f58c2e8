//! The leader killed or frozen in the middle of a migration.

use std::time::Duration;

use anyhow::{Result, bail};
use nix::sys::signal::Signal;
use serde_json::json;
use streams::{
    ids::{JobId, Seq, StepId},
    job::event::JobEvent,
};

use crate::{story, system::System};

const LIMIT: Duration = Duration::from_secs(120);

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
    one(system, "umbrella", "07.flip").await
}

/// Killed in each step in turn; tenants and kinds alternate.
pub(super) async fn in_each_step(system: &System) -> Result<String> {
    let mut seen = Vec::new();
    for (tenant, step) in ["umbrella", "tyrell"].iter().cycle().zip(STEPS) {
        seen.push(one(system, tenant, step).await?);
    }
    Ok(seen.join("; "))
}

fn starts(step: &StepId) -> impl FnMut(&JobEvent) -> bool + '_ {
    move |event| matches!(event, JobEvent::StepStarted { step_id } if step_id == step)
}

/// One migration with the leader killed as soon as the log says that `step` has started.
async fn one(system: &System, tenant: &str, step: &str) -> Result<String> {
    let before = system.fleet.counters().await?;
    let from = system.events.info().await?.last_seq.next();
    let leader = story::leader(&*system.events).await?;
    let job = system.operator.migrate(tenant, &json!({"projection": null})).await?;
    let id: JobId = job.parse()?;
    story::wait_for(&*system.events, from, &id, LIMIT, starts(&step.parse()?)).await?;
    system.signal(&leader, Signal::SIGKILL)?;
    let row = system.operator.ended(&job, LIMIT).await?;
    system.restart(&leader).await?;
    if row["state"] != "succeeded" {
        bail!("killed in {step}: ended as {}: {}", row["state"], row["errors"]);
    }
    story::check_done(&*system.events, &id, 1).await?;
    system.fleet.clean_since(before).await?;
    let repeated = repeated(system, &id).await?;
    Ok(format!("{step} killed {leader}, repeated {repeated}"))
}

/// Steps that a later leader repeated, by the log.
async fn repeated(system: &System, job: &JobId) -> Result<String> {
    let mut steps = Vec::new();
    for recorded in story::commits(&*system.events, Seq(1)).await? {
        for event in story::events_of(&recorded, job) {
            if let JobEvent::StepResumed { step_id } = event {
                steps.push(step_id.to_string());
            }
        }
    }
    Ok(if steps.is_empty() { "nothing".to_owned() } else { steps.join(" ") })
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
    let row = row?;
    if row["state"] != "succeeded" {
        bail!("ended as {}: {}", row["state"], row["errors"]);
    }
    // The thawed one must have stepped back: the log accepts jobs as before.
    let next = system.operator.migrate("wonka", &json!({"runner": null})).await?;
    let row = system.operator.ended(&next, LIMIT).await?;
    if row["state"] != "succeeded" {
        bail!("after the thaw: ended as {}: {}", row["state"], row["errors"]);
    }
    story::check_done(&*system.events, &id, 1).await?;
    system.fleet.clean_since(before).await?;
    Ok(format!("{leader} replaced after {:.1} s", took.as_secs_f64()))
}
