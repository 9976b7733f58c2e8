//! What was found to be wrong, each once, with its evidence; the counters are their number.
//!
//! Findings are kept in a file: a restart neither forgets nor counts one again.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use streams::ids::TenantId;

use crate::durable::Lines;

/// The three promises that can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Harm {
    /// Acknowledged and not applied.
    Lost,
    /// Applied twice.
    Doubled,
    /// Served by a node that does not own the tenant under the epoch in force.
    Misrouted,
}

/// One broken promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Identifies the occurrence; the same one is never counted again.
    pub key: String,
    /// Which promise.
    pub harm: Harm,
    /// To whom.
    pub tenant_id: TenantId,
    /// What was seen, for a person.
    pub evidence: String,
    /// When it was noticed.
    pub at: DateTime<Utc>,
}

/// Numbers of findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Harms {
    /// Acknowledged and not applied.
    pub lost: u64,
    /// Applied twice.
    pub doubled: u64,
    /// Served by a wrong node.
    pub misrouted: u64,
}

impl Harms {
    fn add(&mut self, harm: Harm) {
        match harm {
            Harm::Lost => self.lost += 1,
            Harm::Doubled => self.doubled += 1,
            Harm::Misrouted => self.misrouted += 1,
        }
    }
}

/// How many findings are kept for reading; the counters know of all.
const SHOWN: usize = 1_000;

/// All findings.
#[derive(Debug)]
pub struct Findings {
    file: Lines,
    seen: BTreeSet<String>,
    latest: Vec<Finding>,
    total: Harms,
    per_tenant: BTreeMap<TenantId, Harms>,
}

impl Findings {
    /// Opens `findings.jsonl` of the state directory.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(state_dir: &Path) -> io::Result<Self> {
        let (file, earlier) = Lines::open::<Finding>(&state_dir.join("findings.jsonl"))?;
        let mut findings = Self {
            file,
            seen: BTreeSet::new(),
            latest: Vec::new(),
            total: Harms::default(),
            per_tenant: BTreeMap::new(),
        };
        for finding in earlier {
            findings.count(finding);
        }
        Ok(findings)
    }

    /// Adds a finding, unless it is known.
    pub fn add(&mut self, finding: Finding) {
        if self.seen.contains(&finding.key) {
            return;
        }
        let Finding { key, tenant_id, evidence, .. } = &finding;
        tracing::error!(harm = ?finding.harm, key, %tenant_id, evidence, "the fleet broke a promise");
        if let Err(error) = self.file.append(&finding) {
            tracing::error!(%error, "a finding could not be written down");
        }
        self.count(finding);
    }

    fn count(&mut self, finding: Finding) {
        if self.seen.insert(finding.key.clone()) {
            self.total.add(finding.harm);
            self.per_tenant.entry(finding.tenant_id.clone()).or_default().add(finding.harm);
            if self.latest.len() < SHOWN {
                self.latest.push(finding);
            }
        }
    }

    /// All together.
    #[must_use]
    pub fn total(&self) -> Harms {
        self.total
    }

    /// One tenant's.
    #[must_use]
    pub fn of(&self, tenant: &TenantId) -> Harms {
        self.per_tenant.get(tenant).copied().unwrap_or_default()
    }

    /// The first of them, oldest first.
    #[must_use]
    pub fn list(&self) -> &[Finding] {
        &self.latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_counted_once_also_over_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let finding = |key: &str, harm| Finding {
            key: key.to_owned(),
            harm,
            tenant_id: "acme".parse().unwrap(),
            evidence: String::new(),
            at: DateTime::UNIX_EPOCH,
        };
        let mut findings = Findings::open(folder.path()).unwrap();
        findings.add(finding("a", Harm::Lost));
        findings.add(finding("a", Harm::Lost));
        findings.add(finding("b", Harm::Misrouted));
        drop(findings);
        let mut findings = Findings::open(folder.path()).unwrap();
        findings.add(finding("b", Harm::Misrouted));
        assert_eq!(findings.total(), Harms { lost: 1, doubled: 0, misrouted: 1 });
        assert_eq!(findings.of(&"acme".parse().unwrap()), findings.total());
    }
}
