//! Running the built programs: nothing of this process's environment reaches them.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

/// What one run said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// One program and what its command line needs besides.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// Names a settings file.
    pub(crate) file_variable: &'static str,
    /// Asks nodes for something, so that it needs their token.
    pub(crate) needs_token: bool,
    /// A setting it cannot use, and what it must be named by.
    pub(crate) refuses: ([&'static str; 2], &'static str),
    /// How `healthcheck` ends when nobody is there.
    pub(crate) nobody: i32,
    /// What it is called to make it listen; none for a tool.
    pub(crate) serves: Option<&'static [&'static str]>,
}

/// Every program that is delivered.
pub(crate) const PROGRAMS: [Program; 5] = [
    Program {
        name: "command-api",
        file_variable: "CONTROL_API_CONFIG_FILE",
        needs_token: true,
        refuses: (["--token-leeway-s", "61"], "CONTROL_TOKEN_LEEWAY_S"),
        nobody: 1,
        serves: Some(&["serve"]),
    },
    Program {
        name: "job-saga",
        file_variable: "CONTROL_SAGA_CONFIG_FILE",
        needs_token: true,
        refuses: (["--lease-ttl-ms", "1"], "CONTROL_SAGA_LEASE_TTL_MS"),
        nobody: 1,
        serves: Some(&["serve"]),
    },
    Program {
        name: "projector",
        file_variable: "CONTROL_PROJECTOR_CONFIG_FILE",
        needs_token: false,
        refuses: (["--check-ms", "1"], "CONTROL_PROJECTOR_CHECK_MS"),
        nobody: 1,
        serves: Some(&["serve"]),
    },
    Program {
        name: "control-log",
        file_variable: "CONTROL_LOG_CONFIG_FILE",
        needs_token: false,
        refuses: (["--nats-replicas", "9"], "CONTROL_NATS_REPLICAS"),
        nobody: 3,
        serves: None,
    },
    Program {
        name: "fleet-sim",
        file_variable: "FLEET_SIM_CONFIG_FILE",
        needs_token: false,
        refuses: (["--port-base", "65530"], "FLEET_SIM_PORT_BASE"),
        nobody: 1,
        serves: Some(&["run", "--memory"]),
    },
];

impl Program {
    /// Runs it in an empty folder with these variables only.
    pub(crate) fn run(&self, args: &[&str], variables: &[(&str, &str)]) -> Said {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(self.file());
        command.args(args).current_dir(folder.path()).env_clear();
        let Output { status, stdout, stderr } =
            command.envs(variables.iter().copied()).output().unwrap();
        Said {
            code: status.code().unwrap_or(-1),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    /// As cargo left it beside this test, which is `target/<profile>/deps/verbs-…`.
    fn file(&self) -> PathBuf {
        let me = std::env::current_exe().unwrap();
        let program = me.ancestors().nth(2).unwrap().join(self.name);
        assert!(
            program.is_file(),
            "{} is not built: `cargo build --workspace --bins` first",
            program.display()
        );
        program
    }
}
