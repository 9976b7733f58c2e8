//! Migrations under traffic.

use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::json;

use crate::{proof, system::System};

const LIMIT: Duration = Duration::from_secs(90);

/// One tenant per service kind.
pub(super) async fn kinds(system: &System) -> Result<String> {
    let before = system.fleet.counters().await?;
    let mut appends = Vec::new();
    for (tenant, kind) in [("acme", "projection"), ("globex", "aggregate"), ("initech", "runner")] {
        let targets = json!({kind: null});
        let job = system.operator.migrate(tenant, &targets).await?;
        let row = system.operator.ended(&job, LIMIT).await?;
        appends.push(proof::went_through(system, &row, &[kind]).await?);
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
    proof::went_through(system, &row, &["aggregate", "projection", "runner"]).await?;
    Ok(job)
}
