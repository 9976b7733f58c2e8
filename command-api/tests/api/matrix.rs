//! Every route of the router against every sort of caller. The rows come from the router itself, so
//! that a new route is in the matrix by existing, and a route this test cannot call fails it.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use command_api::{
    auth::guard::Scope,
    router::{Declared, declared},
};
use serde_json::json;

use super::{
    app::{Ask, Reply, TestApp, create, eventually, get, post, started, verb},
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
pub(crate) fn opening(route: &Declared) -> Vec<&'static str> {
    match route.right {
        None => Vec::new(),
        Some("control.*.read") => READS.to_vec(),
        Some(right) => vec![right],
    }
}

/// A request that the right principal is answered with success.
pub(crate) fn ask(route: &Declared, job: &str) -> Ask {
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

/// The answer; of an event stream only its head, for it has no end.
pub(crate) async fn answer(app: &TestApp, route: &Declared, ask: Ask) -> Reply {
    if route.path != "/admin/v1/events" {
        return app.send(ask).await;
    }
    let response = app.open(&ask).await;
    if response.status() != 200 {
        return app.send(ask).await;
    }
    let headers = response.headers().clone();
    Reply { status: 200, headers, bytes: bytes::Bytes::new() }
}

/// Every sort of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Caller {
    Nobody,
    Expired,
    NotYet,
    OtherAudience,
    OtherIssuer,
    MissingRight,
    OtherTenant,
    Revoked,
    Right,
}

impl Caller {
    const ALL: [Self; 9] = [
        Self::Nobody,
        Self::Expired,
        Self::NotYet,
        Self::OtherAudience,
        Self::OtherIssuer,
        Self::MissingRight,
        Self::OtherTenant,
        Self::Revoked,
        Self::Right,
    ];

    /// Its token for a route; each cell has a principal of its own.
    fn token(self, app: &TestApp, route: &Declared, cell: usize) -> Option<String> {
        let sub = format!("p-{cell}");
        let own = opening(route);
        let elsewhere: Vec<_> = own.iter().map(|right| format!("{right}:other")).collect();
        let rights: Vec<&str> = match self {
            Self::MissingRight => every_right().into_iter().filter(|r| !own.contains(r)).collect(),
            Self::OtherTenant => elsewhere.iter().map(String::as_str).collect(),
            // One of those that open it is enough.
            Self::Right => own.into_iter().take(1).collect(),
            _ => vec!["control.*"],
        };
        app.gateway.grant(&sub, &rights);
        let mut said = claims(&sub);
        let now = said["iat"].as_i64().unwrap();
        match self {
            Self::Nobody => return None,
            Self::Expired => said["exp"] = json!(now - 31),
            Self::NotYet => said["nbf"] = json!(now + 120),
            Self::OtherAudience => said["aud"] = json!(["fleet"]),
            Self::OtherIssuer => said["iss"] = json!("https://elsewhere.test"),
            Self::Revoked => app.gateway.end_session(&sub),
            Self::MissingRight | Self::OtherTenant | Self::Right => {}
        }
        let key = &app.gateway.signer;
        Some(key.sign(&key.header(), &said))
    }

    /// What a route answers it with, as the route is declared.
    fn expected(self, route: &Declared) -> Expected {
        if route.scope == Scope::Public {
            return Expected::Success;
        }
        match self {
            Self::Nobody
            | Self::Expired
            | Self::NotYet
            | Self::OtherAudience
            | Self::OtherIssuer => Expected::Refused(401, "unauthenticated"),
            Self::Revoked => Expected::Refused(401, "session_revoked"),
            Self::Right => Expected::Success,
            _ if route.right.is_none() => Expected::Success,
            Self::MissingRight => Expected::Refused(403, "forbidden"),
            Self::OtherTenant if route.scope == Scope::Tenant => {
                Expected::Refused(403, "forbidden")
            }
            // A right for one tenant reaches the Gateway, which decides row by row.
            Self::OtherTenant if route.is_passed_on() => Expected::Success,
            Self::OtherTenant => Expected::Hidden,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// 2xx.
    Success,
    /// This problem.
    Refused(u16, &'static str),
    /// 404, or an answer in which nothing of tenant acme and its job is.
    Hidden,
}

impl Expected {
    fn is(self, reply: &Reply, job: &str) -> bool {
        match self {
            Self::Success => (200..300).contains(&reply.status),
            Self::Refused(status, code) => reply.status == status && reply.code() == code,
            Self::Hidden if reply.status == 404 => true,
            Self::Hidden => {
                // A search repeats its question.
                let text = String::from_utf8_lossy(&reply.bytes).replace("\"id\":\"acme\"", "");
                reply.status == 200 && !text.contains("acme") && !text.contains(job)
            }
        }
    }
}

/// Every right that opens any route.
fn every_right() -> BTreeSet<&'static str> {
    declared().iter().flat_map(opening).collect()
}

/// A visible job of tenant acme.
pub(crate) async fn prepare(app: &TestApp) -> String {
    let job = app.create("acme", "first").await.json()["job_id"].as_str().unwrap().to_owned();
    let path = format!("/admin/v1/jobs/{job}");
    let visible = async || app.admin(get(&path)).await.json()["state"] != "pending_decision";
    eventually("the job is visible", visible).await;
    eventually("its audit row is", async || {
        app.admin(get("/admin/v1/audit/evt-1")).await.status == 200
    })
    .await;
    job
}

/// T2.2, T2.3: route × caller, generated from the router. The figures are printed.
#[tokio::test]
async fn every_route_answers_every_sort_of_caller_as_it_is_declared() {
    let (world, _projector, app) = started().await;
    let _leader = lead(app.state.logs().clone());
    let job = prepare(&app).await;
    app.gateway.logs_in_with(app.gateway.signer.token("admin"));
    let routes = declared();
    let (mut wrong, mut counted) = (Vec::new(), BTreeMap::new());
    for (n, route) in routes.iter().enumerate() {
        for (m, caller) in Caller::ALL.into_iter().enumerate() {
            let plain = ask(route, &job);
            let asked = match caller.token(&app, route, n * Caller::ALL.len() + m) {
                Some(token) => plain.bearer(&token),
                None => plain,
            };
            let (expected, before) = (caller.expected(route), world.audit.messages().len());
            let reply = answer(&app, route, asked).await;
            let cell = format!("{} {} by {caller:?}", route.method, route.path);
            if !expected.is(&reply, &job) {
                wrong.push(format!("{cell}: {} instead of {expected:?}", reply.status));
            }
            let recorded = world.audit.messages().len() - before;
            match reply.status {
                401 if recorded != 0 => wrong.push(format!("{cell}: a stranger fills the log")),
                403 if recorded != 1 => wrong.push(format!("{cell}: {recorded} records of it")),
                _ => {}
            }
            *counted.entry((route.scope, caller, reply.status)).or_insert(0_usize) += 1;
        }
    }
    let cells = routes.len() * Caller::ALL.len();
    println!("{} routes x {} callers = {cells}", routes.len(), Caller::ALL.len());
    for ((scope, caller, status), count) in &counted {
        println!("{scope:?} {caller:?} {status}: {count}");
    }
    assert!(wrong.is_empty(), "{} of {cells}:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(counted.values().sum::<usize>(), cells);
    // Each scope is there, and each caller has met both doors.
    let guarded = routes.iter().filter(|route| route.scope != Scope::Public).count();
    assert!(guarded >= 55 && routes.len() > guarded, "{guarded} of {}", routes.len());
}
