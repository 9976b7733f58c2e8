//! The rules of users and sessions, one by one; those of roles are in [`roles`].

mod roles;

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use fleet::contract::administration::{
    DocumentQuery, NewRole, NewUser, RoleChange, SessionQuery, SessionState, User, UserChange,
    UserQuery,
};
use secrecy::SecretString;
use streams::{clock::ManualClock, ids::RandomIds};
use tempfile::TempDir;

use super::{sessions::SignedIn, *};
use crate::gateway::users;

struct World {
    folder: TempDir,
    clock: Arc<ManualClock>,
    iam: Iam,
}

fn open(folder: &Path, clock: Arc<ManualClock>) -> Iam {
    let settings = IamSettings {
        issuer: "me".to_owned(),
        token_ttl_s: 60,
        fixed_passwords: true,
        shared_secret: None,
    };
    Iam::open(folder, settings, clock, &crate::topology::tenants(6)).unwrap()
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(DateTime::UNIX_EPOCH + TimeDelta::days(400)));
    let iam = open(folder.path(), clock.clone());
    World { folder, clock, iam }
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

impl World {
    /// A seeded person as the author of a change.
    fn by(&self, username: &str) -> By {
        let sub = format!("usr_{username}");
        let rights = self.iam.rights(&sub, "").unwrap().rights;
        let reach = Reach::of(&rights, "control.iam.write").expect("may write");
        By { sub, rights, reach, reason: "a test".to_owned() }
    }

    fn make(&self, by: &By, username: &str, roles: &[&str], tenant: Option<&str>) -> Answer<User> {
        let new = NewUser {
            username: username.to_owned(),
            display_name: "Somebody".to_owned(),
            password: SecretString::from("long enough".to_owned() + "!"),
            roles: texts(roles),
            rights: Vec::new(),
            tenant_id: tenant.map(|t| t.parse().unwrap()),
        };
        self.iam.create_user(by, format!("usr_{username}"), new)
    }

    fn change(&self, by: &By, username: &str, with: impl FnOnce(&mut UserChange)) -> Answer<User> {
        let sub = format!("usr_{username}");
        let user = self.iam.user(&Reach::All, &sub)?;
        let mut change = UserChange {
            display_name: user.display_name,
            state: user.state,
            roles: user.roles,
            rights: user.rights,
        };
        with(&mut change);
        self.iam.change_user(by, &sub, Condition::Is(Some(user.version)), change)
    }

    fn sign_in(&self, username: &str, password: &str) -> SignedIn {
        self.iam.login(&RandomIds, username, password).unwrap()
    }

    /// Signs in as a seeded person; the session.
    fn session(&self, username: &str) -> String {
        let password = format!("{username}-password");
        let SignedIn::Yes { token, .. } = self.sign_in(username, &password) else {
            panic!("{username} cannot sign in")
        };
        // The token itself is verified by the machine's clock, which is not this world's.
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice::<Claims>(&payload).unwrap().session_id
    }
}

fn code<T: std::fmt::Debug>(answer: Answer<T>) -> ProblemCode {
    answer.unwrap_err().0.code
}

#[test]
fn a_session_lives_until_it_is_revoked_or_expires_also_over_a_restart() {
    let w = world();
    assert_eq!(w.sign_in("admin", "wrong"), SignedIn::No);
    assert_eq!(w.sign_in("nobody", "admin-password"), SignedIn::No);
    let id = w.session("admin");
    let before = w.iam.rights("usr_admin", &id).unwrap();
    assert!(before.session_valid);
    assert!(!w.iam.rights("usr_viewer", &id).unwrap().session_valid, "another's session");
    assert!(w.iam.rights("usr_nobody", &id).is_none());
    let again = open(w.folder.path(), w.clock.clone());
    assert!(again.rights("usr_admin", &id).unwrap().session_valid);
    assert!(again.user(&Reach::All, "usr_admin").unwrap().last_sign_in_at.is_some());
    again.revoke(&w.by("admin"), &id).unwrap();
    let after = again.rights("usr_admin", &id).unwrap();
    assert!(!after.session_valid);
    assert_ne!(before.etag, after.etag);
    let shown = again.session(&Reach::All, &id).unwrap();
    assert_eq!(shown.state, SessionState::Revoked);
    assert_eq!(shown.revoked_because.as_deref(), Some("a test"));
    w.clock.advance(Duration::from_secs(24 * 3_600));
    assert_eq!(code(again.session(&Reach::All, &id)), ProblemCode::NotFound, "a day after its end");
}

#[test]
fn sessions_expire_and_are_listed_by_state_newest_first() {
    let w = world();
    let old = w.session("viewer");
    w.clock.advance(Duration::from_secs(61));
    let (second, third) = (w.session("operator"), w.session("operator"));
    let list = |query: SessionQuery| {
        let page = w.iam.sessions(&Reach::All, &query).unwrap();
        page.items.into_iter().map(|s| s.session_id).collect::<Vec<_>>()
    };
    let of = |state| SessionQuery { state: Some(state), ..SessionQuery::default() };
    assert_eq!(list(of(SessionState::Expired)), std::slice::from_ref(&old));
    let active = list(of(SessionState::Active));
    assert!(active.contains(&second) && active.contains(&third) && active.len() == 2);
    let named = SessionQuery { q: Some("VIEWER".to_owned()), ..SessionQuery::default() };
    assert_eq!(list(named), std::slice::from_ref(&old));
    let oldest = SessionQuery { sort: Some("expires_at".to_owned()), ..SessionQuery::default() };
    assert_eq!(list(oldest)[0], old);
    let all = w.iam.revoke_all(&w.by("admin"), "usr_operator").unwrap();
    assert_eq!(all.revoked, 2);
    assert!(list(of(SessionState::Active)).is_empty());
    assert_eq!(w.iam.revoke_all(&w.by("admin"), "usr_operator").unwrap().revoked, 0);
}

#[test]
fn a_disabled_user_has_no_session_no_right_and_no_way_in() {
    let w = world();
    let id = w.session("operator");
    let off = w.change(&w.by("admin"), "operator", |c| c.state = UserState::Disabled).unwrap();
    assert_eq!((off.state, off.version), (UserState::Disabled, 2));
    let rights = w.iam.rights("usr_operator", &id).unwrap();
    assert!(!rights.session_valid && rights.rights.is_empty() && rights.grants.is_empty());
    assert_eq!(w.sign_in("operator", "operator-password"), SignedIn::No);
    assert_eq!(w.iam.session(&Reach::All, &id).unwrap().state, SessionState::Revoked);
    w.change(&w.by("admin"), "operator", |c| c.state = UserState::Active).unwrap();
    assert!(!w.iam.rights("usr_operator", &id).unwrap().session_valid, "it does not come back");
    w.session("operator");
}

#[test]
fn a_new_password_ends_the_sessions_and_the_old_one_and_is_kept_in_clear_nowhere() {
    let w = world();
    let id = w.session("viewer");
    let secret = SecretString::from("a brand new secret".to_owned());
    let set = |version| {
        let condition = Condition::Is(Some(version));
        w.iam.set_password(&w.by("admin"), "usr_viewer", condition, &secret)
    };
    assert_eq!(code(set(7)), ProblemCode::StaleVersion);
    assert!(w.iam.rights("usr_viewer", &id).unwrap().session_valid, "a refusal changes nothing");
    assert_eq!(set(1), Ok(2));
    assert!(!w.iam.rights("usr_viewer", &id).unwrap().session_valid);
    assert_eq!(w.sign_in("viewer", "viewer-password"), SignedIn::No);
    assert!(matches!(w.sign_in("viewer", "a brand new secret"), SignedIn::Yes { .. }));
    for file in std::fs::read_dir(w.folder.path()).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains("a brand new secret") && !text.contains("viewer-password"));
    }
    let short = SecretString::from("too short".to_owned());
    let refused = w.iam.set_password(&w.by("admin"), "usr_viewer", Condition::Is(Some(2)), &short);
    assert!(refused.unwrap_err().0.detail.starts_with("password:"));
}

#[test]
fn a_removed_user_is_gone_with_their_sessions_and_the_name_is_free() {
    let w = world();
    let id = w.session("viewer");
    let admin = w.by("admin");
    assert_eq!(
        code(w.iam.remove_user(&admin, "usr_viewer", Condition::None)),
        ProblemCode::VersionRequired
    );
    w.iam.remove_user(&admin, "usr_viewer", Condition::Is(Some(1))).unwrap();
    assert_eq!(code(w.iam.user(&Reach::All, "usr_viewer")), ProblemCode::NotFound);
    assert!(w.iam.rights("usr_viewer", &id).is_none());
    let session = w.iam.session(&Reach::All, &id).unwrap();
    assert_eq!((session.state, session.username.as_str()), (SessionState::Revoked, "viewer"));
    let sheet = users::read(w.folder.path()).unwrap().unwrap();
    assert!(sheet.iter().all(|user| user.username != "viewer"));
    let again = open(w.folder.path(), w.clock.clone());
    assert_eq!(code(again.user(&Reach::All, "usr_viewer")), ProblemCode::NotFound);
    w.make(&admin, "viewer", &["viewer"], None).unwrap();
}

#[test]
fn somebody_who_may_do_everything_is_always_left() {
    let w = world();
    let admin = w.by("admin");
    let last = ProblemCode::LastAdministrator;
    assert_eq!(code(w.change(&admin, "admin", |c| c.state = UserState::Disabled)), last);
    assert_eq!(code(w.change(&admin, "admin", |c| c.roles = Vec::new())), last);
    assert_eq!(code(w.iam.remove_user(&admin, "usr_admin", Condition::Is(Some(1)))), last);
    let less = RoleChange { description: String::new(), rights: texts(&["control.iam.read"]) };
    let change = |less| w.iam.change_role(&admin, "administrator", Condition::Is(Some(1)), less);
    assert_eq!(code(change(less.clone())), last);
    w.make(&admin, "second", &[], None).unwrap();
    w.change(&admin, "second", |c| c.rights = texts(&["control.*"])).unwrap();
    assert!(change(less).is_ok(), "the second has it without the role");
    w.iam.remove_user(&admin, "usr_admin", Condition::Is(Some(1))).unwrap();
}

#[test]
fn nobody_gives_a_right_that_they_lack_nor_takes_over_who_has_more() {
    let w = world();
    let admin = w.by("admin");
    w.make(&admin, "people", &[], None).unwrap();
    w.change(&admin, "people", |c| {
        c.rights = texts(&["control.iam.write", "control.jobs.read", "control.jobs.pause:acme"]);
    })
    .unwrap();
    let people = w.by("people");
    let forbidden = ProblemCode::Forbidden;
    assert_eq!(code(w.make(&people, "x", &["operator"], None)), forbidden);
    assert_eq!(code(w.change(&people, "people", |c| c.roles = texts(&["viewer"]))), forbidden);
    let give = |right: &str| w.change(&people, "j.nowak", |c| c.rights.push(right.to_owned()));
    assert_eq!(code(give("control.jobs.pause")), forbidden, "held for acme only");
    assert_eq!(code(give("control.jobs.pause:globex")), forbidden);
    give("control.jobs.pause:acme").unwrap();
    give("control.jobs.read:globex").unwrap();
    let role = NewRole {
        role: "r".to_owned(),
        description: String::new(),
        rights: texts(&["control.jobs.cancel"]),
    };
    assert_eq!(code(w.iam.create_role(&people, role)), forbidden);
    // What others have stays theirs: a name can be changed, and rights be taken away.
    w.change(&people, "operator", |c| c.display_name = "Otto".to_owned()).unwrap();
    w.change(&people, "operator", |c| c.state = UserState::Disabled).unwrap();
    assert_eq!(code(w.change(&people, "operator", |c| c.state = UserState::Active)), forbidden);
    let secret = SecretString::from("mine from now on".to_owned());
    let take = w.iam.set_password(&people, "usr_admin", Condition::Is(Some(1)), &secret);
    assert_eq!(code(take), forbidden);
}

#[test]
fn who_is_bound_to_a_tenant_sees_and_changes_its_users_only_and_gives_its_rights_only() {
    let w = world();
    let acme = w.by("acme-admin");
    let all = w.iam.users(&acme.reach, &UserQuery::default()).unwrap();
    let names: Vec<_> = all.items.iter().map(|u| u.username.as_str()).collect();
    assert_eq!((names, all.total), (vec!["acme-admin", "acme-operator"], 2));
    for sub in ["usr_admin", "usr_globex-operator", "usr_nobody"] {
        assert_eq!(code(w.iam.user(&acme.reach, sub)), ProblemCode::NotFound, "{sub}");
        let gone = w.iam.remove_user(&acme, sub, Condition::Is(Some(1)));
        assert_eq!(code(gone), ProblemCode::NotFound, "{sub}");
        assert_eq!(code(w.iam.revoke_all(&acme, sub)), ProblemCode::NotFound, "{sub}");
    }
    let globex = w.session("globex-operator");
    assert_eq!(code(w.iam.session(&acme.reach, &globex)), ProblemCode::NotFound);
    assert_eq!(code(w.iam.revoke(&acme, &globex)), ProblemCode::NotFound);
    assert_eq!(w.iam.sessions(&acme.reach, &SessionQuery::default()).unwrap().total, 0);
    assert_eq!(code(w.make(&acme, "x", &[], None)), ProblemCode::Forbidden);
    assert_eq!(code(w.make(&acme, "x", &[], Some("globex"))), ProblemCode::Forbidden);
    let made = w.make(&acme, "x", &["tenant-operator"], Some("acme")).unwrap();
    assert!(made.effective_rights.iter().all(|right| right.ends_with(":acme")));
    let give = |right: &str| w.change(&acme, "x", |c| c.rights = texts(&[right]));
    for beyond in ["control.jobs.read", "control.jobs.read:globex", "control.*"] {
        let problem = give(beyond).unwrap_err().0;
        assert_eq!(problem.code, ProblemCode::BadArgument, "{beyond}");
        assert!(problem.detail.starts_with("rights: "), "{}", problem.detail);
    }
    assert_eq!(code(give("control.jobs.approve:acme")), ProblemCode::Forbidden, "not held");
    give("control.iam.write:acme").unwrap();
    let admin = w.change(&acme, "x", |c| c.roles = texts(&["administrator"])).unwrap_err().0;
    assert!(admin.detail.starts_with("roles[0]: administrator brings control.*"));
}

#[test]
fn rights_say_why_each_is_held_and_the_etag_covers_that() {
    let w = world();
    let admin = w.by("admin");
    let before = w.iam.rights("usr_s.moreau", "").unwrap();
    assert_eq!(before.display_name.as_deref(), Some("Sylvie Moreau"));
    w.change(&admin, "s.moreau", |c| c.rights = texts(&["control.audit.read"])).unwrap();
    let after = w.iam.rights("usr_s.moreau", "").unwrap();
    assert_eq!(after.rights, before.rights, "held already");
    let why: Vec<_> = after
        .grants
        .iter()
        .filter(|g| g.right == "control.audit.read")
        .map(|g| g.role.as_deref())
        .collect();
    assert_eq!(why, [None, Some("auditor")]);
    assert_ne!(after.etag, before.etag);
    w.change(&admin, "s.moreau", |c| c.display_name = "Sylvie M.".to_owned()).unwrap();
    assert_ne!(w.iam.rights("usr_s.moreau", "").unwrap().etag, after.etag);
}

#[test]
fn odd_users_are_refused_by_the_field_and_change_nothing() {
    let w = world();
    let admin = w.by("admin");
    for (name, said) in [("", "username"), ("Ada", "username"), ("a b", "username"), ("-a", "user")]
    {
        let why = w.make(&admin, name, &[], None).unwrap_err().0;
        assert!(why.detail.starts_with(said), "{name}: {}", why.detail);
    }
    assert_eq!(code(w.make(&admin, "operator", &[], None)), ProblemCode::AlreadyExists);
    let wrong = |with: fn(&mut UserChange)| w.change(&admin, "viewer", with).unwrap_err().0.detail;
    assert!(wrong(|c| c.display_name = " ".to_owned()).starts_with("display_name"));
    assert!(wrong(|c| c.display_name = "x".repeat(129)).starts_with("display_name"));
    assert!(wrong(|c| c.roles = texts(&["viewer", "nope"])).starts_with("roles[1]"));
    assert!(wrong(|c| c.rights = texts(&["control.jobs"])).starts_with("rights[0]"));
    assert_eq!(w.iam.user(&Reach::All, "usr_viewer").unwrap().version, 1);
}

#[test]
fn users_are_found_by_state_role_tenant_and_part_of_a_name() {
    let w = world();
    w.session("operator");
    let list = |query: UserQuery| {
        let page = w.iam.users(&Reach::All, &query).unwrap();
        page.items.into_iter().map(|u| u.username).collect::<Vec<_>>()
    };
    let all = UserQuery::default;
    assert_eq!(list(UserQuery { state: Some(UserState::Disabled), ..all() }), ["k.tanaka"]);
    let on_call = UserQuery { role: Some("on-call".to_owned()), ..all() };
    assert_eq!(list(on_call), ["m.lindqvist", "t.okafor"]);
    let globex = UserQuery { tenant_id: Some("globex".to_owned()), ..all() };
    assert_eq!(list(globex), ["globex-admin", "globex-operator"]);
    assert_eq!(list(UserQuery { q: Some("LINDQ".to_owned()), ..all() }), ["m.lindqvist"]);
    let last = UserQuery { sort: Some("-last_sign_in_at".to_owned()), ..all() };
    assert_eq!(list(last)[0], "operator");
    let odd = UserQuery { tenant_id: Some("a.b".to_owned()), ..all() };
    assert!(w.iam.users(&Reach::All, &odd).unwrap_err().0.detail.starts_with("tenant_id"));
}

#[test]
fn after_ten_failures_a_name_waits_also_with_the_right_password() {
    let w = world();
    for _ in 0..10 {
        assert_eq!(w.sign_in("viewer", "guess"), SignedIn::No);
    }
    assert_eq!(w.sign_in("viewer", "viewer-password"), SignedIn::Wait(60));
    assert!(matches!(w.sign_in("operator", "operator-password"), SignedIn::Yes { .. }));
    w.clock.advance(Duration::from_secs(60));
    assert!(matches!(w.sign_in("viewer", "viewer-password"), SignedIn::Yes { .. }));
}
