//! The identity state that all Gateways share: users, roles, sessions, keys. Durable.
//!
//! Every change is one line on the disk before it is believed. What the lines hold is [`state`];
//! changes are in [`people`], [`roles`] and [`sessions`], and what a new fleet begins with in
//! [`seed`]. Nothing here knows of HTTP but for its refusals: that is [`super::admin`] and
//! [`super::auth`].

pub mod password;
pub mod people;
pub mod roles;
pub mod seed;
pub mod sessions;
pub mod state;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use fleet::contract::{ProblemCode, Rights, administration::UserState};
use streams::{canonical, clock::Clock, ids::TenantId};

use self::{
    password::Hashed,
    state::{Entry, State, effective, grants},
};
use super::{
    condition::Condition,
    keys::{Claims, Keys, SharedSecret},
    rights::{Reach, covers},
    throttle::Throttle,
};
use crate::{
    durable::Lines,
    problem::{Answer, Fail, fail},
};

/// Settings of the identity side.
#[derive(Debug, Clone)]
pub struct IamSettings {
    /// `iss` of every token.
    pub issuer: String,
    /// How long a token lives, seconds.
    pub token_ttl_s: u32,
    /// Passwords that a test can know.
    pub fixed_passwords: bool,
    /// What signs the tokens instead of keys of one's own.
    pub shared_secret: Option<SharedSecret>,
}

/// The identity state.
#[derive(Debug)]
pub struct Iam {
    /// Keys of the tokens.
    pub keys: Keys,
    /// Settings.
    pub settings: IamSettings,
    clock: Arc<dyn Clock>,
    folder: PathBuf,
    throttle: Throttle,
    /// What an unknown name is held against, so that it takes as long as a known one.
    nobody: Hashed,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    file: Lines,
    state: State,
}

/// Who calls, by an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's claims.
    pub claims: Claims,
    /// The principal's rights now.
    pub rights: Vec<String>,
}

/// Who changes something, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Subject of the one who does.
    pub sub: String,
    /// What they may do.
    pub rights: Vec<String>,
    /// What of the rows they may change.
    pub reach: Reach,
    /// Why, as they said.
    pub reason: String,
}

impl By {
    /// Refuses the grant of any of `rights` that the one who grants does not hold.
    fn may_grant<'r>(&self, rights: impl IntoIterator<Item = &'r String>) -> Answer<()> {
        match rights.into_iter().find(|right| !covers(&self.rights, right)) {
            None => Ok(()),
            Some(right) => {
                let detail = format!("you cannot give {right}, which you do not have");
                Err(fail(ProblemCode::Forbidden, detail))
            }
        }
    }

    fn end(&self, now: DateTime<Utc>) -> (DateTime<Utc>, String, String) {
        (now, self.sub.clone(), self.reason.clone())
    }
}

fn broken(error: &io::Error) -> Fail {
    tracing::error!(%error, "the identity state cannot be written");
    fail(ProblemCode::Unavailable, "the identity state cannot be written now")
}

fn bad(detail: impl Into<String>) -> Fail {
    fail(ProblemCode::BadArgument, detail)
}

impl Iam {
    /// Opens the state in the state directory; a new one is seeded, also for `tenants`.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn open(
        state_dir: &Path,
        settings: IamSettings,
        clock: Arc<dyn Clock>,
        tenants: &[TenantId],
    ) -> io::Result<Self> {
        let path = state_dir.join("identity.jsonl");
        let new = !path.exists();
        let (mut file, lines) = Lines::open::<Vec<Entry>>(&path)?;
        let mut state = State::default();
        lines.into_iter().flatten().for_each(|entry| state.apply(entry));
        let now = clock.now();
        if new || state.people.is_empty() {
            for entry in seed::sow(state_dir, settings.fixed_passwords, now, tenants)? {
                state.apply(entry);
            }
        }
        state.forget(now);
        file.rewrite(state.facts().into_iter().map(|entry| vec![entry]))?;
        Ok(Self {
            keys: Keys::open(state_dir, settings.shared_secret.as_ref())?,
            settings,
            clock,
            folder: state_dir.to_owned(),
            throttle: Throttle::default(),
            nobody: Hashed::new("nobody"),
            kept: Mutex::new(Kept { file, state }),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who calls with `token`; none when it is not valid or its session is over.
    #[must_use]
    pub fn caller(&self, token: &str) -> Option<Caller> {
        let claims = self.keys.verify(token, &self.settings.issuer)?;
        let rights = self.rights(&claims.sub, &claims.session_id)?;
        rights.session_valid.then_some(Caller { claims, rights: rights.rights })
    }

    /// Rights of a principal, why it has them, and whether one of its sessions is valid; none for
    /// an unknown one. One that is disabled has none.
    #[must_use]
    pub fn rights(&self, sub: &str, session_id: &str) -> Option<Rights> {
        let now = self.clock.now();
        let kept = self.lock();
        let State { people, roles, sessions } = &kept.state;
        let person = people.get(sub)?;
        let active = person.state == UserState::Active;
        let (rights, grants) = if active {
            (effective(person, roles), grants(person, roles))
        } else {
            Default::default()
        };
        let session = sessions.get(session_id);
        let session_valid = active && session.is_some_and(|s| s.sub == sub && s.active(now));
        let display_name = Some(person.display_name.clone());
        let etag = canonical::hash(&(&rights, session_valid, &display_name, &grants));
        let etag = etag.as_str()[..16].to_owned();
        Some(Rights { rights, session_valid, etag, display_name, grants })
    }
}

impl Kept {
    /// Makes the facts of one change durable, then believes them.
    fn commit(&mut self, entries: Vec<Entry>) -> io::Result<()> {
        self.file.append(&entries)?;
        self.file.sync()?;
        entries.into_iter().for_each(|entry| self.state.apply(entry));
        Ok(())
    }
}

/// Holds a condition against the version in force.
fn in_force(condition: Condition, version: u64) -> Answer<()> {
    condition.changes(version)
}
