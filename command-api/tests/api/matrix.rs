//! Every route of the router against every sort of caller. The rows come from the router itself, so
//! that a new route is in the matrix by existing, and a route this test cannot call fails it.

use std::collections::BTreeSet;

use axum::http::Method;
use command_api::{
    auth::guard::Scope,
    router::{Declared, declared},
};
use serde_json::json;

use super::{
    app::{Ask, TestApp, create, eventually, get, post, started, verb},
    gateway::claims,
    leader::lead,
    passing::write,
};

/// Any of these opens what asks for any reading right.
const READS: [&str; 5] = [
    "control.jobs.read",
    "control.tenants.read",
    "control.placement.read",
    "control.fleet.read",
    "control.audit.read",
];

/// The rights that open a route; none when any signed-in principal may.
fn opening(route: &Declared) -> Vec<&'static str> {
    match route.right {
        None => Vec::new(),
        Some("control.*.read") => READS.to_vec(),
        Some(right) => vec![right],
    }
}

/// A request that the right principal is answered with success.
fn ask(route: &Declared, job: &str) -> Ask {
    if route.is_passed_on() {
        return passed_on(route);
    }
    let body = match (route.method.as_str(), route.path) {
        ("POST", "/admin/v1/plans/{kind}") => {
            json!({ "params": { "targets": { "projection": null } } })
        }
        ("POST", "/admin/v1/jobs/{kind}") => return create("bolt", "matrix"),
        ("POST", "/admin/v1/session") => json!({ "username": "ops", "password": "x" }),
        ("POST", path) if path.starts_with("/admin/v1/jobs/{job_id}/") => {
            return verb(job, path.rsplit('/').next().unwrap(), "matrix");
        }
        ("POST", path) => panic!("say how {path} is called"),
        _ => json!(null),
    };
    let kind = if route.path.contains("placement") { "projection" } else { "tenant-migrate" };
    let mut path = route.path.replace("{job_id}", job).replace("{kind}", kind);
    path = path.replace("{tenant_id}", "acme").replace("{seq}", "evt-1");
    match route.path {
        "/admin/v1/placement/{kind}/history" => path += "?tenant=acme",
        "/admin/v1/search" => path += "?id=acme",
        _ => {}
    }
    assert!(!path.contains('{'), "say what stands in {path}");
    let mut ask = if route.method == Method::POST {
        post(&path, &body)
    } else {
        Ask::of(&route.method, &path)
    };
    if route.scope == Scope::Tenant {
        ask = ask.header("x-tenant-id", "acme");
    }
    ask
}

/// A request for the Gateway's administration: the test Gateway does whatever it is asked.
fn passed_on(route: &Declared) -> Ask {
    let mut path = route.path.replace("{sub}", "usr_1").replace("{session_id}", "ses_1");
    path = path.replace("{role}", "ops").replace("{name}", "routing");
    path = path.replace("{kind}", "projection").replace("{version}", "1");
    let ask = match route.method {
        Method::GET => get(&path),
        _ => write(&route.method, &path),
    };
    if route.scope == Scope::Tenant { ask.header("x-tenant-id", "acme") } else { ask }
}

/// Status and code; an event stream is not read to its end, for it has none.
async fn answer(app: &TestApp, route: &Declared, ask: Ask) -> (u16, String) {
    if route.path == "/admin/v1/events" {
        let response = app.open(&ask).await;
        let status = response.status().as_u16();
        if status == 200 {
            return (status, String::new());
        }
    }
    let reply = app.send(ask).await;
    let code = if reply.status >= 400 { reply.code() } else { String::new() };
    (reply.status, code)
}

struct Callers {
    expired: String,
    other_audience: String,
    job: String,
}

async fn prepare(app: &TestApp) -> Callers {
    let job = app.create("acme", "first").await.json()["job_id"].as_str().unwrap().to_owned();
    let path = format!("/admin/v1/jobs/{job}");
    let visible = async || app.admin(get(&path)).await.json()["state"] != "pending_decision";
    eventually("the job is visible", visible).await;
    eventually("its audit row is", async || {
        app.admin(get("/admin/v1/audit/evt-1")).await.status == 200
    })
    .await;
    let key = &app.gateway.signer;
    let with = |name: &str, value: serde_json::Value| {
        let mut all = claims("admin");
        all[name] = value;
        key.sign(&key.header(), &all)
    };
    Callers { expired: with("exp", json!(1)), other_audience: with("aud", json!("fleet")), job }
}

fn guarded() -> Vec<Declared> {
    declared().into_iter().filter(|route| route.scope != Scope::Public).collect()
}

/// T2.2
#[tokio::test]
async fn without_a_good_token_every_guarded_route_is_401() {
    let (_world, _projector, app) = started().await;
    let _leader = lead(app.state.logs().clone());
    let callers = prepare(&app).await;
    let routes = guarded();
    assert!(routes.len() >= 21, "{}", routes.len());
    for route in routes {
        let plain = ask(&route, &callers.job);
        for (who, ask) in [
            ("nobody", plain.clone()),
            ("expired", plain.clone().bearer(&callers.expired)),
            ("another audience", plain.clone().bearer(&callers.other_audience)),
        ] {
            let (status, code) = answer(&app, &route, ask).await;
            let told = format!("{} {} {who}", route.method, route.path);
            assert_eq!((status, code.as_str()), (401, "unauthenticated"), "{told}");
        }
    }
}

/// T2.2
#[tokio::test]
async fn with_every_right_but_its_own_every_route_is_403_and_with_its_own_alone_it_is_open() {
    let (world, _projector, app) = started().await;
    let _leader = lead(app.state.logs().clone());
    let callers = prepare(&app).await;
    app.gateway.logs_in_with(app.gateway.signer.token("admin"));
    let every: BTreeSet<&str> = declared().iter().flat_map(opening).collect();
    for (n, route) in declared().into_iter().enumerate() {
        let (plain, own) = (ask(&route, &callers.job), opening(&route));
        let told = format!("{} {}", route.method, route.path);
        if route.scope == Scope::Public {
            let (status, code) = answer(&app, &route, plain).await;
            assert!((200..300).contains(&status), "{told}: {status} {code}");
            continue;
        }
        let (lacking, right) = (format!("lacks-{n}"), format!("has-{n}"));
        let others: Vec<&str> = every.iter().copied().filter(|r| !own.contains(r)).collect();
        app.gateway.grant(&lacking, &others);
        app.gateway.grant(&right, own.first().map_or(&[][..], std::slice::from_ref));
        if !own.is_empty() {
            let before = world.audit.messages().len();
            let denied = plain.clone().bearer(&app.gateway.signer.token(&lacking));
            let (status, code) = answer(&app, &route, denied).await;
            assert_eq!((status, code.as_str()), (403, "forbidden"), "{told}");
            assert_eq!(world.audit.messages().len(), before + 1, "{told}: the denial is audited");
        }
        let open = plain.bearer(&app.gateway.signer.token(&right));
        let (status, code) = answer(&app, &route, open).await;
        assert!((200..300).contains(&status), "{told}: {status} {code}");
    }
}

/// T2.2, T2.3
#[tokio::test]
async fn a_right_for_another_tenant_opens_no_tenant_route_and_shows_nothing_of_this_one() {
    let (_world, _projector, app) = started().await;
    let _leader = lead(app.state.logs().clone());
    let callers = prepare(&app).await;
    for (n, route) in guarded().into_iter().enumerate() {
        let own = opening(&route);
        if own.is_empty() {
            continue;
        }
        let elsewhere: Vec<String> = own.iter().map(|right| format!("{right}:other")).collect();
        let elsewhere: Vec<&str> = elsewhere.iter().map(String::as_str).collect();
        app.gateway.grant(&format!("elsewhere-{n}"), &elsewhere);
        let token = app.gateway.signer.token(&format!("elsewhere-{n}"));
        let ask = ask(&route, &callers.job).bearer(&token);
        let told = format!("{} {}", route.method, route.path);
        if route.path == "/admin/v1/events" {
            continue; // its items are filtered one by one: see the tests of the stream
        }
        let reply = app.send(ask).await;
        let text = String::from_utf8_lossy(&reply.bytes).into_owned();
        match route.scope {
            Scope::Tenant => {
                assert_eq!((reply.status, reply.code().as_str()), (403, "forbidden"), "{told}")
            }
            // A right for one tenant reaches the Gateway, which decides row by row.
            Scope::Platform if route.is_passed_on() => assert!(reply.status < 300, "{told}"),
            Scope::Platform if reply.status == 200 => {
                let asked = text.replace("\"id\":\"acme\"", ""); // a search repeats its question
                assert!(!asked.contains("acme") && !asked.contains(&callers.job), "{told}: {text}");
            }
            Scope::Platform => assert_eq!(reply.status, 404, "{told}: {text}"),
            Scope::Public => unreachable!("guarded routes only"),
        }
    }
}
