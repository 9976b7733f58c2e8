//! The images under test, as `cargo xtask image` writes them, and one of nats-server beside them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use test_support::{gated, programs::workspace};

use crate::{
    engine::{Engine, output, work},
    programs,
};

/// Every program that the suite runs in a container.
const PROGRAMS: [&str; 5] = ["command-api", "job-saga", "projector", "control-log", "fleet-sim"];

/// Writes the images' archives; quick when nothing has changed. Outside of the namespaces, where
/// cargo may still fetch what it lacks.
pub(crate) fn build() -> Result<()> {
    let cargo = gated::variable("CARGO").unwrap_or_else(|| "cargo".to_owned());
    let mut image = Command::new(cargo);
    image.current_dir(workspace()).args(["xtask", "image", "--profile", "dev"]).args(PROGRAMS);
    // Where this suite was compiled, so that one target folder serves both.
    if let Some(folder) = programs::target()?.to_str() {
        image.env("CARGO_TARGET_DIR", folder);
    }
    if !image.status().context("cargo cannot be started")?.success() {
        bail!("`cargo xtask image` failed, see above");
    }
    Ok(())
}

/// Loads the image of a program and gives its reference.
pub(crate) fn load(engine: &Engine, name: &str) -> Result<String> {
    let archive = programs::target()?.join("image").join(format!("{name}.tar"));
    let archive = archive.to_str().context("a path that is not text")?;
    engine.docker(&["load", "--quiet", "--input", archive])?;
    Ok(format!("control/{name}:local"))
}

/// Makes an image of nothing but nats-server and gives its reference.
pub(crate) fn nats_server(engine: &Engine) -> Result<String> {
    let rootfs = work("rootfs");
    put(&programs::nats_server()?, &rootfs.join("nats-server"))?;
    let mut tar = Command::new("tar")
        .arg("--directory")
        .arg(&rootfs)
        .args(["--create", "--owner=0", "--group=0", "."])
        .stdout(Stdio::piped())
        .spawn()?;
    let layer = tar.stdout.take().context("tar has no output")?;
    let entry = "ENTRYPOINT [\"/nats-server\"]";
    let mut import = engine.command(&["import", "--change", entry, "-", "nats-server:suite"]);
    output(import.stdin(layer))?;
    if !tar.wait()?.success() {
        bail!("tar of {} failed", rootfs.display());
    }
    fs::remove_dir_all(rootfs)?;
    Ok("nats-server:suite".to_owned())
}

fn put(from: &PathBuf, to: &Path) -> Result<()> {
    fs::create_dir_all(to.parent().context("a file has a folder")?)?;
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(())
}
