//! The whole system as its users see it: the main flow in headless Chromium, and the short run
//! of the acceptance cases, each against a system of its own.
//! It must not look inside the system.
//! Next: `../system.rs`, and `ui/e2e`, `tests/scenarios` for what is asked of it.

use anyhow::Result;

use super::Outcome;
use crate::root::ui;
use crate::sh::{cmd, run};
use crate::system::System;

/// `npm run e2e` against a running system.
pub(crate) fn flow() -> Result<Outcome> {
    let chromium = crate::tools::chromium::obtain()?;
    crate::tools::npm::ci(&ui())?;
    System::start(&[])?.with(|env_file| {
        run(cmd("npm")
            .current_dir(ui())
            .args(["run", "e2e"])
            .env("CONTROL_E2E_ENV_FILE", env_file)
            .env("CONTROL_CHROMIUM", chromium))
    })?;
    Ok(Outcome::Passed)
}

/// `cargo xtask faults --smoke`.
pub(crate) fn acceptance() -> Result<Outcome> {
    crate::faults::faults(&["--smoke".to_owned()])?;
    Ok(Outcome::Passed)
}
