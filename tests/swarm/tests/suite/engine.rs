//! A Docker engine of our own with a Swarm of one node. Everything it writes lies in a file system
//! that only this mount namespace sees.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use anyhow::{Context, Error, Result, bail};

/// Where everything of the suite lies; gone with the namespace.
const WORK: &str = "/run/control";

/// The running engine; one for the whole suite.
pub(crate) struct Engine {
    socket: String,
    _daemon: Child,
}

impl Engine {
    /// The engine, started when it is first asked for.
    pub(crate) fn shared() -> Result<&'static Self> {
        static ENGINE: OnceLock<Result<Engine, String>> = OnceLock::new();
        let engine = ENGINE.get_or_init(|| Self::start().map_err(|error| format!("{error:#}")));
        engine.as_ref().map_err(|error| Error::msg(error.clone()))
    }

    /// Starts `dockerd`, makes it a Swarm of one, labels the node as the stack wants it.
    fn start() -> Result<Self> {
        // Mounts of this namespace stay in it; `/run` is the engine's and ours from here on.
        sh("mount", &["--make-rprivate", "/"])?;
        sh("mount", &["-t", "tmpfs", "tmpfs", "/run"])?;
        sh("ip", &["link", "set", "lo", "up"])?;
        std::fs::create_dir_all(work("daemon"))?;
        // An empty configuration, so that one of this machine is not read.
        std::fs::write(work("daemon.json"), "{}")?;
        let socket = format!("unix://{}", work("docker.sock").display());
        let log = File::create(work("dockerd.log"))?;
        let daemon = Command::new("dockerd")
            .arg("--config-file")
            .arg(work("daemon.json"))
            .arg("--data-root")
            .arg(work("daemon"))
            .arg("--exec-root")
            .arg(work("exec"))
            .arg("--pidfile")
            .arg(work("dockerd.pid"))
            .args(["--host", &socket, "--cgroup-parent", "/control-suite"])
            .args(["--storage-driver", "overlay2"])
            .stdout(log.try_clone()?)
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .context("dockerd cannot be started")?;
        let engine = Self { socket, _daemon: daemon };
        until("the engine answers", Duration::from_secs(30), || {
            Ok(engine.docker(&["version", "--format", "{{.Server.Version}}"]).is_ok())
        })
        .with_context(|| tail(&work("dockerd.log")))?;
        // Made by hand, as Docker's manual says, so that its address is there before a task is.
        engine.docker(&[
            "network",
            "create",
            "--driver=bridge",
            "--subnet=172.30.0.0/16",
            "--gateway=172.30.0.1",
            "--opt=com.docker.network.bridge.name=docker_gwbridge",
            "--opt=com.docker.network.bridge.enable_icc=false",
            "--opt=com.docker.network.bridge.enable_ip_masquerade=true",
            "docker_gwbridge",
        ])?;
        let listen = "127.0.0.1:2377";
        engine.docker(&[
            "swarm",
            "init",
            "--advertise-addr",
            "127.0.0.1",
            "--listen-addr",
            listen,
        ])?;
        let node = engine.docker(&["node", "ls", "--quiet"])?;
        engine.docker(&["node", "update", "--label-add", "control=true", node.trim()])?;
        Ok(engine)
    }

    /// A `docker` command line for this engine.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.args(args).env("DOCKER_HOST", &self.socket).stdin(Stdio::null());
        command
    }

    /// What `docker …` prints; an error with its complaint.
    pub(crate) fn docker(&self, args: &[&str]) -> Result<String> {
        output(&mut self.command(args))
    }
}

/// A path in the suite's work folder.
pub(crate) fn work(name: &str) -> PathBuf {
    Path::new(WORK).join(name)
}

/// Runs a program to its end and gives its output; an error with its complaint.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let said = command.output().with_context(|| format!("{command:?} cannot be started"))?;
    if !said.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&said.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&said.stdout).into_owned())
}

fn sh(program: &str, args: &[&str]) -> Result<()> {
    output(Command::new(program).args(args)).map(drop)
}

/// Asks every 100 ms until `holds`; an error naming `what` when it does not in time.
pub(crate) fn until(
    what: &str,
    within: Duration,
    mut holds: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let end = Instant::now() + within;
    while !holds()? {
        if Instant::now() > end {
            bail!("not within {} s: {what}", within.as_secs());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// The end of a log file, for a message.
pub(crate) fn tail(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

/// Status and body of one GET.
pub(crate) fn get(url: &str) -> Result<(u16, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let answer = reqwest::get(url).await?;
        let status = answer.status().as_u16();
        Ok((status, answer.text().await?))
    })
}
