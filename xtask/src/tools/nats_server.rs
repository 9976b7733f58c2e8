//! Which nats-server is good enough, and where to get it.
//! Below 2.10.23 two racing writers may both win, so such a server is refused, never used.
//! Next: `pins.rs` for the pins, `../nats.rs` for starting one.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::pins::{NATS_SERVER, NATS_SERVER_FLOOR};
use super::version::{self, Version};

/// The oldest server that keeps the one-writer rule.
pub(crate) const OLDEST: Version = Version(2, 10, 23);
/// Below this a server works but is not recommended.
pub(crate) const RECOMMENDED: Version = Version(2, 12, 7);

/// The current server: `CONTROL_NATS_SERVER`, else the pinned one, else one on `PATH`.
pub(crate) fn current() -> Result<PathBuf> {
    if let Some(chosen) = crate::settings::path("CONTROL_NATS_SERVER") {
        accept(&chosen)?;
        return Ok(chosen);
    }
    let failed = match super::obtain(&NATS_SERVER) {
        Ok(program) => return Ok(program),
        Err(error) => error,
    };
    let Some(found) = crate::sh::which("nats-server") else { return Err(failed) };
    accept(&found).with_context(|| format!("{failed:#}"))?;
    crate::sh::say(format!("using {} from PATH instead", found.display()));
    Ok(found)
}

/// The oldest supported server, for the suites that must pass on it as well.
pub(crate) fn floor() -> Result<PathBuf> {
    super::obtain(&NATS_SERVER_FLOOR)
}

/// Refuses a server that is too old to be safe, in one sentence with the way out.
pub(crate) fn accept(program: &Path) -> Result<Version> {
    let version = version::of(program, &["--version"])?;
    judge(program, version)?;
    if version < RECOMMENDED {
        crate::sh::say(format!(
            "warning: {} is {version}; {RECOMMENDED} or newer is recommended",
            program.display()
        ));
    }
    Ok(version)
}

fn judge(program: &Path, version: Version) -> Result<()> {
    if version < OLDEST {
        bail!(
            "{} is nats-server {version}, and below {OLDEST} two racing writers may both win: \
             unset CONTROL_NATS_SERVER, or install Python 3 with pip (or Go) so that {} can be \
             obtained",
            program.display(),
            NATS_SERVER.version
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debians_old_server_is_refused_with_the_way_out() {
        let error = judge(Path::new("/usr/sbin/nats-server"), Version(2, 9, 10)).unwrap_err();
        let sentence = error.to_string();
        assert!(sentence.contains("2.9.10") && sentence.contains("2.10.23"), "{sentence}");
        assert!(sentence.contains("install Python 3"), "{sentence}");
    }

    #[test]
    fn the_floor_and_the_current_server_are_accepted() {
        for pinned in [NATS_SERVER_FLOOR.version, NATS_SERVER.version] {
            let version = version::find(pinned).unwrap();
            judge(Path::new("nats-server"), version).unwrap();
        }
    }

    #[test]
    fn a_program_that_says_an_old_version_is_refused_by_running_it() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("nats-server");
        std::fs::write(&program, "#!/bin/sh\necho nats-server: v2.9.10\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let error = accept(&program).unwrap_err().to_string();
        assert!(error.contains("2.9.10"), "{error}");
    }
}
