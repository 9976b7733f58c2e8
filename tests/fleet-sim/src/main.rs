//! The program: runs a simulated fleet until it is told to stop, or prints its users.

use std::{io::Write, path::Path, process::ExitCode, sync::Arc};

use anyhow::{Context, Result};
use clap::{CommandFactory, FromArgMatches};
use fleet_sim::{
    app::{App, Sources},
    config::{Cli, Command, RunArgs},
    gateway::users,
    logging,
    substrate::Substrate,
    welcome,
};
use observability::Build;
use streams::{clock::SystemClock, ids::RandomIds};
use tokio::signal::unix::{SignalKind, signal};

/// Which program this is.
const BUILD: Build = observability::build!("fleet-sim");

#[tokio::main]
async fn main() -> ExitCode {
    let command = Cli::command().version(BUILD.text());
    let cli = Cli::from_arg_matches(&command.get_matches()).unwrap_or_else(|e| e.exit());
    let done = match cli.command {
        Some(Command::Users { json, state_dir }) => print_users(&state_dir, json),
        None => run(&cli.run).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One sentence with its causes; a backtrace helps nobody who has a port taken.
            let _ = writeln!(std::io::stderr(), "fleet-sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &RunArgs) -> Result<()> {
    logging::start(args.log_format, &args.log)?;
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
    let sources = Sources { clock, ids, git_sha: BUILD.git_sha };
    let substrate = if args.memory {
        Substrate::memory(&sources.clock)
    } else {
        Substrate::nats(&args.nats_url).await?
    };
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let app = App::start(args, substrate, sources).await?;
    welcome::say(&app.ready, &args.state_dir)?;
    tracing::info!(sim = app.ready.sim, "ready");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    app.stop().await;
    Ok(())
}

fn print_users(state_dir: &Path, json: bool) -> Result<()> {
    let users = users::read(state_dir)?;
    let users = users
        .with_context(|| format!("{} holds no fleet yet: start one first", state_dir.display()))?;
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&users)?)?;
    } else {
        for user in users {
            writeln!(out, "{:<14} {:<14} {}", user.username, user.role, user.password)?;
        }
    }
    Ok(())
}
