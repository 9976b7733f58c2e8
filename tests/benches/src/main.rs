//! The benchmark: every figure as a ratio against raw JetStream appends of the same run.
//!
//! `cargo xtask bench` starts a system of its own (release build, file storage, `sync_interval:
//! always`) and calls this. It measures and prints; the only limits it knows are the printed aims.
//! A missed aim is said in the table and does not fail the run: on a busy machine it may be missed.

mod env;
mod fold;
mod machine;
mod migration;
mod quantiles;
mod rates;
mod raw;
mod rebuild;
mod requests;
mod rows;
mod table;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use streams::jetstream::{Jetstream, Options};

use crate::{env::Env, machine::Load, table::Table};

/// Measures a running system.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:\n  cargo xtask bench\n  \
    cargo xtask bench --requests 100 --events 100000\n  bench --env-file env.json")]
struct Args {
    /// The file that `cargo xtask dev --env-file` wrote.
    #[arg(long, env = "CONTROL_E2E_ENV_FILE")]
    env_file: std::path::PathBuf,
    /// How many requests and raw appends are timed.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(20..))]
    requests: u32,
    /// How many events are folded.
    #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    events: u32,
    /// How many rows are written.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(100..))]
    rows: u32,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<()> {
    let text = std::fs::read_to_string(&args.env_file)
        .with_context(|| format!("cannot read {}", args.env_file.display()))?;
    let env: Env = serde_json::from_str(&text).context("not an env file")?;
    let nats = Jetstream::connect(&Options::new(&env.nats, "bench")).await?;
    let begin = Load::now();
    println!("{}", machine::stated(&env, &nats).await?);

    let client = requests::Client::sign_in(&env).await?;
    let measured = client.interleaved(&nats, args.requests as usize).await?;
    let mut table = Table::of(&measured.raw);
    table.times("POST to 202", &measured.accepted, Some(4.0));
    table.times("POST to decided and visible", &measured.visible, Some(10.0));
    let (events, rows) = (args.events as usize, args.rows as usize);
    let rates = rates::measure(&nats, events, rows, &mut table).await;
    // What was measured is told also when a later measurement failed.
    print!("{table}");
    rates?;
    println!("{}", migration::stated(&client, &nats, &env).await?);
    println!("load average {begin} at the start, {} at the end", Load::now());
    nats.close().await;
    Ok(())
}
