//! What the program's verbs do: run a fleet until it is told to stop, print who can sign in.

use std::{io::Write, path::Path, sync::Arc};

use anyhow::{Context, Result};
use observability::Build;
use streams::{clock::SystemClock, ids::RandomIds};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    app::{App, Sources},
    config::RunArgs,
    gateway::users,
    logging,
    substrate::Substrate,
    welcome,
};

/// Runs a fleet until SIGTERM or SIGINT; `build` is what its nodes say they are.
///
/// # Errors
/// What keeps it from starting.
pub async fn run(args: &RunArgs, build: Build) -> Result<()> {
    logging::start(args.log_format, &args.log)?;
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
    let sources = Sources { clock, ids, git_sha: build.git_sha };
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

/// Prints who can sign in, with passwords.
///
/// # Errors
/// When the directory holds no fleet, or nobody takes the output.
pub fn print_users(state_dir: &Path, json: bool) -> Result<()> {
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
