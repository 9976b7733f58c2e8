//! Which build this is.

use observability::Build;

/// Service, version and commit.
pub const BUILD: Build = observability::build!("command-api");

/// Version of the package.
pub const VERSION: &str = BUILD.version;
