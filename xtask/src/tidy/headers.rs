//! Every Rust file begins by saying what it is for.
//! Next: `shape.rs`.

use super::tree::{Finding, Tree};

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    // Attributes of the crate may come first.
    let first = |text: &str| {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        lines.find(|line| !line.starts_with("#![")).map(str::to_owned)
    };
    tree.ending(&[".rs"])
        .filter(|file| !first(&file.text).is_some_and(|line| line.starts_with("//! ")))
        .map(|file| {
            Finding::new(&file.path, Some(1), "has no `//!` header that says what it is for")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_header_is_found() {
        let found = check(&Tree::of(&[
            ("good.rs", "#![allow(x)]\n\n//! What it is for.\n"),
            ("bad.rs", "use std::fmt;\n//! too late\n"),
            ("empty.rs", ""),
        ]));
        let paths: Vec<_> = found.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["bad.rs", "empty.rs"]);
    }
}
