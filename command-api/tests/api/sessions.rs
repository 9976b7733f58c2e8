//! How long what is remembered holds: verified tokens never past their end, rights for seconds, a
//! session that has ended for no mutation, one signed out of for nothing. And the other way to sign:
//! a shared secret, where one is configured.

use std::time::Duration;

use command_api::{
    Settings,
    auth::{
        grants::Ages,
        keys::{KeyMode, shared},
    },
};
use serde_json::json;
use streams::memory::World;

use super::{
    app::{Reply, TestApp, eventually, get, settings, started, verb},
    gateway::claims,
    tokens::{hmac_signed, with},
};

const READ: &str = "/admin/v1/session";

async fn over(change: impl FnOnce(Settings) -> Settings) -> ((World, impl Sized), TestApp) {
    let (world, projector, calm) = started().await;
    let app = TestApp::not_ready(world.logs(), world.kv(), &calm.gateway, change(settings()));
    app.until_ready().await;
    ((world, projector), app)
}

fn told(reply: &Reply) -> (u16, String) {
    (reply.status, if reply.status < 400 { String::new() } else { reply.code() })
}

fn ages(mutations: u64, reads: u64) -> Ages {
    Ages { mutations: Duration::from_millis(mutations), reads: Duration::from_millis(reads) }
}

#[test]
fn rights_are_remembered_for_at_most_five_seconds_and_thirty_for_reads() {
    let ages = Settings::dev(super::app::BUILD, "x").ages;
    assert!(ages.mutations <= Duration::from_secs(5) && ages.reads <= Duration::from_secs(30));
}

/// T2.2
#[tokio::test]
async fn a_remembered_token_ends_when_it_says_so() {
    let (_world, app) = over(|mut settings| {
        settings.token.leeway_s = 0;
        settings
    })
    .await;
    let mut said = claims("admin");
    said["exp"] = json!(said["iat"].as_i64().unwrap() + 2);
    let key = &app.gateway.signer;
    let token = key.sign(&key.header(), &said);
    let ask = || get(READ).bearer(&token);
    assert_eq!(app.send(ask()).await.status, 200);
    let asked = app.gateway.asked("jwks");
    assert_eq!(app.send(ask()).await.status, 200, "remembered");
    let over = async || told(&app.send(ask()).await) == (401, "unauthenticated".to_owned());
    eventually("it has ended", over).await;
    assert_eq!(app.gateway.asked("jwks"), asked);
}

/// T2.2
#[tokio::test]
async fn a_session_that_ends_is_refused_to_mutations_first_and_from_then_on_to_reads() {
    let (world, app) = over(|settings| Settings { ages: ages(300, 60_000), ..settings }).await;
    app.gateway.grant("ines", &["control.*"]);
    let token = app.gateway.signer.token("ines");
    let job = format!("job_{}", "0".repeat(26));
    let read = async || told(&app.send(get(READ).bearer(&token)).await);
    let mutate = async || told(&app.send(verb(&job, "cancel", "k").bearer(&token)).await);
    assert_eq!(read().await.0, 200);
    assert_eq!(mutate().await, (404, "unknown_job".to_owned()));
    app.gateway.end_session("ines");
    let revoked = (401, "session_revoked".to_owned());
    assert_eq!(read().await.0, 200, "a read holds for a while");
    eventually("a mutation is refused", async || mutate().await == revoked).await;
    assert_eq!(read().await, revoked, "and what it learned holds for reads");
    assert_eq!(world.0.commands.messages().len(), 0);
}

/// T2.2
#[tokio::test]
async fn who_signs_out_is_asked_about_anew_at_once() {
    let (_world, app) = over(|settings| Settings { ages: ages(60_000, 60_000), ..settings }).await;
    app.gateway.grant("ines", &["control.*"]);
    let token = app.gateway.signer.token("ines");
    let read = async || told(&app.send(get(READ).bearer(&token)).await);
    assert_eq!(read().await.0, 200);
    let asked = app.gateway.asked("rights");
    let out = super::app::Ask::of(&axum::http::Method::DELETE, READ).bearer(&token);
    assert_eq!(app.send(out).await.status, 204);
    app.gateway.end_session("ines");
    assert_eq!(read().await, (401, "session_revoked".to_owned()));
    assert_eq!(app.gateway.asked("rights"), asked + 1, "nothing was remembered");
    assert_eq!(app.gateway.asked("logout"), 1);
}

/// T2.2
#[tokio::test]
async fn a_right_that_is_taken_away_is_gone_for_reads_as_soon_as_they_are_asked_for_again() {
    let (_world, app) = over(|settings| Settings { ages: ages(50, 200), ..settings }).await;
    app.gateway.grant("ines", &["control.jobs.read"]);
    let token = app.gateway.signer.token("ines");
    let read = async || told(&app.send(get("/admin/v1/jobs").bearer(&token)).await);
    assert_eq!(read().await.0, 200);
    app.gateway.grant("ines", &[]);
    eventually("it is gone", async || read().await == (403, "forbidden".to_owned())).await;
}

/// T2.2, T5.4
#[tokio::test]
async fn without_the_gateway_remembered_rights_run_out_and_then_the_answer_is_no() {
    let (_world, app) = over(|settings| Settings { ages: ages(100, 600), ..settings }).await;
    let read = async || app.admin(get("/admin/v1/jobs")).await;
    let job = format!("job_{}", "0".repeat(26));
    let mutate = async || app.admin(verb(&job, "cancel", "k")).await;
    assert_eq!((read().await.status, mutate().await.status), (200, 404));
    app.gateway.down(true);
    let denied = |reply: &Reply| {
        let no = told(reply) == (503, "rights_unavailable".to_owned());
        no && reply.header("retry-after").is_some()
    };
    eventually("mutations are denied first", async || denied(&mutate().await)).await;
    assert_eq!(read().await.status, 200, "reads hold a little longer");
    eventually("then reads", async || denied(&read().await)).await;
    app.gateway.down(false);
    assert_eq!((read().await.status, mutate().await.status), (200, 404), "at once");
}

/// T2.2
#[tokio::test]
async fn a_shared_secret_opens_only_where_it_is_configured_and_then_nothing_else_does() {
    let secret = b"0123456789abcdef0123456789abcdef0123456789abcdef";
    let key = shared("HS256", secret).unwrap();
    let (_one, configured) =
        over(|settings| Settings { keys: KeyMode::Shared(key), ..settings }).await;
    let asked = configured.gateway.asked("jwks"); // readiness looks at the Gateway
    let (_other, by_keys) = over(|settings| settings).await;
    let header = json!({ "alg": "HS256", "typ": "at+jwt" });
    let good = hmac_signed(secret, &header, &claims("admin"));
    let no = (401, "unauthenticated".to_owned());
    let answer = async |app: &TestApp, token: &str| told(&app.send(get(READ).bearer(token)).await);
    assert_eq!(answer(&configured, &good).await.0, 200);
    assert_eq!(answer(&by_keys, &good).await, no, "keys are configured here");
    for alg in ["HS384", "HS512", "ES256", "none", "hs256"] {
        let other = with(header.clone(), "alg", json!(alg));
        let token = hmac_signed(secret, &other, &claims("admin"));
        assert_eq!(answer(&configured, &token).await, no, "{alg}");
    }
    let guessed = hmac_signed(b"0123456789abcdef0123456789abcdeX", &header, &claims("admin"));
    assert_eq!(answer(&configured, &guessed).await, no, "another secret");
    let public = configured.gateway.signer.token("admin");
    assert_eq!(answer(&configured, &public).await, no, "a key of the Gateway");
    for name in ["exp", "nbf", "iss", "aud", "sub", "session_id"] {
        let mut said = claims("admin");
        said.as_object_mut().unwrap().remove(name);
        assert_eq!(answer(&configured, &hmac_signed(secret, &header, &said)).await, no, "{name}");
    }
    assert_eq!(configured.gateway.asked("jwks"), asked, "no key set is asked for");
}
