//! Once and for ever: 64 equal requests, two processes, a restart, a leader that is slow or gone.

use serde_json::json;
use streams::memory::{Fault, World};

use super::{
    app::{TestApp, create, eventually, get, place, project, started, verb},
    gateway::Gateway,
    leader::lead,
    race::one_key_is_one_command,
};

async fn two_processes() -> (World, Gateway, Vec<TestApp>, tokio_util::sync::DropGuard) {
    let world = World::new();
    place(&*world.kv).await;
    let (projector, gateway) = (project(&world), Gateway::start().await);
    let one = TestApp::over(world.logs(), world.kv(), &gateway).await;
    let two = TestApp::over(world.logs(), world.kv(), &gateway).await;
    (world, gateway, vec![one, two], projector)
}

/// T2.4, T5.1
#[tokio::test]
async fn sixty_four_equal_requests_are_one_command_and_one_receipt_also_after_a_restart() {
    let (world, gateway, apps, _projector) = two_processes().await;
    let leader = lead(world.logs());
    let restarted = async || TestApp::over(world.logs(), world.kv(), &gateway).await;
    one_key_is_one_command(&apps, restarted, "key-1").await;
    assert_eq!(world.commands.messages().len(), 4);
    leader.abort();
}

/// T2.4
#[tokio::test]
async fn without_any_leader_a_job_of_another_process_is_pending_and_can_be_cancelled() {
    let (world, gateway, apps, _projector) = two_processes().await;
    let restarted = async || TestApp::over(world.logs(), world.kv(), &gateway).await;
    let job = one_key_is_one_command(&apps, restarted, "key-1").await;
    for app in &apps {
        let row = app.admin(get(&format!("/admin/v1/jobs/{job}"))).await.json();
        assert_eq!((&row["state"], &row["waiting_on"]), (&json!("pending"), &json!("decision")));
    }
    let _leader = lead(world.logs());
    let path = format!("/admin/v1/jobs/{job}");
    let ended = async || apps[1].admin(get(&path)).await.json()["state"] == "cancelled";
    eventually("the cancel is decided", ended).await;
}

/// T2.4
#[tokio::test]
async fn a_key_belongs_to_a_principal_a_tenant_and_a_verb() {
    let (world, _projector, app) = started().await;
    app.gateway.grant("second", &["control.*"]);
    let first = app.create("acme", "key").await.json();
    let bolt = app.create("bolt", "key").await.json();
    let ask = create("acme", "key").bearer(&app.gateway.signer.token("second"));
    let second = app.send(ask).await.json();
    assert_ne!(first["job_id"], bolt["job_id"]);
    assert_ne!(first["job_id"], second["job_id"]);
    assert_eq!(world.commands.messages().len(), 3);
}

/// T5.1
#[tokio::test]
async fn a_lost_acknowledgement_is_503_with_the_job_and_its_repeat_is_the_receipt() {
    let (world, _projector, app) = started().await;
    for (n, fault) in [Fault::UnknownStored, Fault::UnknownNotStored].into_iter().enumerate() {
        let key = format!("key-{n}");
        world.commands.faults().push(fault);
        let lost = app.create("acme", &key).await;
        assert_eq!((lost.status, lost.code().as_str()), (503, "append_outcome_unknown"));
        assert_eq!(lost.header("retry-after"), Some("1"));
        let again = app.create("acme", &key).await;
        assert_eq!(again.status, 202);
        assert_eq!(again.json()["job_id"], lost.json()["job_id"]);
        let replayed = again.header("idempotency-replayed").is_some();
        assert_eq!(replayed, fault == Fault::UnknownStored);
    }
    assert_eq!(world.commands.messages().len(), 2);
}

/// T5.2
#[tokio::test]
async fn a_held_tenant_is_409_with_the_holder_and_the_key_stays_free() {
    let (world, _projector, app) = started().await;
    let _leader = lead(world.logs());
    let holder = app.create("acme", "first").await.json()["job_id"].clone();
    let path = format!("/admin/v1/jobs/{}", holder.as_str().unwrap());
    let visible = async || app.admin(get(&path)).await.json()["accepted_seq"] != 0;
    eventually("the holder is visible", visible).await;
    let refused = app.create("acme", "second").await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "lock_conflict"));
    assert_eq!(
        (&refused.json()["holder"], &refused.json()["scope"]),
        (&holder, &json!("tenant/acme"))
    );
    assert_eq!(app.create("acme", "first").await.status, 202, "the first one's key is its own");
    app.admin(verb(holder.as_str().unwrap(), "cancel", "c")).await;
    let free = async || app.create("acme", "second").await.status == 202;
    eventually("the key is as good as new once the tenant is free", free).await;
    let refusals: Vec<_> = world.audit.messages().into_iter().map(|m| m.subject).collect();
    assert!(refusals.iter().all(|s| s == "control.audit.acme.refused"), "{refusals:?}");
    assert!(!refusals.is_empty());
}

/// T2.4
#[tokio::test]
async fn prefer_wait_answers_when_the_decision_is_visible_and_never_later_than_two_seconds() {
    let (world, _projector, app) = started().await;
    let leader = lead(world.logs());
    let waited = app.admin(create("acme", "key").header("prefer", "wait=2")).await;
    assert_eq!(waited.header("preference-applied"), Some("wait=2"));
    let job = waited.json()["job_id"].as_str().unwrap().to_owned();
    let row = app.admin(get(&format!("/admin/v1/jobs/{job}"))).await.json();
    assert_ne!(row["accepted_seq"], 0, "decided and visible");
    leader.abort();
    let begun = std::time::Instant::now();
    let ask = create("bolt", "key").header("prefer", "respond-async, wait=60");
    assert_eq!(app.admin(ask).await.status, 202);
    let took = begun.elapsed().as_millis();
    assert!((1_900..6_000).contains(&took), "{took} ms");
}
