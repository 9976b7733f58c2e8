//! The script that starts one process: the same at the first start and at every restart, and
//! readable by a person who wants to start it by hand.
//! It must hold everything the process needs. Next: `supervisor.rs`.

use crate::sh::quote;

use super::services::Spec;
use super::state::{MARKER, State};

/// The words that start a process again after it ended, for a shell.
pub(crate) fn restart_words(state: &State, name: &str) -> String {
    format!("sh {}", quote(&state.script(name).to_string_lossy()))
}

/// The script's text.
pub(crate) fn text(state: &State, spec: &Spec) -> String {
    let path = |path: std::path::PathBuf| quote(&path.to_string_lossy());
    let marker = (MARKER.to_owned(), state.folder().to_string_lossy().into_owned());
    let exports: String = std::iter::once(&marker)
        .chain(&spec.env)
        .map(|(name, value)| format!("export {name}={}\n", quote(value)))
        .collect();
    let words = std::iter::once(spec.program.to_string_lossy().into_owned())
        .chain(spec.args.iter().cloned())
        .map(|word| quote(&word))
        .collect::<Vec<_>>()
        .join(" ");
    TEMPLATE
        .replace("@NAME@", &spec.name)
        .replace("@PID_FILE@", &path(state.pid_file(&spec.name)))
        .replace("@LOG@", &path(state.log(&spec.name)))
        .replace("@FOLDER@", &path(crate::root::root().to_path_buf()))
        .replace("@EXPORTS@", &exports)
        .replace("@WORDS@", &words)
}

const TEMPLATE: &str = r#"#!/bin/sh
# Starts @NAME@ the way `cargo xtask dev` does, which writes this file anew at every start.
#   sh FILE                in the background, as after a crash; refuses while it still runs
#   sh FILE --foreground   in place of this shell
set -eu
pid_file=@PID_FILE@
log=@LOG@

running() {
  pid=$(cat "$pid_file" 2>/dev/null) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null &&
    ! grep -qs '^State:[[:space:]]*Z' "/proc/$pid/status"
}

if [ "${1-}" != --foreground ]; then
  tries=0
  while running; do
    tries=$((tries + 1))
    if [ "$tries" -gt 20 ]; then
      echo "@NAME@ still runs as process $pid; end it first" >&2
      exit 1
    fi
    sleep 0.1
  done
  rm -f "$pid_file"
  detach=nohup
  if command -v setsid >/dev/null 2>&1; then detach=setsid; fi
  "$detach" sh "$0" --foreground </dev/null >>"$log" 2>&1 &
  while [ ! -s "$pid_file" ]; do sleep 0.02; done
  exit 0
fi

cd @FOLDER@
@EXPORTS@
echo "$$" >"$pid_file"
# Started by `dev` itself it ends with `dev`, even when that is killed without a warning.
if [ -n "${CONTROL_DEV_PARENT-}" ] && command -v setpriv >/dev/null 2>&1; then
  unset CONTROL_DEV_PARENT
  exec setpriv --pdeathsig TERM -- @WORDS@
fi
exec @WORDS@
"#;
