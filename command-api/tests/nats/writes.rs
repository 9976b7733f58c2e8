//! Writes to the Gateway on real servers, through processes that are killed or told to stop.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use nix::sys::signal::{Signal, kill};
use serde_json::Value;
use streams::{
    ids::Seq,
    jetstream::Jetstream,
    log::{AuditLog, AuditRecord, AuditResult},
    verify::{Log, Rules, Verifier},
};
use tokio::io::AsyncWriteExt;

use super::{
    app::eventually,
    cases::{Running, running},
    gateway::administration::{Script, says},
    process::{Program, Told, send},
};

/// Longest time until an orphan is closed: the deadline of a request, its margin, and some looks.
const CLOSED: Duration = Duration::from_secs(60);
const SENDERS: usize = 8;
const BEFORE: usize = 200;

/// The rows of a query of the audit list, once they are as wanted.
async fn until(running: &Running, query: &str, so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let bearer = running.gateway.bearer("admin");
    let line = format!("GET /admin/v1/audit?limit=200&{query}");
    let headers = [("authorization", bearer.as_str())];
    let found = async {
        loop {
            if let Told::Answer { status: 200, body } =
                send(running.program.address, &line, &headers, "").await
                && let Some(items) = body["items"].as_array().filter(|items| so(items))
            {
                return items.clone();
            }
            streams::clock::pause(Duration::from_millis(500)).await;
        }
    };
    tokio::time::timeout(CLOSED, found).await.expect("the rows are as wanted in time")
}

/// Sends a write over a connection of its own, and waits until the Gateway has it.
async fn begin_write(running: &Running) -> tokio::net::TcpStream {
    let mut stream = tokio::net::TcpStream::connect(running.program.address).await.unwrap();
    let bearer = running.gateway.bearer("admin");
    let ask = format!(
        "DELETE /admin/v1/iam/sessions/ses_2 HTTP/1.1\r\nhost: x\r\nauthorization: {bearer}\r\n\
         x-reason: a test\r\n\r\n"
    );
    stream.write_all(ask.as_bytes()).await.unwrap();
    let sent = async || running.gateway.administration.arrived().len() == 1;
    eventually("the Gateway has it", sent).await;
    stream
}

/// Everything in the audit log; the checker finds nothing in it once all has ended.
async fn sound(nats: &Jetstream) -> Vec<AuditRecord> {
    let log = nats.logs().audit.0;
    let head = log.info().await.unwrap().last_seq;
    let mut verifier = Verifier::new(Rules { ended: true, ..Rules::default() });
    let mut records = Vec::new();
    for seq in 1..=head.0 {
        let message = log.get(Seq(seq)).await.unwrap().unwrap();
        verifier.message(Log::Audit, &message);
        records.push(AuditLog::decode(&message).unwrap());
    }
    assert_eq!(verifier.finish().findings, vec![]);
    records
}

/// I6, with a SIGKILL while the Gateway works.
pub(crate) async fn orphaned(program: Arc<str>) {
    let mut running = running(&program).await;
    running.gateway.administration.script(Script::Silent);
    let stream = begin_write(&running).await;
    kill(running.program.pid(), Signal::SIGKILL).unwrap();
    running.program.ended().await;
    drop(stream);
    let first = running.nats.logs().audit.0.get(Seq(1)).await.unwrap().unwrap();
    assert_eq!(AuditLog::decode(&first).unwrap().result, AuditResult::Pending);
    let (url, token) = (running.server.url(), running.token.path());
    running.program = Program::start(&url, &running.gateway, token).await;
    let query = "resource=sessions/ses_2&result=unknown";
    let row = until(&running, query, |items| items.len() == 1).await.remove(0);
    assert_eq!(row["seq"], "aud-1");
    assert_eq!(row["code"], "gateway_outcome_unknown");
    assert!(row["closed_at"].is_string(), "{row}");
    sound(&running.nats).await;
}

/// I6: a client that goes away, then SIGTERM, while the Gateway works.
pub(crate) async fn left_alone(program: Arc<str>) {
    let mut running = running(&program).await;
    let let_go = Arc::new(tokio::sync::Notify::new());
    let done = says(204, "", "");
    running.gateway.administration.script(Script::Waits(Arc::clone(&let_go), done));
    drop(begin_write(&running).await);
    running.program.terminate();
    let_go.notify_one();
    assert_eq!(running.program.ended().await.code(), Some(0));
    let records = sound(&running.nats).await;
    let [intent, outcome] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((intent.result, outcome.result), (AuditResult::Pending, AuditResult::Ok));
}

/// Deletes sessions from many connections until the process is killed; what each was told.
async fn storm(running: &Running) -> BTreeMap<String, Option<u16>> {
    let (done, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let bearer = running.gateway.bearer("admin");
    let sender = async |n: usize| {
        let mut told = BTreeMap::new();
        for i in 0.. {
            let line = format!("DELETE /admin/v1/iam/sessions/ses_{n}_{i}");
            let headers = [("authorization", bearer.as_str()), ("x-reason", "a storm")];
            let answer = send(running.program.address, &line, &headers, "").await;
            let status = match answer {
                Told::Answer { status, .. } => Some(status),
                Told::Broken => None,
            };
            done.fetch_add(1, Ordering::Relaxed);
            told.insert(format!("sessions/ses_{n}_{i}"), status);
            if status.is_none() && over.load(Ordering::Relaxed) {
                break;
            }
        }
        told
    };
    let killer = async {
        eventually("enough are done", async || done.load(Ordering::Relaxed) >= BEFORE).await;
        over.store(true, Ordering::Relaxed);
        kill(running.program.pid(), Signal::SIGKILL).unwrap();
    };
    let (all, ()) = tokio::join!(join_all((0..SENDERS).map(sender)), killer);
    all.into_iter().flatten().collect()
}

/// I6: whatever was in the air when the process was killed.
pub(crate) async fn many(program: Arc<str>) {
    let mut running = running(&program).await;
    let told = storm(&running).await;
    running.program.ended().await;
    let (url, token) = (running.server.url(), running.token.path());
    running.program = Program::start(&url, &running.gateway, token).await;
    until(&running, "result=pending", <[Value]>::is_empty).await;
    let mut results = BTreeMap::new();
    for record in sound(&running.nats).await.into_iter().filter(|record| record.class == "write") {
        let resource = record.resource.unwrap();
        let known: &mut AuditResult = results.entry(resource).or_insert(record.result);
        if matches!(known, AuditResult::Pending | AuditResult::Unknown) {
            *known = record.result;
        }
    }
    let arrived: Vec<String> = running
        .gateway
        .administration
        .arrived()
        .into_iter()
        .map(|seen| seen.path.replacen("/iam/v1/", "", 1))
        .collect();
    for (resource, status) in &told {
        let result = results.get(resource);
        match status {
            Some(204) => assert_eq!(result, Some(&AuditResult::Ok), "{resource}"),
            Some(other) => panic!("{resource} was answered {other}"),
            None => {}
        }
    }
    for resource in &arrived {
        let recorded =
            matches!(results.get(resource), Some(AuditResult::Ok | AuditResult::Unknown));
        assert!(recorded, "{resource} was done without a record that says so");
    }
    for (resource, result) in &results {
        assert_ne!(result, &AuditResult::Pending, "{resource}");
        assert!(*result == AuditResult::Unknown || arrived.contains(resource), "{resource}");
    }
    assert!(results.len() >= BEFORE, "{}", results.len());
}
