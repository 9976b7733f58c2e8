//! Sign-ins: made, looked at, ended.

use chrono::TimeDelta;
use fleet::contract::{
    ProblemCode,
    administration::{Listing, Revoked, Session, SessionQuery, UserState},
};
use streams::ids::IdSource;

use super::{
    Answer, By, Iam, Reach, broken, fail,
    state::{Entry, Person, SignIn},
};
use crate::gateway::{
    keys::Claims,
    listing::{Ask, Field, fits, page, time_key},
};

const FIELDS: &[Field<Session>] = &[
    ("created_at", |s| time_key(Some(s.created_at))),
    ("expires_at", |s| time_key(Some(s.expires_at))),
];

/// What came of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedIn {
    /// Who it is, the token, and for how many seconds it is good.
    Yes {
        /// The user.
        sub: String,
        /// Their token.
        token: String,
        /// Seconds until it ends.
        expires_in: u64,
    },
    /// Name and password do not fit, or the user is disabled: nobody is told which.
    No,
    /// Too many failures: not before so many seconds.
    Wait(u64),
}

fn none() -> super::Fail {
    fail(ProblemCode::NotFound, "there is no such session")
}

impl Iam {
    /// Signs in.
    ///
    /// # Errors
    /// 503 when the session cannot be made durable or the token not signed.
    pub fn login(&self, ids: &dyn IdSource, username: &str, password: &str) -> Answer<SignedIn> {
        let now = self.clock.now();
        if let Some(seconds) = self.throttle.wait(username, now) {
            return Ok(SignedIn::Wait(seconds));
        }
        let known = self.lock().state.named(username).cloned();
        // An unknown name takes as long as a known one; the lock is not held meanwhile.
        let fits = known.as_ref().map_or(&self.nobody, |p| &p.password).fits(password);
        let proven = known.filter(|p| fits && p.state == UserState::Active);
        let Some(proven) = proven else {
            self.throttle.failed(username, now);
            return Ok(SignedIn::No);
        };
        self.throttle.succeeded(username);
        self.begin(ids, &proven)
    }

    /// A session of a user who has proven who they are.
    fn begin(&self, ids: &dyn IdSource, proven: &Person) -> Answer<SignedIn> {
        let now = self.clock.now();
        let ttl = self.settings.token_ttl_s;
        let mut kept = self.lock();
        kept.state.forget(now);
        // Disabled, removed or given another password since? Then it is no longer them.
        let person = kept.state.people.get(&proven.sub).filter(|p| p.version == proven.version);
        let Some(person) = person else { return Ok(SignedIn::No) };
        let session = SignIn {
            session_id: format!("ses_{}", ids.uuid().simple()),
            sub: person.sub.clone(),
            username: person.username.clone(),
            tenant_id: person.tenant_id.clone(),
            created_at: now,
            expires_at: now + TimeDelta::seconds(i64::from(ttl)),
            revoked: None,
        };
        let claims = Claims {
            iss: self.settings.issuer.clone(),
            aud: vec!["control".to_owned()],
            exp: session.expires_at.timestamp(),
            nbf: now.timestamp(),
            iat: now.timestamp(),
            sub: session.sub.clone(),
            session_id: session.session_id.clone(),
            tenant_id: session.tenant_id.clone(),
        };
        let token = self.keys.sign(&claims).map_err(|e| broken(&std::io::Error::other(e)))?;
        let sub = person.sub.clone();
        let person = Person { last_sign_in_at: Some(now), ..person.clone() };
        let entries = vec![Entry::Session(session), Entry::User(Box::new(person))];
        kept.commit(entries).map_err(|e| broken(&e))?;
        Ok(SignedIn::Yes { sub, token, expires_in: u64::from(ttl) })
    }

    /// Sessions within reach.
    ///
    /// # Errors
    /// 422 `bad_argument`.
    pub fn sessions(&self, reach: &Reach, query: &SessionQuery) -> Answer<Listing<Session>> {
        let now = self.clock.now();
        let kept = self.lock();
        let known = kept.state.sessions.values().filter(|s| !s.forgotten(now));
        let rows = known.map(|s| s.shown(now)).filter(|s| {
            reach.covers(s.tenant_id.as_ref())
                && query.sub.as_ref().is_none_or(|sub| &s.sub == sub)
                && query.state.is_none_or(|state| s.state == state)
                && fits(query.q.as_deref(), &[&s.session_id, &s.sub, &s.username])
        });
        let rows = rows.collect();
        drop(kept);
        let ask = Ask {
            sort: query.sort.as_deref(),
            cursor: query.cursor.as_deref(),
            limit: query.limit,
        };
        page(rows, ask, "-created_at", |s| s.session_id.clone(), FIELDS)
    }

    /// One session within reach.
    ///
    /// # Errors
    /// 404 `not_found`.
    pub fn session(&self, reach: &Reach, id: &str) -> Answer<Session> {
        let now = self.clock.now();
        let kept = self.lock();
        let session = kept.state.sessions.get(id).filter(|s| !s.forgotten(now));
        let session = session.filter(|s| reach.covers(s.tenant_id.as_ref()));
        session.map(|s| s.shown(now)).ok_or_else(none)
    }

    /// Ends a session; one that has ended stays as it is.
    ///
    /// # Errors
    /// 404 `not_found`.
    pub fn revoke(&self, by: &By, id: &str) -> Answer<()> {
        let now = self.clock.now();
        self.session(&by.reach, id)?;
        let mut kept = self.lock();
        let session = kept.state.sessions.get(id).filter(|s| s.active(now));
        let Some(session) = session else { return Ok(()) };
        let over = SignIn { revoked: Some(by.end(now)), ..session.clone() };
        kept.commit(vec![Entry::Session(over)]).map_err(|e| broken(&e))
    }

    /// Ends all sessions of a user.
    ///
    /// # Errors
    /// 404 `not_found`.
    pub fn revoke_all(&self, by: &By, sub: &str) -> Answer<Revoked> {
        self.user(&by.reach, sub)?;
        let mut kept = self.lock();
        let entries = kept.state.ended(sub, &by.end(self.clock.now()));
        let revoked = entries.len() as u64;
        if revoked > 0 {
            kept.commit(entries).map_err(|e| broken(&e))?;
        }
        Ok(Revoked { revoked })
    }
}
