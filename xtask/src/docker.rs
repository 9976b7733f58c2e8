//! A Docker command line that can read a stack file, and whether an engine can run here.
//! It must not start an engine or change one: the gated suites have one of their own.
//! Next: `stacks.rs` for the rules Docker itself does not check.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::sh::{Captured, capture, cmd, which};

/// A program that validates compose files without an engine.
#[derive(Debug, Clone)]
pub(crate) enum Validator {
    /// `docker stack config`, from Docker 23 on.
    Stack(PathBuf),
    /// `docker compose config`.
    Compose(PathBuf),
    /// Debian's `docker-compose config`.
    Legacy(PathBuf),
}

impl Validator {
    /// The first that works here; installs Debian's `docker-compose` when allowed and needed.
    pub(crate) fn obtain() -> Result<Self> {
        if let Some(found) = Self::find() {
            return Ok(found);
        }
        crate::tools::debian::install("docker-compose")?;
        Self::find().context("docker-compose was installed but does not run")
    }

    /// The first that is already installed.
    pub(crate) fn find() -> Option<Self> {
        let works = |program: &Path, args: &[&str]| {
            capture(cmd(program).args(args)).is_ok_and(|said| said.ok)
        };
        if let Some(docker) = which("docker") {
            // An old client answers `docker stack config --help` with the help of `docker stack`.
            let help = capture(cmd(&docker).args(["stack", "config", "--help"])).ok()?;
            if help.ok && help.stdout.contains("docker stack config") {
                return Some(Self::Stack(docker));
            }
            if works(&docker, &["compose", "version"]) {
                return Some(Self::Compose(docker));
            }
        }
        let legacy = which("docker-compose")?;
        works(&legacy, &["version"]).then_some(Self::Legacy(legacy))
    }

    /// Validates one file, with every variable it demands set to a plausible value.
    pub(crate) fn validate(&self, file: &Path, variables: &[(String, String)]) -> Result<Captured> {
        let mut command = match self {
            Self::Stack(docker) => cmd(docker),
            Self::Compose(docker) => cmd(docker),
            Self::Legacy(compose) => cmd(compose),
        };
        match self {
            Self::Stack(_) => command.args(["stack", "config", "--compose-file"]).arg(file),
            Self::Compose(_) => command.args(["compose", "--file"]).arg(file).arg("config"),
            Self::Legacy(_) => command.arg("--file").arg(file).arg("config"),
        };
        command.envs(variables.iter().map(|(key, value)| (key, value)));
        capture(&mut command)
    }
}

/// Why no engine of our own can be started here, if none can; installs Debian's `docker.io` when
/// that is all that lacks.
pub(crate) fn no_engine_because() -> Option<String> {
    if !crate::sh::is_root() {
        return Some("only root may start an engine in namespaces of its own".to_owned());
    }
    let namespaces = ["--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "true"];
    if !capture(cmd("unshare").args(namespaces)).is_ok_and(|said| said.ok) {
        return Some("this kernel gives no namespaces to start an engine in".to_owned());
    }
    if which("dockerd").is_none() {
        let installed = crate::tools::debian::install("docker.io");
        return installed.err().map(|error| format!("no dockerd: {error:#}"));
    }
    None
}
