//! Running the built log tool.

use std::process::{Command, Output};

/// What one run said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the tool against a server (or none).
pub(crate) fn control_log(url: Option<&str>, args: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_control-log"));
    command.env_remove("CONTROL_NATS_URL").env_remove("CONTROL_LOG").args(args);
    if let Some(url) = url {
        command.env("CONTROL_NATS_URL", url);
    }
    let Output { status, stdout, stderr } = command.output().unwrap();
    Said {
        code: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}
