//! What must not stand in the project: paths of one machine, download addresses in a lockfile.
//! Next: `leftovers.rs`.

use super::tree::{Finding, Tree};

/// Put together, so that this file does not find itself.
const WORDS: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/tmp/", "brief"), "a path of one machine"),
    (concat!("arti", "factory"), "the address of a mirror"),
    (concat!("BEGIN PRI", "VATE KEY"), "a private key"),
];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &tree.files {
        for (line, text) in (1..).zip(file.text.lines()) {
            for (word, what) in WORDS {
                if text.contains(word) {
                    let what = format!("holds `{word}`, {what}");
                    found.push(Finding::new(&file.path, Some(line), what));
                }
            }
        }
        let lockfile = file.path.ends_with("package-lock.json");
        if lockfile && file.text.contains("\"resolved\":") {
            let what =
                "holds download addresses; npm's `omit-lockfile-registry-resolved` omits them";
            found.push(Finding::new(&file.path, None, what));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_one_machine_and_a_download_address_are_found() {
        let path = format!("see {}here\n", WORDS[0].0);
        let found = check(&Tree::of(&[
            ("README.md", &path),
            ("ui/package-lock.json", "{\"resolved\": \"https://example.test/a.tgz\"}"),
            ("ui/codegen/package-lock.json", "{}"),
        ]));
        let paths: Vec<_> = found.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["README.md", "ui/package-lock.json"]);
    }
}
