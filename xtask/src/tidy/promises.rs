//! A promise names the test that keeps it: ticks of the plan, the operational invariants, the
//! architecture's invariants. A name nobody wrote a test for breaks the build.
//! Next: `test_names.rs` for what exists.

use std::collections::BTreeSet;

use super::test_names;
use super::tree::{File, Finding, Tree};

const PLAN: &str = "DEVELOPMENT_PLAN.md";
const INVARIANTS: &str = "docs/invariants.md";
const ARCHITECTURE: &str = "ARCHITECTURE.md";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let known = test_names::all(tree);
    let mut found = Vec::new();
    for (path, of) in
        [(PLAN, ticks as fn(&File) -> Vec<Promise>), (INVARIANTS, rows), (ARCHITECTURE, invariants)]
    {
        let promises = tree.file(path).map(of).unwrap_or_default();
        found.extend(promises.iter().flat_map(|promise| promise.judge(path, &known)));
    }
    found
}

/// Something promised, where, and the tests it names.
struct Promise {
    line: usize,
    tests: Vec<String>,
}

impl Promise {
    fn judge(&self, path: &str, known: &BTreeSet<String>) -> Vec<Finding> {
        if self.tests.is_empty() {
            return vec![Finding::new(path, Some(self.line), "names no test that holds it")];
        }
        let unknown = self.tests.iter().filter(|name| !known.contains(*name));
        unknown
            .map(|name| Finding::new(path, Some(self.line), format!("no test is called `{name}`")))
            .collect()
    }
}

/// What stands between backticks.
fn code(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The names after `tests:` or `test:` in an item's own words, which end where its parts begin.
fn named(text: &str) -> Vec<String> {
    let parts =
        text.match_indices("\n").find(|(at, _)| text[at + 1..].trim_start().starts_with("- "));
    let own = parts.map_or(text, |(at, _)| &text[..at]);
    let found = ["tests:", "test:"].iter().find_map(|mark| own.rsplit_once(mark));
    found.map_or(Vec::new(), |(_, names)| code(names))
}

/// Items of a list with what hangs below them: their first line's number and their whole text.
fn items<'a>(text: &'a str, starts: &'a str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (line, words) in (1..).zip(text.lines()) {
        if words.trim_start().starts_with(starts) {
            found.push((line, words.to_owned()));
            open = true;
        } else if words.starts_with("  ") && open && !words.trim_start().starts_with("- [") {
            if let Some((_, text)) = found.last_mut() {
                text.push('\n');
                text.push_str(words);
            }
        } else {
            open = false;
        }
    }
    found
}

/// The ticked boxes of the plan.
fn ticks(file: &File) -> Vec<Promise> {
    let ticked = items(&file.text, "- [x]");
    ticked.into_iter().map(|(line, text)| Promise { line, tests: named(&text) }).collect()
}

/// The rows of the table of operational invariants: what is promised, and by which tests.
fn rows(file: &File) -> Vec<Promise> {
    let rows = (1..).zip(file.text.lines()).filter(|(_, line)| line.starts_with('|'));
    rows.skip(2)
        .map(|(line, row)| {
            let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
            Promise { line, tests: cells.get(1).map_or(vec![], |cell| code(cell)) }
        })
        .collect()
}

/// The list below the architecture's heading `Invariants`.
fn invariants(file: &File) -> Vec<Promise> {
    let begin = file.text.lines().position(|line| {
        line.starts_with('#') && line.trim_start_matches('#').trim().starts_with("Invariants")
    });
    let Some(begin) = begin else {
        return vec![Promise { line: 1, tests: Vec::new() }];
    };
    let section: String = file
        .text
        .lines()
        .skip(begin + 1)
        .take_while(|line| !line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    items(&section, "- ")
        .into_iter()
        .map(|(line, text)| Promise { line: begin + 1 + line, tests: named(&text) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TESTS: (&str, &str) = ("a.rs", "//! x\n#[test]\nfn a_key_is_unique() {}\n");

    fn found(path: &str, text: &str) -> Vec<(Option<usize>, String)> {
        let findings = check(&Tree::of(&[TESTS, (path, text)]));
        findings.into_iter().map(|finding| (finding.line, finding.what)).collect()
    }

    /// Plan: "a tick that names no existing test is refused".
    #[test]
    fn a_tick_that_names_no_existing_test_is_refused() {
        let plan = "- [ ] T0.1 open\n\
                    - [x] T0.2 held; tests: `a_key_is_unique`\n  - a part with `code`\n\
                    - [x] T0.3 not held\n  - a part of it\n\
                    - [x] T0.4 wrong\n  tests: `no_such_test`\n";
        assert_eq!(
            found(PLAN, plan),
            [
                (Some(4), "names no test that holds it".to_owned()),
                (Some(6), "no test is called `no_such_test`".to_owned()),
            ]
        );
    }

    #[test]
    fn an_invariant_without_its_test_is_refused() {
        let table = "# Invariants\n\n| invariant | tests |\n|---|---|\n\
                     | no `act` without audit | `a_key_is_unique` |\n| secrets |  |\n";
        assert_eq!(found(INVARIANTS, table), [(Some(6), "names no test that holds it".to_owned())]);
    }

    #[test]
    fn an_architecture_invariant_without_its_test_is_refused() {
        let text = "# A\n## Invariants\n- No one writes. Tests: `x`\n- Nothing is lost\n  twice. \
                    tests: `a_key_is_unique`\n- Only `streams` names NATS.\n## Walk\n- step\n";
        let lines: Vec<_> = found(ARCHITECTURE, text).into_iter().map(|f| f.0).collect();
        assert_eq!(lines, [Some(3), Some(6)]);
    }
}
