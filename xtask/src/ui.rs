//! Building the admin UI only when something it is made of changed.
//! It must not lint or test: `test/stages.rs` calls npm for that.
//! Next: `tools/npm.rs`.

use std::path::PathBuf;

use anyhow::Result;

use crate::root::ui;

/// What `npm run build` reads, as files; generated types and configuration included.
fn inputs() -> Vec<PathBuf> {
    let skip = ["node_modules", "dist", "e2e", "test-results", "codegen", "coverage"];
    crate::files::walk(&ui(), &skip)
}

/// Installs the packages and bundles `ui/dist`, each only when needed; for a running system, so
/// the budgets of `npm run build` are not its business.
pub(crate) fn bundle() -> Result<()> {
    crate::tools::npm::ci(&ui())?;
    let built = ui().join("dist/index.html").is_file();
    if built && std::fs::read_to_string(stamp()).is_ok_and(|had| fresh(&had)) {
        return Ok(());
    }
    crate::tools::npm::check_node()?;
    crate::sh::say("building the admin UI");
    make(&["exec", "--no", "--", "vite", "build", "--logLevel", "warn"])
}

/// `npm run build`, budgets included, always.
pub(crate) fn build() -> Result<()> {
    crate::tools::npm::ci(&ui())?;
    make(&["run", "build"])
}

fn make(npm: &[&str]) -> Result<()> {
    let wanted = crate::files::digest(&inputs())?;
    crate::sh::run(crate::sh::cmd("npm").current_dir(ui()).args(npm))?;
    std::fs::create_dir_all(crate::root::cache())?;
    Ok(std::fs::write(stamp(), wanted)?)
}

fn fresh(had: &str) -> bool {
    crate::files::digest(&inputs()).is_ok_and(|wanted| had == wanted)
}

/// The digest of what the present `ui/dist` was made from.
fn stamp() -> PathBuf {
    crate::root::cache().join("ui-build.sha256")
}
