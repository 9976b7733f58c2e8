//! What runs, with which words and variables, in the order it is needed.
//! It must not start anything; `supervisor.rs` does. Next: each program's own `--help`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::sh::cmd;

use super::Options;
use super::env_file::User;
use super::ports::Ports;
use super::ready::Ready;

/// Package and name of every program the system is built from.
pub(crate) const BINARIES: [(&str, &str); 5] = [
    ("control-log", "control-log"),
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
}

/// Where one system is: its ports, its state folder, which build of the programs it runs.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) ports: Ports,
    pub(crate) folder: PathBuf,
    /// Cargo's profile folder: `debug` or `release`.
    pub(crate) profile: &'static str,
}

/// What the fleet simulator says of itself in one line once it is ready.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Fleet {
    pub(crate) sim: String,
    pub(crate) gateways: Vec<String>,
    issuer: String,
    users_file: PathBuf,
    node_token_file: PathBuf,
}

impl Fleet {
    /// The first Gateway, which operators sign in through.
    pub(crate) fn gateway(&self) -> Result<&str> {
        self.gateways.first().map(String::as_str).context("the fleet simulator told no Gateway")
    }

    /// The seeded sign-ins.
    pub(crate) fn users(&self) -> Result<Vec<User>> {
        let text = std::fs::read_to_string(&self.users_file)
            .with_context(|| format!("cannot read {}", self.users_file.display()))?;
        serde_json::from_str(&text).context("the fleet simulator's users are not a list of users")
    }
}

impl Site {
    fn program(&self, name: &str) -> PathBuf {
        crate::root::built(self.profile, name)
    }

    /// Where the NATS server listens.
    pub(crate) fn nats_url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.ports.nats)
    }

    /// Where the operators' API and the console are.
    pub(crate) fn api_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.api)
    }

    /// One of our programs with what all of them are told, ready when `/ready` says so.
    fn service(&self, name: &str, program: &str, port: u16) -> Spec {
        Spec::new(name, self.program(program), Ready::Http { port, path: "/ready" })
            .set("CONTROL_NATS_URL", self.nats_url())
            .set("CONTROL_ENVIRONMENT", "dev")
            .set("CONTROL_LOG_FORMAT", "json")
    }

    /// Writes the NATS server's configuration into the state folder.
    pub(crate) fn write_nats_config(&self) -> Result<PathBuf> {
        let file = self.folder.join("nats/nats.conf");
        let text = crate::nats::config(&crate::nats::Settings {
            name: "control-dev",
            port: self.ports.nats,
            monitor_port: self.ports.nats_monitor,
            store: &self.folder.join("nats/store"),
        })?;
        std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }

    pub(crate) fn nats(&self, program: &Path, config: &Path) -> Spec {
        let ready = Ready::Nats { monitor_port: self.ports.nats_monitor };
        Spec::new("nats-server", program.to_path_buf(), ready)
            .arg("--config")
            .arg(config.display().to_string())
    }

    /// The log tool's call that creates what is missing and refuses what differs.
    pub(crate) fn provision(&self) -> Command {
        let mut command = cmd(self.program("control-log"));
        command.arg("provision").env("CONTROL_NATS_URL", self.nats_url());
        command
    }

    /// The fleet simulator: Gateways, nodes, tenants, traffic.
    pub(crate) fn fleet(&self, log: PathBuf, options: &Options) -> Spec {
        let mut spec = self
            .service("fleet-sim", "fleet-sim", self.ports.fleet)
            .arg("--listen")
            .arg(format!("127.0.0.1:{}", self.ports.fleet))
            .arg("--state-dir")
            .arg(self.folder.join("fleet").display().to_string());
        spec.ready = Ready::Said { log };
        spec = match self.ports.nodes {
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

    pub(crate) fn projector(&self) -> Spec {
        self.service("projector", "projector", self.ports.projector)
            .set("CONTROL_PROJECTOR_LISTEN", format!("127.0.0.1:{}", self.ports.projector))
    }

    /// One of the two sagas; whichever gets the lease leads, the other stands by.
    pub(crate) fn saga(&self, fleet: &Fleet, index: usize) -> Spec {
        let (name, port) = (format!("job-saga-{}", index + 1), self.ports.saga[index]);
        self.service(&name, "job-saga", port)
            .set("CONTROL_SAGA_LISTEN", format!("127.0.0.1:{port}"))
            .set("CONTROL_SAGA_ID", &name)
            .set("CONTROL_NODE_TOKEN_FILE", fleet.node_token_file.display().to_string())
    }

    pub(crate) fn api(&self, fleet: &Fleet) -> Result<Spec> {
        Ok(self
            .service("command-api", "command-api", self.ports.api)
            .set("CONTROL_API_LISTEN", format!("127.0.0.1:{}", self.ports.api))
            .set("CONTROL_GATEWAY_URL", fleet.gateway()?)
            .set("CONTROL_TOKEN_ISSUER", &fleet.issuer)
            .set("CONTROL_TOKEN_AUDIENCE", "control")
            .set("CONTROL_NODE_TOKEN_FILE", fleet.node_token_file.display().to_string()))
    }
}
