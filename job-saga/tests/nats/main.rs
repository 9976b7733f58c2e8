//! The saga on real servers: the real runtime, leases, appends and kept folds, over the model fleet.
//!
//! Gated (see `test_support::gated`): each case starts a private server, of the current release and
//! of the floor. `process` is a saga that can be killed or frozen, `story` what a log must tell.
#![allow(clippy::unwrap_used)]

mod cases;
mod kept_cases;
mod process;
#[allow(dead_code)] // shared with the seeded tests, which use more of it
mod sim;
mod story;

use std::process::ExitCode;

// The model fleet names them as the library does.
use job_saga::{effects, runtime};
use test_support::gated::{self, ServerCase};

fn main() -> ExitCode {
    let cases: Vec<ServerCase> = [cases::CASES, kept_cases::CASES].concat();
    gated::main(Vec::new(), gated::on_private_servers(&cases))
}
