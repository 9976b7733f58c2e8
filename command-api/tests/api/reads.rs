//! Reads: min_seq, generations of a view, stories, lists; what is not there yet and what is gone.

use projector::{Ports, registry};
use serde_json::json;
use streams::ids::Seq;

use super::{
    app::{TestApp, create, eventually, get, pace, settings, started, verb},
    gateway::Gateway,
    leader::lead,
};

/// T4.1
#[tokio::test]
async fn min_seq_waits_until_the_position_is_in_and_says_504_when_it_is_not() {
    let (world, _projector, app) = started().await;
    let early = app.admin(get("/admin/v1/jobs?min_seq=1-1"));
    let late_leader = async {
        streams::clock::pause(std::time::Duration::from_millis(300)).await;
        drop(lead(world.logs())); // it goes on
        assert_eq!(app.create("acme", "key").await.status, 202);
    };
    let (reply, ()) = tokio::join!(early, late_leader);
    assert_eq!(reply.status, 200);
    let body = reply.json();
    assert_eq!(body["items"].as_array().unwrap().len(), 1, "it waited for the row");
    assert_eq!(body["as_of"]["seq"], "1-1");
    let begun = std::time::Instant::now();
    let late = app.admin(get("/admin/v1/jobs?min_seq=1-99")).await;
    assert_eq!((late.status, late.code().as_str()), (504, "not_yet_visible"));
    assert_eq!(late.json()["at"], "1-1");
    assert_eq!(late.header("retry-after"), Some("1"));
    let took = begun.elapsed().as_millis();
    assert!((1_900..6_000).contains(&took), "{took} ms");
}

/// T4.1
#[tokio::test]
async fn a_new_generation_is_taken_over_without_a_moment_without_rows() {
    let (world, _projector, app) = started().await;
    let _leader = lead(world.logs());
    for tenant in ["acme", "bolt"] {
        app.create(tenant, "key").await;
    }
    let rows = async || {
        let reply = app.admin(get("/admin/v1/jobs")).await;
        assert_eq!(reply.status, 200, "{:?}", reply.json());
        reply.json()["items"].clone()
    };
    eventually("both rows are there", async || rows().await.as_array().unwrap().len() == 2).await;
    let before = rows().await;
    let generation = app.state.models().jobs.standing();
    let ports = Ports::new(&world.logs(), world.kv());
    let metrics = observability::Metrics::new(super::app::BUILD);
    let built = tokio::spawn(async move {
        registry::build(registry::Named::Jobs, &ports, pace(), &metrics).await.unwrap()
    });
    while !built.is_finished() {
        assert_eq!(rows().await, before);
        tokio::task::yield_now().await;
    }
    assert!(built.await.unwrap() > 1);
    let read = async || {
        assert_eq!(rows().await, before);
        let old = world.kv.watchers("control_jobs_g1");
        old == 0 && world.kv.watchers("control_jobs_g2") > 0
    };
    eventually("the new generation is followed and the old one left", read).await;
    assert_eq!(app.state.models().jobs.standing().position, generation.position);
}

/// T4.1
#[tokio::test]
async fn a_service_without_read_models_says_rebuilding_and_lives() {
    let world = streams::memory::World::new();
    super::app::place(&*world.kv).await;
    let gateway = Gateway::start().await;
    let app = TestApp::not_ready(world.logs(), world.kv(), &gateway, settings());
    eventually("placement is there", async || app.state.placement().is_ok()).await;
    assert_eq!(app.send(get("/health")).await.status, 200);
    let ready = app.send(get("/ready")).await;
    assert_eq!((ready.status, &ready.json()["status"]), (503, &json!("not_ready")));
    for ask in [
        get("/admin/v1/jobs"),
        get("/admin/v1/tenants"),
        get("/admin/v1/audit"),
        get("/admin/v1/search?id=acme"),
        create("acme", "key"),
        verb(&format!("job_{}", "0".repeat(26)), "cancel", "key"),
    ] {
        let reply = app.admin(ask).await;
        assert_eq!((reply.status, reply.code().as_str()), (503, "rebuilding"));
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    assert_eq!(world.commands.messages().len(), 0, "nothing is accepted blindly");
    assert_eq!(app.admin(get("/admin/v1/placement")).await.status, 200, "placement needs no rows");
}

/// T5.1
#[tokio::test]
async fn a_story_is_told_by_pages_in_order_and_only_of_its_job() {
    let (world, _projector, app) = started().await;
    let _leader = lead(world.logs());
    let mut jobs = Vec::new();
    for tenant in ["acme", "bolt"] {
        jobs.push(app.create(tenant, "key").await.json()["job_id"].as_str().unwrap().to_owned());
    }
    for (n, of) in [(0, 0), (1, 1), (2, 0), (3, 0)] {
        app.admin(verb(&jobs[of], "pause", &format!("p{n}"))).await;
    }
    let path = format!("/admin/v1/jobs/{}/events", jobs[0]);
    let all = app.admin(get(&format!("{path}?min_seq=1-6"))).await.json();
    let types: Vec<_> = all["items"].as_array().unwrap().iter().map(|i| &i["type"]).collect();
    assert_eq!(types, ["Accepted", "VerbRefused", "VerbRefused", "VerbRefused"]);
    let seqs: Vec<_> =
        all["items"].as_array().unwrap().iter().map(|i| i["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, [1, 3, 5, 6]);
    let mut told = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app.admin(get(&format!("{path}?limit=1{cursor}"))).await.json();
        told.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(&told, all["items"].as_array().unwrap());
    assert_eq!(world.events.messages().len() as u64, Seq(6).0);
}

/// T4.2
#[tokio::test]
async fn a_list_is_paged_without_loss_or_repetition_in_both_orders() {
    let (world, _projector, app) = started().await;
    let _leader = lead(world.logs());
    for n in 0..7 {
        let tenant = if n % 2 == 0 { "acme" } else { "bolt" };
        let reply = app.create(tenant, &format!("key-{n}")).await;
        assert!(matches!(reply.status, 202 | 409));
    }
    let made = world.commands.messages().len();
    let path = format!("/admin/v1/jobs?min_seq=1-{made}");
    let ids = |body: &serde_json::Value| -> Vec<String> {
        let items = body["items"].as_array().unwrap();
        items.iter().map(|i| i["job_id"].as_str().unwrap().to_owned()).collect()
    };
    let newest = ids(&app.admin(get(&path)).await.json());
    assert_eq!(newest.len(), made);
    for (sort, expected) in [
        ("-created_at", newest.clone()),
        ("created_at", newest.iter().rev().cloned().collect::<Vec<_>>()),
    ] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = format!("/admin/v1/jobs?limit=1&sort={sort}{cursor}");
            let body = app.admin(get(&page)).await.json();
            seen.extend(ids(&body));
            let Some(next) = body["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, expected, "{sort}");
    }
}
