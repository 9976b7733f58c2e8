//! The benchmark: every figure as a ratio against raw JetStream appends of the same run.
//!
//! `cargo xtask bench` starts a system of its own (release build, file storage, `sync_interval:
//! always`) and calls this. It measures and prints; the only limits it knows are the printed aims.
//! A missed aim is said in the table and does not fail the run: on a busy machine it may be missed.

mod bare;
mod door;
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
mod run;
mod table;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    match run::run(run::Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
