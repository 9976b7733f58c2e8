//! Whole fleets in one process: the counters, the contract's moves, the faults, the Gateway.
//!
//! Every case runs on the memory log, and on a real server when [`gated::NATS_URL`] names one (then
//! under `--ignored`, registered with libtest_mimic): there placement is watched, tenants' logs are
//! tailed and the hold rule is kept over NATS itself.
#![allow(clippy::unwrap_used)]

/// The cases of one file: each function becomes a trial named after it (libtest_mimic).
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        pub(crate) const CASES: &[crate::Case] =
            &[$((stringify!($name), || Box::pin($name()))),*];
    };
}

mod administration;
mod conformance;
mod counters;
mod faults;
mod gateway;
mod ground;
mod moves;
mod support;

use std::process::ExitCode;

use futures::future::BoxFuture;
use libtest_mimic::{Failed, Trial};
use test_support::gated;

use crate::ground::Ground;

/// A case: its sentence and what shows it.
type Case = (&'static str, fn() -> BoxFuture<'static, ()>);

fn cases() -> Vec<Case> {
    [
        administration::CASES,
        counters::CASES,
        faults::CASES,
        gateway::CASES,
        moves::CASES,
        conformance::CASES,
    ]
    .concat()
}

fn trial(prefix: &str, (name, run): Case, server: Option<String>) -> Trial {
    Trial::test(format!("{prefix}::{name}"), move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|e| Failed::from(e.to_string()))?;
        let outcome = runtime.block_on(async {
            let ground = Ground::prepare(server.as_deref()).await;
            let case = tokio::spawn(ground::HERE.scope(ground.clone(), run()));
            let outcome = case.await;
            ground.clean_up().await;
            outcome
        });
        runtime.shutdown_background();
        outcome.map_err(|e| Failed::from(text_of(e)))
    })
}

fn text_of(error: tokio::task::JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return "ended early".to_owned() };
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
        .unwrap_or_else(|| "panicked".to_owned())
}

fn main() -> ExitCode {
    let always = cases().into_iter().map(|case| trial("memory", case, None)).collect();
    let mut on_servers = Vec::new();
    for (prefix, variable) in [("current", gated::NATS_URL), ("floor", gated::NATS_FLOOR_URL)] {
        if let Some(url) = gated::variable(variable) {
            on_servers
                .extend(cases().into_iter().map(|case| trial(prefix, case, Some(url.clone()))));
        }
    }
    gated::main(always, on_servers)
}
