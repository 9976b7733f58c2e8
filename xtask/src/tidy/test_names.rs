//! The names of all tests that exist: Rust functions, registered trials, the UI's titles.
//! It must be generous about how a test is written and strict about what it is called.
//! Next: `promises.rs`, which looks names up.

use std::collections::BTreeSet;

use super::tree::{File, Tree};

/// The acceptance cases, which carry their names as data.
const CASES: &str = "tests/scenarios/src/cases.rs";

/// Every test's name or title.
pub(crate) fn all(tree: &Tree) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in tree.ending(&[".rs"]) {
        rust(file, &mut names);
    }
    for file in tree.ending(&[".ts", ".tsx"]) {
        if file.path.contains(".test.") || file.path.contains("/e2e/") {
            titles(&file.text, &mut names);
        }
    }
    names
}

/// Functions under a test attribute; in files that register their own tests, every sentence.
fn rust(file: &File, names: &mut BTreeSet<String>) {
    let registers = ["libtest_mimic", "Trial::", "CASES: &[", "proptest!", "conformance"]
        .iter()
        .any(|word| file.text.contains(word));
    let mut marked = false;
    for line in file.text.lines().map(str::trim) {
        if line.starts_with("#[") {
            marked |= ["test]", "test(", "rstest"].iter().any(|word| line.contains(word));
        } else if let Some(name) = function(line) {
            if marked || (registers && is_sentence(name)) {
                names.insert(name.to_owned());
            }
            marked = false;
        }
        if file.path == CASES {
            names.extend(line.split('"').skip(1).step_by(2).map(str::to_owned));
        }
        if registers {
            let quoted = line.split('"').skip(1).step_by(2).filter(|text| is_sentence(text));
            names.extend(quoted.map(str::to_owned));
        }
    }
}

/// The name in a function's first line.
fn function(line: &str) -> Option<&str> {
    let at = if line.starts_with("fn ") { 0 } else { line.find(" fn ")? + 1 };
    let rest = &line[at + 3..];
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    (end > 0 && !line.starts_with("//")).then(|| &rest[..end])
}

/// Three words or more: what a test is called, and a constant or a helper seldom is.
fn is_sentence(text: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    text.chars().all(word) && text.matches('_').count() >= 2
}

/// The first argument of `it(…)` and `test(…)`, also of their `.each` and `.skip` forms' calls.
fn titles(text: &str, names: &mut BTreeSet<String>) {
    for call in ["it(", "test(", "flow("] {
        for (at, _) in text.match_indices(call) {
            let before = text[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.') {
                continue;
            }
            let rest = text[at + call.len()..].trim_start();
            let Some(quote) = rest.chars().next().filter(|c| "'\"`".contains(*c)) else { continue };
            if let Some(end) = rest[1..].find(quote) {
                names.insert(rest[1..=end].to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str, text: &str) -> Vec<String> {
        all(&Tree::of(&[(path, text)])).into_iter().collect()
    }

    #[test]
    fn rust_tests_are_found_and_helpers_are_not() {
        let text = "fn helper() {}\n#[tokio::test]\nasync fn a_key_is_unique() {}\n\
                    #[test]\n#[ignore]\nfn it_folds() {}\npub fn last() {}\n";
        assert_eq!(names("a.rs", text), ["a_key_is_unique", "it_folds"]);
    }

    #[test]
    fn registered_trials_are_found() {
        let text = "use libtest_mimic::Trial;\nTrial::test(\"an_append_is_fenced\", run)\n\
                    fn reads_its_own_writes() {}\nfn run() {}\n";
        assert_eq!(names("a.rs", text), ["an_append_is_fenced", "reads_its_own_writes"]);
    }

    #[test]
    fn cases_of_a_suite_are_found() {
        let text = "const CASES: &[Case] = &[\n  (\"of_two_writers_one_wins\", race),\n];\n";
        assert_eq!(names("a.rs", text), ["of_two_writers_one_wins"]);
    }

    #[test]
    fn acceptance_cases_are_found() {
        let text = "const ALL: &[Case] = &[\n  case!(\n    \"kill-one-step\",\n    x::y\n  )];\n";
        assert_eq!(names(CASES, text), ["kill-one-step"]);
    }

    #[test]
    fn titles_of_the_ui_are_found() {
        let text = "it('shows the plan', () => {})\ntest(\n  \"routes render\", x)\nsubmit('no')\n";
        assert_eq!(names("ui/src/a.test.tsx", text), ["routes render", "shows the plan"]);
    }
}
