//! The projector on real servers: restarts of both, a generation switch, a bucket that somebody has
//! deleted, a log that was restored into another life.
//!
//! Gated (see `test_support::gated`): each case starts a private server, of the current release and
//! of the floor. What must hold of the rows is in `views`, shared with the scenarios on memory.
#![allow(clippy::unwrap_used)]

mod cases;
mod views;

use std::{process::ExitCode, sync::Arc};

use futures::future::BoxFuture;
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
            let trials = cases::CASES.iter().map(|case| trial(prefix, *case, &program));
            gated_trials.extend(trials);
        }
    }
    gated::main(Vec::new(), gated_trials)
}
