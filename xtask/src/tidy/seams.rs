//! Each outside world has one place in the sources where it may be named.
//! Next: `layers.rs` for the same between packages.

use super::tree::{File, Finding, Tree};

/// A crate's name in source, and the paths that may say it.
const SEAMS: &[(&str, &[&str])] = &[
    ("async_nats", &["streams/src/jetstream"]),
    ("bollard", &["job-saga/src/effects"]),
    ("reqwest", &["fleet/src/", "job-saga/src/effects"]),
];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let sources = tree.ending(&[".rs"]).filter(|file| !file.is_test());
    sources.filter(|file| !file.path.starts_with("xtask/")).flat_map(of).collect()
}

fn of(file: &File) -> Vec<Finding> {
    let closed = SEAMS.iter().filter(|(_, open)| !open.iter().any(|at| file.path.starts_with(at)));
    let mut found = Vec::new();
    for (name, open) in closed {
        for (line, text) in file.code() {
            if says(text, name) {
                let what = format!("says `{name}`, which only {} may", open.join(" and "));
                found.push(Finding::new(&file.path, Some(line), what));
            }
        }
    }
    found
}

/// True when the path `name::…` or `name` itself stands in the line as a word of its own.
fn says(line: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + name.len()..].chars().next();
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_outside_its_seam_is_found() {
        let found = check(&Tree::of(&[
            ("streams/src/jetstream/log.rs", "use async_nats::Client;\n"),
            ("streams/src/ports.rs", "// not async_nats\nuse async_nats::Client;\n"),
            ("projector/src/run.rs", "fn my_async_nats_free() {}\n"),
            ("streams/tests/nats.rs", "use async_nats::Client;\n"),
            ("command-api/src/auth.rs", "let client = reqwest::Client::new();\n"),
        ]));
        let seen: Vec<_> = found.iter().map(|f| (f.path.as_str(), f.line)).collect();
        assert_eq!(seen, [("command-api/src/auth.rs", Some(1)), ("streams/src/ports.rs", Some(2))]);
    }
}
