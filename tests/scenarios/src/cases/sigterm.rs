//! The API is told to end while requests are under way.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use futures::future::try_join_all;
use nix::sys::signal::{Signal, kill};
use serde_json::{Value, json};
use streams::clock;

use crate::{api::new_key, probe::Receipt, system::System};

/// Clients that ask at the same time.
const CLIENTS: usize = 16;
/// The API is told to end once so many requests were answered.
const BEFORE: usize = 24;
/// How long a client goes on with one key.
const LIMIT: Duration = Duration::from_secs(30);

/// Requests under way at SIGTERM are answered, and what was answered with 202 is in the log; a
/// request without an answer is settled by sending it again.
pub(super) async fn every_202_is_in_the_log(system: &System) -> Result<String> {
    let answered = AtomicUsize::new(0);
    let silent = AtomicUsize::new(0);
    let pid = system.pid("command-api")?;
    let clients = (0..CLIENTS).map(|client| asks(system, client, &answered, &silent));
    let end = async {
        system
            .until("requests are answered", LIMIT, async || {
                Ok(answered.load(Ordering::Relaxed) >= BEFORE)
            })
            .await?;
        kill(pid, Signal::SIGTERM)?;
        let gone = async || Ok(kill(pid, None).is_err());
        system.until("the API has ended by itself", Duration::from_secs(10), gone).await?;
        system.restart("command-api").await
    };
    let (receipts, ended) = futures::join!(try_join_all(clients), end);
    ended?;
    let receipts: Vec<Receipt> = receipts?.into_iter().flatten().collect();
    if receipts.len() < BEFORE {
        bail!("only {} requests were accepted", receipts.len());
    }
    let commands = super::restart::in_the_log(system, &receipts).await?;
    let silent = silent.load(Ordering::Relaxed);
    Ok(format!("{commands} receipts, each in the log once; {silent} requests sent again"))
}

/// One client: requests one after the other, each until it is answered, for as long as the API
/// lives and a little longer.
async fn asks(
    system: &System,
    client: usize,
    answered: &AtomicUsize,
    silent: &AtomicUsize,
) -> Result<Vec<Receipt>> {
    let page = system.viewer.get("/admin/v1/tenants?limit=200").await?;
    let tenants = page["items"].as_array().context("no tenants")?.clone();
    let body = json!({"params": {"targets": {"runner": "run-01"}}, "reason": "acceptance",
        "plan_hash": "0".repeat(64)});
    let mut receipts = Vec::new();
    for turn in 0..8 {
        let tenant = &tenants[(client + turn * CLIENTS) % tenants.len()];
        let tenant = tenant["tenant_id"].as_str().context("no tenant_id")?;
        receipts.extend(until_answered(system, tenant, &body, answered, silent).await?);
    }
    Ok(receipts)
}

/// A receipt, or none when another job of the tenant is open.
async fn until_answered(
    system: &System,
    tenant: &str,
    body: &Value,
    answered: &AtomicUsize,
    silent: &AtomicUsize,
) -> Result<Option<Receipt>> {
    let key = new_key();
    let until = std::time::Instant::now() + LIMIT;
    while std::time::Instant::now() < until {
        match system.operator.create(tenant, &key, body).await {
            Ok(answer) if answer.status == 202 => {
                answered.fetch_add(1, Ordering::Relaxed);
                let job_id = answer.body["job_id"].as_str().context("no job_id")?.to_owned();
                let command_seq = answer.body["command_seq"].as_u64().context("no command_seq")?;
                return Ok(Some(Receipt { job_id, command_seq }));
            }
            Ok(answer) if answer.code() == "lock_conflict" => return Ok(None),
            Ok(answer) if answer.status >= 500 => {}
            Ok(answer) => bail!("{tenant} was answered {}: {}", answer.status, answer.body),
            Err(_) => {
                silent.fetch_add(1, Ordering::Relaxed);
            }
        }
        clock::pause(Duration::from_millis(50)).await;
    }
    bail!("{tenant} was not answered within {} s", LIMIT.as_secs())
}
