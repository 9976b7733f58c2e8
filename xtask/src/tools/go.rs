//! Building a pinned program with `go install`; Go's checksum database vouches for the source.
//! It must not write to the user's GOBIN. Next: `pins.rs`.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::pins::Tool;

/// Builds the tool into `folder/bin`; `false` when it has no Go module.
pub(crate) fn install(tool: &Tool, folder: &Path) -> Result<bool> {
    let Some(module) = tool.go else { return Ok(false) };
    let Some(go) = crate::sh::which("go") else { bail!("no Go was found") };
    crate::sh::say("building it from source; the first time takes one to three minutes");
    crate::sh::run(
        Command::new(go)
            .args(["install", "-trimpath", module])
            .env("GOBIN", folder.join("bin"))
            .env("CGO_ENABLED", "0")
            .env("GOFLAGS", "-modcacherw"),
    )?;
    Ok(true)
}
