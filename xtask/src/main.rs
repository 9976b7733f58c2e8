//! The one entry for every command a person runs: `cargo xtask <verb>`.
//! It only names the verbs and hands over; it must hold no logic of its own.
//! Next: `cli.rs` for the verbs, then the module of the verb.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod bench;
mod cli;
mod deny;
mod dev;
mod docker;
mod faults;
mod files;
mod fuzz;
mod generate;
mod http;
mod image;
mod nats;
mod root;
mod settings;
mod sh;
mod stacks;
mod system;
mod test;
mod tidy;
mod tools;
mod ui;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
