//! Generated files: the OpenAPI document, its TypeScript types, the catalogue's JSON, the table of
//! settings.
//! It must not invent content: each comes from one of our own programs or a pinned generator.
//! Next: `command-api openapi`, `control-log catalog`, `ui/codegen`.

mod settings;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::root::{binary, root, ui};
use crate::sh::{cargo, cmd, read, run, say};

/// Every program with settings, each in a package of its name.
const PROGRAMS: [&str; 5] = ["command-api", "job-saga", "projector", "control-log", "fleet-sim"];

/// Where the generated files live, below the workspace's root.
const OPENAPI: &str = "ui/openapi.json";
const SCHEMA: &str = "ui/src/api/__generated__/schema.d.ts";
const SETTINGS: &str = "docs/settings.md";
const CATALOG: &str = "streams/catalog";

/// Writes every generated file; with `check` writes nothing and names what has drifted.
pub(crate) fn generate(check: bool) -> Result<()> {
    let fresh = tempfile::tempdir()?;
    make(fresh.path())?;
    let stale = compare(fresh.path(), root())?;
    if stale.is_empty() {
        say("generated files are up to date");
        return Ok(());
    }
    if check {
        bail!("out of date: {}; run `cargo xtask gen` and commit", stale.join(", "));
    }
    for path in &stale {
        let (from, to) = (fresh.path().join(path), root().join(path));
        if from.is_file() {
            std::fs::create_dir_all(to.parent().unwrap_or(root()))?;
            std::fs::copy(&from, &to).with_context(|| format!("cannot write {path}"))?;
            say(format!("wrote {path}"));
        } else {
            std::fs::remove_file(&to)?;
            say(format!("removed {path}, which nothing generates any more"));
        }
    }
    Ok(())
}

/// Generates everything into a folder laid out like the workspace.
fn make(out: &Path) -> Result<()> {
    let mut build = cargo();
    build.args(["build", "--locked"]);
    for program in PROGRAMS {
        build.args(["--package", program, "--bin", program]);
    }
    run(&mut build)?;

    let openapi = out.join(OPENAPI);
    let document = read(cmd(binary("command-api")).arg("openapi"))?;
    let document: serde_json::Value =
        serde_json::from_str(&document).context("`command-api openapi` did not print JSON")?;
    write(&openapi, &(serde_json::to_string_pretty(&document)? + "\n"))?;

    let codegen = ui().join("codegen");
    crate::tools::npm::ci(&codegen)?;
    let schema = out.join(SCHEMA);
    write(&schema, "")?;
    run(cmd("npx")
        .current_dir(&codegen)
        .args(["--no-install", "openapi-typescript"])
        .arg(&openapi)
        .arg("--output")
        .arg(&schema))?;

    let describe = |program: &'static str| {
        Ok((program, read(cmd(binary(program)).args(["config", "describe"]))?))
    };
    let described = PROGRAMS.into_iter().map(describe).collect::<Result<Vec<_>>>()?;
    write(&out.join(SETTINGS), &settings::page(&described)?)?;

    let catalog = out.join(CATALOG);
    std::fs::create_dir_all(&catalog)?;
    run(cmd(binary("control-log")).args(["catalog", "--write"]).arg(&catalog))
}

fn write(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().context("a generated file needs a folder")?;
    std::fs::create_dir_all(folder)?;
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// The generated files that differ between the two folders, or exist in only one of them.
fn compare(fresh: &Path, kept: &Path) -> Result<Vec<String>> {
    let mut names: Vec<PathBuf> = vec![OPENAPI.into(), SCHEMA.into(), SETTINGS.into()];
    for home in [fresh, kept] {
        for file in crate::files::walk(&home.join(CATALOG), &[]) {
            if file.extension().is_some_and(|end| end == "json") {
                names.push(file.strip_prefix(home)?.to_path_buf());
            }
        }
    }
    names.sort();
    names.dedup();
    let differs = |name: &PathBuf| {
        std::fs::read(fresh.join(name)).ok() != std::fs::read(kept.join(name)).ok()
    };
    names.retain(differs);
    Ok(names.into_iter().map(|name| name.display().to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            write(&dir.path().join(name), text).unwrap();
        }
        dir
    }

    #[test]
    fn equal_folders_have_no_drift() {
        let files = [(OPENAPI, "{}"), (SCHEMA, "x"), ("streams/catalog/a.json", "1")];
        let (one, two) = (folder(&files), folder(&files));
        assert_eq!(compare(one.path(), two.path()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_changed_a_missing_and_a_left_over_file_are_all_drift() {
        let fresh = folder(&[(OPENAPI, "new"), (SCHEMA, "x"), ("streams/catalog/b.json", "1")]);
        let kept = folder(&[(OPENAPI, "old"), (SCHEMA, "x"), ("streams/catalog/gone.json", "1")]);
        let stale = compare(fresh.path(), kept.path()).unwrap();
        assert_eq!(stale, ["streams/catalog/b.json", "streams/catalog/gone.json", OPENAPI]);
    }
}
