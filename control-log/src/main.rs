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
mod run;
mod verify;
mod views;

use std::process::ExitCode;

use observability::{Build, settings, settings::Read};
use streams::{
    error::{Classified, ErrorClass},
    jetstream::ConnectError,
};

use crate::cli::{Cli, EXIT_UNAVAILABLE, EXIT_USAGE};

const BUILD: Build = observability::build!("control-log");

#[tokio::main]
async fn main() -> ExitCode {
    let Read { cli, shown } = match settings::read::<Cli>(BUILD) {
        Ok(read) => read,
        Err(error) => return refused(&error),
    };
    let filter = match tracing_subscriber::EnvFilter::try_new(&cli.log) {
        Ok(filter) => filter,
        Err(error) => return refused(&format!("CONTROL_LOG (--log) is not a log filter: {error}")),
    };
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run::run(cli, &shown).await {
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

fn refused(because: &str) -> ExitCode {
    eprintln!("control-log: {because}");
    ExitCode::from(EXIT_USAGE)
}
