//! The projector on real servers: restarts of both, a generation switch, a bucket that somebody has
//! deleted, a log that was restored into another life.
//!
//! Gated (see `test_support::gated`): each case starts a private server, of the current release and
//! of the floor. What must hold of the rows is in `views`, shared with the scenarios on memory.
#![allow(clippy::unwrap_used)]

mod cases;
mod views;

use std::process::ExitCode;

use test_support::gated;

fn main() -> ExitCode {
    gated::main(Vec::new(), gated::on_private_servers(cases::CASES))
}
