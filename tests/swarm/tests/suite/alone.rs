//! The API's image without an orchestrator, confined as tightly as an engine can, among containers
//! that it knows only by their names: NATS with its streams, a projector, a simulated fleet.

use std::{fs, time::Duration};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::{
    engine::{Engine, get, until, work},
    images,
};

/// The network of these containers; names are resolved in it.
const NETWORK: &str = "door";
const SUBNET: &str = "172.31.0.0/24";
/// The fleet's nodes listen where their placement says they are, which is no wildcard.
const FLEET: &str = "172.31.0.10";
const API: &str = "alone-api";
/// How long a container may take until it does what it is for.
const START: Duration = Duration::from_secs(60);
/// What nobody needs who only answers requests. The memory is half of what the stack gives it.
const CONFINED: [&str; 8] = [
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=256m",
    "--memory-swap=256m",
    "--cpus=1",
    "--pids-limit=64",
    "--restart=no",
];

/// The running containers.
pub(crate) struct Alone {
    engine: &'static Engine,
    /// The commit that the image says it is of.
    revision: String,
}

impl Alone {
    /// NATS, streams, projector, fleet, API, each once what it needs is there.
    pub(crate) fn start() -> Result<Self> {
        let engine = Engine::shared()?;
        engine.docker(&["network", "create", "--subnet", SUBNET, NETWORK])?;
        nats(engine)?;
        provision(engine)?;
        let projector = images::load(engine, "projector")?;
        run(engine, "projector", &projector, &["--env=CONTROL_NATS_URL=nats://nats:4222"])?;
        fleet(engine)?;
        let image = images::load(engine, "command-api")?;
        run(
            engine,
            API,
            &image,
            &[
                "--env=CONTROL_NATS_URL=nats://nats:4222",
                "--env=CONTROL_GATEWAY_URL=http://fleet:8091",
                "--env=CONTROL_TOKEN_ISSUER=https://gateway.cloudlysis.test",
                "--env=CONTROL_NODE_TOKEN_FILE=/var/lib/fleet/node-token",
                "--volume=fleet:/var/lib/fleet:ro",
            ],
        )?;
        let label = "{{index .Config.Labels \"org.opencontainers.image.revision\"}}";
        let revision = engine.docker(&["image", "inspect", "--format", label, &image])?;
        let alone = Self { engine, revision: revision.trim().to_owned() };
        let url = format!("{}/ready", alone.url()?);
        let mut last = String::new();
        until("the API alone is ready", START, || {
            let answer = get(&url).unwrap_or_default();
            last = answer.1;
            Ok(answer.0 == 200)
        })
        .with_context(|| format!("{last}\n{}", logs(engine, "projector")))?;
        Ok(alone)
    }

    /// T2.1 by the image itself; ready means that the names of NATS and the Gateway were resolved.
    pub(crate) fn answers(&self) -> Result<()> {
        let url = self.url()?;
        let (status, health) = get(&format!("{url}/health"))?;
        let health: Value = serde_json::from_str(&health)?;
        ensure!(status == 200 && health["git_sha"] == self.revision.as_str(), "{health}");
        ensure!(self.revision != "unknown", "the image does not know its commit");
        let (status, ready) = get(&format!("{url}/ready"))?;
        ensure!(status == 200 && !ready.contains("unreachable"), "/ready: {status} {ready}");
        let (status, metrics) = get(&format!("{url}/metrics"))?;
        let build = metrics
            .lines()
            .find(|line| line.starts_with("command_api_build_info{"))
            .unwrap_or_default();
        let named = build.contains(&format!("git_sha=\"{}\"", self.revision));
        ensure!(status == 200 && named, "no build_info of {} in {build:?}", self.revision);
        let told = self.engine.docker(&["exec", API, "/usr/local/bin/command-api", "--version"])?;
        ensure!(told.contains(&self.revision), "--version says {told}");
        Ok(())
    }

    /// What the kernel says of the process, and the engine of the container.
    pub(crate) fn confined(&self) -> Result<()> {
        let told = self.inspect()?;
        let process = told["State"]["Pid"].as_u64().context("no process")?;
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        let line = |name: &str| {
            let found = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            found.map(|rest| rest.split_whitespace().collect::<Vec<_>>().join(" "))
        };
        for (name, value) in [
            ("Uid", "10001 10001 10001 10001"),
            ("Gid", "10001 10001 10001 10001"),
            ("CapEff", "0000000000000000"),
            ("CapBnd", "0000000000000000"),
            ("NoNewPrivs", "1"),
        ] {
            ensure!(line(name).as_deref() == Some(value), "{name} is {:?}", line(name));
        }
        let host = &told["HostConfig"];
        ensure!(host["ReadonlyRootfs"] == true && host["Memory"] == 256 << 20, "{host}");
        // The engine makes the place where the token is mounted; nobody makes anything else.
        let changes = self.engine.docker(&["diff", API])?;
        let changes: Vec<&str> = changes.lines().collect();
        ensure!(changes == ["A /var", "A /var/lib", "A /var/lib/fleet"], "it wrote: {changes:?}");
        let shell = self.engine.docker(&["exec", API, "/bin/sh", "-c", "true"]);
        ensure!(shell.is_err(), "there is a shell in the image");
        Ok(())
    }

    /// The image's own healthcheck.
    pub(crate) fn healthy(&self) -> Result<()> {
        let mut last = Value::Null;
        until("the engine finds the API healthy", START, || {
            last = self.inspect()?["State"]["Health"].clone();
            Ok(last["Status"] == "healthy")
        })
        .with_context(|| last.to_string())
    }

    /// SIGTERM to the program as the container's first process: 0, long before it would be killed.
    pub(crate) fn ends(&self) -> Result<()> {
        self.engine.docker(&["stop", "--time", "20", API])?;
        let state = &self.inspect()?["State"];
        let (code, killed) = (&state["ExitCode"], &state["OOMKilled"]);
        ensure!(
            (code, killed) == (&json!(0), &json!(false)),
            "{state}\n{}",
            logs(self.engine, API)
        );
        Ok(())
    }

    fn inspect(&self) -> Result<Value> {
        let told: Value = serde_json::from_str(&self.engine.docker(&["inspect", API])?)?;
        Ok(told[0].clone())
    }

    fn url(&self) -> Result<String> {
        let told = self.inspect()?;
        let address = told["NetworkSettings"]["Networks"][NETWORK]["IPAddress"].as_str();
        let address = address.filter(|address| !address.is_empty());
        let address = address.with_context(|| format!("no address\n{}", logs(self.engine, API)))?;
        Ok(format!("http://{address}:8080"))
    }
}

fn nats(engine: &Engine) -> Result<()> {
    let image = images::nats_server(engine)?;
    let conf = work("alone-nats.conf");
    let text = "listen: \"0.0.0.0:4222\"\njetstream {\n  store_dir: \"/data\"\n  \
                sync_interval: always\n}\n";
    fs::write(&conf, text)?;
    let conf = format!("--volume={}:/nats.conf:ro", conf.display());
    let mut args = vec!["run", "--detach", "--name=nats", "--network=door", "--tmpfs=/data", &conf];
    args.extend([image.as_str(), "--config", "/nats.conf"]);
    engine.docker(&args).map(drop)
}

/// The tool's image, once, until NATS takes streams.
fn provision(engine: &Engine) -> Result<()> {
    let image = images::load(engine, "control-log")?;
    let mut args = vec!["run", "--rm", "--network=door"];
    args.extend(CONFINED);
    args.extend([image.as_str(), "provision", "--nats-url", "nats://nats:4222"]);
    let mut last = String::new();
    until("the log is provisioned", START, || match engine.docker(&args) {
        Ok(_) => Ok(true),
        Err(error) => {
            last = error.to_string();
            Ok(false)
        }
    })
    .with_context(|| format!("{last}\n{}", logs(engine, "nats")))
}

/// The fleet on addresses that others can reach, its state in a volume that the API reads.
fn fleet(engine: &Engine) -> Result<()> {
    let image = images::load(engine, "fleet-sim")?;
    run(
        engine,
        "fleet",
        &image,
        &[
            "--env=CONTROL_NATS_URL=nats://nats:4222",
            &format!("--env=FLEET_SIM_LISTEN={FLEET}:8090"),
            &format!("--ip={FLEET}"),
            "--env=FLEET_SIM_PORT_BASE=8091",
            "--env=FLEET_SIM_RPS=0",
            "--volume=fleet:/var/lib/fleet",
        ],
    )?;
    until("the fleet is ready", START, || Ok(logs(engine, "fleet").contains("\"ready\":true")))
        .with_context(|| logs(engine, "fleet"))
}

fn run(engine: &Engine, name: &str, image: &str, more: &[&str]) -> Result<()> {
    let mut args = vec!["run", "--detach", "--name", name, "--network", NETWORK];
    args.extend(CONFINED);
    args.extend(more);
    args.push(image);
    engine.docker(&args).map(drop)
}

/// The last lines of a container, for a message.
fn logs(engine: &Engine, name: &str) -> String {
    let said = engine.command(&["logs", "--tail", "20", name]).output();
    said.map(|said| String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned())
        .unwrap_or_default()
}
