//! `cargo xtask faults`: the acceptance cases, with processes killed and frozen on the way.
//! It must not know the cases: `tests/scenarios` does.
//! Next: `system.rs`, whose processes are killed.

use std::path::Path;

use anyhow::Result;

use crate::sh::{cargo, run};
use crate::system::System;

/// Runs the cases on a system of their own, unless the arguments name the env file of another.
pub(crate) fn faults(args: &[String]) -> Result<()> {
    let given = args.iter().any(|arg| arg.starts_with("--env-file") || arg == "--list");
    if given {
        return cases(None, args);
    }
    System::start(&[])?.with(|env_file| cases(Some(env_file), args))
}

fn cases(env_file: Option<&Path>, args: &[String]) -> Result<()> {
    let mut command = cargo();
    command.args(["run", "--locked", "--quiet", "--package", "scenarios", "--"]).args(args);
    if let Some(file) = env_file {
        command.arg("--env-file").arg(file);
    }
    run(&mut command)
}
