//! Secrets where they do not belong: in a query, a path, a header, an unknown field. Most requests are
//! refused; none is repeated.

use anyhow::{Result, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::{Run, encoded, secret};

/// A request, and whether it is answered all the same.
type Odd = (RequestBuilder, bool);

/// Sends them all.
pub(super) async fn tried(run: &mut Run<'_>) -> Result<()> {
    let mut all = in_addresses(run);
    all.extend(in_headers(run));
    all.extend(in_bodies(run));
    for (request, answered) in all {
        let (status, body, _) = run.send(request).await?;
        let expected = if answered { 200..300 } else { 400..500 };
        if !expected.contains(&status) {
            bail!("expected one of {expected:?}, got {status}: {body}");
        }
    }
    Ok(())
}

fn planted(run: &mut Run<'_>, name: &'static str) -> String {
    let value = secret("odd");
    run.planted.plant(name, &value);
    value
}

fn in_addresses(run: &mut Run<'_>) -> Vec<Odd> {
    let query = planted(run, "password in a query");
    let path = encoded(&planted(run, "password in a path"));
    vec![
        (run.filtered("password", &query), false),
        (run.filtered("sort", &query), false),
        (run.filtered("state", &query), false),
        (run.filtered("cursor", &query), false),
        (run.bearer(Method::GET, &format!("/admin/v1/jobs/{path}")), false),
        (run.bearer(Method::GET, &format!("/admin/v1/{path}")), false),
        (run.bearer(Method::GET, &format!("/admin/v1/iam/roles/{path}")), false),
    ]
}

fn in_headers(run: &mut Run<'_>) -> Vec<Odd> {
    let forged = planted(run, "forged token");
    let basic = planted(run, "password of basic authentication");
    let (tenant, cookie) =
        (planted(run, "token as a tenant"), planted(run, "token in a foreign cookie"));
    let (proxy, id) = (planted(run, "password of a proxy"), planted(run, "token as a request id"));
    let origin = planted(run, "password in an origin");
    let jobs = "/admin/v1/jobs";
    let basic = format!("Basic {}", STANDARD.encode(format!("admin:{basic}")));
    let cookie = format!("other=1; token={cookie}");
    let proxied = run.bearer(Method::GET, jobs).header("x-api-key", &proxy);
    let named = run.bearer(Method::GET, jobs).header("x-request-id", &id);
    let sign_in = run.session(&json!({"username": "x", "password": "y"}));
    vec![
        (run.ask(Method::GET, jobs).bearer_auth(&forged), false),
        (run.ask(Method::GET, jobs).header("authorization", basic), false),
        (run.ask(Method::GET, jobs).header("cookie", cookie), false),
        (run.plan(&tenant, json!({"targets": {"runner": null}})), false),
        (proxied.header("proxy-authorization", format!("Basic {proxy}")), true),
        (named.header("x-correlation-id", &id).header("traceparent", &id), true),
        (sign_in.header("origin", format!("http://u:{origin}@elsewhere.example")), false),
    ]
}

fn in_bodies(run: &mut Run<'_>) -> Vec<Odd> {
    let field = planted(run, "password in an unknown field");
    let job = planted(run, "password in a job's parameters");
    let broken = planted(run, "password in a broken body");
    let plan = run.bearer(Method::POST, "/admin/v1/plans/tenant-migrate");
    let plan = plan.header("x-tenant-id", "acme").header("content-type", "application/json");
    vec![
        (run.session(&json!({"username": "x", "password": field, "pw": field})), false),
        (run.session(&json!({"username": "x", "password": {"is": field}})), false),
        (run.session(&json!({"username": "x", "password": [field]})), false),
        (run.session(&json!({"username": [], "password": field})), false),
        (run.session(&json!(field)), false),
        (run.plan("acme", json!({"targets": {"runner": job}, "password": job})), false),
        (run.plan("acme", json!(job)), false),
        (plan.body(format!("{{\"params\": \"{broken}")), false),
    ]
}
