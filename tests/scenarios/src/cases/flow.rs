//! One flow from the browser to the last log line: every call, event and line of a tenant's job
//! carries the correlation id of the request that asked for it, and the tenant.
//!
//! The request is made by the console in Chromium (`ui/e2e`); without a browser the case fails.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use streams::catalog;

use crate::{
    sinks::{self, Sink},
    system::System,
};

/// The console's check that plans, confirms and watches a migration.
const CHECK: &str = "a migration is planned";
/// The reason it gives.
const REASON: &str = "e2e: prove the main flow";

/// The job as every sink must know it.
struct Flow {
    job: String,
    tenant: String,
    correlation: String,
}

/// The whole case.
pub(super) async fn one(system: &System) -> Result<String> {
    let from = newest(system).await?;
    browse(system).await?;
    let flow = learn(system, from.as_deref()).await?;
    let stored = sinks::stored(system).await?;
    let logs = sinks::logs(system)?;
    let counts = [
        ("commands", messages(&stored, catalog::COMMANDS, &flow)?),
        ("events", messages(&stored, catalog::EVENTS, &flow)?),
        ("audit rows", audited(system, &flow).await?),
        ("calls of nodes", calls(system, &flow).await?),
        ("lines of the API", lines(&logs, &flow, "command-api", &|_| true)?),
        ("of the saga", lines(&logs, &flow, "job-saga", &|_| true)?),
        ("of the projector", lines(&logs, &flow, "projector", &|_| true)?),
        ("of nodes", lines(&logs, &flow, "fleet-sim", &|line| !of_gateway(line))?),
        ("of Gateways", lines(&logs, &flow, "fleet-sim", &of_gateway)?),
    ];
    if let Some((what, _)) = counts.iter().find(|(_, count)| *count == 0) {
        bail!("{} left no {what}", flow.job);
    }
    let told: Vec<String> = counts.iter().map(|(what, n)| format!("{n} {what}")).collect();
    Ok(format!("{} of {}: {}", flow.correlation, flow.tenant, told.join(", ")))
}

/// Plans, confirms and watches a migration in Chromium.
async fn browse(system: &System) -> Result<()> {
    let ui = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui"));
    let mut npm = tokio::process::Command::new("npm");
    npm.current_dir(ui)
        .args(["run", "e2e"])
        .env("CONTROL_E2E_ENV_FILE", std::path::absolute(system.env_file())?)
        .env("CONTROL_E2E_ONLY", CHECK);
    let output = npm.output().await.context("npm cannot be started")?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || !said.contains("1 of 1 checks passed") {
        let error = String::from_utf8_lossy(&output.stderr);
        bail!("the browser's part failed: {} {}", said.trim(), error.trim());
    }
    Ok(())
}

async fn newest(system: &System) -> Result<Option<String>> {
    let page = system.operator.get("/admin/v1/jobs?limit=1").await?;
    Ok(page["items"][0]["job_id"].as_str().map(str::to_owned))
}

/// The browser's job: the newest with its reason, and not the newest there was before.
async fn learn(system: &System, before: Option<&str>) -> Result<Flow> {
    let page = system.operator.get("/admin/v1/jobs?limit=50").await?;
    let items = page["items"].as_array().context("a page without items")?;
    let mut since = items.iter().take_while(|job| job["job_id"].as_str() != before);
    let job =
        since.find(|job| job["reason"] == REASON).context("the browser's job is not there")?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Ok(Flow {
        job: text(&job["job_id"]).context("no job_id")?,
        tenant: text(&job["tenant_id"]).context("no tenant_id")?,
        correlation: text(&job["ids"]["correlation_id"]).context("no correlation_id")?,
    })
}

/// Messages of a log that are of the job: subject, header and body name the flow and the tenant.
fn messages(stored: &[Sink], stream: &str, flow: &Flow) -> Result<usize> {
    let sink = stored.iter().find(|sink| sink.name == stream).context("a log is missing")?;
    let mut count = 0;
    for message in sink.text.lines() {
        let subject = message.split(' ').next().unwrap_or_default();
        if !subject.split('.').any(|token| token == flow.job) {
            continue;
        }
        let header = format!("x-correlation-id: {}", flow.correlation);
        if !subject.split('.').any(|token| token == flow.tenant) || !message.contains(&header) {
            bail!("a message of {} on {subject} does not name its flow", flow.job);
        }
        count += 1;
    }
    Ok(count)
}

async fn audited(system: &System, flow: &Flow) -> Result<usize> {
    let path = format!("/admin/v1/audit?job_id={}&limit=200", flow.job);
    let all = async || {
        let page = system.operator.get(&path).await?;
        Ok(page["items"]
            .as_array()
            .is_some_and(|items| items.iter().any(|row| row["operation"] == "job.succeeded")))
    };
    system.until("the audit rows are there", Duration::from_secs(5), all).await?;
    let page = system.operator.get(&path).await?;
    let items = page["items"].as_array().context("a page without items")?;
    for row in items {
        if row["ids"]["correlation_id"] != *flow.correlation || row["tenant_id"] != *flow.tenant {
            bail!("an audit row of {} does not name its flow: {row}", flow.job);
        }
    }
    Ok(items.len())
}

/// Calls that change something: what the nodes themselves recorded. A reload is of a map, not of a
/// tenant, and carries none.
async fn calls(system: &System, flow: &Flow) -> Result<usize> {
    let of_job = format!("{}/", flow.job);
    let mut count = 0;
    for call in system.fleet.calls().await? {
        if !call.key.as_deref().is_some_and(|key| key.starts_with(&of_job)) {
            continue;
        }
        let of_tenant = call.path.contains("/tenants/");
        let tenant = call.tenant_id.as_deref();
        if call.correlation_id != flow.correlation
            || (of_tenant && tenant != Some(flow.tenant.as_str()))
        {
            bail!("{} was called by {} outside of its flow: {call:?}", call.node_id, flow.job);
        }
        count += 1;
    }
    Ok(count)
}

fn of_gateway(line: &Value) -> bool {
    line["node_id"].as_str().is_some_and(|node| node.starts_with("gw-"))
}

/// Lines of a program that name the job or are of its flow and about the tenant: each must be of
/// the flow and name the tenant.
fn lines(logs: &[Sink], flow: &Flow, program: &str, of: &dyn Fn(&Value) -> bool) -> Result<usize> {
    let mut count = 0;
    for sink in logs.iter().filter(|sink| sink.name.starts_with(program)) {
        for text in sink.text.lines() {
            let named = text.contains(&flow.job) || text.contains(&flow.correlation);
            let Some(line) = named.then(|| serde_json::from_str::<Value>(text).ok()).flatten()
            else {
                continue;
            };
            if !of(&line) {
                continue;
            }
            let about_it = text.contains(&flow.job) || text.contains(&format!("/{}/", flow.tenant));
            let in_flow = line["correlation_id"] == *flow.correlation;
            if about_it && !(in_flow && line["tenant_id"] == *flow.tenant) {
                // Somebody who looks the job up later is another flow.
                if line["message"] == "request answered" || line["method"] == "GET" {
                    continue;
                }
                bail!("{} has a line of {} outside of its flow: {text}", sink.name, flow.job);
            }
            count += usize::from(in_flow);
        }
    }
    Ok(count)
}
