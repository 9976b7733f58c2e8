//! `control-log`: the operators' tool for the log. Provisions, compares, replays, exports, verifies.
//!
//! It never deletes and never repairs. Rules live in the library (`streams::shapes`,
//! `streams::verify`, `streams::roles`); each verb here is a file that reads arguments and prints.

mod catalog;
mod cli;
mod export;
mod job;
mod kept;
mod provision;
mod reading;
mod replay;
mod roles;
mod verify;
mod views;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use streams::{
    error::{Classified, ErrorClass},
    jetstream::{ConnectError, Jetstream},
};

use crate::cli::{Cli, EXIT_UNAVAILABLE, EXIT_USAGE, Verb};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_new(&cli.log).unwrap_or_default();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(cli).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("control-log: {error:#}");
            let refused = error
                .downcast_ref::<ConnectError>()
                .is_some_and(|e| e.class() != ErrorClass::Unavailable);
            ExitCode::from(if refused { EXIT_USAGE } else { EXIT_UNAVAILABLE })
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let connect = async || Jetstream::connect(&cli.nats.options("control-log")).await;
    match &cli.verb {
        Verb::Provision(args) => provision::run(&connect().await?, args, cli.output).await,
        Verb::Diff => provision::diff(&connect().await?, cli.output).await,
        Verb::Catalog(args) => catalog::run(args, cli.nats.nats_replicas),
        Verb::Replay(args) => replay::run(&connect().await?, args, cli.output).await,
        Verb::Job(args) => job::run(&connect().await?, args, cli.output).await,
        Verb::Export(args) => export::run(&connect().await?, args).await,
        Verb::Verify(args) => match &args.export {
            Some(file) => verify::offline(file, args, cli.output),
            None => verify::live(&connect().await?, args, cli.output).await,
        },
        Verb::Roles(args) => roles::run(args),
        Verb::Healthcheck => {
            connect().await?.ping().await?;
            println!("ok");
            Ok(ExitCode::SUCCESS)
        }
        Verb::Completions { shell } => {
            let mut command = Cli::command();
            clap_complete::generate(*shell, &mut command, "control-log", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
    }
}
