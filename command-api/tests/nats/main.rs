//! The API on real servers: one key is one command, and what a stopping process has promised.
//!
//! Gated (see `test_support::gated`): each case starts a private server, of the current release and
//! of the floor. `process` is the real program.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)] // shared with the in-process tests, which use more of it
#[path = "../common/app.rs"]
mod app;
#[allow(dead_code)]
#[path = "../common/gateway.rs"]
mod gateway;
#[path = "../common/leader.rs"]
mod leader;
#[path = "../common/once.rs"]
mod race;

mod cases;
mod process;
mod writes;

use std::process::ExitCode;

use futures::future::LocalBoxFuture;
use test_support::gated;

/// A case with the program of a server of its own.
type Case = gated::ServerCase<LocalBoxFuture<'static, ()>>;

fn main() -> ExitCode {
    gated::main(Vec::new(), gated::on_private_servers(cases::CASES))
}
