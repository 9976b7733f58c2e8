//! The main flow in headless Chromium against a whole system of its own.
//! It must not share ports or state with a system a person has running.
//! Next: `../dev.rs`, which it starts, and `ui/e2e`, which it runs.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::Outcome;
use crate::root::ui;
use crate::sh::{cmd, run, say};

/// How long the system may take from its first build to ready.
const START: Duration = Duration::from_secs(900);

/// Starts `cargo xtask dev` on free ports, runs `npm run e2e` against it, stops it.
pub(crate) fn flow() -> Result<Outcome> {
    let chromium = crate::tools::chromium::obtain()?;
    crate::tools::npm::ci(&ui())?;
    let folder = tempfile::Builder::new().prefix("control-e2e-").tempdir()?;
    let env_file = folder.path().join("env.json");
    let mut system = System::start(&folder.path().join("state"), &env_file)?;
    system.wait(&env_file)?;
    let flow = run(cmd("npm")
        .current_dir(ui())
        .args(["run", "e2e"])
        .env("CONTROL_E2E_ENV_FILE", &env_file)
        .env("CONTROL_CHROMIUM", chromium));
    let stopped = system.stop();
    if flow.is_err() {
        show_logs(&folder.path().join("state/logs"));
    }
    flow?;
    stopped?;
    Ok(Outcome::Passed)
}

/// A running `cargo xtask dev`.
struct System(Child);

impl System {
    fn start(state: &Path, env_file: &Path) -> Result<Self> {
        let own = std::env::current_exe().context("this program cannot find itself")?;
        let child = Command::new(own)
            .args(["dev", "--ports", "auto", "--no-open", "--state-dir"])
            .arg(state)
            .arg("--env-file")
            .arg(env_file)
            .stdin(Stdio::null())
            .spawn()?;
        Ok(Self(child))
    }

    fn wait(&mut self, env_file: &Path) -> Result<()> {
        let deadline = Instant::now() + START;
        while !env_file.is_file() {
            if let Some(status) = self.0.try_wait()? {
                bail!("the system ended before it was ready ({status})");
            }
            if Instant::now() > deadline {
                bail!("the system was not ready after {} s", START.as_secs());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn stop(&mut self) -> Result<()> {
        kill(Pid::from_raw(i32::try_from(self.0.id())?), Signal::SIGTERM)?;
        let status = self.0.wait()?;
        if !status.success() {
            bail!("the system did not stop cleanly ({status})");
        }
        Ok(())
    }
}

impl Drop for System {
    fn drop(&mut self) {
        // Already stopped on the good path; on the others nothing may be left running.
        if matches!(self.0.try_wait(), Ok(None)) {
            drop(self.stop());
        }
    }
}

fn show_logs(folder: &Path) {
    for file in crate::files::walk(folder, &[]) {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        say(format!("last lines of {}:", file.display()));
        for line in &lines[lines.len().saturating_sub(15)..] {
            say(format!("  {line}"));
        }
    }
}
