//! One contract for every log and bucket store: the same named cases run against the memory log
//! (always) and against real servers (gated, see `test_support::gated`).
//!
//! The memory log may be trusted by other tests only because this passes. Cases for both are in
//! `log_cases`, `race_cases`, `kv_cases`; what only one of them can show is in `fault_cases`
//! (memory) and `server_cases` (a private server that is killed, frozen, rolled back or lied about).
#![allow(clippy::unwrap_used)]

mod fault_cases;
mod fixture;
mod kv_cases;
mod log_cases;
mod proxy;
mod race_cases;
mod server_cases;

use std::process::ExitCode;

use futures::future::BoxFuture;
use libtest_mimic::{Failed, Trial};
use test_support::gated;

use crate::fixture::{Fixture, Target};

/// A case: a sentence and what shows it.
type Case = (&'static str, fn(Fixture) -> BoxFuture<'static, ()>);

fn cases() -> Vec<Case> {
    [log_cases::CASES, race_cases::CASES, kv_cases::CASES].concat()
}

fn trial(prefix: &str, (name, run): Case, target: Target) -> Trial {
    Trial::test(format!("{prefix}::{name}"), move || {
        in_runtime(async move {
            let fixture = Fixture::new(target).await;
            run(fixture.clone()).await;
            fixture.clean_up().await;
        })
    })
}

fn in_runtime(work: impl Future<Output = ()> + Send + 'static) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Failed::from(e.to_string()))?;
    let outcome = runtime.block_on(async { tokio::spawn(work).await });
    runtime.shutdown_background();
    outcome.map_err(|e| match e.try_into_panic() {
        Ok(panic) => Failed::from(text_of(&panic)),
        Err(e) => Failed::from(e.to_string()),
    })
}

fn text_of(panic: &Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
        .unwrap_or_else(|| "panicked".to_owned())
}

fn main() -> ExitCode {
    let mut always: Vec<Trial> =
        cases().into_iter().map(|case| trial("memory", case, Target::Memory)).collect();
    for (name, run) in fault_cases::CASES.iter().copied() {
        always.push(Trial::test(format!("memory::{name}"), move || in_runtime(run())));
    }
    let mut gated_trials = Vec::new();
    for (prefix, variable) in [("current", gated::NATS_URL), ("floor", gated::NATS_FLOOR_URL)] {
        if let Some(url) = gated::variable(variable) {
            let target = |url: &String| Target::Server(url.clone());
            gated_trials.extend(cases().into_iter().map(|case| trial(prefix, case, target(&url))));
        }
    }
    // Tests that break a server start their own; the shared one stays whole.
    gated_trials.extend(gated::on_private_servers(server_cases::CASES));
    gated::main(always, gated_trials)
}
