//! Acceptance of a running system: what an operator relies on, with processes killed on the way.
//!
//! It speaks to the system only as a client may: HTTP, the log read-only, signals to the processes
//! of the env file. Cases are in `cases/`; `cargo xtask faults` runs them.

mod api;
mod cases;
mod fleet;
mod probe;
mod proof;
mod report;
mod secrets;
mod sinks;
mod story;
mod system;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use crate::system::System;

/// Runs the acceptance cases against a system started with `cargo xtask dev --env-file F`.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:\n  scenarios --env-file env.json\n  \
    scenarios --env-file env.json --only kill-each-step\n  scenarios --list")]
struct Args {
    /// The file that `cargo xtask dev --env-file` wrote.
    #[arg(long, env = "CONTROL_E2E_ENV_FILE")]
    env_file: Option<std::path::PathBuf>,
    /// Only these cases (may be repeated).
    #[arg(long)]
    only: Vec<String>,
    /// Only the cases of the short run.
    #[arg(long)]
    smoke: bool,
    /// Names the cases and stops.
    #[arg(long)]
    list: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            // One sentence with its causes: where in this program it came up helps nobody.
            eprintln!("scenarios: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// How many cases failed.
async fn run(args: Args) -> Result<usize> {
    let cases = cases::chosen(&args.only, args.smoke)?;
    if args.list {
        cases.iter().for_each(|c| println!("{:<20} {}", c.name, c.says));
        return Ok(0);
    }
    let file = args.env_file.context("--env-file FILE is required; `xtask dev` writes it")?;
    let system = System::load(&file).await?;
    let mut failed = Vec::new();
    for case in &cases {
        if !report::told(case, &system).await? {
            failed.push(case.name);
        }
    }
    println!("{} passed, {} failed", cases.len() - failed.len(), failed.len());
    if !failed.is_empty() {
        eprintln!("scenarios: failed: {}; {}", failed.join(", "), system.evidence());
    }
    Ok(failed.len())
}
