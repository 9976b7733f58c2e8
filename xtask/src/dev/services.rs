//! What runs, with which words and variables, in the order it is needed.
//! It must not start anything; `supervisor.rs` does. Next: each program's own `--help`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::root::binary;
use crate::sh::{cmd, read};

use super::Options;
use super::env_file::{Facts, User};
use super::ports::Ports;
use super::ready::Ready;
use super::state::State;

/// Package and name of every program the system is built from.
pub(crate) const BINARIES: [(&str, &str); 5] = [
    ("streams", "control-log"),
    ("fleet-sim", "fleet-sim"),
    ("command-api", "command-api"),
    ("job-saga", "job-saga"),
    ("projector", "projector"),
];

/// One process to start.
#[derive(Debug, Clone)]
pub(crate) struct Spec {
    /// Its name on screen, in file names and in the env file.
    pub(crate) name: String,
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) ready: Ready,
}

impl Spec {
    fn new(name: &str, program: PathBuf, ready: Ready) -> Self {
        Self { name: name.to_owned(), program, args: Vec::new(), env: Vec::new(), ready }
    }

    fn arg(mut self, word: impl Into<String>) -> Self {
        self.args.push(word.into());
        self
    }

    fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// What every service of ours is told.
    fn service(self, ports: &Ports) -> Self {
        self.set("CONTROL_NATS_URL", nats_url(ports))
            .set("CONTROL_ENVIRONMENT", "dev")
            .set("CONTROL_LOG_FORMAT", "json")
    }
}

/// Where the NATS server listens.
pub(crate) fn nats_url(ports: &Ports) -> String {
    format!("nats://127.0.0.1:{}", ports.nats)
}

/// Writes the server's configuration into the state folder.
pub(crate) fn write_nats_config(state: &State, ports: &Ports) -> Result<PathBuf> {
    let file = state.folder().join("nats/nats.conf");
    let text = crate::nats::config(&crate::nats::Settings {
        name: "control-dev",
        port: ports.nats,
        monitor_port: ports.nats_monitor,
        store: &state.folder().join("nats/store"),
    })?;
    std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

pub(crate) fn nats(ports: &Ports, program: &Path, config: &Path) -> Spec {
    let ready = Ready::Nats { monitor_port: ports.nats_monitor };
    Spec::new("nats-server", program.to_path_buf(), ready)
        .arg("--config")
        .arg(config.display().to_string())
}

/// The log tool's call that creates what is missing and refuses what differs.
pub(crate) fn provision(ports: &Ports) -> Command {
    let mut command = cmd(binary("control-log"));
    command.arg("provision").env("CONTROL_NATS_URL", nats_url(ports));
    command
}

/// The fleet simulator: Gateways, nodes, tenants, traffic.
pub(crate) fn fleet(ports: &Ports, state: &State, options: &Options) -> Spec {
    let ready = Ready::Http { port: ports.fleet, path: "/ready" };
    let mut spec = Spec::new("fleet-sim", binary("fleet-sim"), ready)
        .service(ports)
        .arg("run")
        .arg("--listen")
        .arg(format!("127.0.0.1:{}", ports.fleet))
        .arg("--state-dir")
        .arg(state.folder().join("fleet").display().to_string());
    spec = match ports.nodes {
        Some(first) => spec.arg("--port-base").arg(first.to_string()),
        None => spec.arg("--ports").arg("auto"),
    };
    for (flag, value) in [("--tenants", options.tenants), ("--rps", options.rps)] {
        if let Some(value) = value {
            spec = spec.arg(flag).arg(value.to_string());
        }
    }
    spec
}

fn node_token(state: &State) -> String {
    state.folder().join("fleet/node-token").display().to_string()
}

pub(crate) fn projector(ports: &Ports) -> Spec {
    let ready = Ready::Http { port: ports.projector, path: "/ready" };
    Spec::new("projector", binary("projector"), ready)
        .service(ports)
        .set("CONTROL_PROJECTOR_LISTEN", format!("127.0.0.1:{}", ports.projector))
}

/// One of the two sagas; whichever gets the lease leads, the other stands by.
pub(crate) fn saga(ports: &Ports, state: &State, facts: &Facts, index: usize) -> Spec {
    let (name, port) = (format!("job-saga-{}", index + 1), ports.saga[index]);
    Spec::new(&name, binary("job-saga"), Ready::Http { port, path: "/ready" })
        .service(ports)
        .set("CONTROL_SAGA_LISTEN", format!("127.0.0.1:{port}"))
        .set("CONTROL_SAGA_ID", &name)
        .set("CONTROL_GATEWAY_URL", &facts.gateway)
        .set("CONTROL_NODE_TOKEN_FILE", node_token(state))
}

pub(crate) fn api(ports: &Ports, state: &State, facts: &Facts) -> Spec {
    Spec::new("command-api", binary("command-api"), Ready::Http { port: ports.api, path: "/ready" })
        .service(ports)
        .set("CONTROL_API_LISTEN", format!("127.0.0.1:{}", ports.api))
        .set("CONTROL_GATEWAY_URL", &facts.gateway)
        .set("CONTROL_TOKEN_AUDIENCE", "control")
        .set("CONTROL_NODE_TOKEN_FILE", node_token(state))
}

/// The first Gateway's address, from the running simulator.
pub(crate) fn ask_gateway(ports: &Ports) -> Result<String> {
    let answer = crate::http::get(ports.fleet, "/sim/v1/nodes")?;
    let told: serde_json::Value = serde_json::from_str(&answer.body)?;
    let nodes = told["nodes"].as_array().or(told.as_array()).context("it told no nodes")?;
    let gateway = nodes.iter().find(|node| node["kind"] == "gateway");
    let url = gateway.and_then(|node| node["url"].as_str());
    Ok(url.context("the fleet simulator told no Gateway")?.to_owned())
}

/// The seeded sign-ins, from the simulator's own list.
pub(crate) fn ask_users() -> Result<Vec<User>> {
    let told = read(cmd(binary("fleet-sim")).args(["users", "--json"]))?;
    serde_json::from_str(&told).context("`fleet-sim users --json` told no list of users")
}
