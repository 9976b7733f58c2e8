//! The running system: where it is, its sign-ins, and signals to its processes.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde::Deserialize;
use streams::{
    catalog, clock,
    ids::Seq,
    jetstream::{Jetstream, Options},
    ports::MessageLog,
};

use crate::{api::Api, fleet::Fleet};

#[derive(Debug, Clone, Deserialize)]
struct EnvFile {
    api: String,
    gateway: String,
    nats: String,
    nats_monitor: String,
    fleet: String,
    state: PathBuf,
    users: Vec<User>,
    processes: Vec<Process>,
}

/// One sign-in.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) role: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Process {
    name: String,
    pid: i32,
    restart: String,
}

/// Everything a case needs.
pub(crate) struct System {
    file: PathBuf,
    env: EnvFile,
    /// The Gateway that operators sign in through.
    pub(crate) gateway: String,
    /// Signed in as operator.
    pub(crate) operator: Api,
    /// Signed in as viewer.
    pub(crate) viewer: Api,
    /// The simulator's own counters and faults.
    pub(crate) fleet: Fleet,
    /// The event log, to read.
    pub(crate) events: Arc<dyn MessageLog>,
    /// The command log, to read.
    pub(crate) commands: Arc<dyn MessageLog>,
}

impl System {
    /// Reads the env file, signs in, connects.
    pub(crate) async fn load(file: &Path) -> Result<Self> {
        let env = read(file)?;
        let nats = Jetstream::connect(&Options::new(&env.nats, "scenarios")).await?;
        let sign_in = async |role: &str| -> Result<Api> {
            let user = env.users.iter().find(|u| u.role == role);
            let user = user.with_context(|| format!("no sign-in of role {role}"))?;
            Api::sign_in(&env.api, &env.gateway, &user.username, &user.password).await
        };
        Ok(Self {
            file: file.to_owned(),
            gateway: env.gateway.clone(),
            operator: sign_in("operator").await?,
            viewer: sign_in("viewer").await?,
            fleet: Fleet::at(&env.fleet),
            events: nats.log(catalog::EVENTS),
            commands: nats.log(catalog::COMMANDS),
            env,
        })
    }

    /// The file its addresses came from.
    pub(crate) fn env_file(&self) -> &Path {
        &self.file
    }

    /// The state folder: logs, scripts, the fleet's files.
    pub(crate) fn state(&self) -> &Path {
        &self.env.state
    }

    /// Where the API is.
    pub(crate) fn api_url(&self) -> &str {
        &self.env.api
    }

    /// Where NATS is.
    pub(crate) fn nats(&self) -> &str {
        &self.env.nats
    }

    /// Where NATS tells about itself.
    pub(crate) fn nats_monitor(&self) -> &str {
        &self.env.nats_monitor
    }

    /// The seeded sign-in of a role.
    pub(crate) fn user(&self, role: &str) -> Result<&User> {
        let user = self.env.users.iter().find(|u| u.role == role);
        user.with_context(|| format!("no sign-in of role {role}"))
    }

    /// Names of the processes.
    pub(crate) fn processes(&self) -> Result<Vec<String>> {
        Ok(read(&self.file)?.processes.into_iter().map(|p| p.name).collect())
    }

    /// Signs in at the Gateway with a seeded sign-in.
    pub(crate) async fn sign_in(&self, role: &str) -> Result<Api> {
        let user = self.user(role)?;
        Api::sign_in(&self.env.api, &self.gateway, &user.username, &user.password).await
    }

    /// Where to look when something went wrong.
    pub(crate) fn evidence(&self) -> String {
        format!("the logs of the processes are in {}", self.env.state.join("logs").display())
    }

    /// The command that shows the event log from here on.
    pub(crate) fn replay(&self, from: Seq) -> String {
        let tool =
            log_tool().map_or_else(|_| "control-log".to_owned(), |p| p.display().to_string());
        format!("CONTROL_NATS_URL={} {tool} replay --from {from}", self.env.nats)
    }

    /// Holds logs, stream configurations and read models to the invariants, by the operators' own
    /// tool: nothing may be open, unanswered, twice or different from a replay.
    pub(crate) async fn verified(&self) -> Result<()> {
        let tool = log_tool()?;
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let mut command = tokio::process::Command::new(&tool);
            command.args(["verify", "--ended"]).env("CONTROL_NATS_URL", &self.env.nats);
            let output = command.output().await.with_context(|| format!("{}", tool.display()))?;
            if output.status.success() {
                return Ok(());
            }
            // The read models follow the log; what is still on its way is not a finding yet.
            if Instant::now() > until {
                let said = String::from_utf8_lossy(&output.stdout).trim().replace('\n', "; ");
                let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                bail!("control-log verify --ended: {said} {error}");
            }
            clock::pause(Duration::from_millis(500)).await;
        }
    }

    /// The pid of a process that runs.
    pub(crate) fn pid(&self, name: &str) -> Result<Pid> {
        let process = self.process(name)?;
        if process.pid <= 0 {
            bail!("{name} does not run");
        }
        Ok(Pid::from_raw(process.pid))
    }

    fn process(&self, name: &str) -> Result<Process> {
        let env = read(&self.file)?;
        let found = env.processes.into_iter().find(|p| p.name == name);
        found.with_context(|| format!("no process is called {name}"))
    }

    /// Sends a signal to a process by its name.
    pub(crate) fn signal(&self, name: &str, signal: Signal) -> Result<()> {
        kill(self.pid(name)?, signal).with_context(|| format!("cannot signal {name}"))
    }

    /// Starts a process again and waits until the env file shows that it runs under another pid.
    pub(crate) async fn restart(&self, name: &str) -> Result<()> {
        let before = self.process(name)?;
        let mut shell = tokio::process::Command::new("sh");
        let status = shell.arg("-c").arg(&before.restart).status().await?;
        if !status.success() {
            bail!("restarting {name} ended with {status}");
        }
        let until = Instant::now() + Duration::from_secs(15);
        loop {
            let now = self.process(name)?;
            let alive = now.pid > 0 && kill(Pid::from_raw(now.pid), None).is_ok();
            if alive && now.pid != before.pid {
                return Ok(());
            }
            if Instant::now() > until {
                bail!("{name} did not come back within 15 s");
            }
            clock::pause(Duration::from_millis(50)).await;
        }
    }

    /// Waits until `check` holds, asking at most every 50 ms.
    pub(crate) async fn until<F>(&self, what: &str, limit: Duration, mut check: F) -> Result<()>
    where
        F: AsyncFnMut() -> Result<bool>,
    {
        let until = Instant::now() + limit;
        loop {
            if check().await? {
                return Ok(());
            }
            if Instant::now() > until {
                bail!("not within {} s: {what}", limit.as_secs());
            }
            clock::pause(Duration::from_millis(50)).await;
        }
    }
}

/// The operators' log tool, built beside this program.
fn log_tool() -> Result<PathBuf> {
    program("control-log")
}

/// One of our programs, built beside this one.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().context("this program cannot find itself")?;
    let tool = own.with_file_name(name);
    if !tool.is_file() {
        bail!("{} is missing: cargo build -p {name}", tool.display());
    }
    Ok(tool)
}

fn read(file: &Path) -> Result<EnvFile> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not an env file", file.display()))
}
