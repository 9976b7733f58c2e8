//! Versions stand once, in the workspace's manifest; every package takes its lints from there;
//! exactly one package is what a bare `cargo run` runs.
//! Next: `layers.rs`.

use super::tree::{File, Finding, Tree};

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let members: Vec<&File> =
        tree.ending(&["/Cargo.toml"]).filter(|file| file.text.contains("[package]")).collect();
    let mut found: Vec<Finding> = members.iter().flat_map(|file| of(file)).collect();
    let runs = members.iter().filter(|file| file.text.contains("\ndefault-run = "));
    let runs: Vec<&str> = runs.map(|file| file.path.as_str()).collect();
    if runs != ["command-api/Cargo.toml"] && !members.is_empty() {
        let what = format!("only command-api may set `default-run`, but {runs:?} do");
        found.push(Finding::new("Cargo.toml", None, what));
    }
    found
}

fn of(file: &File) -> Vec<Finding> {
    let mut found = Vec::new();
    if !file.text.contains("[lints]\nworkspace = true") {
        found.push(Finding::new(&file.path, None, "does not take its lints from the workspace"));
    }
    let mut dependencies = false;
    for (line, text) in (1..).zip(file.text.lines()) {
        if text.starts_with('[') {
            dependencies = text.contains("dependencies");
        } else if dependencies && text.contains('=') && !text.contains("workspace") {
            let what = "names a version itself; write it in the workspace's manifest";
            found.push(Finding::new(&file.path, Some(line), what));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\ndefault-run = \"x\"\n[lints]\nworkspace = true\n\
                        [dependencies]\nserde.workspace = true\n";

    #[test]
    fn a_version_outside_the_workspace_and_missing_lints_are_found() {
        let bad = "[package]\nversion.workspace = true\n[dev-dependencies]\nserde = \"1\"\n";
        let files = [("command-api/Cargo.toml", GOOD), ("fleet/Cargo.toml", bad)];
        let lines: Vec<_> = check(&Tree::of(&files)).into_iter().map(|f| f.line).collect();
        assert_eq!(lines, [None, Some(4)]);
    }

    #[test]
    fn a_second_default_run_is_found() {
        let files = [("command-api/Cargo.toml", GOOD), ("projector/Cargo.toml", GOOD)];
        assert_eq!(check(&Tree::of(&files)).len(), 1);
        assert!(check(&Tree::of(&files[..1])).is_empty());
    }
}
