//! Migrations under traffic.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::{story, system::System};

const LIMIT: Duration = Duration::from_secs(90);

/// One tenant per service kind.
pub(super) async fn kinds(system: &System) -> Result<String> {
    let before = system.fleet.counters().await?;
    let mut appends = Vec::new();
    for (tenant, kind) in [("acme", "projection"), ("globex", "aggregate"), ("initech", "runner")] {
        let targets = json!({kind: null});
        let job = system.operator.migrate(tenant, &targets).await?;
        let row = system.operator.ended(&job, LIMIT).await?;
        if row["state"] != "succeeded" {
            bail!("{tenant}'s {kind} ended as {}: {}", row["state"], row["errors"]);
        }
        appends.push(story::check_done(&*system.events, &job.parse()?, 1).await?);
        check_audit(system, &job).await?;
    }
    let after = system.fleet.clean_since(before).await?;
    Ok(format!("appends per migration {appends:?}; {after:?}"))
}

/// One tenant whole, there and back by the mirrored migration.
pub(super) async fn whole(system: &System) -> Result<String> {
    let before = system.fleet.counters().await?;
    let start = super::placement(system, "hooli").await?;
    let there = move_whole(system, "hooli").await?;
    let moved = super::placement(system, "hooli").await?;
    let back = move_whole(system, "hooli").await?;
    let again = super::placement(system, "hooli").await?;
    for kind in ["aggregate", "projection", "runner"] {
        if start[kind]["shard"] == moved[kind]["shard"] {
            bail!("{kind} did not move: {start} {moved}");
        }
        if start[kind]["shard"] != again[kind]["shard"] {
            bail!("{kind} did not come back: {start} {again}");
        }
    }
    let after = system.fleet.clean_since(before).await?;
    Ok(format!("{there} and back {back}; {after:?}"))
}

async fn move_whole(system: &System, tenant: &str) -> Result<String> {
    let job = system.operator.migrate(tenant, &super::whole()).await?;
    let row = system.operator.ended(&job, LIMIT).await?;
    if row["state"] != "succeeded" {
        bail!("{job} ended as {}: {}", row["state"], row["errors"]);
    }
    story::check_done(&*system.events, &job.parse()?, 3).await?;
    Ok(job)
}

/// The audit log names actor and reason of a job.
async fn check_audit(system: &System, job: &str) -> Result<()> {
    let page = system.operator.get(&format!("/admin/v1/audit?job_id={job}&limit=50")).await?;
    let items = page["items"].as_array().context("an audit page without items")?;
    let named = items.iter().any(|row| {
        row["job_id"] == json!(job) && row["reason"] == "acceptance" && row["actor"].is_string()
    });
    if !named {
        bail!("the audit log does not name actor and reason of {job}: {page}");
    }
    Ok(())
}
