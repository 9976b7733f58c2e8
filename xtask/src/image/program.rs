//! A program that needs no file of a system: linked with the C library inside it.
//!
//! It must not share compiled crates with `cargo build`: another target, other flags. Compilers,
//! macros and build scripts of the machine are shared, since the target is named explicitly.
//! Next: `elf.rs`, which refuses a program that is not static after all.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::services::Service;
use crate::sh::{cargo, run};

/// How programs are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Profile {
    /// Quickly, for a trial and for tests
    Dev,
    /// For production
    Release,
}

/// Builds the services' programs in one call of cargo.
pub(crate) fn build(services: &[&Service], profile: Profile, revision: &str) -> Result<()> {
    let mut build = cargo();
    build.args(["build", "--locked", "--target", target()?]);
    for service in services {
        build.args(["--package", service.name, "--bin", service.name]);
    }
    match profile {
        // What nobody debugs in a container is not compiled for it, and not kept on the disk.
        Profile::Dev => build
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_PROFILE_DEV_STRIP", "symbols")
            .env("CARGO_INCREMENTAL", "0"),
        // Names of functions stay, for the backtrace of a panic.
        Profile::Release => build.arg("--release").env("CARGO_PROFILE_RELEASE_STRIP", "debuginfo"),
    };
    build.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", "-C target-feature=+crt-static");
    run(build.env("CONTROL_GIT_SHA", revision))
}

/// Where cargo leaves a program.
pub(crate) fn file(service: &Service, profile: Profile) -> PathBuf {
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => "release",
    };
    crate::root::target().join(target().unwrap_or_default()).join(folder).join(service.name)
}

/// The machine's own architecture: nothing is cross-compiled.
fn target() -> Result<&'static str> {
    match architecture()? {
        "arm64" => Ok("aarch64-unknown-linux-gnu"),
        _ => Ok("x86_64-unknown-linux-gnu"),
    }
}

/// Its name in an image.
pub(crate) fn architecture() -> Result<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Ok("amd64"),
        ("linux", "aarch64") => Ok("arm64"),
        (os, machine) => {
            bail!("images are built on Linux, x86_64 or aarch64, and this is {os} on {machine}")
        }
    }
}
