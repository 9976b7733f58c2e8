//! The whole system as its users see it: the main flow in headless Chromium, and the short run
//! of the acceptance cases, each against a system of its own.
//! It must not look inside the system.
//! Next: `../system.rs`, and `ui/e2e`, `tests/scenarios` for what is asked of it.

use anyhow::Result;

use super::Outcome;
use crate::root::ui;
use crate::sh::{cmd, run};
use crate::system::System;
use crate::tools::pip::Environment;

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

/// A Python that has schemathesis.
pub(crate) fn python() -> Result<Environment> {
    Environment::of(&crate::root::root().join("tests/schemathesis/requirements.txt"))
}

/// schemathesis against the served OpenAPI document, all checks, with a token and without one.
pub(crate) fn schemathesis() -> Result<Outcome> {
    let python = python()?;
    let script = crate::root::root().join("tests/schemathesis/run.py");
    System::start(&[])?
        .with(|env_file| run(python.command(&script).arg("--env-file").arg(env_file)))?;
    Ok(Outcome::Passed)
}

/// `cargo xtask faults --smoke`.
pub(crate) fn acceptance() -> Result<Outcome> {
    crate::faults::faults(&["--smoke".to_owned()])?;
    Ok(Outcome::Passed)
}
