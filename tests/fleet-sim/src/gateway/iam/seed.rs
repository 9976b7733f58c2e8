//! What a new fleet begins with: its roles, the people everybody knows, and some of the tenants'.
//!
//! A state directory from before there were roles has only its sheet of sign-ins: those keep their
//! names, passwords and rights.

use std::{io, path::Path};

use chrono::{DateTime, TimeDelta, Utc};
use fleet::contract::administration::UserState;
use rand::{Rng, distr::Alphanumeric};
use streams::ids::TenantId;

use super::{
    password::Hashed,
    state::{Entry, Person, RoleRow, Roles, effective},
};
use crate::gateway::{rights::of_verb, users};

/// A role of a new fleet.
struct Role {
    name: &'static str,
    description: &'static str,
    rights: Vec<String>,
    builtin: bool,
}

fn operates() -> Vec<String> {
    let verbs = ["create", "cancel", "pause", "resume", "retry"];
    let jobs = verbs.iter().map(|verb| format!("control.jobs.{verb}"));
    of_verb("read").into_iter().chain(jobs).collect()
}

fn plus(mut rights: Vec<String>, more: &[&str]) -> Vec<String> {
    rights.extend(more.iter().map(|right| (*right).to_owned()));
    rights
}

fn roles() -> Vec<Role> {
    let role = |name, description, rights, builtin| Role { name, description, rights, builtin };
    let texts = |rights: &[&str]| plus(Vec::new(), rights);
    vec![
        role("administrator", "May do everything", texts(&["control.*"]), true),
        role("operator", "Sees everything, starts and steers jobs", operates(), true),
        role("viewer", "Sees everything, changes nothing", of_verb("read"), true),
        role(
            "tenant-administrator",
            "Operates one tenant, and manages its users and its configuration",
            plus(operates(), &["control.iam.write", "control.config.write"]),
            true,
        ),
        role("tenant-operator", "Operates one tenant", operates(), true),
        role(
            "on-call",
            "Approves, resolves and overrides when something is stuck",
            plus(
                operates(),
                &["control.jobs.approve", "control.jobs.resolve", "control.jobs.override"],
            ),
            false,
        ),
        role(
            "release-manager",
            "Plans and approves deployments",
            texts(&[
                "control.deployments.approve",
                "control.deployments.create",
                "control.deployments.read",
                "control.fleet.read",
                "control.jobs.read",
            ]),
            false,
        ),
        role(
            "configuration-editor",
            "Edits configuration and definitions",
            texts(&[
                "control.config.read",
                "control.config.write",
                "control.definitions.read",
                "control.definitions.write",
            ]),
            false,
        ),
        role(
            "auditor",
            "Reads the audit log, the jobs and who may do what",
            texts(&["control.audit.read", "control.iam.read", "control.jobs.read"]),
            false,
        ),
    ]
}

/// Username, name, role, tenant; the sheet calls them by the last, or by their role.
type Seeded =
    (&'static str, &'static str, &'static str, Option<&'static str>, Option<&'static str>);

/// Everybody's first four, in this order, then some more.
const PEOPLE: [Seeded; 16] = [
    ("admin", "Ada Administrator", "administrator", None, None),
    ("operator", "Otto Operator", "operator", None, None),
    ("viewer", "Vera Viewer", "viewer", None, None),
    ("acme-operator", "Anna Acme", "tenant-operator", Some("acme"), Some("operator")),
    ("acme-admin", "Arthur Acme", "tenant-administrator", Some("acme"), None),
    ("globex-operator", "Gloria Globex", "tenant-operator", Some("globex"), None),
    ("globex-admin", "Gregor Globex", "tenant-administrator", Some("globex"), None),
    ("initech-operator", "Ines Initech", "tenant-operator", Some("initech"), None),
    ("umbrella-operator", "Ulla Umbrella", "tenant-operator", Some("umbrella"), None),
    ("hooli-operator", "Hugo Hooli", "tenant-operator", Some("hooli"), None),
    ("m.lindqvist", "Maja Lindqvist", "on-call", None, None),
    ("t.okafor", "Tobias Okafor", "on-call", None, None),
    ("r.haddad", "Rania Haddad", "release-manager", None, None),
    ("j.nowak", "Jan Nowak", "configuration-editor", None, None),
    ("s.moreau", "Sylvie Moreau", "auditor", None, None),
    ("k.tanaka", "Kenji Tanaka", "viewer", None, None),
];

/// Has left: shows what a disabled user looks like.
const LEFT: &str = "k.tanaka";

fn random_password() -> String {
    rand::rng().sample_iter(Alphanumeric).take(24).map(char::from).collect()
}

/// The facts a new state begins with; writes the sheet of sign-ins.
///
/// # Errors
/// When the sheet cannot be read or written.
pub fn sow(
    state_dir: &Path,
    fixed_passwords: bool,
    now: DateTime<Utc>,
    tenants: &[TenantId],
) -> io::Result<Vec<Entry>> {
    let rows: Roles = roles().into_iter().map(|r| (r.name.to_owned(), row(r, now))).collect();
    let earlier = users::read(state_dir)?.unwrap_or_default();
    let (mut people, mut signs) = (Vec::new(), Vec::new());
    let in_fleet = |(.., tenant, _): &&Seeded| {
        tenant.is_none_or(|tenant| tenants.iter().any(|known| known.as_str() == tenant))
    };
    for (at, seeded) in PEOPLE.iter().filter(in_fleet).enumerate() {
        let known = earlier.iter().find(|user| user.username == seeded.0);
        let (person, sign) = one(seeded, at, known, fixed_passwords, now, &rows);
        people.push(person);
        signs.extend(sign);
    }
    users::save(state_dir, &signs)?;
    let people = people.into_iter().map(|p| Entry::User(Box::new(p)));
    Ok(rows.into_values().map(Entry::Role).chain(people).collect())
}

fn row(role: Role, now: DateTime<Utc>) -> RoleRow {
    let made = now - TimeDelta::days(180);
    let mut rights = role.rights;
    rights.sort();
    RoleRow {
        role: role.name.to_owned(),
        description: role.description.to_owned(),
        rights,
        builtin: role.builtin,
        version: 1,
        created_at: made,
        updated_at: made,
        updated_by: None,
        reason: None,
    }
}

/// A seeded person, and their line of the sheet.
fn one(
    seeded: &Seeded,
    at: usize,
    earlier: Option<&users::User>,
    fixed_passwords: bool,
    now: DateTime<Utc>,
    roles: &Roles,
) -> (Person, Option<users::User>) {
    let (username, display_name, role, tenant, called) = *seeded;
    let password = match earlier {
        Some(user) => user.password.clone(),
        None if fixed_passwords => format!("{username}-password"),
        None => random_password(),
    };
    let days = 170 - 9 * i64::try_from(at).unwrap_or(0);
    let made = now - TimeDelta::days(days);
    let mut person = Person {
        sub: format!("usr_{username}"),
        username: username.to_owned(),
        display_name: display_name.to_owned(),
        state: if username == LEFT { UserState::Disabled } else { UserState::Active },
        roles: vec![role.to_owned()],
        rights: Vec::new(),
        tenant_id: tenant.and_then(|tenant| tenant.parse().ok()),
        password: Hashed::new(&password),
        version: 1,
        created_at: made,
        updated_at: made,
        updated_by: None,
        reason: None,
        last_sign_in_at: None,
    };
    if let Some(user) = earlier {
        let (mut had, has) = (user.rights.clone(), effective(&person, roles));
        had.sort();
        if had != has {
            // Changed by hand before there were roles: what they had counts.
            person = Person { roles: Vec::new(), rights: had, tenant_id: None, ..person };
        }
    }
    let sign = (person.state == UserState::Active).then(|| users::User {
        username: username.to_owned(),
        password,
        role: called.unwrap_or(role).to_owned(),
        sub: person.sub.clone(),
        rights: effective(&person, roles),
    });
    (person, sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::{iam::state::State, rights::exists};

    fn sown(folder: &Path) -> State {
        let tenants = crate::topology::tenants(6);
        let mut state = State::default();
        let facts = sow(folder, false, DateTime::UNIX_EPOCH + TimeDelta::days(400), &tenants);
        facts.unwrap().into_iter().for_each(|entry| state.apply(entry));
        state
    }

    #[test]
    fn only_the_administrator_has_every_right_and_the_viewer_only_reads() {
        let folder = tempfile::tempdir().unwrap();
        let state = sown(folder.path());
        let of = |name: &str| effective(state.named(name).unwrap(), &state.roles);
        assert_eq!(of("admin"), ["control.*"]);
        assert!(of("viewer").iter().all(|r| r.ends_with(".read")));
        assert!(of("acme-operator").iter().all(|r| r.ends_with(":acme")));
        assert!(of("operator").contains(&"control.jobs.create".to_owned()));
        assert!(state.roles.values().flat_map(|r| &r.rights).all(|right| exists(right)));
        assert_eq!(state.people.len(), PEOPLE.len());
        let signs = users::read(folder.path()).unwrap().unwrap();
        let first: Vec<_> =
            signs.iter().take(4).map(|u| (u.username.as_str(), u.role.as_str())).collect();
        assert_eq!(
            first,
            [
                ("admin", "administrator"),
                ("operator", "operator"),
                ("viewer", "viewer"),
                ("acme-operator", "operator")
            ]
        );
        assert_eq!(signs[0].password.len(), 24);
        assert_ne!(signs[0].password, signs[1].password);
        assert!(signs.iter().all(|u| u.username != LEFT), "who cannot sign in is not on it");
    }

    #[test]
    fn people_of_an_earlier_state_keep_their_passwords_and_the_rights_they_were_given() {
        let folder = tempfile::tempdir().unwrap();
        let reads: Vec<_> = ["audit", "jobs"].map(|a| format!("control.{a}.read")).into();
        let user = |username: &str, rights: Vec<String>| users::User {
            username: username.to_owned(),
            password: format!("{username}-secret"),
            role: username.to_owned(),
            sub: format!("usr_{username}"),
            rights,
        };
        let earlier = [user("admin", vec!["control.*".to_owned()]), user("viewer", reads.clone())];
        users::save(folder.path(), &earlier).unwrap();
        let state = sown(folder.path());
        let (admin, viewer) = (state.named("admin").unwrap(), state.named("viewer").unwrap());
        assert!(admin.password.fits("admin-secret") && admin.roles == ["administrator"]);
        assert!(viewer.password.fits("viewer-secret"));
        assert_eq!((viewer.roles.len(), &viewer.rights), (0, &reads));
        let signs = users::read(folder.path()).unwrap().unwrap();
        assert_eq!(signs[0].password, "admin-secret");
        assert!(signs.iter().any(|u| u.username == "globex-operator"));
    }
}
