//! Which program this is: service, version and the commit it was built from.
//!
//! Made by [`crate::build!`] in the program itself, so that it says the program's version and not
//! this crate's.

use std::sync::OnceLock;

use serde::Serialize;

/// Service, version and commit, as in `--version`, `/health` and `control_plane_build_info`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Build {
    /// e.g. `projector`.
    pub service: &'static str,
    /// Semantic version.
    pub version: &'static str,
    /// Commit, or `unknown` where neither `CONTROL_GIT_SHA` nor git says one.
    pub git_sha: &'static str,
}

impl Build {
    /// `0.1.0 (5bbb959)`: what `--version` prints after the name.
    #[must_use]
    pub fn text(&self) -> &'static str {
        static TEXT: OnceLock<String> = OnceLock::new();
        TEXT.get_or_init(|| format!("{} ({})", self.version, self.git_sha))
    }
}

/// The [`Build`] of the program that calls this, which must be a program and not a library: the
/// file that calls it is compiled anew at each commit (see [`crate::git_sha!`]).
#[macro_export]
macro_rules! build {
    ($service:literal) => {
        $crate::Build {
            service: $service,
            version: env!("CARGO_PKG_VERSION"),
            git_sha: $crate::git_sha!(),
        }
    };
}
