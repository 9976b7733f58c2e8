//! The seeded people: who they are, what they may do, and `users.json` with their passwords.
//!
//! Passwords are random for each state directory. They are for a simulated fleet only.

use std::{io, path::Path};

use rand::{Rng, distr::Alphanumeric};
use serde::{Deserialize, Serialize};

use crate::durable;

/// One person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Signs in under it.
    pub username: String,
    /// In clear: this is a simulated fleet.
    pub password: String,
    /// `administrator`, `operator` or `viewer`.
    pub role: String,
    /// Subject of the tokens.
    pub sub: String,
    /// Right strings.
    pub rights: Vec<String>,
}

const AREAS: [&str; 10] = [
    "jobs",
    "placement",
    "tenants",
    "fleet",
    "deployments",
    "audit",
    "iam",
    "config",
    "definitions",
    "settings",
];
const OPERATES: [&str; 5] = ["create", "cancel", "pause", "resume", "retry"];

fn reads(suffix: &str) -> Vec<String> {
    AREAS.iter().map(|area| format!("control.{area}.read{suffix}")).collect()
}

fn operates(suffix: &str) -> Vec<String> {
    let verbs = OPERATES.iter().map(|verb| format!("control.jobs.{verb}{suffix}"));
    reads(suffix).into_iter().chain(verbs).collect()
}

/// Every right that can be granted.
#[must_use]
pub fn permissions() -> Vec<String> {
    let verbs = [
        "read", "create", "cancel", "pause", "resume", "approve", "retry", "resolve", "override",
        "write",
    ];
    let of_area = |area| verbs.iter().map(move |verb| format!("control.{area}.{verb}"));
    AREAS.iter().flat_map(of_area).collect()
}

fn seeded() -> [(&'static str, &'static str, Vec<String>); 4] {
    [
        ("admin", "administrator", vec!["control.*".to_owned()]),
        ("operator", "operator", operates("")),
        ("viewer", "viewer", reads("")),
        ("acme-operator", "operator", operates(":acme")),
    ]
}

fn random_password() -> String {
    rand::rng().sample_iter(Alphanumeric).take(24).map(char::from).collect()
}

/// Reads `users.json`, or makes it. With `fixed_passwords` each password is `<username>-password`,
/// for tests.
///
/// # Errors
/// When the file cannot be read or written.
pub fn open(state_dir: &Path, fixed_passwords: bool) -> io::Result<Vec<User>> {
    if let Some(users) = read(state_dir)? {
        return Ok(users);
    }
    let users: Vec<_> = seeded()
        .into_iter()
        .map(|(username, role, rights)| User {
            username: username.to_owned(),
            password: if fixed_passwords {
                format!("{username}-password")
            } else {
                random_password()
            },
            role: role.to_owned(),
            sub: format!("usr_{username}"),
            rights,
        })
        .collect();
    save(state_dir, &users)?;
    Ok(users)
}

/// Reads `users.json`; none when the fleet was never started with this directory.
///
/// # Errors
/// When the file cannot be read.
pub fn read(state_dir: &Path) -> io::Result<Option<Vec<User>>> {
    durable::read(&state_dir.join("users.json"))
}

/// Writes `users.json`.
///
/// # Errors
/// When it cannot be written.
pub fn save(state_dir: &Path, users: &[User]) -> io::Result<()> {
    durable::write(&state_dir.join("users.json"), &users, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_administrator_has_every_right_and_the_viewer_only_reads() {
        let folder = tempfile::tempdir().unwrap();
        let users = open(folder.path(), false).unwrap();
        let of = |name: &str| users.iter().find(|u| u.username == name).unwrap();
        assert_eq!(of("admin").rights, ["control.*"]);
        assert!(of("viewer").rights.iter().all(|r| r.ends_with(".read")));
        assert!(of("acme-operator").rights.iter().all(|r| r.ends_with(":acme")));
        assert!(of("operator").rights.contains(&"control.jobs.create".to_owned()));
        assert_eq!(of("admin").password.len(), 24);
        assert_ne!(of("admin").password, of("viewer").password);
        assert_eq!(open(folder.path(), true).unwrap(), users, "made once");
    }
}
