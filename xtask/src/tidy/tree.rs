//! What the rules see: every file git would commit, and the workspace's packages.
//! It must not judge. Next: any rule.

use std::fmt;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::root::root;
use crate::sh::{cargo, cmd, read};

/// The workspace as data.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Sorted by path.
    pub(crate) files: Vec<File>,
    pub(crate) packages: Vec<Package>,
}

/// One text file.
#[derive(Debug)]
pub(crate) struct File {
    /// Below the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// Below a module that its parent declares `#[cfg(test)]`.
    below_tests: bool,
}

/// One of our own packages.
#[derive(Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// The name of each dependency, and whether only its tests use it.
    pub(crate) dependencies: Vec<(String, bool)>,
    /// The root source file of each target.
    pub(crate) roots: Vec<String>,
}

/// A broken rule, at a place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: Option<usize>,
    pub(crate) what: String,
    /// Worth knowing, not a failure.
    pub(crate) warning: bool,
}

impl Finding {
    pub(crate) fn new(path: &str, line: Option<usize>, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), warning: false }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.what),
            None => write!(f, "{}: {}", self.path, self.what),
        }
    }
}

impl Tree {
    /// Reads what git tracks or would track, and asks cargo for the packages.
    pub(crate) fn load() -> Result<Self> {
        let listed = read(cmd("git").args(["ls-files", "-coz", "--exclude-standard"]))?;
        let mut files = Vec::new();
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            // Deleted but still tracked, or not text: nothing to read.
            if let Ok(text) = std::fs::read_to_string(root().join(path)) {
                files.push(File { path: path.to_owned(), text, below_tests: false });
            }
        }
        let files = arrange(files);
        let told = read(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
        let told: Value = serde_json::from_str(&told).context("cargo metadata is not JSON")?;
        let packages = array(&told["packages"]).iter().map(package).collect();
        Ok(Self { files, packages })
    }

    /// The file at a path.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        let at = self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        self.files.get(at)
    }

    /// The files whose path ends with one of these.
    pub(crate) fn ending<'a>(&'a self, ends: &'a [&str]) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(|file| ends.iter().any(|end| file.path.ends_with(end)))
    }

    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
            below_tests: false,
        };
        Self { files: arrange(files.iter().map(file).collect()), packages: Vec::new() }
    }
}

/// Sorts the files by path and marks those that only a test build compiles.
fn arrange(mut files: Vec<File>) -> Vec<File> {
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let modules: Vec<String> = files.iter().flat_map(test_modules).collect();
    for file in &mut files {
        let stem = file.path.trim_end_matches(".rs");
        file.below_tests = modules
            .iter()
            .any(|module| stem == module || file.path.starts_with(&format!("{module}/")));
    }
    files
}

/// The paths, without `.rs`, of the modules a file declares for tests only.
fn test_modules(file: &File) -> Vec<String> {
    let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    let home = match name {
        "lib.rs" | "main.rs" => folder.to_owned(),
        name => format!("{folder}/{}", name.trim_end_matches(".rs")),
    };
    let lines = file.text.lines().zip(file.text.lines().skip(1));
    let declared = lines.filter(|(above, _)| above.trim() == "#[cfg(test)]");
    let names =
        declared.filter_map(|(_, line)| line.trim().strip_prefix("mod ")?.strip_suffix(';'));
    names.map(|name| format!("{home}/{name}")).collect()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn package(told: &Value) -> Package {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let prefix = format!("{}/", root().display());
    let source = |target: &Value| {
        let path = text(&target["src_path"]);
        path.strip_prefix(&prefix).unwrap_or(&path).to_owned()
    };
    Package {
        name: text(&told["name"]),
        dependencies: array(&told["dependencies"])
            .iter()
            .map(|one| (text(&one["name"]), one["kind"] == "dev"))
            .collect(),
        roots: array(&told["targets"]).iter().map(source).collect(),
    }
}

impl File {
    /// True for files that only tests use: they may say and use what production code may not.
    pub(crate) fn is_test(&self) -> bool {
        let folder = |name: &str| {
            self.path.starts_with(&format!("{name}/")) || self.path.contains(&format!("/{name}/"))
        };
        let name = self.path.rsplit('/').next().unwrap_or_default();
        self.below_tests
            || folder("tests")
            || folder("benches")
            || folder("e2e")
            || folder("mock-api")
            || folder("fixtures")
            || name.contains(".test.")
            || name == "tests.rs"
            || name.ends_with("_tests.rs")
    }

    /// The numbered lines of a file's production code: no comments, nothing from the first
    /// test module on.
    pub(crate) fn code(&self) -> Vec<(usize, &str)> {
        let lines: Vec<&str> = self.text.lines().collect();
        let is_tests = |at: &usize| {
            let next = lines.get(at + 1).map_or("", |line| line.trim_start());
            lines[*at].trim() == "#[cfg(test)]" && next.starts_with("mod ") && next.ends_with('{')
        };
        let end = (0..lines.len()).find(is_tests).unwrap_or(lines.len());
        let comment = |line: &str| ["//", "/*", "*"].iter().any(|mark| line.starts_with(mark));
        let is_code = |line: &str| !comment(line.trim_start());
        (1..).zip(lines).take(end).filter(|(_, line)| is_code(line)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_without_comments_and_tests() {
        let text = "//! head\nlet a = 1;\n// no\n#[cfg(test)]\nmod tests {\nlet b = 2;\n}\n";
        let tree = Tree::of(&[("a.rs", text)]);
        assert_eq!(tree.files[0].code(), [(2, "let a = 1;")]);
    }

    #[test]
    fn a_module_declared_for_tests_only_is_a_test_with_all_below_it() {
        let tree = Tree::of(&[
            ("a/src/lib.rs", "mod run;\n#[cfg(test)]\nmod sim;\n"),
            ("a/src/run.rs", ""),
            ("a/src/sim.rs", ""),
            ("a/src/sim/world.rs", ""),
        ]);
        let tests: Vec<_> = tree.files.iter().filter(|file| file.is_test()).collect();
        let paths: Vec<_> = tests.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["a/src/sim.rs", "a/src/sim/world.rs"]);
    }

    #[test]
    fn test_files_are_known_by_their_place_and_name() {
        let is_test = |path: &str| Tree::of(&[(path, "")]).files[0].is_test();
        for path in ["tests/support/src/lib.rs", "streams/tests/nats.rs", "ui/src/a.test.tsx"] {
            assert!(is_test(path), "{path}");
        }
        for path in ["streams/src/lib.rs", "xtask/src/test.rs", "ui/src/latest.ts"] {
            assert!(!is_test(path), "{path}");
        }
    }
}
