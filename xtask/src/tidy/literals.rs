//! Names of streams, subjects and buckets are written once, in the catalogue; everyone else
//! uses its constants, so that a rename cannot leave half of the system behind.
//! The UI is not looked at: it never speaks NATS, so there these names are words for people.
//! Next: `streams/src/catalog.rs`, `streams/src/subjects.rs`.

use super::tree::{File, Finding, Tree};

/// What a string literal may not contain elsewhere.
const NAMES: &[&str] = &[
    "control.cmd.",
    "control.evt.",
    // Not `control.audit.` alone: rights are called `control.audit.read`.
    "control.audit.{",
    "control.audit.>",
    "control.audit.*",
    "control.audit._",
    "CONTROL_COMMANDS",
    "CONTROL_EVENTS",
    "CONTROL_AUDIT",
    "aggregate_placement",
    "projection_placement",
    "runner_placement",
    "gateway_nodes",
    "control_meta",
    "KV_control",
];

/// The files that write them.
const HOMES: &[&str] = &["streams/src/catalog", "streams/src/subjects", "streams/src/roles"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let exempt = |file: &&File| {
        let home = HOMES.iter().any(|home| file.path.starts_with(home));
        home || file.is_test() || file.path.starts_with("xtask/")
    };
    let sources = tree.ending(&[".rs"]).filter(|file| !exempt(file));
    sources.flat_map(of).collect()
}

fn of(file: &File) -> Vec<Finding> {
    let mut found = Vec::new();
    for (line, text) in file.code() {
        for name in NAMES {
            // A literal with spaces is a sentence for people.
            if literals(text).any(|literal| literal.contains(name) && !literal.contains(' ')) {
                let what = format!("writes `{name}` itself; take it from the catalogue");
                found.push(Finding::new(&file.path, Some(line), what));
            }
        }
    }
    found
}

/// What stands between quotes in a line. Odd pieces are inside; an escaped quote at worst makes
/// code look like a literal, and code cannot hold these names.
fn literals(line: &str) -> impl Iterator<Item = &str> {
    let inside = |quote: char| line.split(quote).skip(1).step_by(2);
    inside('"').chain(inside('\'')).chain(inside('`'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_name_outside_the_catalogue_is_found() {
        let found = check(&Tree::of(&[
            ("streams/src/catalog.rs", "const EVENTS: &str = \"CONTROL_EVENTS\";\n"),
            ("projector/src/run.rs", "/// Reads `CONTROL_EVENTS`.\nopen(\"CONTROL_EVENTS\");\n"),
            ("projector/src/sub.rs", "format!(\"control.audit.{tenant}.read\");\n"),
            ("projector/tests/nats.rs", "open(\"CONTROL_EVENTS\");\n"),
            ("command-api/src/rights.rs", "Right(\"control.audit.read\");\n"),
            ("job-saga/src/run.rs", "open(catalog::CONTROL_EVENTS);\n"),
        ]));
        let seen: Vec<_> = found.iter().map(|f| (f.path.as_str(), f.line)).collect();
        assert_eq!(seen, [("projector/src/run.rs", Some(2)), ("projector/src/sub.rs", Some(1))]);
    }
}
