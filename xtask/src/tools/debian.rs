//! The distribution's packages, for the few programs that are to be had in no other way.
//! It must install only what a caller is about to run, and say so.
//! Next: `chromium.rs`, `../docker.rs` for who asks.

use std::process::Command;

use anyhow::{Result, bail};

/// Installs one of Debian's packages when this process may; else a sentence with the way out.
pub(crate) fn install(package: &str) -> Result<()> {
    let apt = crate::sh::which("apt-get");
    let (Some(apt), true) = (apt, crate::sh::is_root()) else {
        bail!(
            "`{package}` is not installed and this user cannot install it: run `sudo apt-get \
             install {package}` (for another browser set CONTROL_CHROMIUM to its path)"
        );
    };
    crate::sh::say(format!("{package} is not here yet; installing the distribution's package"));
    let quiet = |args: &[&str]| {
        let mut command = Command::new(&apt);
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        command.stdout(std::process::Stdio::null());
        crate::sh::run(&mut command)
    };
    quiet(&["-q", "update"])?;
    quiet(&["-q", "install", "--yes", "--no-install-recommends", package])
}
