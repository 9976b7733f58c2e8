//! Gated tests: run by `cargo test -- --ignored`, registered only when their own variable is set.
//!
//! A gated test never passes by being skipped: without its variable it does not exist, and asking
//! for gated tests with no variable set at all fails with one sentence. Use [`main`] as the whole
//! `main` of a target with `harness = false`.

use std::{process::ExitCode, sync::Arc};

use futures::future::BoxFuture;
use libtest_mimic::{Arguments, Failed, Trial};

use crate::programs;

/// A running NATS server with JetStream, e.g. `nats://127.0.0.1:4222`.
pub const NATS_URL: &str = "CONTROL_TEST_NATS_URL";
/// A second one, of the oldest version we promise to work on.
pub const NATS_FLOOR_URL: &str = "CONTROL_TEST_NATS_FLOOR_URL";
/// A `nats-server` program, for tests that kill, freeze or reconfigure a server of their own.
pub const NATS_SERVER_BIN: &str = "CONTROL_TEST_NATS_SERVER_BIN";
/// The same of the oldest version we promise to work on.
pub const NATS_FLOOR_BIN: &str = "CONTROL_TEST_NATS_FLOOR_BIN";
/// Set to 1 where a Docker engine may be used.
pub const DOCKER: &str = "CONTROL_TEST_DOCKER";

/// Any of these admits gated tests; [`NATS_FLOOR_URL`] and [`NATS_SERVER_BIN`] only add to them.
const GATES: [&str; 2] = [NATS_URL, DOCKER];

/// A case that starts private servers (see [`crate::server`]) of the program it is given.
pub type ServerCase<F = BoxFuture<'static, ()>> = (&'static str, fn(Arc<str>) -> F);

/// Each case on the current release and on the floor (see [`programs::nats_servers`]); none
/// without [`NATS_URL`]. Without a program one trial fails and says so.
#[must_use]
pub fn on_private_servers<F: Future<Output = ()> + 'static>(cases: &[ServerCase<F>]) -> Vec<Trial> {
    if variable(NATS_URL).is_none() {
        return Vec::new();
    }
    let programs = match programs::nats_servers() {
        Ok(programs) => programs,
        Err(sentence) => {
            let missing = move || Err(Failed::from(sentence));
            return vec![Trial::test("private::a_nats_server_is_found", missing)];
        }
    };
    let mut trials = Vec::new();
    for (prefix, program) in programs {
        let program: Arc<str> = program.to_string_lossy().into();
        trials.extend(cases.iter().map(|case| on_private_server(prefix, *case, &program)));
    }
    trials
}

fn on_private_server<F: Future<Output = ()> + 'static>(
    prefix: &str,
    (name, run): ServerCase<F>,
    program: &Arc<str>,
) -> Trial {
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

/// The value of a gate's variable; empty counts as not set.
#[must_use]
#[allow(clippy::disallowed_methods)] // the one place: a test target has no config module
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Runs a target: `always` as ordinary tests, `gated` as ignored ones.
///
/// The caller registers a gated test only when [`variable`] of its own gate is set.
#[must_use]
pub fn main(always: Vec<Trial>, gated: Vec<Trial>) -> ExitCode {
    let arguments = Arguments::from_args();
    let asked = (arguments.ignored || arguments.include_ignored) && !arguments.list;
    if let Some(sentence) = refusal(asked, |name| variable(name).is_some()) {
        eprintln!("{sentence}");
        return ExitCode::FAILURE;
    }
    let mut trials = always;
    trials.extend(gated.into_iter().map(|trial| trial.with_ignored_flag(true)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The sentence with which asking for gated tests is refused.
fn refusal(asked: bool, is_set: impl Fn(&str) -> bool) -> Option<String> {
    if !asked || GATES.iter().any(|gate| is_set(gate)) {
        return None;
    }
    Some(format!(
        "gated tests were asked for (--ignored) but neither {NATS_URL} (e.g. \
         nats://127.0.0.1:4222) nor {DOCKER}=1 is set, so none can run"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T0.2
    #[test]
    fn gated_tests_are_refused_with_one_sentence_when_no_variable_is_set() {
        let sentence = refusal(true, |_| false).expect("refused");
        assert!(sentence.contains(NATS_URL) && sentence.contains(DOCKER), "{sentence}");
        assert_eq!(sentence.lines().count(), 1);
    }

    /// T0.2
    #[test]
    fn one_variable_is_enough_and_ordinary_runs_need_none() {
        assert_eq!(refusal(true, |name| name == NATS_URL), None);
        assert_eq!(refusal(true, |name| name == DOCKER), None);
        assert_eq!(refusal(false, |_| false), None);
    }
}
