//! The programs under test, as `cargo build` left them beside this suite, and nats-server.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use test_support::gated;

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

/// `CONTROL_TEST_NATS_SERVER_BIN`, else one that `cargo xtask` obtained, else one on `PATH`.
pub(crate) fn nats_server() -> Result<PathBuf> {
    if let Some(chosen) = gated::variable(gated::NATS_SERVER_BIN) {
        return Ok(chosen.into());
    }
    let mut obtained: Vec<PathBuf> = std::fs::read_dir(root().join(".cache/tools"))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().contains("/nats-server-"))
        .map(|path| path.join("bin/nats-server"))
        .filter(|path| path.is_file())
        .collect();
    obtained.sort(); // 2.15 after 2.10, as it happens; the version is checked by `provision`
    if let Some(newest) = obtained.pop() {
        return Ok(newest);
    }
    let path = gated::variable("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join("nats-server"))
        .find(|program| program.is_file())
        .context("no nats-server: `cargo xtask tools` obtains the pinned one")
}

/// The workspace.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
