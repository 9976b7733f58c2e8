//! A Chromium for the browser flow: an installed one, else the distribution's package.
//! It must not download a browser build: those are not to be had everywhere.
//! Next: `../test/browser.rs`.

use std::path::PathBuf;

use anyhow::{Result, bail};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// `CONTROL_CHROMIUM`, else one on `PATH`, else `apt-get install chromium` when that is allowed.
pub(crate) fn obtain() -> Result<PathBuf> {
    if let Some(chosen) = crate::settings::path("CONTROL_CHROMIUM") {
        if crate::sh::is_program(&chosen) {
            return Ok(chosen);
        }
        bail!("CONTROL_CHROMIUM names {}, which is not a program", chosen.display());
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    super::debian::install("chromium")?;
    find().ok_or_else(|| anyhow::anyhow!("the chromium package brought no chromium program"))
}

/// The first browser on `PATH` that the flow can drive.
pub(crate) fn find() -> Option<PathBuf> {
    NAMES.into_iter().find_map(crate::sh::which)
}
