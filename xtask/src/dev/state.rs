//! The state folder of one system: logs, scripts, pid files, the NATS store; one owner at a time.
//! It must not delete data: the store survives a restart. It does end processes that an earlier
//! `dev`, killed without a chance to stop them, left behind. Next: `process.rs`.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::process;

/// Every child carries this variable with the state folder as its value, so that a pid file
/// whose number now belongs to a stranger never gets the stranger killed.
pub(crate) const MARKER: &str = "CONTROL_DEV_STATE";

/// An opened and locked state folder.
#[derive(Debug)]
pub(crate) struct State {
    folder: PathBuf,
    /// Locked while this process lives, freed by the kernel however it ends.
    _lock: File,
}

impl State {
    /// Opens (and creates) the folder, refuses a second owner, ends what an earlier one left.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self> {
        let folder = folder.map_or_else(|| crate::root::cache().join("dev"), Path::to_path_buf);
        for part in ["logs", "run", "nats", "fleet", "secrets"] {
            std::fs::create_dir_all(folder.join(part))
                .with_context(|| format!("cannot create {}", folder.join(part).display()))?;
        }
        let folder = folder.canonicalize()?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("run/dev.lock"))?;
        if lock.try_lock().is_err() {
            bail!(
                "another `cargo xtask dev` uses {}: stop it, or give this one its own --state-dir",
                folder.display()
            );
        }
        let state = Self { folder, _lock: lock };
        state.end_leftovers()?;
        Ok(state)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a process writes what it says.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.folder.join("logs").join(format!("{name}.log"))
    }

    /// The script that starts a process.
    pub(crate) fn script(&self, name: &str) -> PathBuf {
        self.folder.join("run").join(format!("{name}.sh"))
    }

    /// The file with a process's pid.
    pub(crate) fn pid_file(&self, name: &str) -> PathBuf {
        self.folder.join("run").join(format!("{name}.pid"))
    }

    /// The pid in a process's pid file.
    pub(crate) fn pid(&self, name: &str) -> Option<i32> {
        std::fs::read_to_string(self.pid_file(name)).ok()?.trim().parse().ok()
    }

    /// True when this process runs and is one of ours.
    pub(crate) fn owns(&self, pid: i32) -> bool {
        process::alive(pid) && process::has_variable(pid, MARKER, &self.folder.to_string_lossy())
    }

    fn end_leftovers(&self) -> Result<()> {
        let mut left = Vec::new();
        for file in crate::files::walk(&self.folder.join("run"), &[]) {
            if file.extension().is_some_and(|end| end == "pid") {
                let text = std::fs::read_to_string(&file).unwrap_or_default();
                left.extend(text.trim().parse().ok().filter(|pid| self.owns(*pid)));
                std::fs::remove_file(&file)?;
            }
        }
        if !left.is_empty() {
            crate::sh::say(format!("ending {} processes an earlier run left behind", left.len()));
            process::stop(&left)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    fn sleeper(marker: &str) -> std::process::Child {
        let mut command = Command::new("sleep");
        command.arg("60").env(MARKER, marker).stdin(Stdio::null()).spawn().unwrap()
    }

    #[test]
    fn a_second_owner_of_a_state_folder_is_refused_with_the_way_out() {
        let dir = tempfile::tempdir().unwrap();
        let _first = State::open(Some(dir.path())).unwrap();
        let error = State::open(Some(dir.path())).unwrap_err().to_string();
        assert!(error.contains("--state-dir"), "{error}");
    }

    #[test]
    fn a_process_an_earlier_run_left_behind_is_ended_and_a_stranger_is_not() {
        let dir = tempfile::tempdir().unwrap();
        drop(State::open(Some(dir.path())).unwrap());
        let folder = dir.path().canonicalize().unwrap();
        let mut ours = sleeper(&folder.to_string_lossy());
        let mut stranger = sleeper("/somewhere/else");
        for (name, child) in [("ours", &ours), ("stranger", &stranger)] {
            std::fs::write(folder.join(format!("run/{name}.pid")), child.id().to_string()).unwrap();
        }
        let reaper = std::thread::spawn(move || ours.wait().unwrap());
        State::open(Some(dir.path())).unwrap();
        assert!(!reaper.join().unwrap().success());
        assert!(stranger.try_wait().unwrap().is_none(), "a stranger was ended");
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }
}
