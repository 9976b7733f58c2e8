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

/// Installs the packages and builds `ui/dist`, each only when needed. True when it built.
pub(crate) fn build() -> Result<bool> {
    crate::tools::npm::ci(&ui())?;
    let wanted = crate::files::digest(&inputs())?;
    let stamp = crate::root::cache().join("ui-build.sha256");
    let built = ui().join("dist/index.html").is_file();
    if built && std::fs::read_to_string(&stamp).is_ok_and(|had| had == wanted) {
        return Ok(false);
    }
    crate::tools::npm::check_node()?;
    crate::sh::say("building the admin UI");
    crate::sh::run(crate::sh::cmd("npm").current_dir(ui()).args(["run", "build"]))?;
    std::fs::create_dir_all(crate::root::cache())?;
    std::fs::write(stamp, wanted)?;
    Ok(true)
}
