//! `cargo xtask tidy`: what neither the compiler nor clippy checks, as small rules.
//! A rule must be pure over the tree it is given, and each has a test that plants a violation.
//! Next: `tidy/tree.rs` for what a rule sees; one file per rule below `tidy/`.

mod headers;
mod layers;
mod leftovers;
mod literals;
mod manifests;
mod orphans_rs;
mod orphans_ui;
mod promises;
mod readme;
mod seams;
mod shape;
mod sizes;
mod test_names;
mod tree;
mod words;

use anyhow::{Result, bail};

use tree::{Finding, Tree};

/// A rule: everything it finds in a tree.
type Rule = fn(&Tree) -> Vec<Finding>;

/// Every rule with its name, in the order of the report.
const RULES: &[(&str, Rule)] = &[
    ("sizes", sizes::check),
    ("shape", shape::check),
    ("headers", headers::check),
    ("layers", layers::check),
    ("manifests", manifests::check),
    ("seams", seams::check),
    ("literals", literals::check),
    ("orphans-rs", orphans_rs::check),
    ("orphans-ui", orphans_ui::check),
    ("leftovers", leftovers::check),
    ("promises", promises::check),
    ("readme", readme::check),
    ("words", words::check),
];

/// Checks the workspace; fails with every broken rule, and lists what is only large.
pub(crate) fn tidy() -> Result<()> {
    let tree = Tree::load()?;
    let mut broken = 0;
    for (rule, check) in RULES {
        for finding in check(&tree) {
            let word = if finding.warning { "warning" } else { "error" };
            println!("{word}: {rule}: {finding}");
            broken += usize::from(!finding.warning);
        }
    }
    if broken > 0 {
        bail!("tidy: {broken} rules broken, see above");
    }
    crate::sh::say(format!("{} files are tidy", tree.files.len()));
    Ok(())
}
