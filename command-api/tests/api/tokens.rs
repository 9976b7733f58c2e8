//! Forged, stale and strange tokens, each held against keys fetched over HTTP: all are 401, with
//! one code, and none reaches anything.

use std::collections::BTreeSet;

use aws_lc_rs::hmac;
use serde_json::{Value, json};
use streams::{
    clock::{Clock, SystemClock},
    ids::Seq,
};

use super::{
    app::{get, started},
    gateway::{Signer, base64, claims},
};

const ROUTE: &str = "/admin/v1/jobs";

pub(crate) fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name);
    object
}

pub(crate) fn hmac_signed(secret: &[u8], header: &Value, claims: &Value) -> String {
    let message = format!(
        "{}.{}",
        base64(header.to_string().as_bytes()),
        base64(claims.to_string().as_bytes())
    );
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
    format!("{message}.{}", base64(tag.as_ref()))
}

/// Tokens whose claims are not acceptable, signed with a good key.
fn bad_claims(key: &Signer) -> Vec<(String, String)> {
    let (now, good) = (SystemClock.now().timestamp(), claims("admin"));
    let mut all = Vec::new();
    let mut add = |what: &str, claims: &Value| {
        all.push((what.to_owned(), key.sign(&key.header(), claims)));
    };
    for name in ["exp", "nbf", "iat", "iss", "aud", "sub", "session_id"] {
        add(&format!("no {name}"), &without(good.clone(), name));
        add(&format!("{name} is null"), &with(good.clone(), name, Value::Null));
    }
    let long = "x".repeat(129);
    for (name, value) in [
        ("exp", json!(now - 31)),
        ("exp", json!(-1)),
        ("exp", json!(format!("{}", now + 60))),
        ("nbf", json!(now + 120)),
        ("nbf", json!(now + 700)),
        ("iat", json!(now + 120)),
        ("aud", json!("other")),
        ("aud", json!([])),
        ("aud", json!(["control2", "Control"])),
        ("iss", json!("https://gateway.test/")),
        ("iss", json!("https://evil.test")),
        ("sub", json!("")),
        ("sub", json!("a b")),
        ("sub", json!("a\r\nb")),
        ("sub", json!(long)),
        ("sub", json!(7)),
        ("session_id", json!("")),
        ("session_id", json!("a b")),
        ("session_id", json!(long)),
        ("tenant_id", json!("a.b")),
        ("tenant_id", json!("*")),
    ] {
        add(&format!("{name} = {value}"), &with(good.clone(), name, value));
    }
    let twice = good.to_string().replacen('{', "{\"sub\":\"other\",", 1);
    all.push(("sub twice".to_owned(), key.sign_text(&key.header().to_string(), &twice)));
    all.push(("a list".to_owned(), key.sign_text(&key.header().to_string(), "[1]")));
    all.push(("no JSON".to_owned(), key.sign_text(&key.header().to_string(), "{")));
    all
}

/// Tokens whose header asks for something else than the key is good for.
fn bad_headers(key: &Signer) -> Vec<(String, String)> {
    let (header, good) = (key.header(), claims("admin"));
    let mut all = Vec::new();
    for (name, value) in [
        ("typ", json!("JWT")),
        ("typ", json!("at+jwt;x")),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("kid", json!("nobody")),
        ("kid", json!("")),
        ("kid", json!("../../key-1")),
        ("kid", json!("wrong-curve")),
        ("kid", json!("symmetric")),
        ("kid", json!("rsa-for-anything")),
        ("kid", json!("encrypts")),
        ("alg", json!("ES384")),
        ("alg", json!("RS256")),
        ("alg", json!("none")),
        ("alg", json!("es256")),
        ("alg", Value::Null),
    ] {
        let what = format!("header {name} = {value}");
        all.push((what, key.sign(&with(header.clone(), name, value), &good)));
    }
    for name in ["typ", "kid", "alg"] {
        all.push((
            format!("header without {name}"),
            key.sign(&without(header.clone(), name), &good),
        ));
    }
    let attacker = Signer::new("key-1");
    all.push(("another key under this kid".to_owned(), attacker.sign(&header, &good)));
    let brought = with(attacker.header(), "jwk", attacker.jwk());
    all.push(("a key it brought itself".to_owned(), attacker.sign(&brought, &good)));
    let elsewhere = with(attacker.header(), "jku", json!("https://evil.test/jwks.json"));
    all.push(("keys from elsewhere".to_owned(), attacker.sign(&elsewhere, &good)));
    let hs = with(header, "alg", json!("HS256"));
    for (form, secret) in [
        ("as a point", key.point()),
        ("as coordinates", key.point()[1..].to_vec()),
        ("as it is published", key.jwk().to_string().into_bytes()),
    ] {
        let what = format!("HS256 with the public key {form}");
        all.push((what, hmac_signed(&secret, &hs, &good)));
    }
    all.push(("HS256 with nothing".to_owned(), hmac_signed(b"", &hs, &good)));
    all
}

/// Texts that are hardly tokens.
fn bad_shapes(key: &Signer) -> Vec<(String, String)> {
    let good = key.token("admin");
    let parts: Vec<&str> = good.split('.').collect();
    let none = base64(json!({ "alg": "none", "typ": "at+jwt" }).to_string().as_bytes());
    let other = base64(with(claims("admin"), "sub", json!("root")).to_string().as_bytes());
    let large = key.sign(&key.header(), &with(claims("admin"), "x", json!("x".repeat(9000))));
    [
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{good}.{}", parts[2])),
        ("five parts", format!("{good}.{}.{}", parts[2], parts[2])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("half a signature", format!("{}.{}.{}", parts[0], parts[1], &parts[2][..40])),
        ("a longer signature", format!("{good}AAAA")),
        ("other claims", format!("{}.{other}.{}", parts[0], parts[2])),
        ("alg none", format!("{none}.{}.", parts[1])),
        ("alg none with a signature", format!("{none}.{}.{}", parts[1], parts[2])),
        ("padding", format!("{}=.{}.{}", parts[0], parts[1], parts[2])),
        ("no base64", "!.!.!".to_owned()),
        ("letters", "a.b.c".to_owned()),
        ("dots", "..".to_owned()),
        ("a token and more", format!("{good} x")),
        ("larger than 8 KiB", large),
    ]
    .map(|(what, token)| (what.to_owned(), token))
    .to_vec()
}

/// T2.2
#[tokio::test]
async fn no_forged_or_stale_token_gets_in() {
    let (world, _projector, app) = started().await;
    let key = &app.gateway.signer;
    let odd = Signer::new("odd");
    app.gateway.keys(vec![
        key.jwk(),
        with(with(odd.jwk(), "kid", json!("wrong-curve")), "crv", json!("P-384")),
        json!({ "kty": "oct", "kid": "symmetric", "alg": "HS256", "k": base64(&key.point()) }),
        json!({ "kty": "RSA", "kid": "rsa-for-anything", "n": base64(&[7; 256]), "e": "AQAB" }),
        with(with(odd.jwk(), "kid", json!("encrypts")), "use", json!("enc")),
    ]);
    assert_eq!(app.send(get(ROUTE).bearer(&key.token("admin"))).await.status, 200, "the control");
    let mut forged = bad_claims(key);
    forged.extend(bad_headers(key));
    forged.extend(bad_shapes(key));
    // Each kind is named and is another token than all the rest.
    let kinds: BTreeSet<&str> = forged.iter().map(|(what, _)| what.as_str()).collect();
    let tokens: BTreeSet<&str> = forged.iter().map(|(_, token)| token.as_str()).collect();
    assert_eq!((kinds.len(), tokens.len()), (forged.len(), forged.len()));
    assert!(forged.len() >= 80, "{}", forged.len());
    println!("{} kinds of forged token", forged.len());
    for (what, token) in forged {
        let reply = app.send(get(ROUTE).bearer(&token)).await;
        assert_eq!((reply.status, reply.code().as_str()), (401, "unauthenticated"), "{what}");
        let said = String::from_utf8_lossy(&reply.bytes).into_owned();
        assert!(!said.contains(&token), "{what}: the token is told back");
    }
    assert_eq!(world.audit.messages().len(), 0, "strangers cannot fill the log");
    assert!(app.gateway.asked("jwks") <= 3, "a flood of unknown keys costs the Gateway nothing");
}

/// T2.2
#[tokio::test]
async fn credentials_that_are_not_exactly_one_bearer_token_are_refused() {
    let (_world, _projector, app) = started().await;
    let good = app.gateway.signer.token("admin");
    for (what, ask) in [
        ("none", get(ROUTE)),
        ("two", get(ROUTE).bearer(&good).bearer(&good)),
        ("basic", get(ROUTE).header("authorization", "Basic YTpi")),
        ("no scheme", get(ROUTE).header("authorization", &good)),
        ("empty", get(ROUTE).header("authorization", "Bearer ")),
        ("in the query", get(&format!("{ROUTE}?access_token={good}"))),
        ("a cookie of another name", get(ROUTE).header("cookie", &format!("session={good}"))),
        (
            "a planted cookie",
            get(ROUTE).header("cookie", &format!("control_session={good}; control_session={good}")),
        ),
    ] {
        let reply = app.send(ask).await;
        assert_eq!((reply.status, reply.code().as_str()), (401, "unauthenticated"), "{what}");
    }
    let lower = get(ROUTE).header("authorization", &format!("bearer {good}"));
    assert_eq!(app.send(lower).await.status, 200, "schemes know no case");
}

/// T2.2
#[tokio::test]
async fn a_session_that_ended_at_the_gateway_opens_nothing() {
    let (world, _projector, app) = started().await;
    app.gateway.grant("gone", &["control.*"]);
    app.gateway.end_session("gone");
    let token = app.gateway.signer.token("gone");
    let reply = app.send(get(ROUTE).bearer(&token)).await;
    assert_eq!((reply.status, reply.code().as_str()), (401, "session_revoked"));
    assert_eq!(world.commands.messages().len() as u64, Seq(0).0);
}
