//! A whole system of one's own for a test run: `cargo xtask dev` on free ports with fresh state.
//! It must not share ports or state with a system a person has running.
//! Next: `dev.rs`, which it starts; `faults.rs` and `test/browser.rs`, which use it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::sh::say;

/// How long the system may take from its first build to ready.
const START: Duration = Duration::from_secs(900);

/// A running system; stopped, and its state deleted unless its use failed, when dropped.
pub(crate) struct System {
    child: Child,
    folder: tempfile::TempDir,
}

impl System {
    /// Starts a system (with these flags of `dev` besides its own) and waits until its env file
    /// is there.
    pub(crate) fn start(flags: &[&str]) -> Result<Self> {
        Self::start_with(flags, &[])
    }

    /// As [`System::start`], with variables for its programs.
    pub(crate) fn start_with(flags: &[&str], env: &[(&str, &str)]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("control-system-").tempdir()?;
        let own = std::env::current_exe().context("this program cannot find itself")?;
        // A build in between may have put a new file in this one's place.
        let own = if own.is_file() { own } else { crate::root::binary("xtask") };
        let child = Command::new(own)
            .arg("dev")
            .args(flags)
            .args(["--ports", "auto", "--no-open", "--state-dir"])
            .arg(folder.path().join("state"))
            .arg("--env-file")
            .arg(folder.path().join("env.json"))
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .spawn()?;
        let mut system = Self { child, folder };
        system.wait()?;
        Ok(system)
    }

    /// Where the system's addresses, sign-ins and processes are written.
    pub(crate) fn env_file(&self) -> PathBuf {
        self.folder.path().join("env.json")
    }

    fn wait(&mut self) -> Result<()> {
        let deadline = Instant::now() + START;
        while !self.env_file().is_file() {
            if let Some(status) = self.child.try_wait()? {
                bail!("the system ended before it was ready ({status})");
            }
            if Instant::now() > deadline {
                bail!("the system was not ready after {} s", START.as_secs());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Uses the system, shows its logs and keeps its state when that failed, and demands a clean
    /// stop.
    pub(crate) fn with<T>(mut self, work: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
        let outcome = work(&self.env_file());
        if outcome.is_err() {
            show_logs(&self.folder.path().join("state/logs"));
            // What the error names as evidence must still be there when it is read.
            self.folder.disable_cleanup(true);
            let state = self.folder.path().join("state");
            say(format!("kept: {0} (`cargo xtask dev --state-dir {0}` goes on)", state.display()));
        }
        let stopped = self.stop();
        let value = outcome?;
        stopped?;
        Ok(value)
    }

    fn stop(&mut self) -> Result<()> {
        kill(Pid::from_raw(i32::try_from(self.child.id())?), Signal::SIGTERM)?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the system did not stop cleanly ({status})");
        }
        Ok(())
    }
}

impl Drop for System {
    fn drop(&mut self) {
        // Already stopped on the good path; on the others nothing may be left running.
        if matches!(self.child.try_wait(), Ok(None)) {
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
