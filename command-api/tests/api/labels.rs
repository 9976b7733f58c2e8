//! What of ten thousand tenants reaches the metrics: nothing.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use bytes::Bytes;
use futures::{StreamExt, stream};
use serde_json::json;
use streams::{ids::Revision, memory::World, ports::KvStore};

use super::{
    app::{Ask, TestApp, get, place, project, settings},
    gateway::Gateway,
};

const TENANTS: usize = 10_000;
/// Twenty and `other`.
const MOST: usize = 21;

fn name(n: usize) -> String {
    format!("tenant-{n:05}")
}

/// Every label of every series, with its values.
fn labels(text: &str) -> (usize, BTreeMap<String, BTreeSet<String>>) {
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let series = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let mut count = 0;
    for line in series {
        count += 1;
        let Some((_, rest)) = line.split_once('{') else { continue };
        let (pairs, _) = rest.rsplit_once('}').expect("labels end");
        for pair in pairs.split("\",").filter(|pair| !pair.is_empty()) {
            let (label, value) = pair.split_once("=\"").expect("a label has a value");
            let value = value.trim_end_matches('"').to_owned();
            values.entry(label.to_owned()).or_default().insert(value);
        }
    }
    (count, values)
}

async fn metrics(app: &TestApp) -> String {
    String::from_utf8(app.send(get("/metrics")).await.bytes.to_vec()).unwrap()
}

/// Asks about tenants in every place where one can stand: header, path, query.
async fn ask_about(app: &TestApp, tenants: std::ops::Range<usize>) {
    let token = app.gateway.signer.token("admin");
    let (app, token) = (&app, &token);
    let asks = tenants.map(|n| async move {
        let tenant = name(n);
        let page = match n % 4 {
            0 => get(&format!("/admin/v1/tenants/{tenant}")),
            1 => get(&format!("/admin/v1/jobs?tenant={tenant}")),
            2 => get(&format!("/admin/v1/search?id={tenant}")),
            _ => {
                let plan = Ask::of(&Method::POST, "/admin/v1/plans/tenant-migrate").body("[]");
                plan.header("x-tenant-id", &tenant).header("content-type", "application/json")
            }
        };
        let expected = if n % 4 == 3 { 422 } else { 200 };
        assert_eq!(app.send(page.bearer(token)).await.status, expected, "{tenant}");
    });
    stream::iter(asks).buffer_unordered(32).for_each(async |()| {}).await;
}

/// Plan 0.4, I14
#[tokio::test]
async fn ten_thousand_tenants_leave_no_trace_in_any_label_of_the_metrics() {
    let world = World::new();
    place(&*world.kv).await;
    for n in 0..TENANTS {
        let tenant = name(n);
        let entry = json!({ "v": 1, "tenant_id": tenant, "shard": "prj-01", "epoch": 1,
            "pinned": false, "updated_at": "2026-11-24T08:00:00Z" });
        let value = Bytes::from(entry.to_string());
        let key = format!("tenant.{tenant}");
        world.kv.compare_and_set("projection_placement", &key, value, Revision(0)).await.unwrap();
    }
    let _projector = project(&world);
    let gateway = Gateway::start().await;
    let app = TestApp::not_ready(world.logs(), world.kv(), &gateway, settings());
    app.until_ready().await;
    ask_about(&app, 0..40).await;
    metrics(&app).await; // it counts itself, from the second time on
    let few = labels(&metrics(&app).await);
    ask_about(&app, 40..TENANTS).await;
    let text = metrics(&app).await;
    let many = labels(&text);
    assert_eq!(many, few, "no series and no value has come with ten thousand tenants");
    assert!(!text.contains("tenant-0"), "no tenant is named anywhere");
    let tenants =
        |values: &BTreeSet<String>| values.iter().filter(|v| v.contains("tenant-")).count();
    for (label, values) in &many.1 {
        assert!(tenants(values) <= MOST, "{label}: {values:?}");
    }
    println!("{} series, {} labels, tenants in them: 0", many.0, many.1.len());
}
