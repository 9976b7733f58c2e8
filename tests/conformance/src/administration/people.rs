//! Users, their sessions and rights, roles, permissions.

use fleet::contract::{ProblemCode, Rights, administration::User, paths};
use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::{
    Rests, has_etag, is_paged, is_stale, own_name, own_secret, read, sign_in, token_of, write,
    writing,
};
use crate::{
    Outcome, cases,
    probe::{Probe, demand},
};

cases![
    people_and_what_they_may_do_are_listed_in_pages,
    a_user_is_made_read_changed_and_removed_by_version,
    a_user_is_refused_by_the_field_and_nothing_is_made,
    a_write_wants_a_reason,
    signing_in_says_not_what_was_wrong,
    a_new_password_and_a_disabled_user_end_their_sessions,
    the_rights_of_a_user_are_told_with_their_reasons,
    nobody_gives_a_right_that_they_lack,
    a_user_of_a_tenant_has_rights_for_it_only_and_sees_nobody_else,
    a_role_in_use_stays_until_nobody_has_it,
];

fn user_path(sub: &str) -> String {
    paths::USER.replace("{sub}", sub)
}

fn new_user(name: &str, password: &str, rights: &[&str], tenant: Option<&str>) -> Value {
    json!({
        "username": name, "display_name": "Conformance", "password": password, "roles": [],
        "rights": rights, "tenant_id": tenant,
    })
}

async fn make(
    probe: &Probe,
    password: &str,
    rights: &[&str],
    tenant: Option<&str>,
) -> Result<User, String> {
    let body = new_user(&own_name(), password, rights, tenant);
    let made = write(probe, Method::POST, paths::USERS, Rests::Nothing, Some(body)).await?;
    made.is(201)?;
    has_etag(&made, 1)?;
    let user: User = made.body()?;
    let at = made.headers.get("location").and_then(|v| v.to_str().ok());
    demand(at == Some(&user_path(&user.sub)), || format!("Location {at:?} of {user:?}"))?;
    Ok(user)
}

/// Removes what a case has made, whatever its version is by now.
async fn remove(probe: &Probe, path: &str) -> Outcome {
    let row = read(probe, path).await?;
    if row.status == 404 {
        return Ok(());
    }
    let version = row.json["version"].as_u64().ok_or("a row without a version")?;
    write(probe, Method::DELETE, path, Rests::On(version), None).await?.is(204)
}

async fn people_and_what_they_may_do_are_listed_in_pages(probe: &Probe) -> Outcome {
    is_paged(probe, paths::USERS, "sub", "username").await?;
    is_paged(probe, paths::ROLES, "role", "name").await?;
    is_paged(probe, paths::PERMISSIONS, "right", "name").await?;
    let sessions =
        read(probe, &format!("{}?state=active&sort=-created_at", paths::SESSIONS)).await?;
    sessions.is(200)?;
    demand(sessions.json["total"].as_u64() > Some(0), || "not even my own session".to_owned())
}

async fn a_user_is_made_read_changed_and_removed_by_version(probe: &Probe) -> Outcome {
    let user = make(probe, &own_secret(), &["control.jobs.read"], None).await?;
    let path = user_path(&user.sub);
    let checks = async {
        let told = read(probe, &path).await?;
        has_etag(&told, 1)?;
        demand(told.body::<User>()? == user, || format!("{told:?} is not {user:?}"))?;
        let same = new_user(&user.username, &own_secret(), &[], None);
        let again = write(probe, Method::POST, paths::USERS, Rests::Nothing, Some(same)).await?;
        again.is_problem(&ProblemCode::AlreadyExists)?;
        let change = json!({
            "display_name": "Changed", "state": "active", "roles": [],
            "rights": ["control.jobs.read", "control.audit.read"],
        });
        let put = |rests| write(probe, Method::PUT, &path, rests, Some(change.clone()));
        put(Rests::Nothing).await?.is_problem(&ProblemCode::VersionRequired)?;
        is_stale(&put(Rests::On(2)).await?, 1)?;
        let changed = put(Rests::On(1)).await?;
        has_etag(&changed, 2)?;
        let changed: User = changed.body()?;
        let rights = ["control.audit.read", "control.jobs.read"];
        demand(changed.effective_rights == rights, || format!("{changed:?}"))?;
        is_stale(&put(Rests::On(1)).await?, 2)?;
        let delete = |rests| write(probe, Method::DELETE, &path, rests, None);
        delete(Rests::Nothing).await?.is_problem(&ProblemCode::VersionRequired)?;
        is_stale(&delete(Rests::On(1)).await?, 2)?;
        delete(Rests::On(2)).await?.is(204)?;
        read(probe, &path).await?.is_problem(&ProblemCode::NotFound)
    };
    let outcome = checks.await;
    remove(probe, &path).await?;
    outcome
}

async fn a_user_is_refused_by_the_field_and_nothing_is_made(probe: &Probe) -> Outcome {
    let name = own_name();
    let with = |field: &str, value: Value| {
        let mut body = new_user(&name, &own_secret(), &[], None);
        body[field] = value;
        body
    };
    for (field, value) in [
        ("username", json!("Not A Name")),
        ("display_name", json!("")),
        ("password", json!("short")),
        ("roles", json!([own_name()])),
        ("rights", json!(["control.nothing.read"])),
        ("rights", json!(["control.*:acme"])),
        ("tenant_id", json!("not.a.tenant")),
        ("surprise", json!(true)),
    ] {
        let body = with(field, value.clone());
        let reply = write(probe, Method::POST, paths::USERS, Rests::Nothing, Some(body)).await?;
        reply.is_problem(&ProblemCode::BadArgument).map_err(|e| format!("{field}={value}: {e}"))?;
        let detail = reply.json["detail"].as_str().unwrap_or_default();
        demand(detail.contains(field), || format!("{field} is not named in {detail:?}"))?;
    }
    let found = read(probe, &format!("{}?q={name}", paths::USERS)).await?;
    demand(found.json["total"] == 0, || format!("a refused user was made: {found:?}"))
}

async fn a_write_wants_a_reason(probe: &Probe) -> Outcome {
    let body = new_user(&own_name(), &own_secret(), &[], None);
    for reason in [None, Some(""), Some("%0A"), Some("%ff")] {
        let mut headers = writing(Rests::Nothing);
        headers.remove("x-reason");
        if let Some(reason) = reason {
            headers.insert("x-reason", http::HeaderValue::from_static(reason));
        }
        let send = probe.as_administrator(Method::POST, paths::USERS, headers, Some(body.clone()));
        send.await?.is_problem(&ProblemCode::BadArgument)?;
    }
    Ok(())
}

async fn signing_in_says_not_what_was_wrong(probe: &Probe) -> Outcome {
    let user = make(probe, &own_secret(), &[], None).await?;
    let known = sign_in(probe, &user.username, "not the password").await;
    remove(probe, &user_path(&user.sub)).await?;
    let (known, unknown) = (known?, sign_in(probe, &own_name(), "not the password").await?);
    for reply in [&known, &unknown] {
        reply.is_problem(&ProblemCode::Unauthenticated)?;
    }
    demand(known.json["detail"] == unknown.json["detail"], || "the two differ".to_owned())
}

/// What the rights endpoint says of a user's session.
async fn session_valid(probe: &Probe, sub: &str, session: &str) -> Result<bool, String> {
    let sub = sub.parse().map_err(|e| format!("{e}"))?;
    let rights: Rights = probe.get(&paths::rights(&sub, session)).await?.body()?;
    Ok(rights.session_valid)
}

/// The newest session of a user.
async fn newest_session(probe: &Probe, sub: &str) -> Result<Value, String> {
    let path = format!("{}?sub={sub}&limit=1&sort=-created_at", paths::SESSIONS);
    let page = read(probe, &path).await?;
    page.is(200)?;
    Ok(page.json["items"][0].clone())
}

async fn a_new_password_and_a_disabled_user_end_their_sessions(probe: &Probe) -> Outcome {
    let (first, second) = (own_secret(), own_secret());
    let user = make(probe, &first, &[], None).await?;
    let path = user_path(&user.sub);
    let checks = async {
        sign_in(probe, &user.username, &first).await?.is(200)?;
        let session = newest_session(probe, &user.sub).await?;
        let id = session["session_id"].as_str().ok_or("no session after a sign-in")?.to_owned();
        demand(session_valid(probe, &user.sub, &id).await?, || "not valid at once".to_owned())?;
        let at = paths::USER_PASSWORD.replace("{sub}", &user.sub);
        let set =
            |rests| write(probe, Method::PUT, &at, rests, Some(json!({ "password": second })));
        set(Rests::Nothing).await?.is_problem(&ProblemCode::VersionRequired)?;
        set(Rests::On(1)).await?.is(204)?;
        demand(!session_valid(probe, &user.sub, &id).await?, || "outlived it".to_owned())?;
        let ended = read(probe, &paths::SESSION.replace("{session_id}", &id)).await?;
        demand(ended.json["state"] == "revoked", || format!("{ended:?}"))?;
        let old = sign_in(probe, &user.username, &first).await?;
        old.is_problem(&ProblemCode::Unauthenticated)?;
        sign_in(probe, &user.username, &second).await?.is(200)?;
        let off = json!({
            "display_name": "Off", "state": "disabled", "roles": [], "rights": [],
        });
        write(probe, Method::PUT, &path, Rests::On(2), Some(off)).await?.is(200)?;
        let id = newest_session(probe, &user.sub).await?;
        let id = id["session_id"].as_str().ok_or("no session")?.to_owned();
        demand(!session_valid(probe, &user.sub, &id).await?, || "outlived it".to_owned())?;
        let refused = sign_in(probe, &user.username, &second).await?;
        refused.is_problem(&ProblemCode::Unauthenticated)
    };
    let outcome = checks.await;
    remove(probe, &path).await?;
    outcome
}

async fn the_rights_of_a_user_are_told_with_their_reasons(probe: &Probe) -> Outcome {
    let user = make(probe, &own_secret(), &["control.jobs.read"], None).await?;
    let checks = async {
        let sub = user.sub.parse().map_err(|e| format!("{e}"))?;
        let rights: Rights = probe.get(&paths::rights(&sub, "none")).await?.body()?;
        demand(rights.rights == user.effective_rights, || format!("{rights:?}"))?;
        demand(rights.display_name.as_deref() == Some("Conformance"), || format!("{rights:?}"))?;
        let own = rights.grants.iter().any(|g| g.right == "control.jobs.read" && g.role.is_none());
        demand(own, || format!("no reason: {rights:?}"))
    };
    let outcome = checks.await;
    remove(probe, &user_path(&user.sub)).await?;
    outcome
}

async fn nobody_gives_a_right_that_they_lack(probe: &Probe) -> Outcome {
    let secret = own_secret();
    let user = make(probe, &secret, &["control.iam.read", "control.iam.write"], None).await?;
    let checks = async {
        let token = token_of(&sign_in(probe, &user.username, &secret).await?)?;
        let send = |rights: &[&str]| {
            let body = new_user(&own_name(), &own_secret(), rights, None);
            probe.as_bearer(&token, Method::POST, paths::USERS, writing(Rests::Nothing), Some(body))
        };
        for beyond in ["control.*", "control.jobs.create", "control.jobs.read:acme"] {
            send(&[beyond]).await?.is_problem(&ProblemCode::Forbidden)?;
        }
        let none = HeaderMap::new();
        let configs = probe.as_bearer(&token, Method::GET, paths::CONFIGS, none, None).await?;
        configs.is_problem(&ProblemCode::Forbidden)
    };
    let outcome = checks.await;
    remove(probe, &user_path(&user.sub)).await?;
    outcome
}

async fn a_user_of_a_tenant_has_rights_for_it_only_and_sees_nobody_else(probe: &Probe) -> Outcome {
    let (secret, tenant) = (own_secret(), probe.tenant.as_str());
    let held = ["iam.read", "iam.write"].map(|right| format!("control.{right}:{tenant}"));
    let held: Vec<_> = held.iter().map(String::as_str).collect();
    let wide = new_user(&own_name(), &own_secret(), &["control.jobs.read"], Some(tenant));
    let wide = write(probe, Method::POST, paths::USERS, Rests::Nothing, Some(wide)).await?;
    wide.is_problem(&ProblemCode::BadArgument)?;
    let user = make(probe, &secret, &held, Some(tenant)).await?;
    let stranger = make(probe, &own_secret(), &[], Some(probe.spare.as_str())).await?;
    let checks = async {
        let token = token_of(&sign_in(probe, &user.username, &secret).await?)?;
        let see = |path: &str| {
            let (token, path) = (&token, path.to_owned());
            async move { probe.as_bearer(token, Method::GET, &path, HeaderMap::new(), None).await }
        };
        let all = see(&format!("{}?limit=200", paths::USERS)).await?;
        let items = all.json["items"].as_array().ok_or("no items")?;
        let mine = items.iter().all(|row| row["tenant_id"] == tenant);
        demand(!items.is_empty() && mine, || format!("{all:?}"))?;
        see(&user_path(&stranger.sub)).await?.is_problem(&ProblemCode::NotFound)?;
        let headers = writing(Rests::On(1));
        let path = user_path(&stranger.sub);
        let gone = probe.as_bearer(&token, Method::DELETE, &path, headers, None).await?;
        gone.is_problem(&ProblemCode::NotFound)?;
        for other in [None, Some(probe.spare.as_str())] {
            let body = new_user(&own_name(), &own_secret(), &[], other);
            let headers = writing(Rests::Nothing);
            let made = probe.as_bearer(&token, Method::POST, paths::USERS, headers, Some(body));
            made.await?.is_problem(&ProblemCode::Forbidden)?;
        }
        Ok(())
    };
    let outcome = checks.await;
    remove(probe, &user_path(&user.sub)).await?;
    remove(probe, &user_path(&stranger.sub)).await?;
    outcome
}

async fn a_role_in_use_stays_until_nobody_has_it(probe: &Probe) -> Outcome {
    let name = own_name();
    let path = paths::ROLE.replace("{role}", &name);
    let body = json!({"role": name, "description": "", "rights": ["control.audit.read"]});
    let post = || write(probe, Method::POST, paths::ROLES, Rests::Nothing, Some(body.clone()));
    let made = post().await?;
    made.is(201)?;
    has_etag(&made, 1)?;
    let user = make(probe, &own_secret(), &[], None).await?;
    let checks = async {
        post().await?.is_problem(&ProblemCode::AlreadyExists)?;
        let has = json!({
            "display_name": "Has it", "state": "active", "roles": [name], "rights": [],
        });
        let given =
            write(probe, Method::PUT, &user_path(&user.sub), Rests::On(1), Some(has)).await?;
        let given: User = given.body()?;
        demand(given.effective_rights == ["control.audit.read"], || format!("{given:?}"))?;
        let used = write(probe, Method::DELETE, &path, Rests::On(1), None).await?;
        used.is_problem(&ProblemCode::InUse)?;
        let more = json!({"description": "", "rights": ["control.jobs.read"]});
        let stale = write(probe, Method::PUT, &path, Rests::On(5), Some(more.clone())).await?;
        is_stale(&stale, 1)?;
        let changed = write(probe, Method::PUT, &path, Rests::On(1), Some(more)).await?;
        demand(changed.json["users"] == 1, || format!("{changed:?}"))?;
        let now: User = read(probe, &user_path(&user.sub)).await?.body()?;
        demand(now.effective_rights == ["control.jobs.read"], || format!("{now:?}"))
    };
    let outcome = checks.await;
    remove(probe, &user_path(&user.sub)).await?;
    remove(probe, &path).await?;
    outcome
}
