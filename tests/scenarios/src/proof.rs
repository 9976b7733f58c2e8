//! What the system must show of a job that has ended, from every side: log, placement, nodes, audit.
//!
//! Each check reads; none waits for a thing to become true but the read models, which follow.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{story, system::System};

/// A migration that went through: every step once, one flip per kind, one placement write per kind,
/// calls under rising fences in one flow, actor and reason in the audit log. How many commits it
/// took.
pub(crate) async fn went_through(system: &System, row: &Value, kinds: &[&str]) -> Result<usize> {
    let job = job_id(row)?;
    if row["state"] != "succeeded" {
        bail!("{job} ended as {}: {}", row["state"], row["errors"]);
    }
    let commits = story::check_done(&*system.events, &job.parse()?, kinds.len()).await?;
    for kind in kinds {
        let writes = placement_writes(system, row, kind).await?;
        if writes != 1 {
            bail!("{job} wrote the {kind} placement {writes} times");
        }
    }
    calls(system, row).await?;
    audited(system, row, &["jobs.create", "placement.flip", "job.succeeded"]).await?;
    Ok(commits)
}

/// A migration that was undone: no placement write, calls as above, actor and reason audited.
pub(crate) async fn was_undone(system: &System, row: &Value, kinds: &[&str]) -> Result<()> {
    let job = job_id(row)?;
    if row["state"] != "cancelled" {
        bail!("{job} ended as {}: {}", row["state"], row["errors"]);
    }
    for kind in kinds {
        let writes = placement_writes(system, row, kind).await?;
        if writes != 0 {
            bail!("{job} was cancelled and wrote the {kind} placement {writes} times");
        }
    }
    calls(system, row).await?;
    audited(system, row, &["jobs.create", "job.cancelled"]).await
}

fn job_id(row: &Value) -> Result<&str> {
    row["job_id"].as_str().context("a job's row without job_id")
}

async fn placement_writes(system: &System, row: &Value, kind: &str) -> Result<usize> {
    let tenant = row["tenant_id"].as_str().context("a job's row without tenant_id")?;
    let path = format!("/admin/v1/placement/{kind}/history?tenant={tenant}");
    let history = system.operator.get(&path).await?;
    let items = history["items"].as_array().context("a history without items")?;
    Ok(items.iter().filter(|item| item["value"]["job_id"] == row["job_id"]).count())
}

/// The nodes' own record: each call of the job belongs to its flow, and no node took a call under a
/// lower fence than one before.
async fn calls(system: &System, row: &Value) -> Result<()> {
    let job = job_id(row)?;
    let flow = row["ids"]["correlation_id"].as_str().context("a job's row without its flow")?;
    let mut highest: BTreeMap<String, u64> = BTreeMap::new();
    let of_job = format!("{job}/");
    for call in system.fleet.calls().await? {
        if !call.key.as_deref().is_some_and(|key| key.starts_with(&of_job)) {
            continue;
        }
        if call.correlation_id != flow {
            bail!("{} was called by {job} in the flow {}", call.node_id, call.correlation_id);
        }
        let fence: u64 = call.fence.as_deref().context("a call without fence")?.parse()?;
        let seen = highest.entry(call.node_id.clone()).or_default();
        if (200..300).contains(&call.status) {
            if fence < *seen {
                bail!("{} took a call of {job} under an older fence", call.node_id);
            }
            *seen = fence;
        }
    }
    Ok(())
}

/// Each of these operations of the job is in the audit log with actor and reason.
async fn audited(system: &System, row: &Value, operations: &[&str]) -> Result<()> {
    let job = job_id(row)?;
    let path = format!("/admin/v1/audit?job_id={job}&limit=200");
    let complete = async || {
        let page = system.operator.get(&path).await?;
        let items = page["items"].as_array().cloned().unwrap_or_default();
        Ok(operations.iter().all(|operation| {
            items.iter().any(|item| {
                item["operation"] == json!(operation)
                    && item["actor"].is_string()
                    && item["reason"] == "acceptance"
            })
        }))
    };
    system
        .until("actor and reason are in the audit log", Duration::from_secs(5), complete)
        .await
        .with_context(|| format!("{job}, {operations:?}"))
}
