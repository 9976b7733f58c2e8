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

use std::{process::ExitCode, sync::Arc};

use futures::future::BoxFuture;
// The model fleet names them as the library does.
use job_saga::{effects, runtime, serve};
use libtest_mimic::{Failed, Trial};
use test_support::gated;

/// A case with the program of a server of its own.
type Case = (&'static str, fn(Arc<str>) -> BoxFuture<'static, ()>);

fn trial(prefix: &str, (name, run): Case, program: &Arc<str>) -> Trial {
    let program = Arc::clone(program);
    Trial::test(format!("{prefix}::{name}"), move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|e| Failed::from(e.to_string()))?;
        runtime.block_on(run(program));
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
            let cases = [cases::CASES, kept_cases::CASES].concat();
            gated_trials.extend(cases.into_iter().map(|case| trial(prefix, case, &program)));
        }
    }
    gated::main(Vec::new(), gated_trials)
}
