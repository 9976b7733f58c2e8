//! The programs under test, as `cargo build` left them beside this suite, and nats-server.

use std::path::PathBuf;

use anyhow::{Context, Error, Result, bail};
use test_support::programs;

/// The target folder this suite was compiled into.
pub(crate) fn target() -> Result<PathBuf> {
    // This suite is target/<profile>/deps/suite-….
    let me = std::env::current_exe()?;
    Ok(me.ancestors().nth(3).context("this suite lies in no target folder")?.to_path_buf())
}

/// One of our own programs.
pub(crate) fn ours(name: &str) -> Result<PathBuf> {
    // This suite is target/<profile>/deps/suite-….
    let me = std::env::current_exe()?;
    let folder = me.ancestors().nth(2).context("this suite lies in no target folder")?;
    let program = folder.join(name);
    if !program.is_file() {
        bail!("{} is not built: `cargo build --workspace --bins` first", program.display());
    }
    Ok(program)
}

/// The current nats-server.
pub(crate) fn nats_server() -> Result<PathBuf> {
    let found = programs::nats_servers().map_err(Error::msg)?;
    found.into_iter().next().map(|(_, program)| program).context("no nats-server")
}
