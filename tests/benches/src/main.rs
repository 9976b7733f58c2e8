//! The benchmark: every figure as a ratio against raw JetStream appends of the same run.
//!
//! `cargo xtask bench` starts a system of its own (release build, file storage, `sync_interval:
//! always`) and calls this. It measures and prints; the only limits it knows are the printed aims.

mod env;
mod fold;
mod quantiles;
mod raw;
mod requests;
mod rows;

use anyhow::{Context, Result};
use clap::Parser;
use streams::jetstream::{Jetstream, Options};

use crate::{env::Env, quantiles::Quantiles};

/// Measures a running system.
#[derive(Debug, Parser)]
struct Args {
    /// The file that `cargo xtask dev --env-file` wrote.
    #[arg(long, env = "CONTROL_E2E_ENV_FILE")]
    env_file: std::path::PathBuf,
    /// How many requests and raw appends are timed.
    #[arg(long, default_value_t = 400)]
    requests: usize,
    /// How many events are folded.
    #[arg(long, default_value_t = 300_000)]
    events: usize,
    /// How many rows are written.
    #[arg(long, default_value_t = 5_000)]
    rows: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let text = std::fs::read_to_string(&args.env_file)
        .with_context(|| format!("cannot read {}", args.env_file.display()))?;
    let env: Env = serde_json::from_str(&text).context("not an env file")?;
    let nats = Jetstream::connect(&Options::new(&env.nats, "bench")).await?;
    println!("nats-server {}, one after the other, fleet traffic running", nats.server_version());

    let raw = raw::appends(&nats, args.requests).await?;
    line("raw append, stream-wide expectation", &raw, None, None);
    let client = requests::Client::sign_in(&env).await?;
    let accepted = client.accepted(args.requests).await?;
    line("POST to 202", &accepted, Some(&raw), Some(4.0));
    let visible = client.visible(args.requests / 4).await?;
    line("POST to decided and visible", &visible, Some(&raw), Some(10.0));

    let fold = fold::measure(args.events)?;
    println!("fold of the event log        {:>10.0} events/s   aim ≥ 100,000", fold.world);
    println!("fold into the jobs view      {:>10.0} events/s   aim ≥ 100,000", fold.jobs);
    let rows = rows::measure(&nats, args.rows).await?;
    let raw_rate = 1.0 / raw.p50;
    println!(
        "rows written, 64 in flight   {rows:>10.0} rows/s     {:.1} × raw appends one by one",
        rows / raw_rate
    );
    nats.close().await;
    Ok(())
}

fn line(what: &str, seen: &Quantiles, raw: Option<&Quantiles>, aim: Option<f64>) {
    let ms = |seconds: f64| seconds * 1000.0;
    print!("{what:<36} p50 {:>7.2} ms  p99 {:>7.2} ms", ms(seen.p50), ms(seen.p99));
    if let Some(raw) = raw {
        print!("   {:>5.1} × raw p50, {:>5.1} × raw p99", seen.p50 / raw.p50, seen.p99 / raw.p99);
    }
    if let Some(aim) = aim {
        print!("   aim p50 ≤ {aim} ×");
    }
    println!("   n = {}", seen.n);
}
