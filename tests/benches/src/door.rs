//! The operators' API with many jobs: one job against a bare handler, pages of the list, memory.
//!
//! The jobs are rows written into the read model as the projector writes them, copies of one job
//! that went through. It runs last: the read model is no replay of the log afterwards.

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, future::try_join_all, stream};
use serde_json::{Value, json};
use streams::{
    catalog, clock,
    ids::{JobId, Revision},
    jetstream::Jetstream,
    views::checkpoint::Pointer,
};

use crate::{bare::Bare, env::Env, fold::float, quantiles::Quantiles, requests::Client};

/// Clients that ask at the same time.
const CLIENTS: usize = 8;
/// How long one throughput is measured; each side three times, in turn.
const STRETCH: Duration = Duration::from_secs(3);
/// Pages asked for of each list.
const PAGES: usize = 400;
/// Jobs at which pages are measured.
const SIZES: [usize; 2] = [10_000, 100_000];
/// Row writes under way at once.
const WRITES: usize = 128;

/// The lists: what it is called, and its query.
const LISTS: [(&str, &str); 4] = [
    ("newest", "limit=50"),
    ("by state", "limit=50&state=cancelled"),
    ("by tenant", "limit=50&tenant=acme"),
    ("by tenant and state, oldest", "limit=50&tenant=acme&state=succeeded&sort=created_at"),
];

/// All of it, told.
pub(crate) async fn stated(client: &Client, nats: &Jetstream, env: &Env) -> Result<String> {
    let mut told = String::from("the API with many jobs\n");
    let job = client.migrated().await?;
    writeln!(told, "  {}", one_job(client, &job).await?)?;
    let rows = Rows::like(nats, &job, client.tenants()).await?;
    let mut at_first = Vec::new();
    let mut have = 0;
    writeln!(told, "  memory of the API with a few jobs: {} MB", memory(env)?)?;
    for size in SIZES {
        rows.write(nats, have..size).await?;
        have = size;
        client.has_jobs(size).await?;
        let mut all = Vec::new();
        for (name, query) in LISTS {
            let times = client.pages(query, PAGES).await?;
            let (p50, p99) = (times.p50 * 1e3, times.p99 * 1e3);
            let aim = if size == SIZES[1] {
                format!("  p99 ≤ 10 ms: {}", met(p99 <= 10.0))
            } else {
                String::new()
            };
            writeln!(told, "  {size:>7} jobs, {name:<28} p50 {p50:6.2} ms  p99 {p99:6.2} ms{aim}")?;
            all.push(times.p50);
        }
        let mb = memory(env)?;
        let aim = if size == SIZES[1] {
            format!("  ≤ 250 MB: {}", met(mb <= 250))
        } else {
            String::new()
        };
        writeln!(told, "  {size:>7} jobs, memory of the API {mb} MB{aim}")?;
        if at_first.is_empty() {
            at_first = all;
        } else {
            let grown: Vec<String> = all
                .iter()
                .zip(&at_first)
                .map(|(now, first)| format!("{:.1}", now / first))
                .collect();
            writeln!(told, "  medians at {size} over those at {}: {}", SIZES[0], grown.join(", "))?;
        }
    }
    Ok(told)
}

fn met(is: bool) -> &'static str {
    if is { "met" } else { "MISSED" }
}

/// GET of one job beside a bare handler that answers with the same bytes.
async fn one_job(client: &Client, job: &str) -> Result<String> {
    let bytes = client.bytes(&format!("/admin/v1/jobs/{job}")).await?;
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), &bytes)?;
    let bare = Bare::start(file.path()).await?;
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        theirs.push(throughput(client, &format!("{}/", bare.url)).await?);
        ours.push(throughput(client, &client.url(&format!("/admin/v1/jobs/{job}"))).await?);
    }
    let (theirs, ours) = (median(theirs), median(ours));
    let ratio = ours / theirs;
    Ok(format!(
        "GET one job of {} bytes, {CLIENTS} clients: {ours:.0}/s, a bare handler {theirs:.0}/s, \
         {ratio:.2} ×  ≥ 0.5 ×: {}",
        bytes.len(),
        met(ratio >= 0.5)
    ))
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Answers a second.
async fn throughput(client: &Client, url: &str) -> Result<f64> {
    let begin = Instant::now();
    let asks = async || {
        let mut count = 0_usize;
        while begin.elapsed() < STRETCH {
            client.get(url).await?;
            count += 1;
        }
        anyhow::Ok(count)
    };
    let counts = try_join_all((0..CLIENTS).map(|_| asks())).await?;
    Ok(float(counts.iter().sum()) / begin.elapsed().as_secs_f64())
}

/// Resident memory of the API, MB.
fn memory(env: &Env) -> Result<u64> {
    let api = env.processes.iter().find(|p| p.name == "command-api").context("no API runs")?;
    let text = std::fs::read_to_string(format!("/proc/{}/status", api.pid))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kb: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kb / 1024)
}

/// Rows like that of a job that went through.
struct Rows {
    bucket: String,
    like: Value,
    tenants: Vec<String>,
}

impl Rows {
    async fn like(nats: &Jetstream, job: &str, tenants: &[String]) -> Result<Self> {
        let kv = nats.kv();
        let pointer = kv.get(catalog::META, &catalog::view_pointer_key("jobs")).await?;
        let pointer = pointer.and_then(|entry| entry.value).context("no pointer")?;
        let pointer: Pointer = serde_json::from_slice(&pointer)?;
        let bucket = catalog::view_bucket("jobs", pointer.generation);
        let row = kv.get(&bucket, job).await?.and_then(|entry| entry.value);
        let like = serde_json::from_slice(&row.context("the job has no row")?)?;
        Ok(Self { bucket, like, tenants: tenants.to_vec() })
    }

    async fn write(&self, nats: &Jetstream, numbers: std::ops::Range<usize>) -> Result<()> {
        let kv = nats.kv();
        stream::iter(numbers)
            .map(|n| {
                let (kv, row) = (kv.clone(), self.row(n));
                async move {
                    let (id, value) = row?;
                    kv.compare_and_set(&self.bucket, id.as_str(), value, Revision(0)).await?;
                    anyhow::Ok(())
                }
            })
            .buffer_unordered(WRITES)
            .try_collect::<Vec<()>>()
            .await?;
        Ok(())
    }

    /// Row `n`: its own id, tenant, flow and end. All have ended, so none holds anything.
    fn row(&self, n: usize) -> Result<(JobId, Bytes)> {
        let key = format!("bench-{n}").parse()?;
        let id = JobId::derive(&"bench".parse()?, "bench", None, &key);
        let mut row = self.like.clone();
        row["job_id"] = json!(id);
        row["tenant_id"] = json!(self.tenants[n % self.tenants.len()]);
        row["state"] = json!(if n.is_multiple_of(20) { "cancelled" } else { "succeeded" });
        row["ids"] = json!({
            "request_id": format!("req_bench_{n}"),
            "correlation_id": format!("cor_bench_{n}"),
            "trace_id": format!("{:032x}", n + 1),
        });
        // Below the job it is like: the position of the read model does not move.
        let highest = self.like["accepted_seq"].as_u64().context("a row without accepted_seq")?;
        let seq = n as u64 % highest.max(1) + 1;
        (row["accepted_seq"], row["seq"]) = (json!(seq), json!(seq));
        Ok((id, Bytes::from(serde_json::to_vec(&row)?)))
    }
}

impl Client {
    /// Waits until the list knows of so many.
    async fn has_jobs(&self, count: usize) -> Result<()> {
        let until = Instant::now() + Duration::from_secs(120);
        while Instant::now() < until {
            let page = self.bytes("/admin/v1/jobs?limit=1").await?;
            let page: Value = serde_json::from_slice(&page)?;
            if page["total_estimate"].as_u64().is_some_and(|n| n >= count as u64) {
                return Ok(());
            }
            clock::pause(Duration::from_millis(200)).await;
        }
        bail!("the API does not know {count} jobs after 120 s")
    }

    /// Times pages of the list, one after the other.
    async fn pages(&self, query: &str, n: usize) -> Result<Quantiles> {
        let url = self.url(&format!("/admin/v1/jobs?{query}"));
        let mut times = Vec::new();
        for turn in 0..n + 20 {
            let begin = Instant::now();
            self.get(&url).await?;
            if turn >= 20 {
                times.push(begin.elapsed());
            }
        }
        Ok(Quantiles::of(times))
    }
}
