//! A stack file as data: read, anchors merged, its variables listed.
//! It must not judge; `rules.rs` does. Next: `rules.rs`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_yaml_ng::Value;

use super::rules;

/// One stack or compose file.
pub(crate) struct StackFile {
    path: PathBuf,
    text: String,
    pub(crate) tree: Value,
}

impl StackFile {
    /// Reads and parses a file, merging its anchors.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let mut file = Self::read_loose(path)?;
        let tree = serde_yaml_ng::from_str(&file.text)
            .and_then(|mut tree: Value| tree.apply_merge().map(|()| tree));
        file.tree = tree.with_context(|| format!("{} is not YAML", path.display()))?;
        Ok(file)
    }

    /// Reads a file without demanding that it parses.
    pub(crate) fn read_loose(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self { path: path.to_path_buf(), text, tree: Value::Null })
    }

    #[cfg(test)]
    pub(crate) fn parse(text: &str) -> Self {
        let tree = serde_yaml_ng::from_str(text).unwrap();
        Self { path: "test.yml".into(), text: text.to_owned(), tree }
    }

    /// The path below the workspace's root.
    pub(crate) fn name(&self) -> String {
        self.path.strip_prefix(crate::root::root()).unwrap_or(&self.path).display().to_string()
    }

    /// Who must refuse this file, from its `# refused-by: …` line.
    pub(crate) fn refused_by(&self) -> Option<&str> {
        self.text.lines().find_map(|line| line.strip_prefix("# refused-by: ")).map(str::trim)
    }

    /// Every broken rule as a sentence, with the file and the service.
    pub(crate) fn findings(&self) -> Vec<String> {
        let name = self.name();
        self.broken().into_iter().map(|(rule, what)| format!("{name}: {rule}: {what}")).collect()
    }

    /// The names of the broken rules, each once.
    pub(crate) fn broken_rules(&self) -> Vec<&'static str> {
        let mut broken: Vec<&str> = self.broken().into_iter().map(|(rule, _)| rule).collect();
        broken.sort_unstable();
        broken.dedup();
        broken
    }

    fn broken(&self) -> Vec<(&'static str, String)> {
        let mut broken = rules::check(&self.tree);
        broken.extend(rules::variables(&self.text).map(|what| (rules::VARIABLES, what)));
        broken
    }

    /// A value for every `${NAME…}` in the file, so that a validator accepts it.
    pub(crate) fn sample_variables(&self) -> Vec<(String, String)> {
        let names = self.text.split("${").skip(1).filter_map(|rest| {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
            Some(rest[..end].to_owned())
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names.dedup();
        let sample = |name: &str| {
            if name.ends_with("_IMAGE") {
                format!("registry.example.test/control/sample@sha256:{}", "0".repeat(64))
            } else {
                "sample".to_owned()
            }
        };
        names.into_iter().map(|name| (sample(&name), name)).map(|(v, n)| (n, v)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_of_a_file_gets_a_sample() {
        let file = StackFile::parse("a: ${API_IMAGE:?say which}\nb: x-${SHA}\nc: ${SHA}\n");
        let variables = file.sample_variables();
        assert_eq!(variables.len(), 2);
        assert!(variables[0].1.contains("@sha256:"), "{variables:?}");
        assert_eq!(variables[1], ("SHA".to_owned(), "sample".to_owned()));
    }
}
