//! Versions: reading them from a program's own words, comparing them.
//! It must not decide which version is good enough; callers do.
//! Next: `nats_server.rs`.

use std::fmt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::pins::Tool;

/// `major.minor.patch`, ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32, pub(crate) u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// The first `x.y.z` in a text, with or without a leading `v`.
pub(crate) fn find(text: &str) -> Option<Version> {
    text.split(|c: char| c.is_whitespace() || c == ',' || c == '(').find_map(|word| {
        let core = word.trim_start_matches('v').split(['-', '+']).next()?;
        let mut parts = core.split('.').map(str::parse::<u32>);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch)), None) => {
                Some(Version(major, minor, patch))
            }
            _ => None,
        }
    })
}

/// The version a program says it has.
pub(crate) fn of(program: &Path, args: &[&str]) -> Result<Version> {
    let captured = crate::sh::capture(Command::new(program).args(args))?;
    let said = format!("{} {}", captured.stdout, captured.stderr);
    find(&said).with_context(|| format!("{} does not tell its version: {said}", program.display()))
}

/// Runs a fresh program once and refuses it when it is older than what is pinned.
pub(crate) fn check(tool: &Tool, program: &Path) -> Result<()> {
    // A Go-built program may carry no version at all (`development`); its module pin and Go's
    // checksum database then vouch for it. It must still run.
    let said = crate::sh::read(Command::new(program).args(tool.version_args))?;
    let pinned = find(tool.version).context("a pinned version is not x.y.z")?;
    match find(&said) {
        Some(version) if version < pinned => {
            bail!("{} says it is {version}, older than {pinned}", program.display())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_programs_print() {
        assert_eq!(find("nats-server: v2.15.1"), Some(Version(2, 15, 1)));
        assert_eq!(find("cargo-deny 0.20.2"), Some(Version(0, 20, 2)));
        assert_eq!(find("nats-server: v2.11.0-RC.1"), Some(Version(2, 11, 0)));
        assert_eq!(find("Chromium 156.0.8078.79 built on Debian"), None);
        assert_eq!(find("development"), None);
    }

    #[test]
    fn versions_compare_by_number_not_by_text() {
        assert!(Version(2, 9, 10) < Version(2, 10, 23));
        assert!(Version(2, 15, 1) > Version(2, 15, 0));
    }
}
