//! `users.json`: the sheet of seeded sign-ins with their passwords, for people and scripts.
//!
//! It is told, not asked: what counts is [`super::iam`]. A password that was changed, and a user
//! who was removed, are struck from it. Passwords are for a simulated fleet only.

use std::{io, path::Path};

use serde::{Deserialize, Serialize};

use crate::durable;

/// One seeded sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Signs in under it.
    pub username: String,
    /// In clear: this is a simulated fleet.
    pub password: String,
    /// What scripts look for one by: `administrator`, `operator`, `viewer`, ….
    pub role: String,
    /// Subject of the tokens.
    pub sub: String,
    /// Right strings, as they were when the sheet was made.
    pub rights: Vec<String>,
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

/// Takes one off.
///
/// # Errors
/// When the file cannot be read or written.
pub fn strike(state_dir: &Path, sub: &str) -> io::Result<()> {
    let Some(mut users) = read(state_dir)? else { return Ok(()) };
    let before = users.len();
    users.retain(|user| user.sub != sub);
    if users.len() == before { Ok(()) } else { save(state_dir, &users) }
}
