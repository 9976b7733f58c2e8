//! The gated Rust suites of plan 0.3, run by its own words, each with what its variable promises.
//! It must not weaken the gate: without its variable a suite refuses, it never passes.
//! Next: `../nats.rs` for the private servers.

use anyhow::{Result, bail};

use super::Outcome;
use crate::nats::Private;
use crate::sh::{capture, cargo, run, say};
use crate::tools::nats_server;

/// `CONTROL_TEST_NATS_URL=… cargo test --workspace --locked -- --ignored`.
pub(crate) fn nats_suites() -> Result<Outcome> {
    let (current, floor) = (nats_server::current()?, nats_server::floor()?);
    let (now, old) = (Private::start(&current)?, Private::start(&floor)?);
    say(format!("current server at {}, floor at {}", now.url(), old.url()));
    run(cargo()
        .args(["test", "--workspace", "--locked", "--", "--ignored"])
        .env("CONTROL_TEST_NATS_URL", now.url())
        .env("CONTROL_TEST_NATS_FLOOR_URL", old.url())
        .env("CONTROL_TEST_NATS_SERVER_BIN", &current)
        .env("CONTROL_TEST_NATS_FLOOR_BIN", &floor)
        .env_remove("CONTROL_TEST_DOCKER"))?;
    Ok(Outcome::Passed)
}

/// The same words with no variable set must fail and name the variable.
pub(crate) fn gating() -> Result<Outcome> {
    let mut bare = cargo();
    bare.args(["test", "--workspace", "--locked", "--no-fail-fast", "--", "--ignored"]);
    for name in ["CONTROL_TEST_NATS_URL", "CONTROL_TEST_NATS_FLOOR_URL", "CONTROL_TEST_DOCKER"] {
        bare.env_remove(name);
    }
    let said = capture(&mut bare)?;
    if said.ok {
        bail!("`cargo test -- --ignored` without any variable passed; it must refuse");
    }
    let words = format!("{}{}", said.stdout, said.stderr);
    let Some(sentence) = words.lines().find(|line| line.contains("CONTROL_TEST_NATS_URL")) else {
        bail!("`cargo test -- --ignored` failed without naming CONTROL_TEST_NATS_URL:\n{words}");
    };
    say(format!("it says: {}", sentence.trim()));
    Ok(Outcome::Passed)
}

/// `CONTROL_TEST_DOCKER=1 cargo test --workspace -- --ignored`, where an engine can run: the suites
/// start one of their own and leave any other alone.
pub(crate) fn docker_suites() -> Result<Outcome> {
    if let Some(why) = crate::docker::no_engine_because() {
        return Ok(Outcome::Skipped(why));
    }
    // The suites put the programs as they are built into images.
    run(cargo().args(["build", "--workspace", "--bins", "--locked"]))?;
    run(cargo()
        .args(["test", "--workspace", "--locked", "--", "--ignored"])
        .env("CONTROL_TEST_DOCKER", "1")
        .env("CONTROL_TEST_NATS_SERVER_BIN", nats_server::current()?)
        .env_remove("CONTROL_TEST_NATS_URL"))?;
    Ok(Outcome::Passed)
}
