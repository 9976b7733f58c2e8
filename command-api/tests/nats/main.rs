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

use std::{process::ExitCode, sync::Arc};

use futures::future::LocalBoxFuture;
use libtest_mimic::{Failed, Trial};
use test_support::gated;

/// A case with the program of a server of its own.
type Case = (&'static str, fn(Arc<str>) -> LocalBoxFuture<'static, ()>);

fn trial(prefix: &str, (name, run): Case, program: &Arc<str>) -> Trial {
    let program = Arc::clone(program);
    Trial::test(format!("{prefix}::{name}"), move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|e| Failed::from(e.to_string()))?;
        runtime.block_on(run(program));
        runtime.shutdown_background();
        Ok(())
    })
}

fn main() -> ExitCode {
    let mut gated_trials = Vec::new();
    if gated::variable(gated::NATS_URL).is_some() {
        for (prefix, variable) in
            [("private", gated::NATS_SERVER_BIN), ("private_floor", gated::NATS_FLOOR_BIN)]
        {
            let Some(program) = gated::variable(variable) else { continue };
            let program: Arc<str> = program.into();
            gated_trials.extend(cases::CASES.iter().map(|case| trial(prefix, *case, &program)));
        }
    }
    gated::main(Vec::new(), gated_trials)
}
