//! What the control plane finds when it is deployed: NATS with its streams, and the fleet. Here
//! they run beside the engine, on the address by which containers reach their host.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::{
    engine::{Engine, output, tail, until, work},
    programs,
};

/// NATS and the simulated fleet.
pub(crate) struct Platform {
    pub(crate) nats_url: String,
    pub(crate) nats_monitor: String,
    pub(crate) sim: String,
    pub(crate) gateway: String,
    pub(crate) users: Vec<User>,
    pub(crate) node_token: String,
    _children: [Child; 2],
}

/// One sign-in of the fleet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    username: String,
    password: String,
    role: String,
}

#[derive(Deserialize)]
struct Ready {
    sim: String,
    gateways: Vec<String>,
    users_file: PathBuf,
    node_token_file: PathBuf,
}

impl Platform {
    /// Starts both and provisions the log.
    pub(crate) fn start(engine: &Engine) -> Result<Self> {
        let host = engine.docker(&[
            "network",
            "inspect",
            "docker_gwbridge",
            "--format",
            "{{(index .IPAM.Config 0).Gateway}}",
        ])?;
        let host = host.trim();
        let nats_url = format!("nats://{host}:4222");
        let nats = nats(host)?;
        let mut provision = Command::new(programs::ours("control-log")?);
        provision.args(["provision", "--nats-url", &nats_url]);
        until("NATS takes streams", Duration::from_secs(20), || {
            Ok(provision.output()?.status.success())
        })
        .with_context(|| tail(&work("nats.log")))?;
        output(&mut provision)?;
        let (fleet, ready) = fleet(host, &nats_url)?;
        Ok(Self {
            nats_url,
            nats_monitor: format!("http://{host}:8222"),
            sim: ready.sim,
            gateway: ready.gateways.first().context("the fleet has no Gateway")?.clone(),
            users: serde_json::from_str(&std::fs::read_to_string(ready.users_file)?)?,
            node_token: std::fs::read_to_string(ready.node_token_file)?,
            _children: [nats, fleet],
        })
    }
}

fn nats(host: &str) -> Result<Child> {
    let conf = work("nats.conf");
    let store = work("nats");
    std::fs::write(
        &conf,
        format!(
            "listen: \"{host}:4222\"\nhttp: \"{host}:8222\"\njetstream {{\n  store_dir: \"{}\"\n  \
             sync_interval: always\n}}\n",
            store.display()
        ),
    )?;
    spawn(Command::new(programs::nats_server()?).arg("--config").arg(conf), "nats.log", false)
}

/// Starts the fleet and reads its line of readiness.
fn fleet(host: &str, nats_url: &str) -> Result<(Child, Ready)> {
    let mut command = Command::new(programs::ours("fleet-sim")?);
    command
        .args(["--nats-url", nats_url, "--listen", &format!("{host}:8090")])
        .args(["--port-base", "8091", "--state-dir"])
        .arg(work("fleet"));
    let mut child = spawn(&mut command, "fleet.log", true)?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().context("the fleet has no output")?).read_line(&mut line)?;
    let ready = serde_json::from_str(&line)
        .with_context(|| format!("the fleet said {line:?}\n{}", tail(&work("fleet.log"))))?;
    Ok((child, ready))
}

fn spawn(command: &mut Command, log: &str, talks: bool) -> Result<Child> {
    let log = File::create(work(log))?;
    let out = if talks { Stdio::piped() } else { log.try_clone()?.into() };
    command.stdin(Stdio::null()).stdout(out).stderr(log).spawn().with_context(|| {
        format!("{} cannot be started", Path::new(command.get_program()).display())
    })
}
