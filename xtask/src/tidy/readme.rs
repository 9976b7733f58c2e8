//! Every command the documents name exists: verbs of xtask, scripts of the UI, files they link to.
//! Next: `../cli.rs` for the verbs.

use super::orphans_rs::join;
use super::tree::{File, Finding, Tree};

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let verbs = crate::cli::verbs();
    let scripts = scripts(tree);
    let mut found = Vec::new();
    for file in tree.ending(&[".md"]) {
        for (line, text) in (1..).zip(file.text.lines()) {
            let mut complain =
                |what: String| found.push(Finding::new(&file.path, Some(line), what));
            for verb in words_after(text, "cargo xtask ") {
                if !verbs.contains(&verb) {
                    complain(format!("names `cargo xtask {verb}`, which does not exist"));
                }
            }
            for script in words_after(text, "npm run ") {
                if !scripts.is_empty() && !scripts.contains(&script) {
                    complain(format!("names `npm run {script}`, which does not exist"));
                }
            }
            for link in broken_links(tree, file, text) {
                complain(format!("links to `{link}`, which does not exist"));
            }
        }
    }
    found
}

/// The words that follow a phrase; placeholders such as `<verb>` are not words.
fn words_after(line: &str, phrase: &str) -> Vec<String> {
    let word = |rest: &str| {
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(rest.len());
        rest[..end].to_owned()
    };
    let words = line.match_indices(phrase).map(|(at, _)| word(&line[at + phrase.len()..]));
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase())).collect()
}

/// The names under `scripts` of the UI's package file.
fn scripts(tree: &Tree) -> Vec<String> {
    let package = tree.file("ui/package.json").map(|file| file.text.as_str()).unwrap_or_default();
    let told: serde_json::Value = serde_json::from_str(package).unwrap_or_default();
    told["scripts"].as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default()
}

/// Relative links of a line whose target git does not know, as a file or as a folder.
fn broken_links(tree: &Tree, file: &File, line: &str) -> Vec<String> {
    let folder = file.path.rsplit_once('/').map_or("", |parts| parts.0);
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = targets.filter(|link| !link.contains("://") && !link.starts_with('#'));
    let paths = local.map(|link| link.split('#').next().unwrap_or_default().to_owned());
    let exists = |path: &String| {
        let path = join(folder, path);
        tree.files
            .iter()
            .any(|file| file.path == path || file.path.starts_with(&format!("{path}/")))
            || crate::root::root().join(&path).exists()
    };
    paths.filter(|path| !exists(path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_and_a_link_that_do_not_exist_are_found() {
        let readme = "Run `cargo xtask dev`, then `cargo xtask deploy`.\n\
                      `npm run build` and `npm run ship`; `cargo xtask <verb>`.\n\
                      See [the plan](DEVELOPMENT_PLAN.md), [no one](docs/no-one.md) and \
                      [elsewhere](https://example.test/).\n";
        let found = check(&Tree::of(&[
            ("README.md", readme),
            ("DEVELOPMENT_PLAN.md", ""),
            ("ui/package.json", "{\"scripts\": {\"build\": \"vite build\"}}"),
        ]));
        let whats: Vec<_> = found.iter().map(|f| f.what.split(',').next().unwrap()).collect();
        assert_eq!(
            whats,
            ["names `cargo xtask deploy`", "names `npm run ship`", "links to `docs/no-one.md`"]
        );
    }
}
