//! The few environment variables xtask reads, in one place.
//! It must not be used for flags of a verb: those are clap's (`cli.rs`).
//! Next: `root.rs`, `tools/`.

use std::path::PathBuf;

/// A variable's value as a path; unset and empty are the same.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The folders of `PATH`, in order.
pub(crate) fn search_path() -> Vec<PathBuf> {
    std::env::var_os("PATH").map(|all| std::env::split_paths(&all).collect()).unwrap_or_default()
}
