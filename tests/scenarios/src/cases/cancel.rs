//! Cancelling, before and after the point of no return.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;
use streams::{
    ids::{JobId, StepId},
    job::event::JobEvent,
};

use crate::{story, system::System};

const LIMIT: Duration = Duration::from_secs(90);
const TENANT: &str = "cyberdyne";
const KIND: &str = "projection";

/// Cancelled in each step before the flip: the pre-state is back.
pub(super) async fn before_the_flip(system: &System) -> Result<String> {
    let mut seen = Vec::new();
    for step in ["01.probe-undo", "02.prepare", "03.catch-up", "04.drain", "05.position", "06.hold"]
    {
        seen.push(format!("{step} {}", cancel_in(system, step).await?));
    }
    Ok(seen.join(", "))
}

async fn cancel_in(system: &System, step: &str) -> Result<&'static str> {
    let counters = system.fleet.counters().await?;
    let before = super::placement(system, TENANT).await?;
    let shard = before[KIND]["shard"].as_str().context("no shard")?.to_owned();
    let other = other_shard(&shard)?;
    let slow = [node_of(&shard), node_of(&other)];
    // Slowed down, so that the cancel meets the step and not the one after it.
    for node in &slow {
        system.fleet.fault_on(node, "slow").await?;
    }
    let result = cancel_slowed(system, step).await;
    for node in &slow {
        system.fleet.fault_off(node, "slow").await?;
    }
    let how = result?;
    let after = super::placement(system, TENANT).await?;
    if before[KIND]["shard"] != after[KIND]["shard"]
        || before[KIND]["epoch"] != after[KIND]["epoch"]
    {
        bail!("cancelled in {step}: placement was {before}, is {after}");
    }
    let node = node_of(&shard);
    system
        .until("the source serves again", Duration::from_secs(10), async || {
            let fleet = system.operator.get(&format!("/admin/v1/tenants/{TENANT}")).await?;
            Ok(fleet["state"] == "active")
        })
        .await
        .with_context(|| format!("cancelled in {step}, {node}"))?;
    system.fleet.clean_since(counters).await?;
    Ok(how)
}

async fn cancel_slowed(system: &System, step: &str) -> Result<&'static str> {
    let from = system.events.info().await?.last_seq.next();
    let job = system.operator.migrate(TENANT, &json!({KIND: null})).await?;
    let id: JobId = job.parse()?;
    let step: StepId = step.parse()?;
    story::wait_for(
        &*system.events,
        from,
        &id,
        LIMIT,
        |event| matches!(event, JobEvent::StepStarted { step_id } if *step_id == step),
    )
    .await?;
    system.operator.verb(&job, "cancel").await?.expect(202)?;
    let row = system.operator.ended(&job, LIMIT).await?;
    match row["state"].as_str() {
        Some("cancelled") => Ok("cancelled"),
        other => bail!("cancelled in {step}: ended as {other:?}: {}", row["errors"]),
    }
}

fn other_shard(shard: &str) -> Result<String> {
    let (head, digit) = shard.split_at(shard.len() - 1);
    Ok(match digit {
        "1" => format!("{head}2"),
        "2" => format!("{head}1"),
        other => bail!("unexpected shard number {other}"),
    })
}

/// The simulator's only node of a shard.
fn node_of(shard: &str) -> String {
    format!("{shard}a")
}

/// After the flip cancel is refused with the way back, and that way works.
pub(super) async fn after_the_flip(system: &System) -> Result<String> {
    let before = system.fleet.counters().await?;
    let from = system.events.info().await?.last_seq.next();
    let job = system.operator.migrate("initech", &json!({"runner": null})).await?;
    let id: JobId = job.parse()?;
    story::wait_for(&*system.events, from, &id, LIMIT, |event| {
        matches!(event, JobEvent::StepStarted { step_id } if step_id.as_str().contains("soak"))
    })
    .await?;
    let asked = system.operator.verb(&job, "cancel").await?;
    let refused = match asked.status {
        409 => asked.code().to_owned(),
        202 => {
            let until = |event: &JobEvent| matches!(event, JobEvent::VerbRefused { .. });
            story::wait_for(&*system.events, from, &id, LIMIT, until).await?;
            "refused in the log".to_owned()
        }
        other => bail!("cancel after the flip answered {other}: {}", asked.body),
    };
    let row = system.operator.ended(&job, LIMIT).await?;
    if row["state"] != "succeeded" {
        bail!("ended as {}: {}", row["state"], row["errors"]);
    }
    let back = system.operator.migrate("initech", &json!({"runner": null})).await?;
    let row = system.operator.ended(&back, LIMIT).await?;
    if row["state"] != "succeeded" {
        bail!("the mirrored migration ended as {}: {}", row["state"], row["errors"]);
    }
    system.fleet.clean_since(before).await?;
    Ok(refused)
}
