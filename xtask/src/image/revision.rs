//! The commit an image is of, and whether the checkout is that commit.
//! It must not guess: an archive without git is told its commit by `CONTROL_GIT_SHA`.
//! Next: `build-info`, which compiles it in.

use std::path::Path;

use anyhow::Result;

use crate::sh::{capture, cmd};

/// `CONTROL_GIT_SHA`, else the commit, with `-dirty` when a file differs from it, else `unknown`.
pub(crate) fn of(folder: &Path) -> Result<String> {
    if let Some(given) = crate::settings::path("CONTROL_GIT_SHA") {
        return Ok(given.to_string_lossy().into_owned());
    }
    let git = |args: &[&str]| capture(cmd("git").current_dir(folder).args(args));
    let head = git(&["rev-parse", "--verify", "--quiet", "--short=12", "HEAD"]);
    let Some(head) = head.ok().filter(|said| said.ok) else { return Ok("unknown".to_owned()) };
    // Untracked files count: cargo compiles them as well.
    let changes = git(&["status", "--porcelain", "--untracked-files=normal"])?;
    let dirty = if changes.stdout.trim().is_empty() { "" } else { "-dirty" };
    Ok(format!("{}{dirty}", head.stdout.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkout_with_changes_says_so_and_a_folder_without_git_says_nothing() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(of(home.path()).unwrap(), "unknown");
        let git = |args: &[&str]| {
            let identity = ["-c", "user.name=t", "-c", "user.email=t@example.test"];
            crate::sh::read(cmd("git").current_dir(home.path()).args(identity).args(args)).unwrap();
        };
        git(&["init", "--quiet"]);
        git(&["commit", "--quiet", "--allow-empty", "--message", "x"]);
        let clean = of(home.path()).unwrap();
        assert!(clean.len() == 12 && !clean.contains('-'), "{clean}");
        std::fs::write(home.path().join("new.rs"), "").unwrap();
        assert_eq!(of(home.path()).unwrap(), format!("{clean}-dirty"));
    }
}
