//! What only a real server can show: it dies, freezes, loses its tail, refuses, or its answers are
//! lost on the way.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use streams::{
    clock::pause,
    ids::{Revision, Seq},
    jetstream::{ConnectError, Jetstream, LinkState, Options},
    ports::{AppendError, Expect, KvChange, MessageLog, NewMessage, ReadError, Stored},
    shapes::{self, BucketShape, StreamShape},
};
use tokio::time::Instant;

use test_support::server::{Server, free_port};

use crate::{
    fixture::{PATIENCE, change, next, next_or_error},
    proxy::Proxy,
};

/// A case with the program of a server of its own.
pub(crate) type ServerCase = (&'static str, fn(Arc<str>) -> BoxFuture<'static, ()>);

pub(crate) const CASES: &[ServerCase] = &[
    ("a_lost_acknowledgement_of_a_stored_append_is_settled_by_reading_back", lost_ack_stored),
    ("an_append_that_never_arrived_is_sent_again", lost_ack_not_stored),
    ("an_append_that_cannot_be_settled_is_unknown_and_later_told_by_repeating_it", unsettled),
    ("a_read_and_a_watch_survive_the_server_being_killed", killed),
    ("appends_are_back_after_a_kill_and_none_is_lost_or_doubled", back_after_kill),
    ("a_frozen_server_costs_one_append_at_most_its_patience", frozen),
    ("a_log_that_lost_its_tail_ends_open_reads_within_five_seconds", lost_tail),
    ("a_denied_publish_is_refused_and_not_taken_for_a_time_out", denied),
    ("provisioning_creates_once_verifies_and_refuses_a_difference", provisioning),
    ("a_server_without_jetstream_and_an_absent_one_get_one_clear_sentence", bad_servers),
];

fn shape() -> StreamShape {
    StreamShape::log("TEST_LOG", "a server case", &["test.>"])
}

fn message(id: &str, expect: Expect) -> NewMessage {
    NewMessage {
        subject: "test.a".to_owned(),
        msg_id: id.to_owned(),
        headers: std::collections::BTreeMap::new(),
        payload: Bytes::from(format!("{{\"id\":\"{id}\"}}")),
        expect,
    }
}

/// A server, a proxy before it, and a log seen directly and through the proxy.
async fn behind_proxy(
    program: &str,
    patience: Duration,
) -> (Server, Proxy, Arc<dyn MessageLog>, Arc<dyn MessageLog>) {
    let server = Server::start(program).await;
    let direct = server.connect("direct").await;
    direct.ensure_stream(&shape()).await.unwrap();
    let proxy = Proxy::to(server.port()).await;
    let options = Options { patience, ..Options::new(&proxy.url(), "proxied") };
    let proxied = Jetstream::connect(&options).await.unwrap();
    let (near, far) = (proxied.log("TEST_LOG"), direct.log("TEST_LOG"));
    near.append(message("0", Expect::LastSeq(Seq(0)))).await.unwrap();
    (server, proxy, near, far)
}

fn lost_ack_stored(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        for expect in [Expect::LastSeq(Seq(1)), Expect::LastSubjectSeq(Seq(1)), Expect::Nothing] {
            let (_server, proxy, near, far) = behind_proxy(&program, Duration::from_secs(10)).await;
            proxy.swallow_answers();
            let append = tokio::spawn({
                let near = Arc::clone(&near);
                async move { near.append(message("1", expect)).await }
            });
            let mut reading = far.read(Seq(2)).await.unwrap();
            assert_eq!(next(&mut reading).await.msg_id(), Some("1"));
            proxy.heal();
            let outcome = append.await.unwrap();
            assert_eq!(outcome, Ok(Stored { seq: Seq(2), replayed: false }), "{expect:?}");
            assert_eq!(far.info().await.unwrap().messages, 2, "stored once");
        }
    }
    .boxed()
}

fn lost_ack_not_stored(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let (_server, proxy, near, far) = behind_proxy(&program, Duration::from_secs(10)).await;
        proxy.drop_requests();
        let append = tokio::spawn({
            let near = Arc::clone(&near);
            async move { near.append(message("1", Expect::LastSeq(Seq(1)))).await }
        });
        pause(Duration::from_millis(300)).await;
        assert_eq!(far.info().await.unwrap().messages, 1);
        proxy.heal();
        assert_eq!(append.await.unwrap(), Ok(Stored { seq: Seq(2), replayed: false }));
        assert_eq!(far.info().await.unwrap().messages, 2);
    }
    .boxed()
}

fn unsettled(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let (_server, proxy, near, far) = behind_proxy(&program, Duration::from_secs(2)).await;
        proxy.swallow_answers();
        let outcome = near.append(message("1", Expect::LastSeq(Seq(1)))).await;
        assert!(matches!(outcome, Err(AppendError::Unknown(_))), "{outcome:?}");
        assert_eq!(far.info().await.unwrap().messages, 2, "it was stored after all");
        proxy.heal();
        let again = tokio::time::timeout(PATIENCE, async {
            loop {
                match near.append(message("1", Expect::LastSeq(Seq(1)))).await {
                    Err(AppendError::Unknown(_) | AppendError::Unavailable(_)) => {}
                    outcome => break outcome,
                }
            }
        });
        assert_eq!(again.await.unwrap(), Ok(Stored { seq: Seq(2), replayed: true }));
        assert_eq!(far.info().await.unwrap().messages, 2);
    }
    .boxed()
}

fn killed(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let mut server = Server::start(&program).await;
        let nats = server.connect("reader").await;
        nats.ensure_stream(&shape()).await.unwrap();
        let bucket = BucketShape::read_model("control_test_g1");
        nats.ensure_stream(&bucket.stream()).await.unwrap();
        let (log, kv) = (nats.log("TEST_LOG"), nats.kv());
        let mut reading = log.read(Seq(1)).await.unwrap();
        let mut watching = kv.watch("control_test_g1").await.unwrap();
        assert_eq!(change(&mut watching).await, KvChange::Current);
        for round in 0..3 {
            log.append(message(&format!("a{round}"), Expect::Nothing)).await.unwrap();
            kv.put("control_test_g1", "k", Bytes::from("v")).await.unwrap();
            assert_eq!(next(&mut reading).await.seq, Seq(round * 2 + 1));
            assert!(matches!(change(&mut watching).await, KvChange::Entry(_)));
            server.kill();
            server.run().await;
            let id = format!("b{round}");
            let stored = retried(&log, &message(&id, Expect::Nothing)).await;
            assert_eq!(stored.seq, Seq(round * 2 + 2));
            assert_eq!(next(&mut reading).await.msg_id(), Some(id.as_str()));
            let revision = kv.put("control_test_g1", "k", Bytes::from("w")).await.unwrap();
            let KvChange::Entry(entry) = change(&mut watching).await else { panic!("an entry") };
            assert_eq!(entry.revision, revision, "nothing repeated, nothing lost");
        }
        drop((reading, watching));
        let gone = tokio::time::timeout(PATIENCE, async {
            while nats.consumer_count("TEST_LOG").await.unwrap() > 0 {
                pause(Duration::from_millis(50)).await;
            }
        });
        assert!(gone.await.is_ok(), "a consumer is left over");
    }
    .boxed()
}

/// Appends until the outcome is certain.
async fn retried(log: &Arc<dyn MessageLog>, message: &NewMessage) -> Stored {
    let settled = async {
        loop {
            match log.append(message.clone()).await {
                Ok(stored) => break stored,
                Err(AppendError::Unknown(_) | AppendError::Unavailable(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.expect("the server is back in time")
}

fn back_after_kill(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let mut server = Server::start(&program).await;
        let nats = server.connect("writer").await;
        nats.ensure_stream(&shape()).await.unwrap();
        let log = nats.log("TEST_LOG");
        let writer = tokio::spawn({
            let log = Arc::clone(&log);
            async move {
                for n in 0..600 {
                    let stored =
                        retried(&log, &message(&n.to_string(), Expect::LastSeq(Seq(n)))).await;
                    assert_eq!(stored.seq, Seq(n + 1), "every message stands at its place");
                }
            }
        });
        for at in [100, 250, 400] {
            let mut reading =
                server.connect("watcher").await.log("TEST_LOG").read(Seq(1)).await.unwrap();
            while next(&mut reading).await.seq < Seq(at) {}
            drop(reading);
            server.kill();
            let down = Instant::now();
            server.run().await;
            let end = log.info().await.map_or(Seq(0), |info| info.last_seq);
            let back = async {
                while log.info().await.map_or(Seq(0), |info| info.last_seq) <= end {
                    pause(Duration::from_millis(10)).await;
                }
            };
            let waited = tokio::time::timeout(Duration::from_secs(6), back).await;
            assert!(waited.is_ok(), "writes are back within 6 s, not {:?}", down.elapsed());
        }
        writer.await.unwrap();
        assert_eq!(log.info().await.unwrap().messages, 600);
    }
    .boxed()
}

fn frozen(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let server = Server::start(&program).await;
        let nats = server.connect("writer").await;
        nats.ensure_stream(&shape()).await.unwrap();
        let log = nats.log("TEST_LOG");
        log.append(message("0", Expect::LastSeq(Seq(0)))).await.unwrap();
        server.freeze();
        let begun = Instant::now();
        let outcome = log.append(message("1", Expect::LastSeq(Seq(1)))).await;
        assert!(outcome.is_err(), "{outcome:?}");
        assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
        server.thaw();
        let stored = retried(&log, &message("1", Expect::LastSeq(Seq(1)))).await;
        assert_eq!(stored.seq, Seq(2));
        assert!(begun.elapsed() < Duration::from_secs(14), "{:?}", begun.elapsed());
        assert_eq!(nats.state(), LinkState::Connected);
    }
    .boxed()
}

fn lost_tail(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let mut server = Server::start(&program).await;
        let nats = server.connect("reader").await;
        nats.ensure_stream(&shape()).await.unwrap();
        let log = nats.log("TEST_LOG");
        for n in 0..3 {
            log.append(message(&n.to_string(), Expect::LastSeq(Seq(n)))).await.unwrap();
        }
        server.kill();
        let older = server.backup();
        server.run().await;
        let grown = retried(&log, &message("3", Expect::LastSeq(Seq(3)))).await;
        assert_eq!(grown.seq, Seq(4));
        let mut reading = log.read(Seq(4)).await.unwrap();
        assert_eq!(next(&mut reading).await.seq, Seq(4));
        server.kill();
        server.restore(older.path());
        server.run().await;
        let back = Instant::now();
        let lost = next_or_error(&mut reading).await;
        assert!(matches!(lost, Err(ReadError::Lost(_))), "{lost:?}");
        assert!(back.elapsed() < Duration::from_secs(5), "noticed after {:?}", back.elapsed());
        // And when another message has taken its place meanwhile.
        let other = message("other", Expect::LastSeq(Seq(3)));
        let mut reading = log.read(Seq(3)).await.unwrap();
        assert_eq!(next(&mut reading).await.seq, Seq(3));
        retried(&log, &other).await;
        assert_eq!(next(&mut reading).await.msg_id(), Some("other"));
        server.kill();
        server.restore(older.path());
        server.run().await;
        let again = retried(&log, &message("third", Expect::LastSeq(Seq(3)))).await;
        assert_eq!(again.seq, Seq(4));
        let lost = next_or_error(&mut reading).await;
        assert!(matches!(lost, Err(ReadError::Lost(_))), "{lost:?}");
    }
    .boxed()
}

const USERS: &str = r#"
accounts { CONTROL { jetstream: enabled, users: [
  { user: all, password: secret }
  { user: reader, password: secret, permissions: {
      publish: ["$JS.API.STREAM.INFO.>", "$JS.API.STREAM.MSG.GET.>"]
      subscribe: ["_INBOX_reader.>"] } }
] } }"#;

fn denied(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let server = Server::start_with(&program, USERS).await;
        let url = |user: &str| format!("nats://{user}:secret@127.0.0.1:{}", server.port());
        let all = Jetstream::connect(&Options::new(&url("all"), "all")).await.unwrap();
        all.ensure_stream(&shape()).await.unwrap();
        let reader = Jetstream::connect(&Options::new(&url("reader"), "reader")).await.unwrap();
        let log = reader.log("TEST_LOG");
        assert_eq!(log.info().await.unwrap().messages, 0, "what is allowed works");
        let refused = log.append(message("1", Expect::LastSeq(Seq(0)))).await;
        assert!(matches!(refused, Err(AppendError::Refused(_))), "{refused:?}");
        assert_eq!(all.log("TEST_LOG").info().await.unwrap().messages, 0);
        let stranger = Options::new(&url("nobody"), "nobody");
        let error = Jetstream::connect(&stranger).await.unwrap_err();
        assert!(matches!(error, ConnectError::Denied { .. }), "{error:?}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    .boxed()
}

fn provisioning(program: Arc<str>) -> BoxFuture<'static, ()> {
    use streams::jetstream::admin::{Done, Found, ProvisionError};
    async move {
        let server = Server::start(&program).await;
        let nats = server.connect("provisioner").await;
        let wanted = shapes::catalogue();
        let found = nats.compare(&wanted).await.unwrap();
        assert!(found.iter().all(|(_, f)| *f == Found::Absent), "{found:?}");
        let made = nats.provision(&wanted, false).await.unwrap();
        assert!(made.iter().all(|(_, d)| *d == Done::Created), "{made:?}");
        let again = nats.provision(&wanted, false).await.unwrap();
        assert!(again.iter().all(|(_, d)| *d == Done::Unchanged), "{again:?}");
        let meta = nats.kv();
        meta.compare_and_set("control_meta", "k", Bytes::from("v"), Revision(0)).await.unwrap();

        let mut changed = wanted.clone();
        changed[0].description = "Another sentence.".to_owned();
        let error = nats.provision(&changed, false).await.unwrap_err();
        assert!(matches!(&error, ProvisionError::Differs(d) if d.len() == 1), "{error}");
        let healed = nats.provision(&changed, true).await.unwrap();
        assert_eq!(healed[0].1, Done::Updated);

        changed[0].description = "A third one.".to_owned();
        changed[1].max_message_bytes = 99;
        let error = nats.provision(&changed, true).await.unwrap_err();
        let ProvisionError::Differs(differences) = &error else { panic!("{error}") };
        assert_eq!(differences.len(), 1, "{error}");
        assert_eq!(differences[0].field, "max_msg_size");
        let found = nats.compare(&changed).await.unwrap();
        assert!(matches!(&found[0].1, Found::Differs(_)), "refused before anything changed");
    }
    .boxed()
}

fn bad_servers(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let url = format!("nats://127.0.0.1:{}", free_port());
        let error = Jetstream::connect(&Options::new(&url, "t")).await.unwrap_err();
        assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
        assert_eq!(error.to_string().lines().count(), 1);
        let port = free_port();
        let mut plain = std::process::Command::new(&*program)
            .args(["-a", "127.0.0.1", "-p", &port.to_string()])
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let options = Options::new(&format!("nats://127.0.0.1:{port}"), "t");
        let refused = tokio::time::timeout(PATIENCE, async {
            loop {
                match Jetstream::connect(&options).await.unwrap_err() {
                    ConnectError::Unreachable { .. } => pause(Duration::from_millis(20)).await,
                    error => break error,
                }
            }
        })
        .await;
        plain.kill().unwrap();
        plain.wait().unwrap();
        assert!(matches!(refused, Ok(ConnectError::NoJetstream { .. })), "{refused:?}");
    }
    .boxed()
}
