//! Acceptance of a running system: what an operator relies on, with processes killed on the way.
//!
//! It speaks to the system only as a client may: HTTP, the log read-only, signals to the processes
//! of the env file. Cases are in `cases/`; `cargo xtask faults` runs them.

mod api;
mod cases;
mod fleet;
mod story;
mod system;

use anyhow::{Result, bail};
use clap::Parser;

use crate::{cases::Case, system::System};

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
async fn main() -> Result<()> {
    let args = Args::parse();
    let cases: Vec<&Case> = cases::ALL
        .iter()
        .filter(|c| args.only.is_empty() || args.only.iter().any(|o| o == c.name))
        .filter(|c| !args.smoke || c.smoke)
        .collect();
    if args.list {
        cases.iter().for_each(|c| println!("{:<20} {}", c.name, c.says));
        return Ok(());
    }
    let Some(file) = args.env_file else { bail!("--env-file is required") };
    if cases.is_empty() {
        bail!("no case has that name; --list names them");
    }
    let system = System::load(&file).await?;
    let mut failed = 0_usize;
    for case in &cases {
        let begin = std::time::Instant::now();
        let result = (case.run)(&system).await;
        let took = begin.elapsed().as_secs_f64();
        match result {
            Ok(seen) => println!("pass  {:<20} {took:6.1} s  {seen}", case.name),
            Err(error) => {
                failed += 1;
                println!("FAIL  {:<20} {took:6.1} s  {error:#}", case.name);
            }
        }
    }
    println!("{} passed, {failed} failed", cases.len() - failed);
    if failed > 0 {
        bail!("{failed} of {} cases failed", cases.len());
    }
    Ok(())
}
