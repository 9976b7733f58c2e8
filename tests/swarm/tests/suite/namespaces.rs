//! Running the suite again as the first process of its own network, mount and process namespaces:
//! when it ends, the kernel ends everything in it.

use std::process::{Command, ExitCode};

use test_support::gated;

use crate::images;

/// Set for the run inside.
const INSIDE: &str = "CONTROL_TEST_SWARM_INSIDE";

/// Whether this run is one to repeat inside: gated tests are asked for and it is not inside yet.
pub(crate) fn wanted() -> bool {
    let arguments = libtest_mimic::Arguments::from_args();
    let asked = arguments.ignored || arguments.include_ignored;
    asked && !arguments.list && gated::variable(INSIDE).is_none()
}

/// Runs the suite inside, and ends as it did.
pub(crate) fn enter() -> ExitCode {
    if let Some(sentence) = missing() {
        eprintln!("{sentence}");
        return ExitCode::FAILURE;
    }
    if let Err(error) = images::build() {
        eprintln!("{error:#}");
        return ExitCode::FAILURE;
    }
    let program = std::env::current_exe().unwrap();
    let mut unshare = Command::new("unshare");
    unshare
        .args(["--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child"])
        .arg("--mount-proc")
        .arg(program)
        .args(std::env::args_os().skip(1))
        // The trials share one deployment and the last one stops a part of it.
        .arg("--test-threads=1")
        .env(INSIDE, "1");
    match unshare.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("`unshare` (package util-linux) cannot be started: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the suite cannot do without, as a sentence with the way out.
fn missing() -> Option<String> {
    if !nix::unistd::geteuid().is_root() {
        return Some(format!(
            "{} is set, but only root may start a Docker engine in namespaces of its own: run \
             these tests as root",
            gated::DOCKER
        ));
    }
    let lacks = |program: &&str| Command::new(program).arg("--version").output().is_err();
    let lacking = ["dockerd", "docker", "unshare", "tar", "ip"].into_iter().find(|p| lacks(p))?;
    Some(format!(
        "{} is set, but `{lacking}` is not installed: `apt-get install docker.io \
         ca-certificates iproute2`",
        gated::DOCKER
    ))
}
