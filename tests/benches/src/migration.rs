//! How many durable appends a migration costs, and that waiting costs none.
//!
//! Two migrations of one tenant: an ordinary one, and one whose source holds a piece of work back
//! for [`HELD`], so that the saga polls all that time. Both must cost the same.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures::StreamExt;
use serde_json::{Value, json};
use streams::{
    catalog, clock,
    envelope::{Commit, CommitBody},
    ids::{JobId, Seq},
    jetstream::Jetstream,
};

use crate::{env::Env, requests::Client};

const KIND: &str = "projection";
/// How long the drain is held back.
const HELD: Duration = Duration::from_secs(4);

struct Cost {
    took: Duration,
    steps: usize,
    commits: usize,
    of_everyone: u64,
}

/// The two migrations in a sentence each.
pub(crate) async fn stated(client: &Client, nats: &Jetstream, env: &Env) -> Result<String> {
    let tenant = client.tenants().first().context("no tenants")?;
    let plain = cost(client, nats, tenant, None).await?;
    let held = cost(client, nats, tenant, Some(&env.fleet)).await?;
    if plain.commits != held.commits {
        bail!("polling appends: {} commits, {} when held back", plain.commits, held.commits);
    }
    let tell = |what: &str, cost: &Cost| {
        format!(
            "{what}: {:.1} s, {} steps, {} commits, 1 command, 1 placement write; events, \
             commands and placement together grew by {}",
            cost.took.as_secs_f64(),
            cost.steps,
            cost.commits,
            cost.of_everyone
        )
    };
    Ok(format!(
        "durable appends\n  {}\n  {}\n  aim: O(steps), none from polling: met",
        tell("a migration", &plain),
        tell(&format!("one whose drain is held {} s", HELD.as_secs()), &held)
    ))
}

async fn cost(
    client: &Client,
    nats: &Jetstream,
    tenant: &str,
    hold_at: Option<&str>,
) -> Result<Cost> {
    let plan = client.passing_plan(tenant, KIND).await?;
    let source = plan["base"]["moves"][0]["source"]["nodes"][0]["node_id"]
        .as_str()
        .context("a plan without a source node")?;
    let fault = hold_at.map(|fleet| format!("{fleet}/sim/v1/nodes/{source}/faults/hang_drain"));
    let http = reqwest::Client::new();
    if let Some(url) = &fault {
        http.put(url).send().await?.error_for_status()?;
    }
    let release = async {
        if let Some(url) = &fault {
            clock::pause(HELD).await;
            http.delete(url).send().await?.error_for_status()?;
        }
        anyhow::Ok(())
    };
    let before = messages(nats).await?;
    let from = nats.log(catalog::EVENTS).info().await?.last_seq.next();
    let begin = Instant::now();
    let job = client.create(tenant, &plan).await?;
    let (released, row) = futures::join!(release, client.ended(&job));
    released?;
    let row = row?;
    if row["state"] != "succeeded" {
        bail!("{job} ended as {}: {}", row["state"], row["errors"]);
    }
    let took = begin.elapsed();
    let of_everyone = messages(nats).await? - before;
    let steps = row["steps"].as_array().map_or(0, Vec::len);
    Ok(Cost { took, steps, commits: commits(nats, from, &job.parse()?).await?, of_everyone })
}

/// Messages of the two logs and the maps of placement.
async fn messages(nats: &Jetstream) -> Result<u64> {
    let mut sum = nats.log(catalog::EVENTS).info().await?.messages;
    sum += nats.log(catalog::COMMANDS).info().await?.messages;
    let placement = format!("KV_{KIND}_placement");
    sum += nats.log(&placement).info().await?.last_seq.0;
    Ok(sum)
}

async fn commits(nats: &Jetstream, from: Seq, job: &JobId) -> Result<usize> {
    let log = nats.log(catalog::EVENTS);
    let last = log.info().await?.last_seq;
    let mut count = 0;
    let mut stored = log.read(from).await?;
    while let Some(message) = stored.next().await {
        let recorded = Commit::decode(&message?)?;
        let ours = matches!(&recorded.commit.body, CommitBody::Job { job_id, .. } if job_id == job);
        count += usize::from(ours);
        if recorded.seq >= last {
            break;
        }
    }
    Ok(count)
}

/// The body that asks for exactly this plan.
pub(crate) fn body_of(plan: &Value) -> Value {
    let params = &plan["spec"]["params"];
    let params = if params.is_null() { &plan["params"] } else { params };
    json!({"params": params, "reason": "benchmark", "plan_hash": plan["plan_hash"]})
}
