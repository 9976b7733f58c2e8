//! Starting, watching and stopping the processes; a death is reported at once, never hidden.
//! It must not start a process again by itself: who kills one wants to see what happens then.
//! Next: `script.rs` for how one is started, `process.rs` for how one is ended.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use signal_hook::iterator::Signals;

use crate::sh::say;

use super::env_file::Facts;
use super::process;
use super::script::{restart_words, text};
use super::services::Spec;
use super::state::State;

/// How often the processes are looked at.
const LOOK: Duration = Duration::from_millis(100);

/// One process and what was last seen of it.
struct Watched {
    name: String,
    /// The child started by this program; none once it was collected.
    child: Option<Child>,
    /// The pid last seen running.
    running: Option<i32>,
}

/// All processes of one system, in the order they were started.
pub(crate) struct Supervisor {
    state: State,
    watched: Vec<Watched>,
    env_file: Option<PathBuf>,
}

impl Supervisor {
    pub(crate) fn new(state: State) -> Self {
        Self { state, watched: Vec::new(), env_file: None }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Writes the process's script and starts it, in a process group of its own so that a
    /// terminal's Ctrl-C reaches only this program.
    pub(crate) fn start(&mut self, spec: &Spec) -> Result<()> {
        let script = self.state.script(&spec.name);
        std::fs::write(&script, text(&self.state, spec))
            .with_context(|| format!("cannot write {}", script.display()))?;
        let log = self.state.log(&spec.name);
        if log.is_file() {
            // One earlier run is kept; this run's log begins empty.
            std::fs::rename(&log, log.with_extension("log.1"))?;
        }
        let open = || File::options().create(true).append(true).open(self.state.log(&spec.name));
        let child = Command::new("sh")
            .arg(&script)
            .arg("--foreground")
            .env("CONTROL_DEV_PARENT", "1")
            .stdin(Stdio::null())
            .stdout(open()?)
            .stderr(open()?)
            .process_group(0)
            .spawn()
            .with_context(|| format!("{} could not be started", spec.name))?;
        let running = Some(i32::try_from(child.id())?);
        self.watched.push(Watched { name: spec.name.clone(), child: Some(child), running });
        Ok(())
    }

    /// An error with the process's last words when it has ended.
    pub(crate) fn demand_alive(&mut self, name: &str) -> Result<()> {
        let Some(watched) = self.watched.iter_mut().find(|watched| watched.name == name) else {
            bail!("{name} was never started");
        };
        let Some(status) = collect(watched)? else { return Ok(()) };
        Err(anyhow!("{name} ended ({}) before it was ready", told(status)))
            .context(last_words(&self.state, name))
    }

    /// The error for a process that runs but does not become ready.
    pub(crate) fn not_ready(&self, name: &str) -> anyhow::Error {
        anyhow!("{name} runs but is not ready after a minute")
            .context(last_words(&self.state, name))
    }

    /// Writes the env file, and remembers to keep its pids true.
    pub(crate) fn announce(&mut self, env_file: Option<&Path>, facts: &Facts) -> Result<()> {
        self.env_file = env_file.map(Path::to_path_buf);
        self.write_env_file(facts)
    }

    fn write_env_file(&self, facts: &Facts) -> Result<()> {
        let Some(file) = &self.env_file else { return Ok(()) };
        facts.write(file, &self.processes())
    }

    /// Name, pid and restart command of every process.
    pub(crate) fn processes(&self) -> Vec<super::env_file::Process> {
        let tell = |watched: &Watched| super::env_file::Process {
            name: watched.name.clone(),
            pid: watched.running.unwrap_or_default(),
            restart: restart_words(&self.state, &watched.name),
        };
        self.watched.iter().map(tell).collect()
    }

    /// Watches until a signal comes; reports every death and every return.
    pub(crate) fn watch(&mut self, signals: &mut Signals, facts: &Facts) -> Result<()> {
        while signals.pending().next().is_none() {
            if self.look()? {
                self.write_env_file(facts)?;
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// One look at every process; true when one ended or came back.
    fn look(&mut self) -> Result<bool> {
        let mut changed = false;
        for watched in &mut self.watched {
            let status = collect(watched)?;
            let now = self.state.pid(&watched.name).filter(|pid| self.state.owns(*pid));
            match (watched.running, now) {
                (before, Some(pid)) if before != Some(pid) => {
                    say(format!("{} runs again as process {pid}", watched.name));
                    changed = true;
                }
                (Some(pid), None) => {
                    let how = status.map_or_else(|| "ended".to_owned(), told);
                    say(format!("{} (process {pid}) {how}", watched.name));
                    say(last_words(&self.state, &watched.name));
                    let again = restart_words(&self.state, &watched.name);
                    say(format!("start it again with: {again}"));
                    changed = true;
                }
                _ => {}
            }
            watched.running = now;
        }
        Ok(changed)
    }

    /// Ends every process, the ones started again by hand too: what was started last goes first,
    /// and the first one (NATS) only when nobody uses it any more.
    pub(crate) fn stop_all(&mut self) -> Result<()> {
        let mut waves: BTreeMap<bool, Vec<i32>> = BTreeMap::new();
        for (index, watched) in self.watched.iter().enumerate() {
            let own = watched.child.as_ref().and_then(|child| i32::try_from(child.id()).ok());
            let now = self.state.pid(&watched.name).filter(|pid| self.state.owns(*pid));
            waves.entry(index == 0).or_default().extend(own.into_iter().chain(now));
        }
        for pids in waves.values() {
            process::stop(pids)?;
        }
        for watched in &mut self.watched {
            if let Some(mut child) = watched.child.take() {
                child.wait()?;
            }
            drop(std::fs::remove_file(self.state.pid_file(&watched.name)));
        }
        Ok(())
    }
}

/// The exit of the child started here, once it ended.
fn collect(watched: &mut Watched) -> Result<Option<ExitStatus>> {
    let Some(child) = &mut watched.child else { return Ok(None) };
    let status = child.try_wait()?;
    if status.is_some() {
        watched.child = None;
    }
    Ok(status)
}

fn told(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}

/// The last lines a process wrote, indented, with the file's name.
fn last_words(state: &State, name: &str) -> String {
    let file = state.log(name);
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let last = lines[lines.len().saturating_sub(8)..].join("\n    ");
    format!("the end of {}:\n    {last}", file.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dev::ready::Ready;

    fn spec(name: &str, shell: &str) -> Spec {
        Spec {
            name: name.to_owned(),
            program: "sh".into(),
            args: vec!["-c".to_owned(), shell.to_owned()],
            env: vec![("GREETING".to_owned(), "it's here".to_owned())],
            ready: Ready::Http { port: 1, path: "/" },
        }
    }

    fn supervisor() -> (tempfile::TempDir, Supervisor) {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(Some(dir.path())).unwrap();
        (dir, Supervisor::new(state))
    }

    fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
        for _ in 0..250 {
            if holds() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("not seen within 5 s: {what}");
    }

    #[test]
    fn a_killed_process_is_noticed_and_its_restart_command_brings_it_back() {
        let (_dir, mut supervisor) = supervisor();
        supervisor.start(&spec("one", "echo $GREETING; sleep 60")).unwrap();
        wait_until("the first line", || {
            last_words(supervisor.state(), "one").contains("it's here")
        });
        let first = supervisor.processes()[0].pid;
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(first), nix::sys::signal::SIGKILL)
            .unwrap();
        wait_until("its death", || supervisor.look().unwrap());
        assert_eq!(supervisor.processes()[0].pid, 0);

        let restart = supervisor.processes()[0].restart.clone();
        assert!(Command::new("sh").args(["-c", &restart]).status().unwrap().success());
        wait_until("its return", || supervisor.look().unwrap());
        let second = supervisor.processes()[0].pid;
        assert!(second > 0 && second != first);
        assert_eq!(last_words(supervisor.state(), "one").matches("it's here").count(), 2);

        supervisor.stop_all().unwrap();
        assert!(!process::alive(second), "a restarted process outlived the stop");
    }

    #[test]
    fn a_restart_of_a_running_process_is_refused() {
        let (_dir, mut supervisor) = supervisor();
        supervisor.start(&spec("one", "sleep 60")).unwrap();
        wait_until("its pid", || supervisor.state().pid("one").is_some());
        let restart = supervisor.processes()[0].restart.clone();
        let said = Command::new("sh").args(["-c", &restart]).output().unwrap();
        assert!(!said.status.success());
        assert!(String::from_utf8_lossy(&said.stderr).contains("still runs"));
        supervisor.stop_all().unwrap();
    }

    #[test]
    fn a_process_that_ends_at_once_fails_the_start_with_its_last_words() {
        let (_dir, mut supervisor) = supervisor();
        supervisor.start(&spec("one", "echo cannot bind >&2; exit 3")).unwrap();
        let mut error = None;
        wait_until("its end", || {
            error = supervisor.demand_alive("one").err();
            error.is_some()
        });
        let told = format!("{:#}", error.unwrap());
        assert!(told.contains("exit code 3") && told.contains("cannot bind"), "{told}");
    }
}
