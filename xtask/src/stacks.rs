//! Checking compose and stack files: Docker's own schema first, then the rules Docker ignores.
//! It must not deploy anything. A file in `deploy/swarm/fixtures/` is broken on purpose and says
//! in its first line who must refuse it. Next: `stacks/rules.rs` for the rules.

mod duration;
mod file;
mod rules;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::docker::Validator;
use crate::root::root;
use crate::sh::say;
use file::StackFile;

/// Validates `compose.yml` and the stacks, and demands that every broken fixture is refused.
pub(crate) fn lint_stacks() -> Result<()> {
    let docker = Validator::obtain()?;
    let mut wrong = Vec::new();
    let compose = [root().join("compose.yml")];
    for path in compose.iter().chain(&stacks()) {
        wrong.extend(docker_complaint(&docker, path)?);
    }
    for path in stacks() {
        wrong.extend(StackFile::read(&path)?.findings());
    }
    let fixtures = fixtures();
    if fixtures.is_empty() {
        wrong.push("deploy/swarm/fixtures holds no broken stack to refuse".to_owned());
    }
    for path in &fixtures {
        wrong.extend(check_fixture(&docker, path)?);
    }
    if !wrong.is_empty() {
        bail!("stack files:\n  {}", wrong.join("\n  "));
    }
    say(format!("{} stacks are well, {} broken ones refused", stacks().len(), fixtures.len()));
    Ok(())
}

/// Docker's complaint about a file, if it has one.
fn docker_complaint(docker: &Validator, path: &Path) -> Result<Option<String>> {
    let file = StackFile::read(path)?;
    let said = docker.validate(path, &file.sample_variables())?;
    Ok((!said.ok).then(|| format!("{}: docker: {}", file.name(), said.stderr.trim())))
}

/// A fixture's complaint when it was *not* refused by the one its first line names.
fn check_fixture(docker: &Validator, path: &Path) -> Result<Option<String>> {
    let file = StackFile::read_loose(path)?;
    let refused = match file.refused_by() {
        Some("docker") => docker_complaint(docker, path)?.is_some(),
        Some(rule) => {
            let found = StackFile::read(path)?.broken_rules();
            // Exactly the rule it plants: a fixture with side effects proves nothing.
            found.iter().all(|broken| *broken == rule) && !found.is_empty()
        }
        None => return Ok(Some(format!("{}: no `# refused-by: …` line", file.name()))),
    };
    let by = file.refused_by().unwrap_or_default();
    Ok((!refused).then(|| format!("{} is broken but `{by}` alone did not refuse it", file.name())))
}

fn stacks() -> Vec<PathBuf> {
    yaml(&root().join("deploy/swarm"), |path| !path.to_string_lossy().contains("/fixtures/"))
}

fn fixtures() -> Vec<PathBuf> {
    yaml(&root().join("deploy/swarm/fixtures"), |_| true)
}

fn yaml(folder: &Path, keep: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut files = crate::files::walk(folder, &[]);
    files.retain(|path| path.extension().is_some_and(|end| end == "yml") && keep(path));
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T0.3, T7.1: the real stacks keep every rule.
    #[test]
    fn every_stack_keeps_every_rule() {
        assert!(!stacks().is_empty());
        for path in stacks() {
            assert_eq!(StackFile::read(&path).unwrap().findings(), Vec::<String>::new());
        }
    }

    /// T0.3: every rule has a planted violation, and it alone is reported for it.
    #[test]
    fn every_rule_refuses_its_broken_fixture() {
        let mut planted = Vec::new();
        for path in fixtures() {
            let loose = StackFile::read_loose(&path).unwrap();
            let rule = loose.refused_by().expect("a refused-by line").to_owned();
            if rule != "docker" {
                let found = StackFile::read(&path).unwrap().broken_rules();
                assert_eq!(found, [rule.as_str()], "{}", path.display());
            }
            planted.push(rule);
        }
        for rule in rules::names() {
            assert!(planted.iter().any(|name| name == rule), "no fixture breaks `{rule}`");
        }
        assert!(planted.iter().any(|name| name == "docker"));
    }
}
