//! `foo.rs` beside `foo/`, never `mod.rs`; a `main.rs` only hands over.
//! Next: `headers.rs`.

use super::tree::{Finding, Tree};

const MAIN: usize = 80;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in tree.ending(&[".rs"]) {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        if name == "mod.rs" {
            found.push(Finding::new(&file.path, None, "is a mod.rs; use `name.rs` and `name/`"));
        }
        let lines = file.text.lines().count();
        let program = name == "main.rs" && file.path.contains("/src/");
        if program && lines > MAIN {
            let what = format!("{lines} lines, above {MAIN}; move the work into modules");
            found.push(Finding::new(&file.path, None, what));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mod_rs_and_a_long_main_are_found() {
        let long = "x\n".repeat(81);
        let found = check(&Tree::of(&[
            ("a/src/b/mod.rs", ""),
            ("a/src/main.rs", &long),
            ("b/src/main.rs", "fn main() {}\n"),
            ("b/tests/contract/main.rs", &long),
        ]));
        let paths: Vec<_> = found.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["a/src/b/mod.rs", "a/src/main.rs"]);
    }
}
