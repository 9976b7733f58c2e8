//! `npm ci`, run only when a lockfile changed since the last time.
//! It must never run `npm install`: the lockfile is the truth.
//! Next: `../ui.rs`.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::files::digest;
use crate::tools::version::{self, Version};

/// The oldest Node the UI's tools run on.
const OLDEST_NODE: Version = Version(20, 19, 0);

/// Installs a folder's packages unless the ones there came from this very lockfile.
pub(crate) fn ci(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let wanted = digest(&[&lock, &folder.join("package.json")])
        .with_context(|| format!("{} needs its package-lock.json", folder.display()))?;
    let stamp = folder.join("node_modules/.xtask-installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|had| had == wanted) {
        return Ok(());
    }
    check_node()?;
    let shown = folder.strip_prefix(crate::root::root()).unwrap_or(folder);
    crate::sh::say(format!("installing the packages of {}", shown.display()));
    crate::sh::run(crate::sh::cmd("npm").current_dir(folder).args([
        "ci",
        "--no-audit",
        "--no-fund",
    ]))?;
    std::fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Refuses a missing or too old Node in one sentence.
pub(crate) fn check_node() -> Result<()> {
    let (Some(node), Some(_)) = (crate::sh::which("node"), crate::sh::which("npm")) else {
        bail!("Node.js with npm is not installed: install Node {OLDEST_NODE} or newer");
    };
    let found = version::of(&node, &["--version"])?;
    if found < OLDEST_NODE {
        bail!("Node {found} is too old for the UI's tools: install {OLDEST_NODE} or newer");
    }
    Ok(())
}
