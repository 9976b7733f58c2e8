//! Asking about processes by pid, and ending them: TERM, five seconds, KILL.
//! It must not be given a pid nobody checked with `State::owns`.
//! Next: `state.rs`, `supervisor.rs`.

use std::time::{Duration, Instant};

use anyhow::Result;
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How long a process gets between TERM and KILL.
const PATIENCE: Duration = Duration::from_secs(5);

/// True while the process runs; one that ended and was not yet collected does not.
pub(crate) fn alive(pid: i32) -> bool {
    if pid <= 1 || kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH) {
        return false;
    }
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        // The state letter follows the name, which may itself hold parentheses and spaces.
        Ok(stat) => !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')),
        Err(_) => !std::path::Path::new("/proc/self/stat").exists(),
    }
}

/// True when the process was started with this variable; without `/proc` the pid is believed.
pub(crate) fn has_variable(pid: i32, name: &str, value: &str) -> bool {
    if !std::path::Path::new("/proc/self/environ").exists() {
        return true;
    }
    let wanted = format!("{name}={value}");
    std::fs::read(format!("/proc/{pid}/environ"))
        .is_ok_and(|all| all.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes()))
}

/// Ends all of them together and returns when none runs any more.
pub(crate) fn stop(pids: &[i32]) -> Result<()> {
    signal(pids, Signal::SIGTERM);
    // A frozen process would not see the TERM before it is thawed.
    signal(pids, Signal::SIGCONT);
    if wait_gone(pids, PATIENCE) {
        return Ok(());
    }
    signal(pids, Signal::SIGKILL);
    if wait_gone(pids, PATIENCE) {
        return Ok(());
    }
    let left: Vec<&i32> = pids.iter().filter(|pid| alive(**pid)).collect();
    anyhow::bail!("these processes cannot be ended: {left:?}")
}

fn signal(pids: &[i32], signal: Signal) {
    for pid in pids.iter().filter(|pid| alive(**pid)) {
        // It may end in this very moment, which is what is wanted.
        let _ = kill(Pid::from_raw(*pid), signal);
    }
}

fn wait_gone(pids: &[i32], patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    while pids.iter().any(|pid| alive(*pid)) {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_process_that_ignores_term_is_killed() {
        let mut child = Command::new("sh")
            .args(["-c", "trap '' TERM; echo deaf; while true; do sleep 0.1; done"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = [0; 4];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut said).unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let begin = Instant::now();
        stop(&[pid]).unwrap();
        assert!(begin.elapsed() >= PATIENCE, "it was not given its time");
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&child.wait().unwrap()), Some(9));
    }

    #[test]
    fn an_uncollected_process_does_not_count_as_running() {
        let mut child = Command::new("true").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        assert!(wait_gone(&[pid], PATIENCE));
        child.wait().unwrap();
    }
}
