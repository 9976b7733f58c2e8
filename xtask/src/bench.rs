//! `cargo xtask bench`: the benchmark against an optimised system of its own.
//! It must not measure anything itself: `tests/benches` does and prints.
//! Next: `system.rs`.

use std::path::Path;

use anyhow::Result;

use crate::sh::{cargo, run};
use crate::system::System;

/// Runs the benchmark with the given arguments, unless they name the env file of another system.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    if args.iter().any(|arg| arg.starts_with("--env-file") || arg == "--help") {
        return measure(None, args);
    }
    System::start(&["--release"])?.with(|env_file| measure(Some(env_file), args))
}

fn measure(env_file: Option<&Path>, args: &[String]) -> Result<()> {
    let mut command = cargo();
    command
        .args(["run", "--release", "--locked", "--quiet"])
        .args(["--package", "benches", "--bin", "bench", "--"])
        .args(args);
    if let Some(file) = env_file {
        command.arg("--env-file").arg(file);
    }
    run(&mut command)
}
