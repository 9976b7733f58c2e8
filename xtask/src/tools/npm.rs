//! `npm ci`, run only when what is installed is not what the lockfile says.
//! It must never run `npm install`: the lockfile is the truth.
//! Next: `../ui.rs`.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::tools::version::{self, Version};

/// The oldest Node the UI's tools run on.
const OLDEST_NODE: Version = Version(20, 19, 0);

/// Installs a folder's packages unless the ones there are exactly the lockfile's.
pub(crate) fn ci(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let lock = std::fs::read_to_string(&lock)
        .with_context(|| format!("{} cannot be read", lock.display()))?;
    // npm's own record of what it put there.
    let there = std::fs::read_to_string(folder.join("node_modules/.package-lock.json"));
    if there.is_ok_and(|there| satisfies(&there, &lock)) {
        return Ok(());
    }
    check_node()?;
    let shown = folder.strip_prefix(crate::root::root()).unwrap_or(folder);
    crate::sh::say(format!("installing the packages of {}", shown.display()));
    crate::sh::run(crate::sh::cmd("npm").current_dir(folder).args([
        "ci",
        "--no-audit",
        "--no-fund",
    ]))
}

/// True when every package the lockfile demands is there in its version, and no other.
fn satisfies(there: &str, lock: &str) -> bool {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (there, lock) = (parse(there), parse(lock));
    let (Some(there), Some(lock)) = (there["packages"].as_object(), lock["packages"].as_object())
    else {
        return false;
    };
    let same = |name: &String, wanted: &Value| match there.get(name) {
        Some(found) => found["version"] == wanted["version"],
        // The folder itself, and builds for other platforms.
        None => name.is_empty() || wanted["optional"] == true,
    };
    lock.iter().all(|(name, wanted)| same(name, wanted))
        && there.keys().all(|name| lock.contains_key(name))
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

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"{"packages": {"": {}, "node_modules/a": {"version": "1.0.0"},
        "node_modules/b-win": {"version": "2.0.0", "optional": true}}}"#;

    #[test]
    fn packages_of_another_version_missing_or_left_over_are_installed_anew() {
        let there = |packages: &str| format!("{{\"packages\": {{{packages}}}}}");
        let a = r#""node_modules/a": {"version": "1.0.0"}"#;
        assert!(satisfies(&there(a), LOCK));
        assert!(!satisfies(&there(""), LOCK));
        assert!(!satisfies(&there(r#""node_modules/a": {"version": "1.0.1"}"#), LOCK));
        assert!(!satisfies(&there(&format!("{a}, \"node_modules/c\": {{}}")), LOCK));
        assert!(!satisfies("", LOCK));
    }
}
