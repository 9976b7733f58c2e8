//! What only a real server and a real process can show.

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{FutureExt, future::join_all};
use streams::{
    ids::Seq, jetstream::Jetstream, log::decode_command, memory::World, shapes::catalogue,
};
use test_support::server::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{
    Case,
    app::{JOBS, TestApp, eventually, place, project},
    gateway::Gateway,
    leader::lead,
    process::{Program, Told, send},
    race::one_key_is_one_command,
    writes::{left_alone, many, orphaned},
};

/// T2.4, T5.1
pub(crate) const CASES: &[Case] = &[
    ("sixty_four_equal_requests_are_one_command_and_one_receipt_also_after_a_restart", |p| {
        once(p).boxed_local()
    }),
    ("every_202_of_a_process_that_is_told_to_stop_is_in_the_log", |p| stopped(p).boxed_local()),
    ("a_process_that_is_killed_has_promised_nothing_that_is_not_in_the_log", |p| {
        killed(p).boxed_local()
    }),
    ("an_open_event_stream_does_not_hold_up_a_stop", |p| streaming(p).boxed_local()),
    ("a_write_whose_process_is_killed_ends_as_unknown_after_a_restart", |p| {
        orphaned(p).boxed_local()
    }),
    ("a_process_that_is_told_to_stop_ends_a_write_whose_client_has_gone", |p| {
        left_alone(p).boxed_local()
    }),
    ("of_many_writes_whose_process_is_killed_none_is_told_otherwise_than_it_was", |p| {
        many(p).boxed_local()
    }),
];

async fn provisioned(program: &str) -> (Server, Jetstream) {
    let server = Server::start(program).await;
    let nats = server.connect("provisioner").await;
    nats.provision(&catalogue(), true).await.unwrap();
    (server, nats)
}

/// Command log on the server, rows from a memory world: this is about appends.
async fn once(program: Arc<str>) {
    let (server, nats) = provisioned(&program).await;
    let world = World::new();
    place(&*world.kv).await;
    let _projector = project(&world);
    let gateway = Gateway::start().await;
    let over = async |name: &str| {
        let mut logs = world.logs();
        logs.commands = server.connect(name).await.logs().commands;
        TestApp::over(logs, world.kv(), &gateway).await
    };
    let apps = [over("one").await, over("two").await];
    one_key_is_one_command(&apps, async || over("three").await, "key-1").await;
    let stored = nats.logs().commands.0.info().await.unwrap();
    assert_eq!((stored.messages, stored.last_seq), (4, Seq(4)));
    let mut logs = world.logs();
    logs.commands = nats.logs().commands;
    let leader = lead(logs);
    assert!(world.events.wait_for(Seq(4), Duration::from_secs(10)).await, "each is answered");
    leader.abort();
}

pub(crate) struct Running {
    pub(crate) server: Server,
    pub(crate) nats: Jetstream,
    pub(crate) gateway: Gateway,
    pub(crate) program: Program,
    _projector: tokio_util::sync::DropGuard,
    pub(crate) token: tempfile::NamedTempFile,
}

/// The real program over a private server, with a real projector.
pub(crate) async fn running(program: &str) -> Running {
    let (server, nats) = provisioned(program).await;
    place(&*nats.kv()).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let ports = projector::Ports::new(&nats.logs(), nats.kv());
    let told = stop.clone();
    tokio::spawn(async move {
        let build = observability::Build { service: "projector", version: "0", git_sha: "0" };
        let metrics = observability::Metrics::new(build);
        let checks = observability::Checks::new(&projector::registry::CHECKS);
        projector::registry::keep(&ports, super::app::pace(), &metrics, &checks, &told).await
    });
    let gateway = Gateway::start().await;
    let mut token = tempfile::NamedTempFile::new().unwrap();
    token.write_all(b"service").unwrap();
    let program = Program::start(&server.url(), &gateway, token.path()).await;
    let _projector = stop.drop_guard();
    Running { server, nats, gateway, program, _projector, token }
}

/// What senders were told, until the process is gone.
#[derive(Debug, Default)]
struct Outcome {
    receipts: Vec<serde_json::Value>,
    refused: Vec<(u16, serde_json::Value)>,
    broken: usize,
}

const SENDERS: usize = 16;
const BEFORE: usize = 300;

/// Sends creates from many connections; `end` is called once enough of them have succeeded.
async fn storm(running: &Running, end: impl FnOnce()) -> Outcome {
    let (accepted, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let bearer = running.gateway.bearer("admin");
    let body = serde_json::json!({ "params": { "targets": { "projection": "prj-02" } },
        "reason": "a storm", "plan_hash": "0".repeat(64) })
    .to_string();
    let sender = async |n: usize| {
        let mut outcome = Outcome::default();
        for i in 0.. {
            let key = format!("storm-{n}-{i}");
            let headers = [
                ("authorization", bearer.as_str()),
                ("content-type", "application/json"),
                ("x-tenant-id", if i % 2 == 0 { "acme" } else { "bolt" }),
                ("idempotency-key", key.as_str()),
            ];
            match send(running.program.address, &format!("POST {JOBS}"), &headers, &body).await {
                Told::Answer { status: 202, body } => {
                    accepted.fetch_add(1, Ordering::Relaxed);
                    outcome.receipts.push(body);
                }
                Told::Answer { status, body } => outcome.refused.push((status, body)),
                Told::Broken => {
                    outcome.broken += 1;
                    if over.load(Ordering::Relaxed) {
                        return outcome;
                    }
                }
            }
        }
        outcome
    };
    let ender = async {
        eventually("enough is accepted", async || accepted.load(Ordering::Relaxed) >= BEFORE).await;
        over.store(true, Ordering::Relaxed);
        end();
    };
    let (outcomes, ()) = tokio::join!(join_all((0..SENDERS).map(sender)), ender);
    outcomes.into_iter().fold(Outcome::default(), |mut all, one| {
        all.receipts.extend(one.receipts);
        all.refused.extend(one.refused);
        all.broken += one.broken;
        all
    })
}

/// Each receipt's command is in the log under its sequence, and nothing else was answered but 503.
async fn promised(nats: &Jetstream, outcome: &Outcome) {
    assert!(outcome.receipts.len() >= BEFORE, "{}", outcome.receipts.len());
    assert!(outcome.broken >= SENDERS, "each sender has met the end");
    for (status, body) in &outcome.refused {
        assert_eq!(*status, 503, "{body}");
    }
    let log = nats.logs().commands.0;
    for receipt in &outcome.receipts {
        let seq = Seq(receipt["command_seq"].as_u64().unwrap());
        let message = log.get(seq).await.unwrap().expect("a promised command is stored");
        let command = decode_command(&message).command.unwrap();
        assert_eq!(receipt["job_id"], command.job_id.as_str(), "{receipt}");
    }
}

async fn stopped(program: Arc<str>) {
    let mut running = running(&program).await;
    let outcome = storm(&running, || running.program.terminate()).await;
    let status = running.program.ended().await;
    assert_eq!(status.code(), Some(0), "told to stop is no failure");
    promised(&running.nats, &outcome).await;
}

async fn killed(program: Arc<str>) {
    let running = running(&program).await;
    let pid = running.program.pid();
    let outcome =
        storm(&running, || nix::sys::signal::kill(pid, nix::sys::signal::SIGKILL).unwrap()).await;
    promised(&running.nats, &outcome).await;
}

async fn streaming(program: Arc<str>) {
    let mut running = running(&program).await;
    let mut stream = tokio::net::TcpStream::connect(running.program.address).await.unwrap();
    let bearer = running.gateway.bearer("admin");
    let ask =
        format!("GET /admin/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: {bearer}\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut first = [0_u8; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let begun = Instant::now();
    running.program.terminate();
    assert_eq!(running.program.ended().await.code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}
