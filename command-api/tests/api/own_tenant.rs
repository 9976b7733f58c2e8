//! An operator whose rights all end in `:acme` sees acme's rows and nothing of bolt or the platform:
//! on every platform read of the router, the event stream, searches and exports.

use axum::http::Method;
use command_api::{auth::guard::Scope, router::declared};
use serde_json::Value;

use super::{
    app::{Ask, TestApp, create, eventually, get, started, verb},
    leader::lead,
    matrix::{ask, opening},
    stream::Open,
};

/// What there is of bolt; none of it may be told.
struct Bolt {
    job: String,
    request: String,
    correlation: String,
    trace: String,
}

const CORRELATION: &str = "cor-of-bolt-0001";

async fn visible(app: &TestApp, job: &str) -> Value {
    let path = format!("/admin/v1/jobs/{job}");
    let so = async || app.admin(get(&path)).await.json()["seq"] != 0;
    eventually("the job is visible", so).await;
    app.admin(get(&path)).await.json()
}

/// One job of each tenant, a denial about bolt, a sign-in; and somebody who may see acme only.
async fn prepared(app: &TestApp) -> (String, Bolt, String) {
    let acme = app.create("acme", "one").await.json()["job_id"].as_str().unwrap().to_owned();
    let made = app.admin(create("bolt", "two").header("x-correlation-id", CORRELATION)).await;
    let job = made.json()["job_id"].as_str().unwrap().to_owned();
    visible(app, &acme).await;
    let row = visible(app, &job).await;
    app.gateway.grant("nobody", &["control.jobs.read"]);
    let denied = create("bolt", "three").bearer(&app.gateway.signer.token("nobody"));
    assert_eq!(app.send(denied).await.status, 403);
    let ids = |name: &str| row["ids"][name].as_str().unwrap().to_owned();
    let (request, trace) = (ids("request_id"), ids("trace_id"));
    let recorded = async || {
        let all = app.admin(get("/admin/v1/audit?tenant=bolt")).await.json();
        let rows = all["items"].as_array().unwrap().clone();
        rows.iter().any(|row| row["result"] == "denied") && rows.len() >= 2
    };
    eventually("the denial is in the audit view", recorded).await;
    let rights: Vec<_> =
        declared().iter().flat_map(opening).map(|right| format!("{right}:acme")).collect();
    app.gateway.grant("owner", &rights.iter().map(String::as_str).collect::<Vec<_>>());
    let correlation = CORRELATION.to_owned();
    (acme, Bolt { job, request, correlation, trace }, app.gateway.signer.token("owner"))
}

impl Bolt {
    /// Holds an answer to its silence.
    fn is_not_in(&self, text: &str, what: &str) {
        for told in [&self.job, &self.request, &self.correlation, &self.trace] {
            assert!(!text.contains(told.as_str()), "{what} tells {told}: {text}");
        }
        assert!(!text.contains("bolt"), "{what} tells of bolt: {text}");
    }
}

async fn text(app: &TestApp, ask: Ask, token: &str) -> (u16, String) {
    let reply = app.send(ask.bearer(token)).await;
    (reply.status, String::from_utf8_lossy(&reply.bytes).into_owned())
}

/// T2.2, T2.3
#[tokio::test]
async fn every_platform_read_shows_the_rows_of_ones_own_tenant_and_only_those() {
    let (_world, _projector, app) = started().await;
    let _leader = lead(app.state.logs().clone());
    let (acme, bolt, owner) = prepared(&app).await;
    let reads = declared().into_iter().filter(|route| {
        let own = route.right.is_some() && !route.is_passed_on();
        own && route.scope == Scope::Platform && route.method == Method::GET
    });
    let (mut seen, mut silent) = (0, Vec::new());
    for route in reads.filter(|route| route.path != "/admin/v1/events") {
        let (status, text) = text(&app, ask(&route, &acme), &owner).await;
        assert_eq!(status, 200, "{}: {text}", route.path);
        bolt.is_not_in(&text, route.path);
        seen += 1;
        if !text.contains("acme") {
            silent.push(route.path);
        }
    }
    assert!(seen >= 13, "{seen}");
    // Maps with shards and counts, nodes, our own processes.
    let nameless = ["/admin/v1/placement", "/admin/v1/fleet", "/admin/v1/services"];
    assert_eq!(silent, nameless, "the others show what is theirs");
    println!("{seen} platform reads");
    for list in ["/admin/v1/jobs", "/admin/v1/audit", "/admin/v1/tenants"] {
        let all = app.send(get(list).bearer(&owner)).await.json();
        for row in all["items"].as_array().unwrap() {
            assert_eq!(row["tenant_id"], "acme", "{list}: the platform's rows are not theirs");
        }
        let total = &all["total_estimate"];
        let rows = all["items"].as_array().unwrap().len() as u64;
        assert!(total.is_null() || total.as_u64() == Some(rows), "{list} counts others: {total}");
    }
}

/// T2.3
#[tokio::test]
async fn an_alarm_about_another_tenants_entry_names_nobody() {
    let (world, _projector, app) = started().await;
    let _leader = lead(app.state.logs().clone());
    let (_, bolt, owner) = prepared(&app).await;
    let broken = bytes::Bytes::from_static(b"{");
    world.kv().put("projection_placement", "tenant.bolt", broken).await.unwrap();
    let path = "/admin/v1/placement";
    let alarm = |body: &Value| body["alarms"]["projection_placement"]["text"].clone();
    eventually("there is an alarm that names it", async || {
        let all = app.admin(get(path)).await.json();
        alarm(&all).as_str().is_some_and(|text| text.contains("bolt"))
    })
    .await;
    for path in [path, "/admin/v1/placement/projection", "/admin/v1/tenants", "/admin/v1/fleet"] {
        bolt.is_not_in(&text(&app, get(path), &owner).await.1, path);
    }
    let own = app.send(get(path).bearer(&owner)).await.json();
    assert!(alarm(&own).is_string(), "that there is one is told: {own}");
}

/// T2.2, T2.3
#[tokio::test]
async fn what_is_another_tenants_is_unknown_by_name_filter_search_and_export() {
    let (_world, _projector, app) = started().await;
    let _leader = lead(app.state.logs().clone());
    let (acme, bolt, owner) = prepared(&app).await;
    let row = app.admin(get("/admin/v1/audit?tenant=bolt")).await.json()["items"][0]["seq"].clone();
    let row = row.as_str().unwrap();
    for path in [
        format!("/admin/v1/jobs/{}", bolt.job),
        format!("/admin/v1/jobs/{}/events", bolt.job),
        "/admin/v1/tenants/bolt".to_owned(),
        format!("/admin/v1/audit/{row}"),
        "/admin/v1/placement/projection/history?tenant=bolt".to_owned(),
    ] {
        assert_eq!(app.admin(get(&path)).await.status, 200, "{path}: it is there");
        assert_eq!(text(&app, get(&path), &owner).await.0, 404, "{path}");
    }
    for act in ["cancel", "pause", "resume", "retry"] {
        let (status, _) = text(&app, verb(&bolt.job, act, &format!("own-{act}")), &owner).await;
        assert_eq!(status, 404, "{act}");
    }
    for path in [
        "/admin/v1/jobs?tenant=bolt".to_owned(),
        format!("/admin/v1/jobs?correlation_id={}", bolt.correlation),
        "/admin/v1/audit?tenant=bolt".to_owned(),
        format!("/admin/v1/audit?job_id={}", bolt.job),
        format!("/admin/v1/audit?correlation_id={}", bolt.correlation),
        "/admin/v1/audit?result=denied".to_owned(),
    ] {
        let all = app.admin(get(&path)).await.json();
        assert!(!all["items"].as_array().unwrap().is_empty(), "{path}: there are rows");
        let own = app.send(get(&path).bearer(&owner)).await.json();
        assert_eq!(own["items"], Value::Array(Vec::new()), "{path}");
    }
    for id in [&bolt.job, &bolt.request, &bolt.correlation, &bolt.trace, &"bolt".to_owned()] {
        let path = format!("/admin/v1/search?id={id}");
        let hits = async |token: &str| {
            let found = app.send(get(&path).bearer(token)).await.json();
            found["hits"].as_array().unwrap().len()
        };
        let admin = app.gateway.signer.token("admin");
        assert!(hits(&admin).await > 0 && hits(&owner).await == 0, "{path}");
    }
    let export = get("/admin/v1/audit").header("accept", "application/x-ndjson");
    let (status, lines) = text(&app, export.clone(), &owner).await;
    assert_eq!(status, 200);
    bolt.is_not_in(&lines, "the export");
    assert!(lines.contains(&acme) && lines.lines().count() >= 1, "{lines}");
    let all = text(&app, export, &app.gateway.signer.token("admin")).await.1;
    assert!(all.contains(&bolt.job), "it is in the whole export");
}

/// T2.2, T4.3
#[tokio::test]
async fn the_event_stream_tells_ones_own_rows_live_and_resumed() {
    let (_world, _projector, app) = started().await;
    let _leader = lead(app.state.logs().clone());
    let (acme, bolt, owner) = prepared(&app).await;
    let begin = get("/admin/v1/events").bearer(&owner);
    let mut live = Open::of(&app, begin.clone()).await;
    let mut resumed = Open::of(&app, begin.header("last-event-id", "1-0")).await;
    for (job, key) in [(&bolt.job, "of-bolt"), (&acme, "of-acme")] {
        assert_eq!(app.admin(verb(job, "cancel", key)).await.status, 202);
    }
    for (open, what) in [(&mut live, "live"), (&mut resumed, "resumed")] {
        loop {
            let row = open.row().await.unwrap().data;
            bolt.is_not_in(&row.to_string(), what);
            let ended = row["row"]["state"] == "cancelled";
            if ended && row["key"].as_str() == Some(acme.as_str()) {
                break;
            }
        }
    }
}
