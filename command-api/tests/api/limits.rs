//! Rate limits: who asks too often is told when to come back, and nobody else notices.

use std::net::SocketAddr;

use command_api::{Settings, limits::Rates};
use futures::future::join_all;
use serde_json::json;
use streams::memory::World;

use super::{
    app::{Ask, Reply, TestApp, UNLIMITED, create, get, post, settings, started},
    leader::lead,
};

async fn with(rates: Rates, proxies: &[&str]) -> ((World, impl Sized), TestApp) {
    let (world, projector, calm) = started().await;
    let trusted_proxies = proxies.iter().map(|p| p.parse().unwrap()).collect();
    let settings = Settings { rates, trusted_proxies, ..settings() };
    let app = TestApp::not_ready(world.logs(), world.kv(), &calm.gateway, settings);
    app.until_ready().await;
    ((world, projector), app)
}

fn from(peer: &str, ask: Ask) -> Ask {
    ask.from(SocketAddr::new(peer.parse().unwrap(), 4711))
}

fn limited(reply: &Reply) -> bool {
    if reply.status != 429 {
        return false;
    }
    assert_eq!(reply.code(), "rate_limited");
    let after: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&after), "{after} s");
    true
}

/// How many of `most` requests pass before one is refused.
async fn until_limited(app: &TestApp, most: usize, ask: impl Fn() -> Ask) -> usize {
    for n in 0..most {
        if limited(&app.send(ask()).await) {
            return n;
        }
    }
    most
}

async fn refusals(app: &TestApp, limit: &str) -> u64 {
    let text = app.send(get("/metrics")).await.bytes;
    let text = String::from_utf8(text.to_vec()).unwrap();
    let name = format!("control_plane_http_limited_total{{limit={limit:?}}} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&name));
    line.map_or(0, |value| value.parse().unwrap())
}

/// T2.2
#[tokio::test]
async fn an_address_that_asks_too_often_is_429_and_no_other_one_is() {
    let (_world, app) = with(Rates { address: 2, ..UNLIMITED }, &[]).await;
    // A path that is none counts too, and costs nothing: the bucket fills while we ask.
    let nothing = |peer: &'static str| move || from(peer, get("/nothing/here"));
    let passed = until_limited(&app, 100, nothing("192.0.2.1")).await;
    assert!((6..100).contains(&passed), "{passed}");
    assert!(!limited(&app.send(nothing("192.0.2.2")()).await));
    for watched in ["/health", "/ready", "/metrics"] {
        let watch = || from("192.0.2.1", get(watched));
        assert_eq!(until_limited(&app, 50, watch).await, 50, "{watched} is never refused");
    }
    assert_eq!(refusals(&app, "address").await, 1);
}

/// T2.2
#[tokio::test]
async fn a_proxy_is_believed_only_when_an_operator_named_it() {
    let (_world, app) = with(Rates { address: 1, ..UNLIMITED }, &["10.0.0.0/8"]).await;
    let via = |proxy: &str, client: &str| {
        from(proxy, get("/nothing/here").header("x-forwarded-for", client))
    };
    let one = || via("10.0.0.1", "203.0.113.1");
    assert!(until_limited(&app, 100, one).await < 100);
    assert!(!limited(&app.send(via("10.0.0.2", "203.0.113.2")).await));
    assert!(limited(&app.send(via("10.0.0.2", "198.51.100.1, 203.0.113.1")).await));
    let forger = (0..20).map(|n| via("192.0.2.9", &format!("203.0.113.{n}")));
    let mut told = Vec::new();
    for ask in forger {
        told.push(limited(&app.send(ask).await));
    }
    assert!(told.iter().filter(|limited| **limited).count() > 10, "{told:?}");
}

/// T2.2
#[tokio::test]
async fn a_principal_that_asks_too_often_is_429_from_every_address_and_no_other_one_is() {
    let (_world, app) = with(Rates { principal: 2, ..UNLIMITED }, &[]).await;
    for sub in ["one", "two"] {
        app.gateway.grant(sub, &["control.*"]);
    }
    let token = |sub: &str| app.gateway.signer.token(sub);
    let (one, two) = (token("one"), token("two"));
    let mut peers = 1_u8..;
    let passed = until_limited(&app, 20, || get("/admin/v1/session").bearer(&one)).await;
    assert!((6..9).contains(&passed), "{passed}");
    let elsewhere = from(&format!("192.0.2.{}", peers.next().unwrap()), get("/admin/v1/jobs"));
    assert!(limited(&app.send(elsewhere.bearer(&token("one"))).await), "also with another token");
    assert_eq!(app.send(get("/admin/v1/session").bearer(&two)).await.status, 200);
    assert_eq!(refusals(&app, "principal").await, 2);
}

/// T2.2
#[tokio::test]
async fn guessing_a_password_is_429_per_name_and_per_address_and_never_reaches_the_gateway() {
    let rates = Rates { sign_in_name: 3, sign_in_address: 5, ..UNLIMITED };
    let (_world, app) = with(rates, &[]).await;
    let guess = |peer: &str, name: &str| {
        let body = json!({ "username": name, "password": "guess" });
        from(peer, post("/admin/v1/session", &body))
    };
    let mut peer = 0_u8;
    for n in 0..3 {
        peer += 1;
        let reply = app.send(guess(&format!("192.0.2.{peer}"), "ada")).await;
        assert_eq!((reply.status, reply.code().as_str()), (401, "sign_in_failed"), "{n}");
    }
    assert!(limited(&app.send(guess("192.0.2.99", "ADA")).await), "per name, from anywhere");
    assert_eq!(app.gateway.asked("login"), 3);
    let spray = async |n: usize| app.send(guess("198.51.100.1", &format!("name-{n}"))).await;
    let mut refused = 0;
    for n in 0..8 {
        refused += usize::from(limited(&spray(n).await));
    }
    assert_eq!(refused, 3, "per address, under any name");
    assert_eq!(app.gateway.asked("login"), 3 + 5);
    assert_eq!(refusals(&app, "sign_in_name").await, 1);
    assert_eq!(refusals(&app, "sign_in_address").await, 3);
    app.gateway.logs_in_with(app.gateway.signer.token("admin"));
    let right = app.send(guess("203.0.113.5", "grace")).await;
    assert_eq!(right.status, 204, "everybody else signs in");
}

/// T2.4
#[tokio::test]
async fn sixty_four_creates_at_once_pass_the_limits_a_service_starts_with() {
    let (world, app) = with(Rates::default(), &[]).await;
    let _leader = lead(world.0.logs());
    let bearer = app.gateway.bearer("admin");
    let one = |n: usize| {
        let tenant = if n.is_multiple_of(2) { "acme" } else { "bolt" };
        let ask = create(tenant, &format!("key-{n}")).header("authorization", &bearer);
        app.send(from("192.0.2.1", ask))
    };
    let replies = join_all((0..64).map(one)).await;
    for reply in replies {
        assert!([202, 409].contains(&reply.status), "{} {:?}", reply.status, reply.json());
    }
}
