//! The log tool as an operator runs it, and the roles as a server enforces them.
//!
//! Gated: each case starts a private server (see `test_support::gated`). What needs none (catalogue
//! files, completions, wrong arguments) runs always.
#![allow(clippy::unwrap_used)]

#[path = "../verify/log.rs"]
#[allow(dead_code)] // shared with another target
mod log;
mod program;
mod role_cases;
mod tool_cases;

use std::{process::ExitCode, sync::Arc};

use futures::future::BoxFuture;
use libtest_mimic::{Failed, Trial};
use test_support::gated;

/// A case with the program of a server of its own.
type Case = (&'static str, fn(Arc<str>) -> BoxFuture<'static, ()>);

fn gated_trial(prefix: &str, (name, run): Case, program: &Arc<str>) -> Trial {
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
    let always = tool_cases::ALWAYS
        .iter()
        .map(|(name, run)| {
            Trial::test(*name, move || {
                run();
                Ok(())
            })
        })
        .collect();
    let mut gated_trials = Vec::new();
    if gated::variable(gated::NATS_URL).is_some() {
        for (prefix, variable) in
            [("private", gated::NATS_SERVER_BIN), ("private_floor", "CONTROL_TEST_NATS_FLOOR_BIN")]
        {
            let Some(program) = gated::variable(variable) else { continue };
            let program: Arc<str> = program.into();
            for case in [tool_cases::CASES, role_cases::CASES].concat() {
                gated_trials.push(gated_trial(prefix, case, &program));
            }
        }
    }
    gated::main(always, gated_trials)
}
