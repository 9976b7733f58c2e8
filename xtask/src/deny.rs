//! cargo-deny: licences, sources and bans always; advisories where their database can be had.
//! It must not pass silently when a check did not run: what was left out is said on screen.
//! Next: `deny.toml`.

use anyhow::Result;

use crate::tools::pins::CARGO_DENY;

/// Runs every check that can run here.
pub(crate) fn check() -> Result<()> {
    let program = crate::tools::obtain(&CARGO_DENY)?;
    let deny = || {
        let mut command = crate::sh::cmd(&program);
        command.args(["--workspace", "--locked"]);
        command
    };
    crate::sh::run(deny().args(["--offline", "check", "bans", "licenses", "sources"]))?;
    // The database is a git repository of its own; without a way to it there is nothing to check
    // against, which is not the same as a clean result.
    if crate::sh::capture(deny().args(["fetch", "db"]))?.ok {
        crate::sh::run(deny().args(["check", "advisories"]))
    } else {
        crate::sh::say("advisories: not checked, their database cannot be fetched from here");
        Ok(())
    }
}
