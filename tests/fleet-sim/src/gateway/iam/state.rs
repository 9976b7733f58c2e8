//! Users, roles and sessions as data, what they come to, and the lines they are kept as. Pure.
//!
//! Of a user bound to a tenant, every right of a role becomes the one for that tenant: one role
//! serves the operators of all tenants, and reaches none of them alone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use fleet::contract::{
    Grant,
    administration::{Role, Session, SessionState, User, UserState},
};
use serde::{Deserialize, Serialize};
use streams::ids::TenantId;

use super::password::Hashed;
use crate::gateway::rights::{EVERYTHING, narrowed};

/// How long a session is kept after its end.
const KEPT_AFTER_ITS_END: TimeDelta = TimeDelta::days(1);

/// One user as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Subject of the tokens.
    pub sub: String,
    /// Signs in under it.
    pub username: String,
    /// For people.
    pub display_name: String,
    /// Whether they may sign in.
    pub state: UserState,
    /// Names of roles, in order.
    pub roles: Vec<String>,
    /// Rights besides those of the roles, in order.
    pub rights: Vec<String>,
    /// The only tenant they have to do with.
    pub tenant_id: Option<TenantId>,
    /// What proves who they are.
    pub password: Hashed,
    /// Counts changes, from 1.
    pub version: u64,
    /// When made.
    pub created_at: DateTime<Utc>,
    /// When last changed.
    pub updated_at: DateTime<Utc>,
    /// By whom.
    pub updated_by: Option<String>,
    /// Why, as they said.
    pub reason: Option<String>,
    /// When they last signed in.
    pub last_sign_in_at: Option<DateTime<Utc>>,
}

/// One role as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRow {
    /// Its name.
    pub role: String,
    /// What it is for.
    pub description: String,
    /// Its rights, in order.
    pub rights: Vec<String>,
    /// Brought along.
    pub builtin: bool,
    /// Counts changes, from 1.
    pub version: u64,
    /// When made.
    pub created_at: DateTime<Utc>,
    /// When last changed.
    pub updated_at: DateTime<Utc>,
    /// By whom.
    pub updated_by: Option<String>,
    /// Why, as they said.
    pub reason: Option<String>,
}

/// One sign-in as it is kept; it outlives its user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// Named in the token.
    pub session_id: String,
    /// Whose.
    pub sub: String,
    /// Whose, by name.
    pub username: String,
    /// Tenant the user is bound to.
    pub tenant_id: Option<TenantId>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Its token is good until then.
    pub expires_at: DateTime<Utc>,
    /// Its end before its time: when, by whom, why.
    pub revoked: Option<(DateTime<Utc>, String, String)>,
}

impl SignIn {
    /// Whether its token is good.
    #[must_use]
    pub fn active(&self, now: DateTime<Utc>) -> bool {
        self.revoked.is_none() && self.expires_at > now
    }

    /// Whether nobody is told of it any more.
    #[must_use]
    pub fn forgotten(&self, now: DateTime<Utc>) -> bool {
        let end = self.revoked.as_ref().map_or(self.expires_at, |(at, ..)| *at);
        end + KEPT_AFTER_ITS_END <= now
    }

    /// As it is shown.
    #[must_use]
    pub fn shown(&self, now: DateTime<Utc>) -> Session {
        let state = match &self.revoked {
            Some(_) => SessionState::Revoked,
            None if self.expires_at > now => SessionState::Active,
            None => SessionState::Expired,
        };
        let (revoked_at, (revoked_by, revoked_because)) = match self.revoked.clone() {
            Some((at, by, because)) => (Some(at), (Some(by), Some(because))),
            None => (None, (None, None)),
        };
        Session {
            session_id: self.session_id.clone(),
            sub: self.sub.clone(),
            username: self.username.clone(),
            tenant_id: self.tenant_id.clone(),
            state,
            created_at: self.created_at,
            expires_at: self.expires_at,
            revoked_at,
            revoked_by,
            revoked_because,
        }
    }
}

/// One fact; a line of the file is all facts of one change, so that it is kept whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A user is now this.
    User(Box<Person>),
    /// A user is no more.
    UserGone(String),
    /// A role is now this.
    Role(RoleRow),
    /// A role is no more.
    RoleGone(String),
    /// A session is now this.
    Session(SignIn),
}

/// Roles by name.
pub type Roles = BTreeMap<String, RoleRow>;

/// Everything, in memory.
#[derive(Debug, Default)]
pub struct State {
    /// Users by subject.
    pub people: BTreeMap<String, Person>,
    /// Roles by name.
    pub roles: Roles,
    /// Sessions by id.
    pub sessions: BTreeMap<String, SignIn>,
}

impl State {
    /// Takes a fact in.
    pub fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::User(person) => drop(self.people.insert(person.sub.clone(), *person)),
            Entry::UserGone(sub) => drop(self.people.remove(&sub)),
            Entry::Role(role) => drop(self.roles.insert(role.role.clone(), role)),
            Entry::RoleGone(role) => drop(self.roles.remove(&role)),
            Entry::Session(one) => drop(self.sessions.insert(one.session_id.clone(), one)),
        }
    }

    /// Drops the sessions nobody is told of any more.
    pub fn forget(&mut self, now: DateTime<Utc>) {
        self.sessions.retain(|_, s| !s.forgotten(now));
    }

    /// What the state is, as the fewest facts.
    #[must_use]
    pub fn facts(&self) -> Vec<Entry> {
        let roles = self.roles.values().cloned().map(Entry::Role);
        let people = self.people.values().cloned().map(|p| Entry::User(Box::new(p)));
        roles.chain(people).chain(self.sessions.values().cloned().map(Entry::Session)).collect()
    }

    /// The user of this name.
    #[must_use]
    pub fn named(&self, username: &str) -> Option<&Person> {
        self.people.values().find(|p| p.username == username)
    }

    /// Ends the active sessions of a user but `keep`: the facts that say so.
    #[must_use]
    pub fn ended(&self, sub: &str, end: &(DateTime<Utc>, String, String)) -> Vec<Entry> {
        let theirs = self.sessions.values().filter(|s| s.sub == sub && s.active(end.0));
        let over = |s: &SignIn| SignIn { revoked: Some(end.clone()), ..s.clone() };
        theirs.map(|s| Entry::Session(over(s))).collect()
    }

    /// A user as they are shown.
    #[must_use]
    pub fn shown(&self, person: &Person) -> User {
        User {
            sub: person.sub.clone(),
            username: person.username.clone(),
            display_name: person.display_name.clone(),
            state: person.state,
            roles: person.roles.clone(),
            rights: person.rights.clone(),
            effective_rights: effective(person, &self.roles),
            tenant_id: person.tenant_id.clone(),
            version: person.version,
            created_at: person.created_at,
            updated_at: person.updated_at,
            updated_by: person.updated_by.clone(),
            last_sign_in_at: person.last_sign_in_at,
        }
    }

    /// A role as it is shown, of whose users only those that `counts` are told.
    #[must_use]
    pub fn shown_role(&self, role: &RoleRow, counts: impl Fn(&Person) -> bool) -> Role {
        let has = |p: &&Person| p.roles.contains(&role.role) && counts(p);
        Role {
            role: role.role.clone(),
            description: role.description.clone(),
            rights: role.rights.clone(),
            users: self.people.values().filter(has).count() as u64,
            builtin: role.builtin,
            version: role.version,
            created_at: role.created_at,
            updated_at: role.updated_at,
            updated_by: role.updated_by.clone(),
        }
    }
}

/// A role's rights as a user bound to `tenant` has them; those that reach beyond are left out.
fn brought(role: &RoleRow, tenant: Option<&TenantId>) -> Vec<String> {
    match tenant {
        None => role.rights.clone(),
        Some(tenant) => role.rights.iter().filter_map(|right| narrowed(right, tenant)).collect(),
    }
}

/// A right of a role that a user bound to `tenant` could not have.
#[must_use]
pub fn beyond<'r>(role: &'r RoleRow, tenant: &TenantId) -> Option<&'r str> {
    role.rights.iter().find(|right| narrowed(right, tenant).is_none()).map(String::as_str)
}

/// Why each right of a user is held, in order.
#[must_use]
pub fn grants(person: &Person, roles: &Roles) -> Vec<Grant> {
    let own = person.rights.iter().map(|right| (right.clone(), None));
    let of_roles = person.roles.iter().filter_map(|name| roles.get(name)).flat_map(|role| {
        let rights = brought(role, person.tenant_id.as_ref());
        rights.into_iter().map(|right| (right, Some(role.role.clone())))
    });
    let all: BTreeSet<_> = own.chain(of_roles).collect();
    all.into_iter().map(|(right, role)| Grant { right, role }).collect()
}

/// Everything a user may do, in order, each once.
#[must_use]
pub fn effective(person: &Person, roles: &Roles) -> Vec<String> {
    let mut rights: Vec<_> = grants(person, roles).into_iter().map(|g| g.right).collect();
    rights.dedup();
    rights
}

/// Whether one of these may sign in and do everything.
#[must_use]
pub fn administered<'p>(mut people: impl Iterator<Item = &'p Person>, roles: &Roles) -> bool {
    let all = |p: &Person| effective(p, roles).iter().any(|right| right == EVERYTHING);
    people.any(|p| p.state == UserState::Active && all(p))
}
