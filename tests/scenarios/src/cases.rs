//! The cases, one file per concern, each a sentence an operator would say.

mod cancel;
mod flow;
mod kill;
mod migrate;
mod outages;
mod requests;
mod restart;
mod secrets;
mod sigterm;

use std::{pin::Pin, time::Duration};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::system::System;

type Run = for<'s> fn(&'s System) -> Pin<Box<dyn Future<Output = Result<String>> + 's>>;

/// One case.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// What it shows.
    pub(crate) says: &'static str,
    /// Part of the short run.
    pub(crate) smoke: bool,
    pub(crate) run: Run,
}

macro_rules! case {
    ($name:literal, $says:literal, $smoke:literal, $run:path) => {
        Case { name: $name, says: $says, smoke: $smoke, run: |system| Box::pin($run(system)) }
    };
}

/// Every case, in the order in which they are run.
pub(crate) const ALL: &[Case] = &[
    case!("migrate-kinds", "one tenant per service kind moves under traffic", true, migrate::kinds),
    case!(
        "migrate-whole",
        "one tenant moves whole, and back by the mirrored migration",
        false,
        migrate::whole
    ),
    case!(
        "one-key",
        "64 concurrent requests of one key are one job with one receipt",
        true,
        requests::one_key
    ),
    case!("other-body", "the same key with another body is refused", true, requests::other_body),
    case!(
        "second-job",
        "a second job of a tenant is refused with the holder named",
        true,
        requests::second_job
    ),
    case!(
        "bad-tenants",
        "a malformed tenant is refused and nothing is appended",
        true,
        requests::bad_tenants
    ),
    case!("bad-tokens", "requests without a valid token are refused", true, requests::bad_tokens),
    case!(
        "viewer",
        "a viewer may not create a job, and the denial is audited",
        true,
        requests::viewer
    ),
    case!(
        "kill-one-step",
        "the leader is killed in the flip; the job still ends once",
        true,
        kill::in_the_flip
    ),
    case!(
        "kill-each-step",
        "the leader is killed in every step in turn",
        false,
        kill::in_each_step
    ),
    case!(
        "kill-undo",
        "the leader is killed while it undoes; the pre-state still comes back",
        false,
        kill::in_the_undo
    ),
    case!("freeze", "a frozen leader is replaced and refused when it thaws", false, kill::frozen),
    case!(
        "cancel-each-step",
        "cancelled in every step before the flip, the pre-state is back",
        false,
        cancel::before_the_flip
    ),
    case!(
        "cancel-late",
        "after the flip cancel is refused and the mirrored migration works",
        false,
        cancel::after_the_flip
    ),
    case!(
        "cancel-ended",
        "cancel of a job that has ended is refused with how it ended",
        true,
        cancel::after_the_end
    ),
    case!(
        "sigterm-202",
        "the API is told to end amid requests; every 202 is in the log",
        true,
        sigterm::every_202_is_in_the_log
    ),
    case!(
        "restart-everything",
        "each process is killed and started again amid a migration; clients see only what they may",
        false,
        restart::everything
    ),
    case!(
        "secrets",
        "secrets of every kind go through a busy system; none is found anywhere afterwards",
        true,
        secrets::none_is_found
    ),
    case!(
        "door-without-nats",
        "without NATS changes are refused and reads say how old they are; 5 s later all is well",
        true,
        outages::without_nats
    ),
    case!(
        "door-without-gateway",
        "without the Gateway changes are denied after 5 s, reads after 30 s, nothing is appended",
        false,
        outages::without_gateway
    ),
    case!(
        "one-flow",
        "from the browser on, each call, event and line of a job carries its flow and tenant",
        false,
        flow::one
    ),
];

/// The cases of a run, in their order.
///
/// # Errors
/// A name that no case has.
pub(crate) fn chosen(only: &[String], smoke: bool) -> Result<Vec<&'static Case>> {
    if let Some(unknown) = only.iter().find(|name| !ALL.iter().any(|c| c.name == **name)) {
        bail!("no case is called {unknown}; --list names them");
    }
    let wanted = |c: &&Case| only.is_empty() || only.iter().any(|name| name == c.name);
    Ok(ALL.iter().filter(wanted).filter(|c| !smoke || c.smoke).collect())
}

/// Every kind at once, targets chosen by the rule.
fn whole() -> Value {
    json!({"runner": null, "aggregate": null, "projection": null})
}

/// Placement of a tenant per kind: shard and epoch.
async fn placement(system: &System, tenant: &str) -> Result<Value> {
    let row = system.operator.get(&format!("/admin/v1/tenants/{tenant}")).await?;
    let placement = row.get("placement").context("a tenant without placement")?;
    Ok(placement.clone())
}

/// The nodes a migration of this kind calls: of the shard that owns the tenant, of the other one,
/// and the Gateways.
async fn nodes_of(system: &System, tenant: &str, kind: &str) -> Result<Vec<String>> {
    let placed = placement(system, tenant).await?;
    let shard = placed[kind]["shard"].as_str().context("a kind without a shard")?;
    let nodes = system.fleet.nodes().await?;
    let of: Vec<String> = nodes
        .into_iter()
        .filter(|node| node.kind == kind || node.kind == "gateway")
        .map(|node| node.node_id)
        .collect();
    if !of.iter().any(|node| node.starts_with(shard)) {
        bail!("no node of {shard} among {of:?}");
    }
    Ok(of)
}

/// Waits until the tenant is served again: every kind active where it is placed.
async fn serves(system: &System, tenant: &str) -> Result<()> {
    let active = async || {
        let row = system.operator.get(&format!("/admin/v1/tenants/{tenant}")).await?;
        Ok(row["state"] == "active" && row["drift"] == false)
    };
    system.until("the tenant is served again", Duration::from_secs(10), active).await
}
