//! Roles: who sees and changes them, and what a change reaches.

use super::*;

#[test]
fn who_is_bound_to_a_tenant_sees_the_roles_it_can_give_and_changes_none() {
    let w = world();
    let admin = w.by("admin");
    let role = |name: &str, right: &str| NewRole {
        role: name.to_owned(),
        description: String::new(),
        rights: texts(&[right]),
    };
    w.iam.create_role(&admin, role("globex-only", "control.jobs.read:globex")).unwrap();
    let acme = w.by("acme-admin");
    let roles = w.iam.roles(&acme.reach, &DocumentQuery::default()).unwrap();
    let names: Vec<_> = roles.items.iter().map(|r| r.role.as_str()).collect();
    assert!(names.contains(&"tenant-operator"), "{names:?}");
    assert!(!names.contains(&"globex-only") && !names.contains(&"administrator"), "{names:?}");
    let operators = roles.items.iter().find(|r| r.role == "tenant-operator").unwrap();
    assert_eq!(operators.users, 1, "of its own users");
    assert_eq!(w.iam.role(&Reach::All, "tenant-operator").unwrap().users, 5);
    assert_eq!(code(w.iam.role(&acme.reach, "globex-only")), ProblemCode::NotFound);
    let forbidden = ProblemCode::Forbidden;
    assert_eq!(code(w.iam.create_role(&acme, role("x", "control.jobs.read:acme"))), forbidden);
    let remove = w.iam.remove_role(&acme, "auditor", Condition::Is(Some(1)));
    assert_eq!(code(remove), forbidden);
}

#[test]
fn a_role_in_use_or_brought_along_stays_and_its_change_reaches_everybody_who_has_it() {
    let w = world();
    let admin = w.by("admin");
    let is = |version| Condition::Is(Some(version));
    assert_eq!(code(w.iam.remove_role(&admin, "viewer", is(1))), ProblemCode::WrongState);
    let used = w.iam.remove_role(&admin, "auditor", is(1)).unwrap_err().0;
    assert_eq!(used.code, ProblemCode::InUse);
    assert!(used.detail.starts_with("1 user has the role auditor"), "{}", used.detail);
    let change = |rights: &[&str]| RoleChange { description: String::new(), rights: texts(rights) };
    let next = change(&["control.audit.read", "control.jobs.read", "control.audit.read"]);
    let role = w.iam.change_role(&admin, "auditor", is(1), next).unwrap();
    assert_eq!((role.version, role.rights.len(), role.users), (2, 2, 1));
    let held = w.iam.rights("usr_s.moreau", "").unwrap();
    assert_eq!(held.rights, ["control.audit.read", "control.jobs.read"]);
    let beyond = change(&["control.jobs.read:globex"]);
    let refused = w.iam.change_role(&admin, "tenant-operator", is(1), beyond).unwrap_err().0;
    assert_eq!(refused.code, ProblemCode::BadArgument);
    assert!(refused.detail.contains("reaches beyond"), "{}", refused.detail);
    w.change(&admin, "s.moreau", |c| c.roles = Vec::new()).unwrap();
    w.iam.remove_role(&admin, "auditor", is(2)).unwrap();
    assert_eq!(code(w.iam.role(&Reach::All, "auditor")), ProblemCode::NotFound);
    let gone = w.change(&admin, "s.moreau", |c| c.roles = texts(&["auditor"])).unwrap_err().0;
    assert_eq!(gone.detail, "roles[0]: there is no role \"auditor\"");
}
