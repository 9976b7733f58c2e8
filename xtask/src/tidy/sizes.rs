//! Files stay small: above 400 lines they are listed, above 600 the build fails.
//! Generated files and fixtures are exempt; functions are clippy's. Next: `shape.rs`.

use super::tree::{Finding, Tree};

const LARGE: usize = 400;
const TOO_LARGE: usize = 600;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let exempt = |path: &str| {
        path.contains("/__generated__/") || path.contains("/fixtures/") || path.ends_with(".d.ts")
    };
    let sources = tree.ending(&[".rs", ".ts", ".tsx"]).filter(|file| !exempt(&file.path));
    let sizes = sources.map(|file| (file, file.text.lines().count()));
    sizes
        .filter(|(_, lines)| *lines > LARGE)
        .map(|(file, lines)| {
            let limit = if lines > TOO_LARGE { TOO_LARGE } else { LARGE };
            let what = format!("{lines} lines, above {limit}");
            Finding { warning: lines <= TOO_LARGE, ..Finding::new(&file.path, None, what) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_listed_and_a_too_large_one_fails() {
        let (large, too_large) = ("x\n".repeat(401), "x\n".repeat(601));
        let found = check(&Tree::of(&[
            ("a.rs", &large),
            ("b.tsx", &too_large),
            ("c.rs", "x\n"),
            ("ui/src/api/__generated__/schema.d.ts", &too_large),
        ]));
        let seen: Vec<_> = found.iter().map(|f| (f.path.as_str(), f.warning)).collect();
        assert_eq!(seen, [("a.rs", true), ("b.tsx", false)]);
    }
}
