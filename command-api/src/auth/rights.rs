//! Right strings and what they let one see. Pure.
//!
//! `control.<area>.<verb>` with an optional `:<tenant>`; `control.*` is the administrator. No right
//! implies another silently, and `control.*:<tenant>` is none.

use std::collections::BTreeSet;

use streams::ids::TenantId;

/// What of a list a principal may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// Everything.
    All,
    /// Rows of these tenants; platform rows are not among them.
    Only(BTreeSet<TenantId>),
}

impl Sight {
    /// Whether a row of this tenant (`None`: platform) is visible.
    #[must_use]
    pub fn sees(&self, tenant: Option<&TenantId>) -> bool {
        match (self, tenant) {
            (Self::All, _) => true,
            (Self::Only(own), Some(tenant)) => own.contains(tenant),
            (Self::Only(_), None) => false,
        }
    }

    /// Whether there is nothing it could see.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        matches!(self, Self::Only(own) if own.is_empty())
    }
}

/// The rights of one principal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    all: Vec<String>,
    bound_to: Option<TenantId>,
}

impl Rights {
    /// Rights as the Gateway says them, cut down to one tenant when the token is bound to it.
    #[must_use]
    pub fn new(all: Vec<String>, bound_to: Option<TenantId>) -> Self {
        Self { all, bound_to }
    }

    /// As the Gateway says them.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.all
    }

    /// What `right` lets its holder see.
    #[must_use]
    pub fn sight(&self, right: &str) -> Sight {
        if self.all.iter().any(|held| held == "control.*" || held == right) {
            return match &self.bound_to {
                None => Sight::All,
                Some(tenant) => Sight::Only(BTreeSet::from([tenant.clone()])),
            };
        }
        let suffixed = self.all.iter().filter_map(|held| {
            let tenant = held.strip_prefix(right)?.strip_prefix(':')?;
            tenant.parse::<TenantId>().ok()
        });
        let bound = |tenant: &TenantId| self.bound_to.as_ref().is_none_or(|b| b == tenant);
        Sight::Only(suffixed.filter(bound).collect())
    }

    /// Whether `right` reaches a tenant (`None`: the platform).
    #[must_use]
    pub fn grants(&self, right: &str, tenant: Option<&TenantId>) -> bool {
        self.sight(right).sees(tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(text: &str) -> TenantId {
        text.parse().unwrap()
    }

    fn rights(all: &[&str]) -> Rights {
        Rights::new(all.iter().map(|&r| r.to_owned()).collect(), None)
    }

    /// T2.2
    #[test]
    fn nothing_is_granted_that_is_not_written_down() {
        let acme = tenant("acme");
        let held = rights(&[
            "control.jobs.read:acme",
            "control.*:acme",
            "control.jobs.*",
            "control.jobs.create:a.b",
            "CONTROL.JOBS.CREATE",
        ]);
        assert!(held.grants("control.jobs.read", Some(&acme)));
        assert!(!held.grants("control.jobs.read", Some(&tenant("other"))));
        assert!(!held.grants("control.jobs.read", None));
        assert!(!held.grants("control.jobs.create", Some(&acme)));
        assert!(held.sight("control.jobs.create").is_blind());
        assert!(rights(&["control.*"]).grants("control.jobs.create", Some(&acme)));
        assert!(Rights::default().sight("control.jobs.read").is_blind());
    }

    #[test]
    fn a_token_bound_to_a_tenant_reaches_no_other_one_whatever_the_rights_say() {
        let held = Rights::new(vec!["control.*".to_owned()], Some(tenant("acme")));
        assert!(held.grants("control.jobs.read", Some(&tenant("acme"))));
        assert!(!held.grants("control.jobs.read", Some(&tenant("other"))));
        assert!(!held.grants("control.jobs.read", None));
    }
}
