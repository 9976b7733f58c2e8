//! Running programs: say what runs, run it, fail with a sentence that names it.
//! It must not interpret output; callers do.
//! Next: `tools.rs`, `test.rs`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// One line of progress on the screen.
pub(crate) fn say(line: impl AsRef<str>) {
    eprintln!("  {}", line.as_ref());
}

/// The command as a person would type it.
pub(crate) fn spell(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| quote(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

/// One word, quoted for `sh` when it needs to be.
pub(crate) fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Says the command and runs it with the screen as its output; an error unless it exits with 0.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    say(format!("$ {}", spell(command)));
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("`{}` could not be started", spell(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", spell(command));
    }
    Ok(())
}

/// What a command printed, and how it ended.
pub(crate) struct Captured {
    pub(crate) ok: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the command silently and keeps what it printed, whatever its exit code.
pub(crate) fn capture(command: &mut Command) -> Result<Captured> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{}` could not be started", spell(command)))?;
    Ok(Captured {
        ok: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// What a command printed on its output; an error with its complaint unless it exits with 0.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let captured = capture(command)?;
    if !captured.ok {
        bail!("`{}` failed:\n{}", spell(command), captured.stderr.trim());
    }
    Ok(captured.stdout)
}

/// A command that runs in the workspace's root.
pub(crate) fn cmd(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(crate::root::root());
    command
}

/// `cargo`, the one that built this program, in the workspace's root.
pub(crate) fn cargo() -> Command {
    cmd(crate::settings::path("CARGO").unwrap_or_else(|| PathBuf::from("cargo")))
}

/// The first file of this name on `PATH`.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    let found = |dir: PathBuf| Some(dir.join(name)).filter(|file| is_program(file));
    crate::settings::search_path().into_iter().find_map(found)
}

/// True for a file that someone may execute.
pub(crate) fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// True when this process may install system packages.
pub(crate) fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_only_when_the_shell_would_split_it() {
        assert_eq!(quote("--port=4222"), "--port=4222");
        assert_eq!(quote("two words"), "'two words'");
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote(""), "''");
    }

    #[test]
    fn a_failing_command_is_named_in_the_error() {
        let error = read(cmd("sh").args(["-c", "echo broken >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().contains("broken"), "{error}");
        assert!(error.to_string().contains("sh -c"), "{error}");
    }
}
