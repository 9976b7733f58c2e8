//! A `.rs` file that no `mod` names is dead without anyone noticing: the compiler never sees it.
//! Next: `orphans_ui.rs` for the same in the UI.

use std::collections::BTreeSet;

use super::tree::{Finding, Tree};

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut reached = BTreeSet::new();
    let mut todo: Vec<String> = tree.packages.iter().flat_map(|p| p.roots.clone()).collect();
    let roots: BTreeSet<String> = todo.iter().cloned().collect();
    while let Some(path) = todo.pop() {
        let Some(file) = tree.file(&path) else { continue };
        if reached.insert(path.clone()) {
            todo.extend(children(&path, &file.text, roots.contains(&path)));
        }
    }
    tree.ending(&[".rs"])
        .filter(|file| !reached.contains(&file.path) && !file.path.contains("/fixtures/"))
        .map(|file| Finding::new(&file.path, None, "is named by no `mod`; nothing compiles it"))
        .collect()
}

/// The files the `mod` lines and `include!`s of a file may mean. `root`: a target's own file,
/// whose modules lie beside it whatever it is called.
fn children(path: &str, text: &str, root: bool) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.trim_end_matches(".rs");
    let home = match root || name == "mod.rs" {
        true => folder.to_owned(),
        false => format!("{folder}/{stem}"),
    };
    let mut found = Vec::new();
    let mut explicit = None;
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("#[path = \"") {
            explicit = rest.split('"').next().map(|file| join(folder, file));
        } else if let Some(module) = module(line) {
            found.push(format!("{home}/{module}.rs"));
            found.push(format!("{home}/{module}/mod.rs"));
            found.extend(explicit.take());
        } else if let Some((_, rest)) = line.split_once("include!(\"") {
            found.extend(rest.split('"').next().map(|file| join(folder, file)));
        }
    }
    found
}

/// The name in `mod name;`, with any visibility.
fn module(line: &str) -> Option<&str> {
    let declared = line.split_once(';')?.0;
    let name =
        declared.strip_prefix("mod ").or_else(|| declared.split_once(" mod ").map(|s| s.1))?;
    let visible = declared.starts_with("mod ") || declared.starts_with("pub");
    let word = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (visible && word).then_some(name)
}

/// A path relative to a folder, with `..` resolved.
pub(super) fn join(folder: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::Package;

    fn orphans(files: &[(&str, &str)], roots: &[&str]) -> Vec<String> {
        let mut tree = Tree::of(files);
        let roots = roots.iter().map(|root| (*root).to_owned()).collect();
        tree.packages = vec![Package { roots, ..Package::default() }];
        check(&tree).into_iter().map(|finding| finding.path).collect()
    }

    #[test]
    fn a_file_no_mod_names_is_found() {
        let files = [
            ("a/src/lib.rs", "mod used;\npub(crate) mod deep;\n"),
            ("a/src/used.rs", ""),
            ("a/src/deep.rs", "mod inner;\n"),
            ("a/src/deep/inner.rs", ""),
            ("a/src/deep/lost.rs", ""),
            ("a/src/lost.rs", "mod used;\n"),
        ];
        assert_eq!(orphans(&files, &["a/src/lib.rs"]), ["a/src/deep/lost.rs", "a/src/lost.rs"]);
    }

    #[test]
    fn a_test_target_finds_its_modules_beside_it_and_by_path() {
        let files = [
            ("a/tests/nats.rs", "#[path = \"common/deep.rs\"]\nmod shared;\nmod beside;\n"),
            ("a/tests/common/deep.rs", ""),
            ("a/tests/beside.rs", ""),
        ];
        assert_eq!(orphans(&files, &["a/tests/nats.rs"]), Vec::<String>::new());
    }
}
