//! Roles: rights under a name, changed for everybody who has them at once.
//!
//! Roles are the platform's. The holders of a right for a tenant see those that a user of their
//! tenant can be given, and change none.

use fleet::contract::{
    ProblemCode,
    administration::{DocumentQuery, Listing, NewRole, Permission, Role, RoleChange},
};

use super::{
    Answer, By, Condition, Iam, Reach, bad, broken, fail, in_force,
    people::{is_name, is_text, rights_of},
    state::{Entry, Person, RoleRow, Roles, State, administered, beyond},
};
use crate::gateway::{
    listing::{Ask, Field, fits, page, time_key},
    rights::permissions,
};

const FIELDS: &[Field<Role>] =
    &[("name", |r| r.role.clone()), ("updated_at", |r| time_key(Some(r.updated_at)))];

fn ask(query: &DocumentQuery) -> Ask<'_> {
    Ask { sort: query.sort.as_deref(), cursor: query.cursor.as_deref(), limit: query.limit }
}

fn none() -> super::Fail {
    fail(ProblemCode::NotFound, "there is no such role")
}

fn description(text: &str) -> Answer<String> {
    if is_text(text, 0, 500) {
        return Ok(text.to_owned());
    }
    Err(bad("description: at most 500 characters, none of control"))
}

/// Whether a user within reach could be given the role.
fn concerns(reach: &Reach, role: &RoleRow) -> bool {
    match reach {
        Reach::All => true,
        Reach::Only(tenants) => tenants.iter().any(|tenant| beyond(role, tenant).is_none()),
    }
}

fn whole_platform(by: &By) -> Answer<()> {
    if by.reach == Reach::All {
        return Ok(());
    }
    let detail = "control.iam.write for the whole platform is required to change roles";
    Err(fail(ProblemCode::Forbidden, detail))
}

impl State {
    fn show_role(&self, reach: &Reach, role: &RoleRow) -> Role {
        self.shown_role(role, |p: &Person| reach.covers(p.tenant_id.as_ref()))
    }

    fn role(&self, reach: &Reach, name: &str) -> Answer<&RoleRow> {
        self.roles.get(name).filter(|role| concerns(reach, role)).ok_or_else(none)
    }

    /// Refuses a role that some of its users could not have.
    fn suits_its_users(&self, role: &RoleRow) -> Answer<()> {
        let mut bound = self.people.values().filter(|p| p.roles.contains(&role.role));
        let odd = bound.find_map(|p| Some((p, beyond(role, p.tenant_id.as_ref()?)?)));
        match odd {
            None => Ok(()),
            Some((person, right)) => Err(bad(format!(
                "rights: {} has the role and is bound to a tenant that {right} reaches beyond",
                person.username
            ))),
        }
    }
}

impl Iam {
    /// Roles within reach.
    ///
    /// # Errors
    /// 422 `bad_argument`.
    pub fn roles(&self, reach: &Reach, query: &DocumentQuery) -> Answer<Listing<Role>> {
        let kept = self.lock();
        let wanted = |r: &&RoleRow| {
            concerns(reach, r) && fits(query.q.as_deref(), &[&r.role, &r.description])
        };
        let rows = kept.state.roles.values().filter(wanted);
        let rows = rows.map(|r| kept.state.show_role(reach, r)).collect();
        drop(kept);
        page(rows, ask(query), "name", |r| r.role.clone(), FIELDS)
    }

    /// One role within reach.
    ///
    /// # Errors
    /// 404 `not_found`.
    pub fn role(&self, reach: &Reach, name: &str) -> Answer<Role> {
        let kept = self.lock();
        kept.state.role(reach, name).map(|role| kept.state.show_role(reach, role))
    }

    /// Makes a role.
    ///
    /// # Errors
    /// 403 without the right for the platform or for a right the maker lacks, 409, 422.
    pub fn create_role(&self, by: &By, new: NewRole) -> Answer<Role> {
        whole_platform(by)?;
        if !is_name(&new.role) {
            return Err(bad(
                "role: 1 to 63 of a-z, 0-9, dot, underscore and hyphen, the first of them a \
                 letter or a digit",
            ));
        }
        let now = self.clock.now();
        let role = RoleRow {
            role: new.role,
            description: description(&new.description)?,
            rights: rights_of(new.rights)?,
            builtin: false,
            version: 1,
            created_at: now,
            updated_at: now,
            updated_by: Some(by.sub.clone()),
            reason: Some(by.reason.clone()),
        };
        by.may_grant(&role.rights)?;
        let mut kept = self.lock();
        if kept.state.roles.contains_key(&role.role) {
            let detail = format!("there is a role {} already", role.role);
            return Err(fail(ProblemCode::AlreadyExists, detail));
        }
        let shown = kept.state.show_role(&by.reach, &role);
        kept.commit(vec![Entry::Role(role)]).map_err(|e| broken(&e))?;
        Ok(shown)
    }

    /// Changes a role.
    ///
    /// # Errors
    /// 403 as when made, 404, 409 `last_administrator`, 412, 422, 428.
    pub fn change_role(
        &self,
        by: &By,
        name: &str,
        condition: Condition,
        change: RoleChange,
    ) -> Answer<Role> {
        whole_platform(by)?;
        let mut kept = self.lock();
        let state = &kept.state;
        let old = state.role(&by.reach, name)?;
        in_force(condition, old.version)?;
        let next = RoleRow {
            description: description(&change.description)?,
            rights: rights_of(change.rights)?,
            version: old.version + 1,
            updated_at: self.clock.now(),
            updated_by: Some(by.sub.clone()),
            reason: Some(by.reason.clone()),
            ..old.clone()
        };
        by.may_grant(next.rights.iter().filter(|right| !old.rights.contains(right)))?;
        state.suits_its_users(&next)?;
        let mut roles: Roles = state.roles.clone();
        roles.insert(name.to_owned(), next.clone());
        if !administered(state.people.values(), &roles) {
            let detail = "nobody would be left who may sign in and do everything";
            return Err(fail(ProblemCode::LastAdministrator, detail));
        }
        let shown = state.show_role(&by.reach, &next);
        kept.commit(vec![Entry::Role(next)]).map_err(|e| broken(&e))?;
        Ok(shown)
    }

    /// Removes a role that nobody has.
    ///
    /// # Errors
    /// 403, 404, 409 `in_use`, 409 `wrong_state` for one the Gateway brought along, 412, 428.
    pub fn remove_role(&self, by: &By, name: &str, condition: Condition) -> Answer<()> {
        whole_platform(by)?;
        let mut kept = self.lock();
        let state = &kept.state;
        let old = state.role(&by.reach, name)?;
        in_force(condition, old.version)?;
        if old.builtin {
            let detail = format!("the Gateway brought {name} along; it cannot be removed");
            return Err(fail(ProblemCode::WrongState, detail));
        }
        let users = state.people.values().filter(|p| p.roles.contains(&old.role)).count();
        if users > 0 {
            let have = if users == 1 { "user has" } else { "users have" };
            let detail = format!("{users} {have} the role {name}; take it from them first");
            return Err(fail(ProblemCode::InUse, detail));
        }
        kept.commit(vec![Entry::RoleGone(name.to_owned())]).map_err(|e| broken(&e))
    }
}

/// Every right that can be granted.
///
/// # Errors
/// 422 `bad_argument`.
pub fn all_permissions(query: &DocumentQuery) -> Answer<Listing<Permission>> {
    let mut rows = permissions();
    rows.retain(|p| fits(query.q.as_deref(), &[&p.right, &p.description]));
    page(rows, ask(query), "name", |p| p.right.clone(), &[("name", |p| p.right.clone())])
}
