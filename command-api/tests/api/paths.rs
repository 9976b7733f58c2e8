//! Paths of the Gateway's administration: none leads out of it, and a good one goes on as it came.

use axum::http::Method;
use command_api::router::declared;

use super::{
    app::{get, started},
    passing::{arrived, write},
};

/// Behind `/admin/v1/iam/users`.
const OF_USERS: [&str; 37] = [
    "/..",
    "/.",
    "/%2e%2e",
    "/%2E%2E",
    "/.%2e",
    "/%2e.",
    "/%2e",
    "/..%2f..",
    "/..%2F",
    "/a%2fb",
    "/a%2Fb",
    "/a%5cb",
    "/a%5Cb",
    "/%5c%5c",
    "/a%00b",
    "/%00",
    "/a%0ab",
    "/a%0d%0ax:%20y",
    "/a%20b",
    "/%",
    "/%zz",
    "/a%2",
    "/%c0%ae%c0%ae",
    "/%ff",
    "/%c3%a4",
    "/",
    "//usr_1",
    "/usr_1/",
    "/usr_1//sessions",
    "/usr_1/../../../config/v1/x",
    "/%2e%2e/%2e%2e/admin",
    "/usr_1/password/..",
    "/%2f%2fevil.test",
    "/..;/admin",
    "/usr_1/%2e%2e/sessions",
    "/usr_1/sessions/x",
    "/%2e%2e%2f%2e%2e%2fauth%2fv1%2flogin",
];
/// Behind `/admin/v1/`.
const OF_OTHERS: [&str; 20] = [
    "iam/roles/Ops",
    "iam/roles/.ops",
    "iam/roles/a%40b",
    "iam/sessions/%C3%BC",
    "iam/sessions/",
    "definitions/gateway/x",
    "definitions/aggregate/X",
    "definitions/aggregate/x/versions/0",
    "definitions/aggregate/x/versions/-1",
    "definitions/aggregate/x/versions/1e9",
    "definitions/aggregate/x/versions/%2B1",
    "definitions/aggregate/x/versions/01",
    "definitions/aggregate/x/versions/99999999999999999999",
    "definitions/Aggregate",
    "definitions/../config/v1/documents",
    "auth/v1/login",
    "iam",
    "iam/principals/a/rights",
    "iam/v1/users",
    "config/tenant",
];

/// T2.2
#[tokio::test]
async fn no_path_leads_out_of_the_gateways_administration() {
    let (_world, _projector, app) = started().await;
    let mut tricks: Vec<String> = Vec::new();
    tricks.extend(OF_USERS.map(|rest| format!("/admin/v1/iam/users{rest}")));
    tricks.extend(OF_OTHERS.map(|rest| format!("/admin/v1/{rest}")));
    tricks.push(format!("/admin/v1/iam/roles/{}", "a".repeat(64)));
    assert!(tricks.len() >= 40, "{}", tricks.len());
    for path in &tricks {
        for ask in [get(path), write(&Method::PUT, path), write(&Method::DELETE, path)] {
            let reply = app.admin(ask.clone()).await;
            let refused = matches!(reply.status, 400 | 404 | 405);
            assert!(refused, "{ask:?}: {} {:?}", reply.status, reply.bytes);
        }
    }
    let seen: Vec<String> = arrived(&app).into_iter().map(|seen| seen.path).collect();
    assert_eq!(seen, Vec::<String>::new());
}

/// A path whose parameters are all well formed goes on byte by byte.
#[tokio::test]
async fn a_path_goes_on_as_it_came_and_every_route_leads_to_its_own() {
    let (_world, _projector, app) = started().await;
    for odd in ["idp%7C42", "a%2540b", "%61%64a", "a@b:c", "~x", "a%3Fb", "a%23b", "..."] {
        let path = format!("/admin/v1/iam/users/{odd}");
        assert_eq!(app.admin(get(&path)).await.status, 200, "{odd}");
        assert_eq!(arrived(&app).pop().unwrap().path, format!("/iam/v1/users/{odd}"));
    }
    for route in declared().into_iter().filter(|route| route.is_passed_on()) {
        let path = route.path.replace("{sub}", "usr_1").replace("{session_id}", "ses_1");
        let path = path.replace("{role}", "ops").replace("{name}", "routing");
        let path = path.replace("{kind}", "projection").replace("{version}", "4");
        let mut ask =
            if route.method == Method::GET { get(&path) } else { write(&route.method, &path) };
        ask = ask.header("x-tenant-id", "acme");
        let reply = app.admin(ask).await;
        assert!(matches!(reply.status, 200 | 204), "{route:?} {}", reply.status);
        let seen = arrived(&app).pop().unwrap();
        let theirs = path.replacen("/admin/v1/", "/", 1);
        let (area, rest) = theirs[1..].split_once('/').unwrap();
        assert_eq!(seen.path, format!("/{area}/v1/{rest}"));
        assert_eq!(seen.method, route.method.as_str());
    }
}
