//! Users and sessions: the identity state that all Gateways share, durable.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use fleet::contract::Rights;
use serde::{Deserialize, Serialize};
use streams::{
    canonical,
    clock::Clock,
    ids::{Hash, IdSource},
};

use super::{
    keys::{Claims, Keys},
    users::{self, User},
};
use crate::durable;

/// One sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Named in the token.
    pub session_id: String,
    /// Whose.
    pub sub: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Its token is valid until then.
    pub expires_at: DateTime<Utc>,
    /// Signed out.
    pub revoked: bool,
}

#[derive(Debug)]
struct State {
    users: Vec<User>,
    sessions: BTreeMap<String, Session>,
}

/// Settings of the identity side.
#[derive(Debug, Clone)]
pub struct IamSettings {
    /// `iss` of every token.
    pub issuer: String,
    /// How long a token lives, seconds.
    pub token_ttl_s: u32,
    /// Passwords that a test can know.
    pub fixed_passwords: bool,
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
    state: Mutex<State>,
}

/// Who calls, by an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's claims.
    pub claims: Claims,
    /// The principal's rights now.
    pub rights: Vec<String>,
}

impl Caller {
    /// Whether the principal holds a right for the whole platform.
    #[must_use]
    pub fn may(&self, right: &str) -> bool {
        self.rights.iter().any(|r| r == "control.*" || r == right)
    }
}

impl Iam {
    /// Opens the state in the state directory.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn open(
        state_dir: &Path,
        settings: IamSettings,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let users = users::open(state_dir, settings.fixed_passwords)?;
        let sessions = durable::read(&state_dir.join("sessions.json"))?.unwrap_or_default();
        Ok(Self {
            keys: Keys::open(state_dir)?,
            settings,
            clock,
            folder: state_dir.to_owned(),
            state: Mutex::new(State { users, sessions }),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save_sessions(&self, state: &State) -> io::Result<()> {
        durable::write(&self.folder.join("sessions.json"), &state.sessions, true)
    }

    /// Signs in; none when name and password do not fit.
    ///
    /// # Errors
    /// When the session cannot be made durable or the token not signed.
    pub fn login(
        &self,
        ids: &dyn IdSource,
        username: &str,
        password: &str,
    ) -> io::Result<Option<(String, u64)>> {
        let now = self.clock.now();
        let mut state = self.lock();
        let proves = |u: &&User| {
            // Hashes of equal length, compared whole: the time tells nothing of the password.
            let (given, right) = (Hash::of(password.as_bytes()), Hash::of(u.password.as_bytes()));
            let (given, right) = (given.as_str().as_bytes(), right.as_str().as_bytes());
            aws_lc_rs::constant_time::verify_slices_are_equal(given, right).is_ok()
        };
        let user = state.users.iter().find(|u| u.username == username).filter(proves);
        let Some(sub) = user.map(|u| u.sub.clone()) else { return Ok(None) };
        let ttl = self.settings.token_ttl_s;
        let expires_at = now + TimeDelta::seconds(i64::from(ttl));
        let session_id = format!("ses_{}", ids.uuid().simple());
        let session = Session {
            session_id: session_id.clone(),
            sub: sub.clone(),
            created_at: now,
            expires_at,
            revoked: false,
        };
        state.sessions.retain(|_, s| s.expires_at > now);
        state.sessions.insert(session_id.clone(), session);
        self.save_sessions(&state)?;
        let claims = Claims {
            iss: self.settings.issuer.clone(),
            aud: vec!["control".to_owned()],
            exp: expires_at.timestamp(),
            nbf: now.timestamp(),
            iat: now.timestamp(),
            sub,
            session_id,
        };
        let token = self.keys.sign(&claims).map_err(io::Error::other)?;
        Ok(Some((token, u64::from(ttl))))
    }

    /// Revokes a session; one that is not known is revoked already.
    ///
    /// # Errors
    /// When that cannot be made durable.
    pub fn revoke(&self, session_id: &str) -> io::Result<bool> {
        let mut state = self.lock();
        let Some(session) = state.sessions.get_mut(session_id) else { return Ok(false) };
        session.revoked = true;
        self.save_sessions(&state)?;
        Ok(true)
    }

    /// Who calls with `token`; none when it is not valid or its session is over.
    #[must_use]
    pub fn caller(&self, token: &str) -> Option<Caller> {
        let claims = self.keys.verify(token, &self.settings.issuer)?;
        let rights = self.rights(&claims.sub, &claims.session_id)?;
        rights.session_valid.then_some(Caller { claims, rights: rights.rights })
    }

    /// Rights of a principal and whether one of its sessions is valid; none for an unknown one.
    #[must_use]
    pub fn rights(&self, sub: &str, session_id: &str) -> Option<Rights> {
        let now = self.clock.now();
        let state = self.lock();
        let rights = state.users.iter().find(|u| u.sub == sub)?.rights.clone();
        let session = state.sessions.get(session_id);
        let session_valid =
            session.is_some_and(|s| s.sub == sub && !s.revoked && s.expires_at > now);
        let etag = canonical::hash(&(&rights, session_valid)).as_str()[..16].to_owned();
        Some(Rights { rights, session_valid, etag, display_name: None, grants: Vec::new() })
    }

    /// All users, without their passwords.
    #[must_use]
    pub fn users(&self) -> Vec<User> {
        let hidden = |u: &User| User { password: String::new(), ..u.clone() };
        self.lock().users.iter().map(hidden).collect()
    }

    /// Changes a user's rights; none when there is no such user.
    ///
    /// # Errors
    /// When that cannot be made durable.
    pub fn set_rights(&self, sub: &str, rights: Vec<String>) -> io::Result<Option<User>> {
        let mut state = self.lock();
        let Some(user) = state.users.iter_mut().find(|u| u.sub == sub) else { return Ok(None) };
        user.rights = rights;
        let user = User { password: String::new(), ..user.clone() };
        users::save(&self.folder, &state.users)?;
        Ok(Some(user))
    }

    /// All sessions that have not expired.
    #[must_use]
    pub fn sessions(&self) -> Vec<Session> {
        let now = self.clock.now();
        self.lock().sessions.values().filter(|s| s.expires_at > now).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use streams::{clock::ManualClock, ids::RandomIds};

    use super::*;

    fn open(folder: &Path, clock: Arc<ManualClock>) -> Iam {
        let settings =
            IamSettings { issuer: "me".to_owned(), token_ttl_s: 60, fixed_passwords: true };
        Iam::open(folder, settings, clock).unwrap()
    }

    #[test]
    fn a_session_lives_until_it_is_revoked_or_expires_also_over_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(DateTime::UNIX_EPOCH + TimeDelta::days(1)));
        let iam = open(folder.path(), clock.clone());
        assert_eq!(iam.login(&RandomIds, "admin", "wrong").unwrap(), None);
        assert_eq!(iam.login(&RandomIds, "nobody", "admin-password").unwrap(), None);
        let (_, ttl) = iam.login(&RandomIds, "admin", "admin-password").unwrap().unwrap();
        assert_eq!(ttl, 60);
        let id = iam.sessions()[0].session_id.clone();
        let before = iam.rights("usr_admin", &id).unwrap();
        assert!(before.session_valid);
        assert!(!iam.rights("usr_viewer", &id).unwrap().session_valid, "another's session");
        assert!(iam.rights("usr_nobody", &id).is_none());
        let again = open(folder.path(), clock.clone());
        assert!(again.rights("usr_admin", &id).unwrap().session_valid);
        again.revoke(&id).unwrap();
        let after = again.rights("usr_admin", &id).unwrap();
        assert!(!after.session_valid);
        assert_ne!(before.etag, after.etag);
        let (_, _) = again.login(&RandomIds, "viewer", "viewer-password").unwrap().unwrap();
        clock.advance(Duration::from_secs(61));
        assert!(again.sessions().is_empty());
    }
}
