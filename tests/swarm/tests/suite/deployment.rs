//! The control plane as `docker stack deploy` brings it up, and what must be true of it.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use test_support::programs::workspace;

use crate::{
    engine::{Engine, get, output, until, work},
    images,
    platform::Platform,
    programs,
};

/// The stack's name; services are `control_<program>`.
const STACK: &str = "control";
const PROGRAMS: [&str; 3] = ["command-api", "job-saga", "projector"];
/// As `stop_grace_period` in the stack file, and a little for the engine.
const GRACE: Duration = Duration::from_secs(35);

/// The deployed control plane.
pub(crate) struct Deployment {
    engine: &'static Engine,
    platform: Platform,
}

impl Deployment {
    /// Engine, platform, images, networks, secret, stack.
    pub(crate) fn start() -> Result<Self> {
        let engine = Engine::shared()?;
        let platform = Platform::start(engine)?;
        for network in ["public", "data"] {
            engine.docker(&["network", "create", "--driver", "overlay", network])?;
        }
        let token = work("node-token");
        std::fs::write(&token, &platform.node_token)?;
        let sha = hex::encode(Sha256::digest(&platform.node_token))[..12].to_owned();
        let secret = format!("control-node-token-{sha}");
        engine.docker(&["secret", "create", &secret, path(&token)?])?;
        let file = workspace().join("deploy/swarm/control-plane.yml");
        let mut deploy = engine.command(&["stack", "deploy", "--resolve-image", "never"]);
        deploy
            .args(["--compose-file", path(&file)?, STACK])
            .env("CONTROL_NATS_URL", &platform.nats_url)
            .env("CONTROL_GATEWAY_URL", &platform.gateway)
            .env("CONTROL_TOKEN_ISSUER", "https://gateway.cloudlysis.test")
            .env("NODE_TOKEN_SHA", sha);
        for name in PROGRAMS {
            let variable = name.to_uppercase().replace('-', "_");
            let image = images::load(engine, name)?;
            deploy.env(format!("{variable}_IMAGE"), image).env(format!("{variable}_TAG"), "suite");
        }
        output(&mut deploy)?;
        Ok(Self { engine, platform })
    }

    /// One task of each program becomes healthy by its own healthcheck.
    pub(crate) fn healthy(&self) -> Result<()> {
        PROGRAMS.iter().try_for_each(|name| self.container(name).map(drop))
    }

    /// T2.1 on the container's own address.
    pub(crate) fn answers(&self) -> Result<()> {
        let api = self.api()?;
        for (route, holds) in [("/health", ""), ("/ready", ""), ("/metrics", "# TYPE ")] {
            let (status, body) = get(&format!("{api}{route}"))?;
            ensure!(status == 200 && body.contains(holds), "{route} answers {status}: {body}");
        }
        Ok(())
    }

    /// The stack wants two, this Swarm has one node: the other waits, with the reason.
    pub(crate) fn one_a_node(&self) -> Result<()> {
        self.healthy()?;
        for name in ["command-api", "job-saga"] {
            let service = format!("{STACK}_{name}");
            let format = "{{.DesiredState}} {{.CurrentState}} {{.Error}}";
            let tasks = self.engine.docker(&[
                "service",
                "ps",
                "--no-trunc",
                "--format",
                format,
                &service,
            ])?;
            let waits = tasks.lines().filter(|task| task.contains("Pending"));
            let reasons: Vec<&str> = waits.collect();
            ensure!(
                reasons.len() == 1 && reasons[0].contains("max replicas per node"),
                "{service}: {tasks}"
            );
        }
        Ok(())
    }

    /// What the stack file promises of every container, asked of the engine.
    pub(crate) fn confined(&self) -> Result<()> {
        for name in PROGRAMS {
            let id = self.container(name)?;
            let told: Value = serde_json::from_str(&self.engine.docker(&["inspect", &id])?)?;
            let (config, host) = (&told[0]["Config"], &told[0]["HostConfig"]);
            ensure!(config["User"] == "10001:10001", "{name} runs as {}", config["User"]);
            ensure!(host["ReadonlyRootfs"] == true, "{name} may write its root");
            ensure!(host["CapDrop"] == json!(["ALL"]), "{name} keeps {}", host["CapDrop"]);
            ensure!(host["Init"] == true, "{name} has no init");
            ensure!(host["Memory"].as_u64() > Some(0), "{name} has no memory limit");
        }
        Ok(())
    }

    /// The acceptance case of one migration per service kind, against the deployed API.
    pub(crate) fn migrates(&self) -> Result<()> {
        self.healthy()?;
        let file = work("env.json");
        let facts = json!({
            "ui": self.api()?, "api": self.api()?, "gateway": self.platform.gateway,
            "nats": self.platform.nats_url, "nats_monitor": self.platform.nats_monitor,
            "fleet": self.platform.sim, "users": self.platform.users, "processes": [], "state": work(""),
        });
        std::fs::write(&file, facts.to_string())?;
        let mut scenarios = Command::new(programs::ours("scenarios")?);
        scenarios.arg("--env-file").arg(file).args(["--only", "migrate-kinds"]);
        let said = scenarios.output()?;
        let told = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
        if !said.status.success() {
            bail!("{told}\n{}", self.story("job-saga"));
        }
        print!("{told}");
        Ok(())
    }

    /// SIGTERM by the engine: the program ends with 0 before it would be killed.
    pub(crate) fn ends_in_grace(&self) -> Result<()> {
        let id = self.container("job-saga")?;
        self.engine.docker(&["service", "scale", "--detach", "control_job-saga=0"])?;
        let format = "{{.State.Status}} {{.State.ExitCode}}";
        let mut last = String::new();
        until("job-saga ends", GRACE, || {
            last = self.engine.docker(&["inspect", "--format", format, &id])?;
            Ok(last.starts_with("exited"))
        })?;
        ensure!(last.trim() == "exited 0", "it ended as {last}");
        Ok(())
    }

    /// The id of the program's running container, once it is healthy: each look waits for what it
    /// looks at, so that one alone can be run.
    fn container(&self, name: &str) -> Result<String> {
        let service = format!("label=com.docker.swarm.service.name={STACK}_{name}");
        let mut healthy = ["ps", "--quiet", "--filter", "health=healthy", "--filter"].to_vec();
        healthy.push(&service);
        let mut ids = String::new();
        until(&format!("a healthy {name}"), Duration::from_secs(90), || {
            ids = self.engine.docker(&healthy)?;
            Ok(!ids.is_empty())
        })
        .with_context(|| self.story(name))?;
        ids.lines().next().map(str::to_owned).context("a container has an id")
    }

    /// The address by which this host reaches the API's container.
    fn api(&self) -> Result<String> {
        let id = self.container("command-api")?;
        let told = self.engine.docker(&["network", "inspect", "docker_gwbridge"])?;
        let told: Value = serde_json::from_str(&told)?;
        let containers = told[0]["Containers"].as_object().context("no container on the bridge")?;
        // The bridge knows sandboxes; the container's own is in its settings.
        let sandbox =
            self.engine.docker(&["inspect", "--format", "{{.NetworkSettings.SandboxID}}", &id])?;
        let endpoint = containers
            .values()
            .find(|e| {
                e["Name"]
                    .as_str()
                    .is_some_and(|n| sandbox.contains(n.trim_start_matches("gateway_")))
            })
            .with_context(|| format!("{id} is not on the bridge: {told}"))?;
        let address = endpoint["IPv4Address"].as_str().context("no address")?;
        let address = address.split('/').next().context("no address")?;
        Ok(format!("http://{address}:8080"))
    }

    /// Tasks and last log lines of a program, for a failure's message.
    fn story(&self, name: &str) -> String {
        let service = format!("{STACK}_{name}");
        let ps = self.engine.docker(&["service", "ps", "--no-trunc", &service]);
        let mut logs = self.engine.command(&["service", "logs", "--raw", "--tail", "20", &service]);
        let logs = logs
            .output()
            .map(|o| String::from_utf8_lossy(&[o.stdout, o.stderr].concat()).into_owned());
        format!("{}\n{}", ps.unwrap_or_default(), logs.unwrap_or_default())
    }
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not text")
}
