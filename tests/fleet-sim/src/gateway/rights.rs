//! Right strings: which there are, what one reaches, what it becomes for one tenant. Pure.
//!
//! `control.<area>.<verb>` with an optional `:<tenant>`; `control.*` is the administrator. No right
//! implies another silently, and `control.*:<tenant>` is none. Who holds which is [`super::iam`].

use std::collections::BTreeSet;

use fleet::contract::administration::Permission;
use streams::ids::TenantId;

/// The right of those who may do everything.
pub const EVERYTHING: &str = "control.*";

/// Areas, and in each the verbs with what they let one do.
const VOCABULARY: &[(&str, &[(&str, &str)])] = &[
    (
        "jobs",
        &[
            ("read", "See jobs and their plans"),
            ("create", "Start a job"),
            ("cancel", "Cancel a job"),
            ("pause", "Pause a job"),
            ("resume", "Let a paused job go on"),
            ("approve", "Approve a job that asks for it"),
            ("retry", "Try the undo of a stuck job again"),
            ("resolve", "Close a stuck job by hand"),
            ("override", "Answer for a gate that does not hold"),
        ],
    ),
    ("placement", &[("read", "See where tenants are"), ("write", "Change the shard directory")]),
    ("tenants", &[("read", "See tenants"), ("write", "Change tenants")]),
    ("fleet", &[("read", "See nodes and their health"), ("write", "Change the list of nodes")]),
    (
        "deployments",
        &[
            ("read", "See deployments"),
            ("create", "Start a deployment"),
            ("approve", "Approve a deployment"),
            ("cancel", "Cancel a deployment"),
            ("pause", "Pause a deployment"),
            ("resume", "Let a paused deployment go on"),
        ],
    ),
    ("audit", &[("read", "See the audit log")]),
    (
        "iam",
        &[
            ("read", "See users, sessions, roles and permissions"),
            ("write", "Change users and roles, revoke sessions"),
        ],
    ),
    ("config", &[("read", "See configuration"), ("write", "Change configuration")]),
    ("definitions", &[("read", "See definitions"), ("write", "Change definitions")]),
    ("settings", &[("read", "See the platform's settings"), ("write", "Change them")]),
];

/// Every right that can be granted, in order of areas; [`EVERYTHING`] comes beside them.
#[must_use]
pub fn permissions() -> Vec<Permission> {
    let one = |area: &str, (verb, description): &(&str, &str)| Permission {
        right: format!("control.{area}.{verb}"),
        area: area.to_owned(),
        verb: (*verb).to_owned(),
        description: (*description).to_owned(),
    };
    VOCABULARY.iter().flat_map(|(area, verbs)| verbs.iter().map(|v| one(area, v))).collect()
}

/// The rights of one verb in every area that has it.
#[must_use]
pub fn of_verb(verb: &str) -> Vec<String> {
    permissions().into_iter().filter(|p| p.verb == verb).map(|p| p.right).collect()
}

/// A right without its tenant, and the tenant.
fn split(right: &str) -> (&str, Option<&str>) {
    match right.split_once(':') {
        Some((plain, tenant)) => (plain, Some(tenant)),
        None => (right, None),
    }
}

/// Whether this can be granted at all.
#[must_use]
pub fn exists(right: &str) -> bool {
    let (plain, tenant) = split(right);
    let known = || {
        let mut parts = plain.split('.');
        let (control, area, verb) = (parts.next(), parts.next(), parts.next());
        let verbs = VOCABULARY.iter().find(|(name, _)| Some(*name) == area);
        control == Some("control")
            && parts.next().is_none()
            && verbs.is_some_and(|(_, verbs)| verbs.iter().any(|(name, _)| Some(*name) == verb))
    };
    match tenant {
        None => plain == EVERYTHING || known(),
        Some(tenant) => tenant.parse::<TenantId>().is_ok() && known(),
    }
}

/// Whether the holder of `held` may do what `right` lets one do, and so may grant it.
#[must_use]
pub fn covers(held: &[String], right: &str) -> bool {
    let (plain, _) = split(right);
    held.iter().any(|h| h == EVERYTHING || h == right || h == plain)
}

/// What a right becomes for somebody who is bound to `tenant`; none when it reaches beyond.
#[must_use]
pub fn narrowed(right: &str, tenant: &TenantId) -> Option<String> {
    match split(right) {
        (EVERYTHING, _) => None,
        (plain, None) => Some(format!("{plain}:{tenant}")),
        (_, Some(own)) => (own == tenant.as_str()).then(|| right.to_owned()),
    }
}

/// What of the rows a right lets its holder see or change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// All.
    All,
    /// Those that are bound to one of these tenants.
    Only(BTreeSet<TenantId>),
}

impl Reach {
    /// How far `held` reach with `right`; none when not at all.
    #[must_use]
    pub fn of(held: &[String], right: &str) -> Option<Self> {
        if held.iter().any(|h| h == EVERYTHING || h == right) {
            return Some(Self::All);
        }
        let tenant = |h: &String| h.strip_prefix(right)?.strip_prefix(':')?.parse().ok();
        let tenants: BTreeSet<_> = held.iter().filter_map(tenant).collect();
        (!tenants.is_empty()).then_some(Self::Only(tenants))
    }

    /// Whether it reaches a row of this tenant; none is a row of the platform.
    #[must_use]
    pub fn covers(&self, tenant: Option<&TenantId>) -> bool {
        match (self, tenant) {
            (Self::All, _) => true,
            (Self::Only(own), Some(tenant)) => own.contains(tenant),
            (Self::Only(_), None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(rights: &[&str]) -> Vec<String> {
        rights.iter().map(|r| (*r).to_owned()).collect()
    }

    #[test]
    fn a_right_exists_with_a_known_area_and_verb_and_a_valid_tenant_only() {
        for good in ["control.*", "control.jobs.read", "control.iam.write:acme"] {
            assert!(exists(good), "{good}");
        }
        for bad in [
            "",
            "control",
            "control.jobs",
            "control.jobs.*",
            "control.jobs.read.more",
            "control.jobs.write",
            "control.audit.write",
            "control.*:acme",
            "control.jobs.read:",
            "control.jobs.read:a.b",
            "control.jobs.read:a:b",
            "other.jobs.read",
        ] {
            assert!(!exists(bad), "{bad}");
        }
        assert!(permissions().iter().all(|p| exists(&p.right)));
    }

    #[test]
    fn a_right_for_the_platform_covers_each_tenant_and_one_for_a_tenant_only_itself() {
        assert!(covers(&all(&["control.jobs.read"]), "control.jobs.read:acme"));
        assert!(!covers(&all(&["control.jobs.read:acme"]), "control.jobs.read"));
        assert!(!covers(&all(&["control.jobs.read:acme"]), "control.jobs.read:globex"));
        assert!(!covers(&all(&["control.jobs.read"]), "control.*"));
        assert!(covers(&all(&["control.*"]), "control.iam.write"));
        let acme: TenantId = "acme".parse().unwrap();
        assert_eq!(narrowed("control.jobs.read", &acme).unwrap(), "control.jobs.read:acme");
        assert_eq!(narrowed("control.jobs.read:acme", &acme).unwrap(), "control.jobs.read:acme");
        assert_eq!(narrowed("control.jobs.read:globex", &acme), None);
        assert_eq!(narrowed(EVERYTHING, &acme), None);
    }

    #[test]
    fn reach_ends_at_the_tenants_of_the_right() {
        let (acme, globex) = ("acme".parse().unwrap(), "globex".parse().unwrap());
        let held = all(&["control.iam.read:acme", "control.iam.readable:globex"]);
        let reach = Reach::of(&held, "control.iam.read").unwrap();
        assert!(reach.covers(Some(&acme)) && !reach.covers(Some(&globex)) && !reach.covers(None));
        assert_eq!(Reach::of(&held, "control.iam.write"), None);
        assert_eq!(Reach::of(&all(&["control.*"]), "control.iam.write"), Some(Reach::All));
    }
}
