//! Nothing half done is committed.
//! Next: clippy's `todo`, `unimplemented` and `dbg_macro`, which know Rust but not TypeScript.

use super::tree::{Finding, Tree};

/// Put together, so that this file does not find itself.
const MARKS: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("dbg", "!("),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("debug", "ger;"),
    concat!(".only", "("),
    concat!("it.sk", "ip("),
    concat!("test.sk", "ip("),
];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in tree.ending(&[".rs", ".ts", ".tsx", ".sh", ".yml", ".toml"]) {
        for (line, text) in (1..).zip(file.text.lines()) {
            if let Some(mark) = MARKS.iter().find(|mark| text.contains(**mark)) {
                found.push(Finding::new(&file.path, Some(line), format!("holds `{mark}`")));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_to_do_is_found() {
        let text = format!("fn a() {{\n    // {} later\n}}\n", MARKS[0]);
        let found = check(&Tree::of(&[("a.rs", &text), ("b.ts", "const todo = 1;\n")]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, Some(2));
    }
}
