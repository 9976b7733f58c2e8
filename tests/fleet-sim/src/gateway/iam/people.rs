//! Changes of users: made, changed, given a password, removed.
//!
//! Nobody gives a right that they do not hold, nor lets one back in, nor takes over one, who holds
//! more than they do. Somebody who may do everything is always left.

use std::collections::BTreeSet;

use fleet::contract::{
    ProblemCode,
    administration::{Listing, NewUser, User, UserChange, UserQuery, UserState},
};
use secrecy::{ExposeSecret, SecretString};
use streams::ids::TenantId;

use super::{
    Answer, By, Condition, Iam, Kept, Reach, bad, broken, fail, in_force,
    password::Hashed,
    state::{Entry, Person, Roles, State, administered, beyond, effective},
};
use crate::gateway::{
    listing::{Ask, Field, fits, page, time_key},
    rights::{exists, narrowed},
    users,
};

/// Bytes of a password.
const PASSWORD: std::ops::RangeInclusive<usize> = 12..=1_024;
const ROLES_MAX: usize = 64;
const RIGHTS_MAX: usize = 256;

const FIELDS: &[Field<User>] = &[
    ("username", |u| u.username.clone()),
    ("display_name", |u| u.display_name.to_lowercase()),
    ("created_at", |u| time_key(Some(u.created_at))),
    ("last_sign_in_at", |u| time_key(u.last_sign_in_at)),
];

fn nobody() -> super::Fail {
    fail(ProblemCode::NotFound, "there is no such user")
}

/// A name of users and roles: `^[a-z0-9][a-z0-9._-]{0,62}$`.
pub(super) fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes.first(), Some(b'a'..=b'z' | b'0'..=b'9'))
        && bytes.len() <= 63
        && bytes.iter().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
}

/// Text a person reads, of at most `max` characters and none of control.
pub(super) fn is_text(text: &str, min: usize, max: usize) -> bool {
    (min..=max).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// Rights that exist, in order and each once.
pub(super) fn rights_of(given: Vec<String>) -> Answer<Vec<String>> {
    if given.len() > RIGHTS_MAX {
        return Err(bad(format!("rights: at most {RIGHTS_MAX}")));
    }
    if let Some((at, odd)) = given.iter().enumerate().find(|(_, right)| !exists(right)) {
        return Err(bad(format!("rights[{at}]: {odd:?} is no right that can be given")));
    }
    Ok(given.into_iter().collect::<BTreeSet<_>>().into_iter().collect())
}

fn display_name(text: &str) -> Answer<String> {
    let text = text.trim();
    if is_text(text, 1, 128) {
        return Ok(text.to_owned());
    }
    Err(bad("display_name: 1 to 128 characters, none of control"))
}

fn password(secret: &SecretString) -> Answer<Hashed> {
    let text = secret.expose_secret();
    if PASSWORD.contains(&text.len()) {
        return Ok(Hashed::new(text));
    }
    Err(bad("password: 12 to 1024 bytes"))
}

/// Roles and own rights of a user, checked: they exist, and none reaches beyond the user's tenant.
fn held(
    roles: Vec<String>,
    rights: Vec<String>,
    tenant: Option<&TenantId>,
    known: &Roles,
) -> Answer<(Vec<String>, Vec<String>)> {
    if roles.len() > ROLES_MAX {
        return Err(bad(format!("roles: at most {ROLES_MAX}")));
    }
    for (at, name) in roles.iter().enumerate() {
        let role = known.get(name);
        let role = role.ok_or_else(|| bad(format!("roles[{at}]: there is no role {name:?}")))?;
        if let Some((tenant, right)) = tenant.and_then(|t| Some((t, beyond(role, t)?))) {
            return Err(bad(format!(
                "roles[{at}]: {name} brings {right}, which reaches beyond {tenant}, the tenant \
                 this user is bound to"
            )));
        }
    }
    let rights = rights_of(rights)?;
    let outside = tenant.and_then(|t| {
        let right = rights.iter().find(|r| narrowed(r, t).as_ref() != Some(r))?;
        Some(format!(
            "rights: {right} reaches beyond {t}, the tenant this user is bound to; what ends in \
             :{t} can be given"
        ))
    });
    if let Some(detail) = outside {
        return Err(bad(detail));
    }
    Ok((roles.into_iter().collect::<BTreeSet<_>>().into_iter().collect(), rights))
}

impl State {
    /// The user, if the reach covers them.
    fn within(&self, reach: &Reach, sub: &str) -> Answer<&Person> {
        let person = self.people.get(sub).filter(|p| reach.covers(p.tenant_id.as_ref()));
        person.ok_or_else(nobody)
    }

    /// Refuses a change after which nobody could do everything.
    fn stays_administered(&self, sub: &str, next: Option<&Person>) -> Answer<()> {
        let others = self.people.values().filter(|p| p.sub != sub).chain(next);
        if administered(others, &self.roles) {
            return Ok(());
        }
        let detail = "nobody would be left who may sign in and do everything";
        Err(fail(ProblemCode::LastAdministrator, detail))
    }
}

impl Iam {
    /// Users within reach.
    ///
    /// # Errors
    /// 422 `bad_argument`.
    pub fn users(&self, reach: &Reach, query: &UserQuery) -> Answer<Listing<User>> {
        let tenant = query.tenant_id.as_deref().map(str::parse::<TenantId>).transpose();
        let tenant = tenant.map_err(|e| bad(format!("tenant_id: {e}")))?;
        let kept = self.lock();
        let wanted = |p: &&Person| {
            reach.covers(p.tenant_id.as_ref())
                && query.state.is_none_or(|state| p.state == state)
                && query.role.as_ref().is_none_or(|role| p.roles.contains(role))
                && tenant.as_ref().is_none_or(|t| p.tenant_id.as_ref() == Some(t))
                && fits(query.q.as_deref(), &[&p.username, &p.display_name, &p.sub])
        };
        let rows = kept.state.people.values().filter(wanted);
        let rows = rows.map(|p| kept.state.shown(p)).collect();
        drop(kept);
        let ask = Ask {
            sort: query.sort.as_deref(),
            cursor: query.cursor.as_deref(),
            limit: query.limit,
        };
        page(rows, ask, "username", |u| u.sub.clone(), FIELDS)
    }

    /// One user within reach.
    ///
    /// # Errors
    /// 404 `not_found`.
    pub fn user(&self, reach: &Reach, sub: &str) -> Answer<User> {
        let kept = self.lock();
        kept.state.within(reach, sub).map(|p| kept.state.shown(p))
    }

    /// Makes a user under `sub`.
    ///
    /// # Errors
    /// 403 beyond reach or for a right the maker lacks, 409 `already_exists`, 422.
    pub fn create_user(&self, by: &By, sub: String, new: NewUser) -> Answer<User> {
        if !by.reach.covers(new.tenant_id.as_ref()) {
            let detail = "you can make users of your own tenant only";
            return Err(fail(ProblemCode::Forbidden, detail));
        }
        if !is_name(&new.username) {
            return Err(bad(
                "username: 1 to 63 of a-z, 0-9, dot, underscore and hyphen, the first of them a \
                 letter or a digit",
            ));
        }
        let (display_name, password) = (display_name(&new.display_name)?, password(&new.password)?);
        let mut kept = self.lock();
        let state = &kept.state;
        let (roles, rights) = held(new.roles, new.rights, new.tenant_id.as_ref(), &state.roles)?;
        let now = self.clock.now();
        let person = Person {
            sub,
            username: new.username,
            display_name,
            state: UserState::Active,
            roles,
            rights,
            tenant_id: new.tenant_id,
            password,
            version: 1,
            created_at: now,
            updated_at: now,
            updated_by: Some(by.sub.clone()),
            reason: Some(by.reason.clone()),
            last_sign_in_at: None,
        };
        by.may_grant(&effective(&person, &state.roles))?;
        if state.named(&person.username).is_some() {
            let detail = format!("there is a user {} already", person.username);
            return Err(fail(ProblemCode::AlreadyExists, detail));
        }
        let shown = state.shown(&person);
        kept.commit(vec![Entry::User(Box::new(person))]).map_err(|e| broken(&e))?;
        Ok(shown)
    }

    /// Changes a user; disabling one ends their sessions.
    ///
    /// # Errors
    /// 403 for a right the one who changes lacks, 404, 409 `last_administrator`, 412, 422, 428.
    pub fn change_user(
        &self,
        by: &By,
        sub: &str,
        condition: Condition,
        change: UserChange,
    ) -> Answer<User> {
        let mut kept = self.lock();
        let state = &kept.state;
        let old = state.within(&by.reach, sub)?;
        in_force(condition, old.version)?;
        let display_name = display_name(&change.display_name)?;
        let (roles, rights) =
            held(change.roles, change.rights, old.tenant_id.as_ref(), &state.roles)?;
        let now = self.clock.now();
        let next = Person {
            display_name,
            state: change.state,
            roles,
            rights,
            version: old.version + 1,
            updated_at: now,
            updated_by: Some(by.sub.clone()),
            reason: Some(by.reason.clone()),
            ..old.clone()
        };
        let comes_back = old.state == UserState::Disabled && next.state == UserState::Active;
        let had = if comes_back { Vec::new() } else { effective(old, &state.roles) };
        let has = effective(&next, &state.roles);
        by.may_grant(has.iter().filter(|right| !had.contains(right)))?;
        state.stays_administered(sub, Some(&next))?;
        let shown = state.shown(&next);
        let mut entries = match next.state {
            UserState::Disabled => state.ended(sub, &by.end(now)),
            UserState::Active => Vec::new(),
        };
        entries.push(Entry::User(Box::new(next)));
        kept.commit(entries).map_err(|e| broken(&e))?;
        Ok(shown)
    }

    /// Gives a user another password, which ends their sessions. Gives the new version.
    ///
    /// # Errors
    /// 403 when the user holds a right that the one who changes lacks, 404, 412, 422, 428.
    pub fn set_password(
        &self,
        by: &By,
        sub: &str,
        condition: Condition,
        new: &SecretString,
    ) -> Answer<u64> {
        self.user(&by.reach, sub)?; // nobody learns from a slow hash who there is
        let password = password(new)?;
        let mut kept = self.lock();
        let state = &kept.state;
        let old = state.within(&by.reach, sub)?;
        in_force(condition, old.version)?;
        by.may_grant(&effective(old, &state.roles))?;
        let now = self.clock.now();
        let next = Person {
            password,
            version: old.version + 1,
            updated_at: now,
            updated_by: Some(by.sub.clone()),
            reason: Some(by.reason.clone()),
            ..old.clone()
        };
        let version = next.version;
        let mut entries = state.ended(sub, &by.end(now));
        entries.push(Entry::User(Box::new(next)));
        kept.commit(entries).map_err(|e| broken(&e))?;
        self.off_the_sheet(&kept, sub)?;
        Ok(version)
    }

    /// Removes a user; their sessions end.
    ///
    /// # Errors
    /// 404, 409 `last_administrator`, 412, 428.
    pub fn remove_user(&self, by: &By, sub: &str, condition: Condition) -> Answer<()> {
        let mut kept = self.lock();
        let state = &kept.state;
        let old = state.within(&by.reach, sub)?;
        in_force(condition, old.version)?;
        state.stays_administered(sub, None)?;
        let mut entries = state.ended(sub, &by.end(self.clock.now()));
        entries.push(Entry::UserGone(sub.to_owned()));
        kept.commit(entries).map_err(|e| broken(&e))?;
        self.off_the_sheet(&kept, sub)
    }

    /// The sheet of sign-ins tells a password only while it is good. Under the lock: one writer.
    fn off_the_sheet(&self, _: &Kept, sub: &str) -> Answer<()> {
        users::strike(&self.folder, sub).map_err(|e| broken(&e))
    }
}
