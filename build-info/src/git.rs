//! What git says of a folder: its commit, and the files that change when `HEAD` moves.
//! It must not look at the index or the files: those change without a commit. Next: `lib.rs`.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Characters of a commit: enough to name it for as long as the repository lives.
const SHORT: &str = "--short=12";

/// The commit of the folder; none outside a repository, without git, or before the first commit.
pub(crate) fn head(folder: &Path) -> Option<String> {
    ask(folder, &["rev-parse", "--verify", "--quiet", SHORT, "HEAD"])
}

/// Files of which at least one changes whenever `HEAD` moves. Its log does by a commit, a reset and
/// a switch alike; the others are for a repository that keeps no log. Asking git where they are is
/// right in a worktree as well, whose `HEAD` is its own and whose branches are not.
pub(crate) fn moves(folder: &Path) -> Vec<PathBuf> {
    let branch = ask(folder, &["symbolic-ref", "--quiet", "HEAD"]);
    let names = ["HEAD", "logs/HEAD", "packed-refs"].map(str::to_owned).into_iter().chain(branch);
    names
        .filter_map(|name| ask(folder, &["rev-parse", "--git-path", &name]))
        .filter_map(|path| folder.join(path).canonicalize().ok())
        .filter(|path| path.is_file())
        .collect()
}

fn ask(folder: &Path, args: &[&str]) -> Option<String> {
    let said = Command::new("git").current_dir(folder).args(args).output().ok()?;
    let text = String::from_utf8(said.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| said.status.success() && !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(folder: &Path, args: &[&str]) {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.test"];
        let done = Command::new("git").current_dir(folder).args(identity).args(args).output();
        let done = done.expect("git runs");
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn commit(folder: &Path) {
        git(folder, &["commit", "--quiet", "--allow-empty", "--message", "x"]);
    }

    /// Everything that is watched, with its content.
    fn watched(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let read = |path: PathBuf| (path.clone(), std::fs::read(path).expect("a file"));
        moves(folder).into_iter().map(read).collect()
    }

    fn moved(folder: &Path, act: impl FnOnce()) -> bool {
        let before = watched(folder);
        act();
        before.iter().any(|(path, content)| {
            std::fs::read(path).is_ok_and(|now| now != *content) || !path.is_file()
        })
    }

    #[test]
    fn every_move_of_head_changes_a_watched_file_and_staging_does_not() {
        let home = tempfile::tempdir().expect("a folder");
        let main = home.path().join("main");
        std::fs::create_dir(&main).expect("a folder");
        git(&main, &["init", "--quiet", "--initial-branch", "main"]);
        assert_eq!(head(&main), None);
        commit(&main);
        let first = head(&main).expect("a commit");
        assert_eq!(first.len(), 12);
        assert!(moved(&main, || commit(&main)));
        assert_ne!(head(&main), Some(first.clone()));
        assert!(!moved(&main, || {
            std::fs::write(main.join("a"), "1").expect("a file");
            git(&main, &["add", "a"]);
        }));
        // The branch then stands in `packed-refs` alone.
        git(&main, &["pack-refs", "--all"]);
        assert!(moved(&main, || commit(&main)));
        assert!(moved(&main, || git(&main, &["switch", "--quiet", "--create", "side"])));
        assert!(moved(&main, || git(&main, &["reset", "--quiet", "--hard", &first])));
        assert_eq!(head(&main), Some(first));
    }

    #[test]
    fn a_worktree_follows_its_own_head_and_a_log_less_repository_its_branch() {
        let home = tempfile::tempdir().expect("a folder");
        let (main, side) = (home.path().join("main"), home.path().join("side"));
        std::fs::create_dir(&main).expect("a folder");
        git(&main, &["init", "--quiet", "--initial-branch", "main"]);
        commit(&main);
        let path = side.to_str().expect("a path");
        git(&main, &["worktree", "add", "--quiet", "-b", "side", path]);
        assert!(moved(&side, || commit(&side)));
        assert_ne!(head(&side), head(&main));
        std::fs::remove_dir_all(main.join(".git/logs")).expect("removed");
        git(&main, &["config", "core.logAllRefUpdates", "false"]);
        assert!(moved(&main, || commit(&main)));
    }

    #[test]
    fn a_folder_that_is_no_repository_has_no_commit_and_nothing_to_watch() {
        let nowhere = tempfile::tempdir().expect("a folder");
        assert_eq!((head(nowhere.path()), moves(nowhere.path())), (None, Vec::new()));
    }
}
