//! `cargo xtask faults`: the acceptance cases, with processes killed and frozen on the way.
//! It must not know the cases: `tests/scenarios` does.
//! Next: `system.rs`, whose processes are killed.

use std::path::Path;

use anyhow::Result;

use crate::sh::{cargo, cmd, run};
use crate::system::System;

/// Runs the cases on a system of their own, unless the arguments name the env file of another.
pub(crate) fn faults(args: &[String]) -> Result<()> {
    // Before the system starts, and with the log tool that holds its log to the invariants.
    let tools = ["--package", "scenarios", "--package", "control-log", "--bins"];
    run(cargo().args(["build", "--locked", "--quiet"]).args(tools))?;
    let given = ["--env-file", "--list", "--help"];
    if args.iter().any(|arg| given.iter().any(|flag| arg.starts_with(flag))) {
        return cases(None, args);
    }
    System::start(&[])?.with(|env_file| cases(Some(env_file), args))
}

fn cases(env_file: Option<&Path>, args: &[String]) -> Result<()> {
    let mut command = cmd(crate::root::binary("scenarios"));
    command.args(args);
    if let Some(file) = env_file {
        command.arg("--env-file").arg(file);
    }
    run(&mut command)
}
