//! Cancelling: before the point of no return, after it, and after the end.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use streams::{
    ids::{JobId, Seq, StepId},
    job::event::JobEvent,
};

use crate::{api::Answer, proof, story, system::System};

const LIMIT: Duration = Duration::from_secs(90);
const TENANT: &str = "cyberdyne";
const KINDS: [&str; 3] = ["projection", "aggregate", "runner"];
/// The steps before the flip.
const STEPS: [&str; 6] =
    ["01.probe-undo", "02.prepare", "03.catch-up", "04.drain", "05.position", "06.hold"];
/// How often a step is tried to be met in its middle.
const TRIES: usize = 4;

/// Cancelled in each step before the flip, of each kind: the pre-state is back.
pub(super) async fn before_the_flip(system: &System) -> Result<String> {
    let counters = system.fleet.counters().await?;
    let mut cancelled = 0;
    for kind in KINDS {
        for step in STEPS {
            cancel_in(system, kind, step).await.with_context(|| format!("{kind}, {step}"))?;
            cancelled += 1;
        }
    }
    let after = system.fleet.clean_since(counters).await?;
    Ok(format!("{cancelled} cancelled, the pre-state back each time; {after:?}"))
}

async fn cancel_in(system: &System, kind: &str, step: &str) -> Result<()> {
    let placed = super::placement(system, TENANT).await?;
    let held = system.fleet.held(TENANT).await?;
    let nodes = super::nodes_of(system, TENANT, kind).await?;
    for _ in 0..TRIES {
        let cancel = cancel_once(system, kind, step);
        let (row, met) = system.fleet.slowed(&nodes, cancel).await?;
        proof::was_undone(system, &row, &[kind]).await?;
        let now = super::placement(system, TENANT).await?;
        if now != placed {
            bail!("placement was {placed}, is {now}");
        }
        let now = system.fleet.held(TENANT).await?;
        if now != held {
            bail!("the nodes held {held}, now hold {now}");
        }
        super::serves(system, TENANT).await?;
        if met {
            return Ok(());
        }
    }
    bail!("the step was over each of {TRIES} times before the cancel arrived")
}

/// A migration cancelled as soon as the log says that `step` has started; whether it was still
/// running then.
async fn cancel_once(system: &System, kind: &str, step: &str) -> Result<(Value, bool)> {
    let from = system.events.info().await?.last_seq.next();
    let job = system.operator.migrate(TENANT, &json!({kind: null})).await?;
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
    let mut ended_first = false;
    for recorded in story::commits(&*system.events, from).await? {
        for event in story::events_of(&recorded, &id) {
            match event {
                JobEvent::StepSucceeded { step_id, .. } | JobEvent::StepSkipped { step_id, .. } => {
                    ended_first |= *step_id == step;
                }
                JobEvent::VerbAccepted { .. } => return Ok((row, !ended_first)),
                _ => {}
            }
        }
    }
    bail!("{job} ended as {} without an accepted cancel", row["state"])
}

/// After the flip cancel is refused with the way back, and that way works.
pub(super) async fn after_the_flip(system: &System) -> Result<String> {
    let tenant = "massive-dynamic";
    let before = system.fleet.counters().await?;
    let start = super::placement(system, tenant).await?;
    let from = system.events.info().await?.last_seq.next();
    let job = system.operator.migrate(tenant, &json!({"runner": null})).await?;
    let id: JobId = job.parse()?;
    story::wait_for(&*system.events, from, &id, LIMIT, |event| {
        matches!(event, JobEvent::StepStarted { step_id } if step_id.as_str().contains("soak"))
    })
    .await?;
    let asked = system.operator.verb(&job, "cancel").await?;
    let (code, message) = refusal(system, from, &id, asked).await?;
    if code != "past_point_of_no_return" || !message.contains("reverse it") {
        bail!("cancel after the flip was refused as {code}: {message}");
    }
    let row = system.operator.ended(&job, LIMIT).await?;
    proof::went_through(system, &row, &["runner"]).await?;

    let back = start["runner"]["shard"].as_str().context("no shard")?;
    let mirrored = json!({"targets": {"runner": back}, "reverse_of": job});
    let back = system.operator.migrate_with(tenant, &mirrored).await?;
    let row = system.operator.ended(&back, LIMIT).await?;
    proof::went_through(system, &row, &["runner"]).await?;
    let now = super::placement(system, tenant).await?;
    if now["runner"]["shard"] != start["runner"]["shard"] {
        bail!("the mirrored migration went elsewhere: {start} {now}");
    }
    system.fleet.clean_since(before).await?;
    Ok(format!("{message:?}, and back by {back}"))
}

/// A job that has ended: cancel is refused, and the refusal says how it ended.
pub(super) async fn after_the_end(system: &System) -> Result<String> {
    let mut said = Vec::new();
    for cancelled in [false, true] {
        let tenant = "tyrell";
        let from = system.events.info().await?.last_seq.next();
        let job = system.operator.migrate(tenant, &json!({"runner": null})).await?;
        if cancelled {
            system.operator.verb(&job, "cancel").await?.expect(202)?;
        }
        let row = system.operator.ended(&job, LIMIT).await?;
        let state = row["state"].as_str().context("no state")?.to_owned();
        let length = story::length(&*system.events, &job.parse()?).await?;
        let asked = system.operator.verb(&job, "cancel").await?;
        let (code, message) = refusal(system, from, &job.parse()?, asked).await?;
        // It must name the end the job came to, and claim nothing else.
        if code != "wrong_state" || !message.contains(&state) || message.contains("being undone") {
            bail!("cancel of a job that {state} was refused as {code}: {message}");
        }
        let again = system.operator.ended(&job, LIMIT).await?;
        let now = story::length(&*system.events, &job.parse()?).await?;
        // The refusal itself may be in the log, nothing more.
        if again["state"] != row["state"] || now > length + 1 {
            bail!("the refused cancel changed {job}: {row} {again}");
        }
        said.push(message);
    }
    said.dedup();
    Ok(said.join("; "))
}

/// Code and sentence of a refused verb: answered at once, or decided in the log.
async fn refusal(
    system: &System,
    from: Seq,
    job: &JobId,
    asked: Answer,
) -> Result<(String, String)> {
    if asked.status == 409 {
        let message = asked.body["detail"].as_str().unwrap_or_default().to_owned();
        return Ok((asked.code().to_owned(), message));
    }
    let command = asked.expect(202)?;
    let mut found = None;
    let search = story::wait_for(&*system.events, from, job, Duration::from_secs(10), |event| {
        if let JobEvent::VerbRefused { code, message, .. } = event {
            found = Some((code.clone(), message.clone()));
        }
        found.is_some()
    });
    search.await.with_context(|| format!("the refusal of {command}"))?;
    found.context("no refusal")
}
