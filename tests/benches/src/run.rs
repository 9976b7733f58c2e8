//! What is measured, in which order, and how many of each.

use anyhow::{Context, Result};
use clap::Parser;
use streams::jetstream::{Jetstream, Options};

use crate::{
    bare, door,
    env::Env,
    machine::{self, Load},
    migration, rates, requests,
    table::Table,
};

/// Measures a running system.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:\n  cargo xtask bench\n  \
    cargo xtask bench --requests 100 --events 100000\n  bench --env-file env.json")]
pub(crate) struct Args {
    /// The file that `cargo xtask dev --env-file` wrote.
    #[arg(long, env = "CONTROL_E2E_ENV_FILE", required_unless_present = "bare")]
    env_file: Option<std::path::PathBuf>,
    /// Only answers with the bytes of this file: what this program starts to measure against.
    #[arg(long, hide = true)]
    bare: Option<std::path::PathBuf>,
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

/// All of it, in its order.
pub(crate) async fn run(args: Args) -> Result<()> {
    if let Some(file) = &args.bare {
        return bare::serve(file).await;
    }
    let file = args.env_file.context("--env-file FILE is required")?;
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read {}", file.display()))?;
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
    println!("{}", door::stated(&client, &nats, &env).await?);
    println!("load average {begin} at the start, {} at the end", Load::now());
    nats.close().await;
    Ok(())
}
