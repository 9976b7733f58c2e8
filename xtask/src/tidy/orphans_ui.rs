//! A file below `ui/src` that nothing but its own tests imports ships to no one.
//! Next: `orphans_rs.rs`.

use std::collections::BTreeSet;

use super::orphans_rs::join;
use super::tree::{File, Finding, Tree};

/// Folders whose files only tests and tools use.
const TEST_HELPERS: &[&str] = &["ui/src/test/", "ui/src/testing/", "ui/src/mock-api/"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut todo: Vec<&File> = tree.files.iter().filter(|file| is_entry(&file.path)).collect();
    if todo.is_empty() {
        return Vec::new();
    }
    while let Some(file) = todo.pop() {
        if reached.insert(&file.path) {
            let wanted = imports(file);
            let found = wanted.iter().filter_map(|import| resolve(tree, import));
            todo.extend(found);
        }
    }
    let ships = |file: &&File| {
        let source = [".ts", ".tsx", ".css"].iter().any(|end| file.path.ends_with(end));
        let helper = TEST_HELPERS.iter().any(|folder| file.path.starts_with(folder));
        file.path.starts_with("ui/src/")
            && source
            && !helper
            && !file.is_test()
            && !file.path.ends_with(".d.ts")
    };
    tree.files
        .iter()
        .filter(|file| ships(file) && !reached.contains(file.path.as_str()))
        .map(|file| Finding::new(&file.path, None, "is imported by nothing that ships"))
        .collect()
}

/// Where a browser or a build tool begins.
fn is_entry(path: &str) -> bool {
    let top = path.strip_prefix("ui/").is_some_and(|rest| !rest.contains('/'));
    path == "ui/src/main.tsx" || (top && (path.ends_with(".html") || path.ends_with(".config.ts")))
}

/// The paths a file imports from the UI's own sources, below the root.
fn imports(file: &File) -> Vec<String> {
    let folder = file.path.rsplit_once('/').map_or("", |parts| parts.0);
    let mut found = Vec::new();
    for quote in ['"', '\''] {
        for word in file.text.split(quote).skip(1) {
            let word = word.split(quote).next().unwrap_or_default();
            let word = word.split('?').next().unwrap_or_default();
            if word.starts_with("./") || word.starts_with("../") {
                found.push(join(folder, word));
            } else if let Some(rest) = word.strip_prefix("@/").or(word.strip_prefix("~/")) {
                found.push(join("ui/src", rest));
            } else if let Some(rest) = word.strip_prefix("/src/") {
                found.push(join("ui/src", rest));
            }
        }
    }
    found
}

/// The file an import means.
fn resolve<'a>(tree: &'a Tree, import: &str) -> Option<&'a File> {
    let stem = import.trim_end_matches(".js");
    ["", ".ts", ".tsx", ".css", "/index.ts", "/index.tsx"]
        .iter()
        .find_map(|end| tree.file(&format!("{stem}{end}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_only_its_test_imports_is_found() {
        let found = check(&Tree::of(&[
            ("ui/index.html", "<script type=\"module\" src=\"/src/main.tsx\"></script>"),
            ("ui/src/main.tsx", "import { routes } from './routes'\nimport './main.css'\n"),
            ("ui/src/main.css", ""),
            ("ui/src/routes.tsx", "const Jobs = lazy(() => import('@/pages/jobs'))\n"),
            ("ui/src/pages/jobs.tsx", ""),
            ("ui/src/ui/lost.tsx", ""),
            ("ui/src/ui/lost.test.tsx", "import { Lost } from './lost'\n"),
            ("ui/src/test/setup.ts", ""),
        ]));
        let paths: Vec<_> = found.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["ui/src/ui/lost.tsx"]);
    }
}
