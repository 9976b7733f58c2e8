//! What the door does while the log or the Gateway is away, and how soon it is well again.
//!
//! Without NATS nothing can be recorded, so nothing is changed; reads go on from memory and say how
//! old they are. Without the Gateway nobody's rights are known for longer than the contract allows
//! to remember them: 5 s for a change, 30 s for a read.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use reqwest::Method;
use serde_json::{Value, json};
use streams::clock;

use crate::{
    api::{Answer, new_key},
    system::System,
};

/// Within this everything is noticed, and everything is well again.
const SOON: Duration = Duration::from_secs(5);
/// How long rights are remembered for a read, with what a request itself takes.
const READS_END: Duration = Duration::from_secs(32);
/// How long the Gateway is away: longer than that.
const AWAY: Duration = Duration::from_secs(45);
/// A read older than this says that it is.
const OLD_MS: u64 = 2_000;

/// NATS is stopped and started again.
pub(super) async fn without_nats(system: &System) -> Result<String> {
    must_be_well(system, "before").await?;
    system.signal("nats-server", Signal::SIGTERM)?;
    let stopped = Instant::now();
    system.until("/ready says no", SOON, async || Ok(!ready(system).await?)).await?;
    let noticed = stopped.elapsed();
    let refused = change(system).await?;
    must_be_denied(&refused, &["log_unavailable", "append_outcome_unknown", "audit_unavailable"])?;
    let old = async || Ok(age_ms(system).await? >= OLD_MS);
    system.until("a read says how old it is", SOON, old).await?;
    let (age, since) = (age_ms(system).await?, stopped.elapsed());
    if u128::from(age) > since.as_millis() + 2_000 {
        bail!("a read says that it is {age} ms old, {} ms after the stop", since.as_millis());
    }
    system.restart("nats-server").await?;
    let back = Instant::now();
    must_be_well(system, "after").await?;
    let well = back.elapsed();
    Ok(format!(
        "/ready said no after {} ms; a change was answered {} {}; a read was {age} ms old; all well \
         {} ms after the return",
        noticed.as_millis(),
        refused.status,
        refused.code(),
        well.as_millis()
    ))
}

/// The Gateway that the API asks is stopped and started again.
pub(super) async fn without_gateway(system: &System) -> Result<String> {
    must_be_well(system, "before").await?;
    let gateway = super::restart::api_gateway(system).await?;
    system.fleet.fault_on(&gateway, "crash", AWAY).await?;
    let stopped = Instant::now();
    let reads = read(system).await?;
    if reads.status != 200 {
        bail!("a read of remembered rights was answered {}: {}", reads.status, reads.body);
    }
    clock::pause(SOON.saturating_sub(stopped.elapsed())).await;
    let before = system.commands.info().await?.messages;
    let refused = change(system).await?;
    must_be_denied(&refused, &["rights_unavailable", "keys_unavailable", "gateway_unavailable"])?;
    let passed = system.operator.send(Method::GET, "/admin/v1/config/documents", &[], None).await?;
    must_be_denied(&passed, &["rights_unavailable", "keys_unavailable", "gateway_unavailable"])?;
    let denied = async || Ok(read(system).await?.status == 503);
    let rest = READS_END.saturating_sub(stopped.elapsed());
    system.until("reads are denied as well", rest, denied).await?;
    let reads_end = stopped.elapsed();
    must_be_denied(&read(system).await?, &["rights_unavailable", "keys_unavailable"])?;
    let after = system.commands.info().await?.messages;
    if after != before {
        bail!("{} commands were appended without the Gateway", after - before);
    }
    let up = async || {
        let nodes = system.fleet.nodes().await?;
        Ok(nodes.iter().any(|node| node.node_id == gateway && node.up))
    };
    system.until("the Gateway is up again", AWAY, up).await?;
    let back = Instant::now();
    system.fleet.fault_off(&gateway, "crash").await?;
    must_be_well(system, "after").await?;
    let well = back.elapsed();
    Ok(format!(
        "a change was answered {} {} after 5 s, reads were denied after {} s; nothing was appended; \
         all well {} ms after the return",
        refused.status,
        refused.code(),
        reads_end.as_secs(),
        well.as_millis()
    ))
}

/// Ready, fresh reads, accepted changes, within [`SOON`].
async fn must_be_well(system: &System, when: &str) -> Result<()> {
    let begin = Instant::now();
    let mut left = String::new();
    while begin.elapsed() < SOON {
        left = match state(system).await {
            Ok(None) => return Ok(()),
            Ok(Some(what)) => what,
            Err(error) => format!("{error:#}"),
        };
        clock::pause(Duration::from_millis(50)).await;
    }
    bail!("not well within {} s {when}: {left}", SOON.as_secs())
}

/// What is not well yet.
async fn state(system: &System) -> Result<Option<String>> {
    if !ready(system).await? {
        return Ok(Some("/ready says no".to_owned()));
    }
    let age = age_ms(system).await?;
    if age >= OLD_MS {
        return Ok(Some(format!("a read is {age} ms old")));
    }
    let answer = change(system).await?;
    // Of a tenant whose last job is not over yet: an answer of the rules, not of an outage.
    if answer.status == 202 || answer.code() == "lock_conflict" {
        return Ok(None);
    }
    Ok(Some(format!("a change was answered {}: {}", answer.status, answer.body)))
}

async fn ready(system: &System) -> Result<bool> {
    Ok(system.operator.send(Method::GET, "/ready", &[], None).await?.status == 200)
}

async fn read(system: &System) -> Result<Answer> {
    system.operator.send(Method::GET, "/admin/v1/jobs?limit=1", &[], None).await
}

async fn age_ms(system: &System) -> Result<u64> {
    let page: Value = read(system).await?.expect(200)?;
    page["as_of"]["age_ms"].as_u64().context("a page without as_of")
}

/// A job nobody has planned: accepted, and rejected by the saga without moving anything.
async fn change(system: &System) -> Result<Answer> {
    let body = json!({"params": {"targets": {"runner": "run-01"}}, "reason": "acceptance",
        "plan_hash": "0".repeat(64)});
    system.operator.create("gringotts", &new_key(), &body).await
}

fn must_be_denied(answer: &Answer, codes: &[&str]) -> Result<()> {
    if answer.status != 503 || !codes.contains(&answer.code()) {
        bail!("expected 503 and one of {codes:?}, got {}: {}", answer.status, answer.body);
    }
    if !answer.retry_after {
        bail!("{} came without Retry-After", answer.code());
    }
    Ok(())
}
