//! Where things are: the workspace root and the folders under it that xtask writes to.
//! It must not create anything; who writes, creates.
//! Next: `tools.rs`, the main user of the cache.

use std::path::{Path, PathBuf};

/// The workspace's root folder.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// `.cache/`: everything xtask obtains or remembers; safe to delete at any time.
pub(crate) fn cache() -> PathBuf {
    root().join(".cache")
}

/// `.cache/tools/`: one folder per pinned program, named `<name>-<version>`.
pub(crate) fn tools() -> PathBuf {
    cache().join("tools")
}

/// The folder cargo builds into (`CARGO_TARGET_DIR`, else `target/`).
pub(crate) fn target() -> PathBuf {
    match crate::settings::path("CARGO_TARGET_DIR") {
        Some(dir) if dir.is_absolute() => dir,
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// The debug build of one of the workspace's binaries.
pub(crate) fn binary(name: &str) -> PathBuf {
    built("debug", name)
}

/// One of the workspace's binaries as cargo's profile folder (`debug`, `release`) holds it.
pub(crate) fn built(profile: &str, name: &str) -> PathBuf {
    target().join(profile).join(name)
}

/// The admin UI's folder.
pub(crate) fn ui() -> PathBuf {
    root().join("ui")
}
