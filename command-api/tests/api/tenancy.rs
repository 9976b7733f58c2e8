//! `x-tenant-id` over every route: exactly one good one where a route is about a tenant, and no
//! influence whatever anywhere else. The rows come from the router.

use command_api::{auth::guard::Scope, router::declared};
use serde_json::Value;

use super::{
    app::{Ask, Reply, TestApp, get, started},
    leader::lead,
    matrix::{answer, ask, opening, prepare},
};

/// Not one of these names a tenant.
const MALFORMED: [&str; 26] = [
    "",
    " ",
    "ACME",
    "Acme",
    "-acme",
    "_acme",
    "_",
    "a.b",
    "acme.",
    ".",
    "..",
    "*",
    ">",
    "acme.*",
    "acme.>",
    "acme bolt",
    "acme,bolt",
    "acme;",
    "acme/..",
    "../acme",
    "%61cme",
    "acme\t",
    "\"acme\"",
    "ac\u{fc}me",
    "acme\u{200b}",
    "0123456789012345678901234567890123456789012345678901234567890123",
];

/// The document of a problem, without what is another one each time.
fn told(reply: &Reply) -> Value {
    let mut body = reply.json();
    for name in ["request_id", "correlation_id"] {
        assert!(body.as_object_mut().unwrap().remove(name).is_some());
    }
    body
}

fn with(ask: &Ask, tenants: &[&str]) -> Ask {
    let bare = ask.clone().without("x-tenant-id");
    tenants.iter().fold(bare, |ask, tenant| ask.header("x-tenant-id", tenant))
}

async fn refused(app: &TestApp, ask: Ask, what: &str) -> Value {
    let reply = app.admin(ask).await;
    assert_eq!((reply.status, reply.code().as_str()), (400, "tenant_header_invalid"), "{what}");
    told(&reply)
}

/// T2.3
#[tokio::test]
async fn a_tenant_route_needs_exactly_one_good_header_and_tells_no_stranger_which_tenants_there_are()
 {
    let (world, _projector, app) = started().await;
    let _leader = lead(app.state.logs().clone());
    let job = prepare(&app).await;
    let (commands, passed) =
        (world.commands.messages().len(), app.gateway.administration.arrived().len());
    let mut routes = 0;
    for route in declared().into_iter().filter(|route| route.scope == Scope::Tenant) {
        let at = format!("{} {}", route.method, route.path);
        let plain = ask(&route, &job);
        refused(&app, with(&plain, &[]), &format!("{at} without")).await;
        for twice in [["acme", "acme"], ["acme", "bolt"], ["acme", ""]] {
            refused(&app, with(&plain, &twice), &format!("{at} {twice:?}")).await;
        }
        for bad in MALFORMED {
            refused(&app, with(&plain, &[bad]), &format!("{at} {bad:?}")).await;
        }
        let sub = format!("of-bolt-{routes}");
        let rights: Vec<_> = opening(&route).iter().map(|right| format!("{right}:bolt")).collect();
        app.gateway.grant(&sub, &rights.iter().map(String::as_str).collect::<Vec<_>>());
        let token = app.gateway.signer.token(&sub);
        let foreign = app.send(with(&plain, &["acme"]).bearer(&token)).await;
        let unknown = app.send(with(&plain, &["nobody"]).bearer(&token)).await;
        let known_to_all = app.admin(with(&plain, &["nobody"])).await;
        assert_eq!((foreign.status, foreign.code().as_str()), (403, "forbidden"), "{at}");
        assert_eq!(told(&foreign), told(&unknown), "{at}: one cannot tell them apart");
        assert_eq!(told(&foreign), told(&known_to_all), "{at}: nor by every right");
        assert_eq!(foreign.headers.len(), unknown.headers.len(), "{at}");
        routes += 1;
    }
    assert!(routes >= 8, "{routes} routes of a tenant");
    assert_eq!(world.commands.messages().len(), commands, "nothing was accepted");
    assert_eq!(app.gateway.administration.arrived().len(), passed, "nothing was passed on");
    println!("{routes} tenant routes x {} headers", MALFORMED.len() + 7);
}

/// T2.3
#[tokio::test]
async fn no_value_of_the_header_changes_what_a_platform_route_answers() {
    let (_world, _projector, app) = started().await;
    let _leader = lead(app.state.logs().clone());
    let job = prepare(&app).await;
    app.gateway.logs_in_with(app.gateway.signer.token("admin"));
    let values: [&[&str]; 7] =
        [&["acme"], &["bolt"], &["nobody"], &["*"], &[""], &["a.b"], &["acme", "bolt"]];
    let mut cells = 0;
    for route in declared().into_iter().filter(|route| route.scope != Scope::Tenant) {
        let plain = ask(&route, &job).bearer(&app.gateway.signer.token("admin"));
        let first = answer(&app, &route, plain.clone()).await;
        assert!(first.status < 300, "{} {}: {}", route.method, route.path, first.status);
        for tenants in values {
            let reply = answer(&app, &route, with(&plain, tenants)).await;
            let at = format!("{} {} {tenants:?}", route.method, route.path);
            assert_eq!(reply.status, first.status, "{at}");
            cells += 1;
        }
    }
    assert!(cells >= 300, "{cells}");
    // Not what is seen either.
    let rows = async |tenant: Option<&str>| {
        let ask = get("/admin/v1/jobs");
        let ask = tenant.map_or(ask.clone(), |tenant| ask.header("x-tenant-id", tenant));
        app.admin(ask).await.json()["items"].clone()
    };
    let all = rows(None).await;
    assert!(!all.as_array().unwrap().is_empty());
    for tenant in ["bolt", "nobody", "*"] {
        assert_eq!(rows(Some(tenant)).await, all, "{tenant}");
    }
    println!("{cells} answers of platform and public routes under a tenant's header");
}
