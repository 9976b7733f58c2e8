//! Pass-through of the Gateway's administration: what comes back as it came, and what stays ours.

use axum::http::Method;
use serde_json::json;

use super::{
    app::{Ask, TestApp, get, started},
    gateway::{
        Gateway,
        administration::{Arrived, Says, Script, says},
    },
};

const USER: &str = "/admin/v1/iam/users/usr_1";
const PROBLEM: &str = "application/problem+json";

/// A write with a reason; with a body unless it is a removal.
pub(crate) fn write(method: &Method, path: &str) -> Ask {
    let ask = Ask::of(method, path).header("x-reason", "a test");
    if *method == Method::DELETE {
        return ask;
    }
    ask.header("content-type", "application/json").body("{}")
}

pub(crate) fn arrived(app: &TestApp) -> Vec<Arrived> {
    app.gateway.administration.arrived()
}

fn problem(status: u16, code: &str) -> Says {
    let body = json!({ "type": "https://gateway.test/problems", "title": code, "status": status,
        "detail": format!("\u{2014} {code} \u{2014}"), "code": code, "of": { "the": ["gateway"] } });
    says(status, PROBLEM, body.to_string())
}

/// Every sort of answer a Gateway, or something in front of it, may give.
fn answers() -> Vec<Says> {
    let json = "application/json";
    let html = "<html><body><h1>502 Bad Gateway</h1></body></html>";
    let mut all = vec![
        says(200, json, r#"{ "b" : 1,"a":[ ]}"#).with("etag", "\"7\""),
        says(200, "application/json; charset=utf-8", "[]"),
        says(200, json, "null").with("last-modified", "Tue, 24 Nov 2026 08:00:00 GMT"),
        says(200, json, format!("\"{}\"", "\u{e4}\u{1f600}".repeat(50_000))),
        says(201, json, r#"{"sub":"usr_2"}"#).with("etag", "W/\"1\""),
        says(202, json, "{}").with("retry-after", "5"),
        says(204, "", ""),
        says(304, "", "").with("etag", "\"7\""),
        says(429, PROBLEM, "{}").with("retry-after", "17"),
        says(503, PROBLEM, "{}").with("retry-after", "Tue, 24 Nov 2026 08:00:00 GMT"),
        says(502, "text/html; charset=utf-8", html),
        says(504, "text/html", html),
        says(500, "text/plain", "java.lang.NullPointerException\n\tat x.y.Z(Z.java:1)"),
        says(500, "", ""),
        says(418, "application/octet-stream", vec![0_u8, 159, 146, 150]),
        says(400, json, "{\"not\": \"whole\""),
        says(422, json, r#"{"errors":[{"field":"username"}]}"#),
        says(404, PROBLEM, r#"{"code":"no_such_code_of_ours"}"#),
    ];
    for (status, code) in [
        (400, "bad_request"),
        (401, "unauthenticated"),
        (403, "forbidden"),
        (404, "not_found"),
        (405, "method_not_allowed"),
        (409, "already_exists"),
        (409, "in_use"),
        (409, "last_administrator"),
        (410, "gone"),
        (412, "stale_version"),
        (413, "too_large"),
        (415, "unsupported"),
        (422, "bad_argument"),
        (423, "locked"),
        (428, "version_required"),
        (429, "rate_limited"),
        (451, "no"),
        (500, "internal"),
        (501, "not_supported"),
        (503, "unavailable"),
        (507, "full"),
    ] {
        all.push(problem(status, code));
    }
    all
}

/// T2.2
#[tokio::test]
async fn status_body_and_headers_come_back_as_they_came_for_reads_and_writes() {
    let (_world, _projector, app) = started().await;
    let all = answers();
    assert!(all.len() >= 30, "{}", all.len());
    for answer in all {
        let noise = answer.clone().with("set-cookie", "a=b").with("server", "gw").with("x-of", "1");
        app.gateway.administration.script(Script::Says(noise));
        for ask in [
            get(USER).header("if-none-match", "\"7\""),
            write(&Method::PUT, USER).header("if-match", "\"7\""),
            write(&Method::DELETE, USER),
            write(&Method::POST, "/admin/v1/iam/users"),
        ] {
            let reply = app.admin(ask.clone()).await;
            assert_eq!(reply.status, answer.status, "{ask:?}");
            assert_eq!(reply.bytes, answer.body, "{ask:?}");
            for name in ["content-type", "etag", "last-modified", "retry-after"] {
                let expected = answer.headers.iter().find(|(n, _)| *n == name);
                assert_eq!(reply.header(name), expected.map(|(_, v)| v.as_str()), "{name} {ask:?}");
            }
            for name in ["set-cookie", "server", "x-of", "www-authenticate", "location"] {
                assert_eq!(reply.header(name), None, "{name}");
            }
            assert_eq!(reply.header("cache-control"), Some("no-store"));
        }
    }
}

#[tokio::test]
async fn a_creation_says_where_it_is_on_our_path() {
    let (_world, _projector, app) = started().await;
    for (theirs, ours) in [
        ("/iam/v1/users/usr_2", Some("/admin/v1/iam/users/usr_2")),
        ("https://gateway.internal/iam/v1/users/usr_2", Some("/admin/v1/iam/users/usr_2")),
        ("https://gateway.internal/elsewhere", None),
        ("//evil.test/iam/v1/users/x", None),
    ] {
        let made = says(201, "application/json", "{}").with("location", theirs);
        app.gateway.administration.script(Script::Says(made));
        let reply = app.admin(write(&Method::POST, "/admin/v1/iam/users")).await;
        assert_eq!((reply.status, reply.header("location")), (201, ours), "{theirs}");
    }
}

/// T1.4, T2.2
#[tokio::test]
async fn a_request_goes_on_with_its_ids_the_operators_token_and_nothing_else_of_its_sender() {
    let (_world, _projector, app) = started().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let body = r#"{ "z" : 1, "a":2,"z":3 }"#;
    let ask = write(&Method::PUT, "/admin/v1/config/tenant/documents/limits")
        .body(body)
        .header("x-tenant-id", "acme")
        .header("if-match", "\"3\"")
        .header("idempotency-key", "k-1")
        .header("x-request-id", "req:1")
        .header("x-correlation-id", "cor:1")
        .header("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01"))
        .header("x-forwarded-for", "10.0.0.1")
        .header("forwarded", "for=10.0.0.1")
        .header("x-control-fence", "1")
        .header("host", "control.test");
    let reply = app.admin(ask).await;
    assert_eq!(reply.status, 204);
    assert_eq!(reply.header("x-request-id"), Some("req:1"));
    assert_eq!(reply.header("x-correlation-id"), Some("cor:1"));
    assert!(reply.header("traceparent").unwrap().contains(trace));
    let [seen] = arrived(&app).try_into().unwrap();
    assert_eq!(
        (seen.method.as_str(), seen.path.as_str()),
        ("PUT", "/config/v1/tenant/documents/limits")
    );
    assert_eq!(seen.body, body.as_bytes());
    for (name, expected) in [
        ("x-request-id", "req:1"),
        ("x-correlation-id", "cor:1"),
        ("x-tenant-id", "acme"),
        ("if-match", "\"3\""),
        ("idempotency-key", "k-1"),
        ("x-reason", "a test"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(seen.header(name), Some(expected), "{name}");
    }
    assert!(seen.header("traceparent").unwrap().starts_with(&format!("00-{trace}-")));
    assert!(seen.header("authorization").unwrap().starts_with("Bearer ey"));
    for name in ["cookie", "x-forwarded-for", "forwarded", "x-control-fence", "x-control-ui"] {
        assert_eq!(seen.header(name), None, "{name}");
    }
    assert!(app.gateway.url.ends_with(seen.header("host").unwrap()));
}

/// T2.2
#[tokio::test]
async fn the_token_behind_a_cookie_goes_on_as_the_operators_bearer_token_and_the_cookie_does_not() {
    let (_world, _projector, app) = started().await;
    let token = app.gateway.signer.token("admin");
    let ask = get(USER).header("cookie", &format!("control_session={token}"));
    assert_eq!(app.send(ask.clone()).await.status, 200);
    let write = write(&Method::DELETE, USER).header("cookie", &format!("control_session={token}"));
    assert_eq!(app.send(write.clone()).await.code(), "csrf_refused");
    assert_eq!(app.send(write.header("x-control-ui", "1")).await.status, 204);
    let seen = arrived(&app);
    assert_eq!(seen.len(), 2, "what is refused here does not go on");
    for seen in seen {
        assert_eq!(seen.header("authorization"), Some(format!("Bearer {token}").as_str()));
        assert_eq!(seen.header("cookie"), None);
    }
}

/// T2.2
#[tokio::test]
async fn a_redirect_is_not_followed_and_takes_no_token_anywhere() {
    let (_world, _projector, app) = started().await;
    let elsewhere = Gateway::start().await;
    for status in [301, 302, 303, 307, 308] {
        let away = says(status, "", "").with("location", &format!("{}/iam/v1/x", elsewhere.url));
        app.gateway.administration.script(Script::Says(away));
        for ask in [get(USER), write(&Method::PUT, USER)] {
            let reply = app.admin(ask).await;
            assert_eq!((reply.status, reply.code().as_str()), (502, "gateway_error"));
            assert_eq!(reply.header("location"), None);
        }
    }
    assert_eq!(elsewhere.administration.arrived().len(), 0);
}

/// T2.2
#[tokio::test]
async fn nothing_is_remembered() {
    let (_world, _projector, app) = started().await;
    for n in 1..=3 {
        let body = json!({ "n": n }).to_string();
        let fresh = says(200, "application/json", body.clone()).with("cache-control", "max-age=60");
        app.gateway.administration.script(Script::Says(fresh.with("etag", "\"1\"")));
        let reply = app.admin(get("/admin/v1/iam/users?q=a%20b&limit=5&unknown=1")).await;
        assert_eq!(reply.bytes, body.as_bytes());
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(arrived(&app).len(), n);
    }
    assert_eq!(arrived(&app)[0].path, "/iam/v1/users?q=a%20b&limit=5&unknown=1");
}

/// T2.3
#[tokio::test]
async fn the_tenant_goes_on_from_tenant_routes_alone() {
    let (_world, _projector, app) = started().await;
    let tenant = "/admin/v1/config/tenant/documents";
    for (ask, expected) in [
        (get(tenant), (400, "tenant_header_invalid")),
        (get(tenant).header("x-tenant-id", "A"), (400, "tenant_header_invalid")),
        (
            get(tenant).header("x-tenant-id", "acme").header("x-tenant-id", "acme"),
            (400, "tenant_header_invalid"),
        ),
        (get(tenant).header("x-tenant-id", "nobody"), (403, "forbidden")),
    ] {
        let reply = app.admin(ask).await;
        assert_eq!((reply.status, reply.code().as_str()), expected);
    }
    assert_eq!(arrived(&app).len(), 0);
    app.admin(get(tenant).header("x-tenant-id", "bolt")).await;
    app.admin(get("/admin/v1/config/documents").header("x-tenant-id", "bolt")).await;
    app.admin(get("/admin/v1/iam/users?tenant_id=bolt").header("x-tenant-id", ">")).await;
    let seen: Vec<_> = arrived(&app);
    let tenants: Vec<_> = seen.iter().map(|seen| seen.header("x-tenant-id")).collect();
    assert_eq!(tenants, [Some("bolt"), None, None]);
}

/// T2.2
#[tokio::test]
async fn a_right_for_one_tenant_lets_the_gateway_decide_and_none_at_all_does_not() {
    let (_world, _projector, app) = started().await;
    app.gateway.grant("some", &["control.iam.read:acme"]);
    app.gateway.grant("none", &["control.iam.write", "control.config.read"]);
    let as_ = |who: &str| get(USER).bearer(&app.gateway.signer.token(who));
    app.gateway.administration.script(Script::Says(problem(403, "forbidden")));
    let theirs = app.send(as_("some")).await;
    assert_eq!(theirs.status, 403);
    assert_eq!(theirs.json()["of"], json!({ "the": ["gateway"] }), "the Gateway's own words");
    let ours = app.send(as_("none")).await;
    assert_eq!((ours.status, ours.code().as_str()), (403, "forbidden"));
    assert!(ours.json()["detail"].as_str().unwrap().contains("control.iam.read"));
    assert_eq!(arrived(&app).len(), 1);
}

/// T2.2
#[tokio::test]
async fn a_write_needs_a_reason_in_any_language_and_a_shallow_json_body() {
    let (world, _projector, app) = started().await;
    let put = |body: &str| {
        Ask::of(&Method::PUT, USER).header("content-type", "application/json").body(body)
    };
    let because = |ask: Ask| ask.header("x-reason", "why");
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(16), "]".repeat(16));
    let large = format!("\"{}\"", "x".repeat(64 * 1024));
    for (ask, expected) in [
        (put("{}"), (422, "reason_invalid")),
        (put("{}").header("x-reason", ""), (422, "reason_invalid")),
        (put("{}").header("x-reason", "%20%09"), (422, "reason_invalid")),
        (put("{}").header("x-reason", "%ff"), (422, "reason_invalid")),
        (put("{}").header("x-reason", "a%0Ab"), (422, "reason_invalid")),
        (put("{}").header("x-reason", "gr\u{f6}\u{df}er"), (422, "reason_invalid")),
        (put("{}").header("x-reason", &"x".repeat(501)), (422, "reason_invalid")),
        (because(put("{}")).header("x-reason", "twice"), (422, "reason_invalid")),
        (because(put("")), (400, "malformed_json")),
        (because(put("{")), (400, "malformed_json")),
        (because(put("{}}")), (400, "malformed_json")),
        (because(put(&deep)), (400, "malformed_json")),
        (because(put(&large)), (413, "body_too_large")),
        (because(put("{}").header("content-type", "text/plain")), (415, "unsupported_media_type")),
        (because(Ask::of(&Method::PUT, USER).body("{}")), (415, "unsupported_media_type")),
        (
            because(put("{}")).header("if-match", "\"1\"").header("if-match", "\"2\""),
            (400, "invalid_header"),
        ),
    ] {
        let reply = app.admin(ask.clone()).await;
        assert_eq!((reply.status, reply.code().as_str()), expected, "{ask:?}");
    }
    assert_eq!(arrived(&app).len(), 0);
    let intents = world.audit.messages().iter().filter(|m| m.subject.ends_with(".write")).count();
    assert_eq!(intents, 0, "nothing was about to be sent");
    for reason in ["größere Tabelle", "больше места", "もっと広く", "أوسع", "50 % \u{1f600}"]
    {
        let encoded = fleet::contract::headers::encode_reason(reason);
        let reply = app.admin(put("[1,{}]").header("x-reason", &encoded)).await;
        assert_eq!(reply.status, 204, "{reason}");
        let seen = arrived(&app).pop().unwrap();
        let told = fleet::contract::headers::decode_reason(seen.header("x-reason").unwrap());
        assert_eq!(told.as_deref(), Some(reason));
        assert_eq!(seen.body, "[1,{}]");
    }
}

#[tokio::test]
async fn what_cannot_be_an_answer_is_502_and_no_gateway_at_all_is_503() {
    let (_world, _projector, app) = started().await;
    let large = format!("\"{}\"", "x".repeat(5 * 1024 * 1024));
    for unusable in [
        says(200, "application/json", large),
        says(200, "text/html", "<h1>Sign in</h1>"),
        says(200, "", "{}"),
        says(200, "application/json", "{\"a\":"),
        says(200, "application/json", vec![b'"', 0xff, b'"']),
    ] {
        app.gateway.administration.script(Script::Says(unusable));
        let reply = app.admin(get(USER)).await;
        assert_eq!((reply.status, reply.code().as_str()), (502, "gateway_error"));
    }
    app.gateway.administration.script(Script::Breaks);
    let reply = app.admin(get(USER)).await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "gateway_unavailable"));
    assert!(reply.header("retry-after").is_some());
}
