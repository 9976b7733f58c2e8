//! Whole lives of a projector on a real server.

use std::{path::PathBuf, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use projector::{Ports, meta::Meta};
use streams::{
    catalog::{self, view_bucket},
    envelope::{Commit, commit_msg_id},
    ids::{Hash, Incarnation, Seq},
    jetstream::Jetstream,
    ports::{Expect, Message, MessageLog, NewMessage},
    shapes,
    views::{View, audit::AuditView, jobs::JobsView},
};
use test_support::{gated::ServerCase, server::Server, story::Story};

use crate::views::{SOON, equal_to_a_rebuild, settled, start};

pub(crate) const CASES: &[ServerCase] = &[
    ("rows_equal_a_rebuild_after_restarts_of_projector_and_server", restarts),
    ("a_running_projector_follows_a_generation_that_somebody_else_has_built", switched),
    ("a_bucket_deleted_by_hand_is_rebuilt_from_zero", deleted),
    ("a_log_restored_into_another_life_is_noticed_and_folded_from_zero", another_life),
];

fn ports(nats: &Jetstream) -> Ports {
    Ports::new(&nats.logs(), nats.kv())
}

async fn provisioned(server: &Server) -> Jetstream {
    let nats = server.connect("test").await;
    nats.provision(&shapes::catalogue(), false).await.unwrap();
    nats
}

/// Appends what the log does not hold yet.
async fn fill(log: &dyn MessageLog, messages: &[Message]) {
    let end = log.info().await.unwrap().last_seq;
    for message in messages.iter().filter(|m| m.seq > end) {
        let mut headers = message.headers.clone();
        let msg_id = headers.remove("Nats-Msg-Id").unwrap();
        let (subject, payload) = (message.subject.clone(), message.payload.clone());
        let expect = Expect::LastSeq(Seq(message.seq.0 - 1));
        log.append(NewMessage { subject, msg_id, headers, payload, expect }).await.unwrap();
    }
}

async fn store(nats: &Jetstream, story: &Story) {
    fill(nats.log(catalog::EVENTS).as_ref(), &story.events).await;
    fill(nats.log(catalog::AUDIT).as_ref(), &story.audit).await;
}

async fn rows_are_true(nats: &Jetstream) {
    equal_to_a_rebuild::<JobsView>(&ports(nats)).await;
    equal_to_a_rebuild::<AuditView>(&ports(nats)).await;
}

fn restarts(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let mut server = Server::start(&program).await;
        let nats = provisioned(&server).await;
        store(&nats, &Story::new(21).until(60)).await;
        // Dies at any moment of its work, several times.
        for (n, commits) in [80, 100, 120].into_iter().enumerate() {
            let running = start(ports(&nats));
            store(&nats, &Story::new(21).until(commits)).await;
            streams::clock::pause(Duration::from_millis(40 * n as u64)).await;
            running.task.abort();
        }
        let running = start(ports(&nats));
        let before = settled(&ports(&nats), 0).await;
        // The server dies under it and comes back; the projector goes on by itself.
        server.kill();
        streams::clock::pause(Duration::from_millis(300)).await;
        server.run().await;
        let back = server.connect("back").await;
        store(&back, &Story::new(21).until(170)).await;
        assert_eq!(settled(&ports(&back), 0).await, before, "nothing was rebuilt");
        running.end().await;
        rows_are_true(&back).await;
    }
    .boxed()
}

fn switched(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let server = Server::start(&program).await;
        let nats = provisioned(&server).await;
        store(&nats, &Story::new(22).until(70)).await;
        let running = start(ports(&nats));
        settled(&ports(&nats), 0).await;
        rows_are_true(&nats).await;
        store(&nats, &Story::new(22).until(120)).await;
        let after = settled(&ports(&nats), 1).await;
        assert_eq!(after, [2, 2], "it writes the generation that readers follow now");
        running.end().await;
        rows_are_true(&nats).await;
        let gone = nats.kv().get(&view_bucket(JobsView::NAME, 1), "any").await;
        assert!(gone.is_err(), "the first generation is dropped: {gone:?}");
    }
    .boxed()
}

fn deleted(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let server = Server::start(&program).await;
        let nats = provisioned(&server).await;
        store(&nats, &Story::new(23).until(90)).await;
        let running = start(ports(&nats));
        let [jobs, audit] = settled(&ports(&nats), 0).await;
        let somebody = server.connect("somebody").await;
        somebody.kv().drop_bucket(&view_bucket(JobsView::NAME, jobs)).await.unwrap();
        somebody.kv().drop_bucket(&view_bucket(AuditView::NAME, audit)).await.unwrap();
        settled(&ports(&nats), 1).await;
        let ready = async {
            while !running.checks.ready() {
                streams::clock::pause(Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(SOON, ready).await;
        assert!(waited.is_ok(), "{:?}", running.checks.list());
        running.end().await;
        rows_are_true(&nats).await;
    }
    .boxed()
}

/// The commits after `kept`, as a leader of the next life writes them.
fn next_life(messages: &[Message], kept: usize) -> Vec<Message> {
    let mut all = messages[..kept].to_vec();
    for message in &messages[kept..] {
        let mut commit: Commit = serde_json::from_slice(&message.payload).unwrap();
        commit.incarnation = Incarnation(2);
        commit.prev = Hash::of(&all.last().unwrap().payload);
        let payload = commit.encode();
        let mut headers = commit.headers();
        let msg_id = commit_msg_id(commit.incarnation, message.seq, &payload);
        headers.insert("Nats-Msg-Id".to_owned(), msg_id);
        all.push(Message { headers, payload, ..message.clone() });
    }
    all
}

/// The event log alone comes from an older copy; the read models are those of the newer log.
fn another_life(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let mut server = Server::start(&program).await;
        let nats = provisioned(&server).await;
        store(&nats, &Story::new(24).until(50)).await;
        nats.close().await;
        server.kill();
        let older = server.backup();
        server.run().await;
        let nats = server.connect("test").await;
        store(&nats, &Story::new(24).until(80)).await;
        let running = start(ports(&nats));
        settled(&ports(&nats), 0).await;
        server.kill();
        let newer = server.backup();
        let log = PathBuf::from("jetstream/$G/streams").join(catalog::EVENTS);
        std::fs::remove_dir_all(newer.path().join(&log)).unwrap();
        std::fs::rename(older.path().join(&log), newer.path().join(&log)).unwrap();
        server.restore(newer.path());
        server.run().await;
        let back = server.connect("back").await;
        assert_eq!(back.log(catalog::EVENTS).info().await.unwrap().last_seq, Seq(50));
        let events = next_life(&Story::new(24).until(50).calm().until(100).events, 50);
        fill(back.log(catalog::EVENTS).as_ref(), &events).await;
        let noticed = std::time::Instant::now();
        settled(&ports(&back), 1).await;
        assert!(noticed.elapsed() < Duration::from_secs(8), "{:?}", noticed.elapsed());
        running.end().await;
        for view in [JobsView::NAME, AuditView::NAME] {
            let meta = Meta::new(back.kv(), view);
            let generation = meta.pointer().await.unwrap().generation;
            let (checkpoint, _) = meta.checkpoint(generation).await.unwrap().unwrap();
            assert_eq!(checkpoint.incarnation, Incarnation(2), "{view}");
        }
        rows_are_true(&back).await;
    }
    .boxed()
}
