//! `cargo xtask bench`: the benchmark against an optimised system of its own.
//! It must not measure anything itself: `tests/benches` does and prints.
//! Next: `system.rs`.

use std::path::Path;

use anyhow::Result;

use crate::sh::{cargo, cmd, run, say};
use crate::system::System;

/// The packages whose optimised programs are measured or measure.
const PACKAGES: [&str; 6] =
    ["benches", "control-log", "fleet-sim", "command-api", "job-saga", "projector"];

/// What is measured is how fast the API is, not how fast it lets one client be.
const UNLIMITED: [(&str, &str); 2] =
    [("CONTROL_API_RATE_PER_ADDRESS", "0"), ("CONTROL_API_RATE_PER_PRINCIPAL", "0")];

/// Runs the benchmark with the given arguments, unless they name the env file of another system.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    let given = args.iter().any(|arg| arg.starts_with("--env-file") || arg == "--help");
    if given {
        build(&PACKAGES[..1])?;
        return measure(None, args);
    }
    // Before the system starts: a compiler at work would be measured too.
    crate::ui::bundle()?;
    build(&PACKAGES)?;
    System::start_with(&["--release"], &UNLIMITED)?.with(|env_file| measure(Some(env_file), args))
}

fn build(packages: &[&str]) -> Result<()> {
    say("building with optimisation; the first time takes minutes");
    let mut command = cargo();
    command.args(["build", "--release", "--locked", "--bins"]);
    for package in packages {
        command.args(["--package", package]);
    }
    run(&mut command)
}

fn measure(env_file: Option<&Path>, args: &[String]) -> Result<()> {
    let mut command = cmd(crate::root::built("release", "bench"));
    command.args(args);
    if let Some(file) = env_file {
        command.arg("--env-file").arg(file);
    }
    run(&mut command)
}
