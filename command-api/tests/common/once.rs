//! One key is one command: the same cases over the memory log and over a real server.
//!
//! `apps` are processes of the API over one log; a restart is another one.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};

use super::app::{Ask, Reply, TestApp, create, verb};

/// Equal requests sent at the same time.
const RACING: usize = 64;

/// Sends the same request many times at once, through all processes in turn.
async fn race(apps: &[TestApp], ask: &Ask) -> Vec<Reply> {
    let sent = (0..RACING).map(|n| apps[n % apps.len()].admin(ask.clone()));
    stream::iter(sent).buffer_unordered(RACING).collect().await
}

/// All are 202 with one body; exactly one is no replay.
fn one_receipt(replies: &[Reply]) -> serde_json::Value {
    let bodies: BTreeSet<_> = replies.iter().map(|reply| reply.bytes.clone()).collect();
    for reply in replies {
        assert_eq!(reply.status, 202, "{:?}", reply.json());
    }
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let first = replies.iter().filter(|r| r.header("idempotency-replayed").is_none()).count();
    assert_eq!(first, 1, "one request stored it, the others were told so");
    replies[0].json()
}

/// The whole case: create, cancel, other bodies, a restart. Returns the job.
pub(crate) async fn one_key_is_one_command(
    apps: &[TestApp],
    restarted: impl AsyncFn() -> TestApp,
    key: &str,
) -> String {
    let ask = create("acme", key);
    let made = one_receipt(&race(apps, &ask).await);
    let job = made["job_id"].as_str().unwrap().to_owned();
    assert_eq!(made["tenant_id"], "acme");
    assert_eq!(made["links"]["self"], format!("/admin/v1/jobs/{job}"));

    let (cancel, pause) = (verb(&job, "cancel", key), verb(&job, "pause", key));
    let cancelled = one_receipt(&race(apps, &cancel).await);
    let paused = one_receipt(&race(apps, &pause).await);
    let again = one_receipt(&race(apps, &verb(&job, "cancel", &format!("{key}-2"))).await);
    let seqs: BTreeSet<_> =
        [&made, &cancelled, &paused, &again].map(|r| r["command_seq"].as_u64().unwrap()).into();
    assert_eq!(seqs.len(), 4, "four keys, four commands");

    let other = verb(&job, "cancel", key).body("{\"reason\":\"other words\"}");
    let another = create("acme", key).body(
        &serde_json::json!({ "params": { "targets": { "projection": "prj-02" } },
            "reason": "other words", "plan_hash": "0".repeat(64) })
        .to_string(),
    );
    let fresh = restarted().await;
    for app in apps.iter().chain([&fresh]) {
        for (ask, first) in [(&ask, &made), (&cancel, &cancelled), (&pause, &paused)] {
            let reply = app.admin(ask.clone()).await;
            assert_eq!((reply.status, &reply.json()), (202, first));
            assert_eq!(reply.header("idempotency-replayed"), Some("true"));
        }
        for ask in [&other, &another] {
            let reply = app.admin(ask.clone()).await;
            assert_eq!((reply.status, reply.code().as_str()), (422, "idempotency_key_reused"));
            assert_eq!(reply.json()["job_id"], job.as_str());
        }
    }
    job
}
