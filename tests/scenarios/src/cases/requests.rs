//! What the door lets in, and what it does not.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    api::{Api, new_key},
    system::System,
};

const LIMIT: Duration = Duration::from_secs(90);

/// 64 concurrent requests of one key.
pub(super) async fn one_key(system: &System) -> Result<String> {
    let tenant = "soylent";
    let plan = system.operator.plan(tenant, &json!({"runner": null})).await?;
    let body = Api::job_body(&plan, "acceptance");
    let key = new_key();
    let before = system.commands.info().await?.messages;
    let all = (0..64).map(|_| system.operator.create(tenant, &key, &body));
    let answers = try_join_all(all).await?;
    let receipts: BTreeSet<Vec<u8>> = answers.iter().map(|a| a.raw.clone()).collect();
    let statuses: BTreeSet<u16> = answers.iter().map(|a| a.status).collect();
    let replayed = answers.iter().filter(|a| a.replayed).count();
    let appended = system.commands.info().await?.messages - before;
    if statuses != BTreeSet::from([202]) || receipts.len() != 1 || appended != 1 {
        bail!("{statuses:?}, {} different receipts, {appended} commands", receipts.len());
    }
    if replayed != 63 {
        bail!("{replayed} of 64 say that they are replays instead of 63");
    }
    let job = answers[0].body["job_id"].as_str().context("no job_id")?;
    system.operator.ended(job, LIMIT).await?;
    Ok("64 equal receipts, 1 command".to_owned())
}

/// The same key, another body.
pub(super) async fn other_body(system: &System) -> Result<String> {
    let tenant = "soylent";
    let plan = system.operator.plan(tenant, &json!({"runner": null})).await?;
    let key = new_key();
    let first = system.operator.create(tenant, &key, &Api::job_body(&plan, "one")).await?;
    let first = first.expect(202)?;
    let second = system.operator.create(tenant, &key, &Api::job_body(&plan, "two")).await?;
    let code = second.code().to_owned();
    second.expect(422)?;
    system.operator.ended(first["job_id"].as_str().context("no job_id")?, LIMIT).await?;
    Ok(code)
}

/// A second job while the first runs.
pub(super) async fn second_job(system: &System) -> Result<String> {
    let tenant = "oscorp";
    let plan = system.operator.plan(tenant, &json!({"projection": null})).await?;
    let body = Api::job_body(&plan, "acceptance");
    let first = system.operator.create(tenant, &new_key(), &body).await?.expect(202)?;
    let first = first["job_id"].as_str().context("no job_id")?.to_owned();
    let second = system.operator.create(tenant, &new_key(), &body).await?;
    let named = match second.status {
        409 => second.body.to_string(),
        202 => {
            let id = second.body["job_id"].as_str().context("no job_id")?;
            let row = system.operator.ended(id, LIMIT).await?;
            if row["state"] != "rejected" {
                bail!("the second job ended as {}", row["state"]);
            }
            row["refusal"].to_string()
        }
        other => bail!("the second job was answered {other}: {}", second.body),
    };
    if !named.contains(&first) {
        bail!("the holder {first} is not named: {named}");
    }
    system.operator.ended(&first, LIMIT).await?;
    Ok(format!("{} names the holder", second.status))
}

/// Missing, malformed and repeated tenants.
pub(super) async fn bad_tenants(system: &System) -> Result<String> {
    let path = "/admin/v1/jobs/tenant-migrate";
    let body = json!({"params": {"targets": {"runner": "run-01"}}, "reason": "x",
        "plan_hash": "0".repeat(64)});
    let before = system.commands.info().await?.messages;
    let key = new_key();
    let mut tried = 0;
    for bad in [None, Some("a.b"), Some("*"), Some(">"), Some("A"), Some(""), Some("a b")] {
        let mut headers = vec![("idempotency-key", key.as_str())];
        headers.extend(bad.map(|tenant| ("x-tenant-id", tenant)));
        expect_400(system, path, &headers, &body).await?;
        tried += 1;
    }
    let twice =
        [("idempotency-key", key.as_str()), ("x-tenant-id", "acme"), ("x-tenant-id", "hooli")];
    expect_400(system, path, &twice, &body).await?;
    let appended = system.commands.info().await?.messages - before;
    if appended != 0 {
        bail!("{appended} commands were appended");
    }
    Ok(format!("{} refused, nothing appended", tried + 1))
}

async fn expect_400(
    system: &System,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Result<()> {
    let answer = system.operator.send(Method::POST, path, headers, Some(body)).await?;
    if (answer.status, answer.code()) != (400, "tenant_header_invalid") {
        bail!("{headers:?} was answered {}: {}", answer.status, answer.body);
    }
    Ok(())
}

/// No token, garbage, `alg: none`, HS256, another audience, expired.
pub(super) async fn bad_tokens(system: &System) -> Result<String> {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = |aud: &str, exp: i64| {
        part(json!({"iss": "gateway", "aud": [aud], "sub": "operator", "session_id": "s",
            "iat": 1, "nbf": 1, "exp": exp}))
    };
    let far = 4_102_444_800;
    let head = |alg: &str| part(json!({"alg": alg, "typ": "at+jwt", "kid": "k"}));
    let tokens = [
        String::new(),
        "garbage".to_owned(),
        format!("{}.{}.", head("none"), claims("control", far)),
        format!("{}.{}.{}", head("HS256"), claims("control", far), "c2ln"),
        format!("{}.{}.{}", head("ES256"), claims("other", far), "c2ln"),
        format!("{}.{}.{}", head("ES256"), claims("control", 2), "c2ln"),
    ];
    for token in &tokens {
        let answer = system.operator.with_token(token);
        let answer = answer.send(Method::GET, "/admin/v1/jobs", &[], None).await?;
        if answer.status != 401 {
            bail!("{token:?} was answered {}: {}", answer.status, answer.body);
        }
    }
    Ok(format!("{} tokens, each 401", tokens.len()))
}

/// A viewer's attempt.
pub(super) async fn viewer(system: &System) -> Result<String> {
    let plan = system.viewer.plan("acme", &json!({"runner": null})).await?;
    let body = Api::job_body(&plan, "a viewer tries");
    let answer = system.viewer.create("acme", &new_key(), &body).await?;
    let request_id = answer.body["request_id"].as_str().unwrap_or("").to_owned();
    answer.expect(403)?;
    system
        .until("the denial is in the audit log", Duration::from_secs(5), async || {
            let page = system.operator.get("/admin/v1/audit?result=denied&limit=50").await?;
            let items = page["items"].as_array().cloned().unwrap_or_default();
            Ok(items.iter().any(|row| row["ids"]["request_id"] == json!(request_id)))
        })
        .await?;
    Ok("403 and an audit row".to_owned())
}
