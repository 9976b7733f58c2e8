//! Whole lives of a projector on the memory log: crashes, lost tails, missing buckets, rivals.
#![allow(clippy::unwrap_used)]

#[path = "nats/views.rs"]
mod views;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use projector::{Ports, meta::Meta};
use streams::{
    catalog::{META, view_bucket},
    ids::{Revision, Seq},
    memory::World,
    ports::{Expect, KvChange, KvEntry, KvError, KvStore, Message, NewMessage},
    views::{View, audit::AuditView, jobs::JobsView},
};
use test_support::story::Story;
use tokio::time::timeout;

use crate::views::{Running, SOON, entries, equal_to_a_rebuild, settled};

fn store(world: &World, story: &Story) {
    let put = |log: &streams::memory::MemoryLog, message: &Message| {
        if log.messages().len() as u64 >= message.seq.0 {
            return;
        }
        let mut headers = message.headers.clone();
        let msg_id = headers.remove("Nats-Msg-Id").unwrap();
        let (subject, payload) = (message.subject.clone(), message.payload.clone());
        let expect = Expect::LastSeq(Seq(message.seq.0 - 1));
        log.store(&NewMessage { subject, msg_id, headers, payload, expect }).unwrap();
    };
    story.events.iter().for_each(|m| put(&world.events, m));
    story.audit.iter().for_each(|m| put(&world.audit, m));
}

fn ports(world: &World) -> Ports {
    Ports::new(&world.logs(), world.kv())
}

fn start(world: &World, kv: Arc<dyn KvStore>) -> Running {
    views::start(Ports::new(&world.logs(), kv))
}

/// I8, I9
#[tokio::test]
async fn rows_written_live_equal_a_rebuild_byte_for_byte_and_nothing_is_left_over() {
    let world = World::new();
    let mut story = Story::new(1).until(40);
    store(&world, &story);
    let running = start(&world, world.kv());
    for commits in [90, 140, 200] {
        story = story.until(commits);
        store(&world, &story);
        settled(&ports(&world), 0).await;
    }
    assert!(running.checks.ready(), "{:?}", running.checks.list());
    running.end().await;
    equal_to_a_rebuild::<JobsView>(&ports(&world)).await;
    equal_to_a_rebuild::<AuditView>(&ports(&world)).await;
    let views = world.kv.buckets().iter().filter(|b| streams::shapes::is_read_model(b)).count();
    assert_eq!(views, 2, "old generations are dropped: {:?}", world.kv.buckets());
}

/// Buckets that fall silent at a checkpoint: the moment between row and checkpoint, for ever.
#[derive(Debug)]
struct SilentAt {
    inner: Arc<dyn KvStore>,
    checkpoints: AtomicU64,
}

#[async_trait]
impl KvStore for SilentAt {
    async fn get(&self, bucket: &str, key: &str) -> Result<Option<KvEntry>, KvError> {
        self.inner.get(bucket, key).await
    }
    async fn compare_and_set(
        &self,
        bucket: &str,
        key: &str,
        value: Bytes,
        expected: Revision,
    ) -> Result<Revision, KvError> {
        let is_checkpoint = bucket == META && key.ends_with("checkpoint");
        if is_checkpoint && self.checkpoints.fetch_add(1, Ordering::SeqCst) >= 2 {
            std::future::pending::<()>().await;
        }
        self.inner.compare_and_set(bucket, key, value, expected).await
    }
    async fn put(&self, bucket: &str, key: &str, value: Bytes) -> Result<Revision, KvError> {
        self.inner.put(bucket, key, value).await
    }
    async fn delete(&self, bucket: &str, key: &str) -> Result<(), KvError> {
        self.inner.delete(bucket, key).await
    }
    async fn watch(
        &self,
        bucket: &str,
    ) -> Result<BoxStream<'static, Result<KvChange, KvError>>, KvError> {
        self.inner.watch(bucket).await
    }
    async fn history(&self, bucket: &str, key: &str) -> Result<Vec<KvEntry>, KvError> {
        self.inner.history(bucket, key).await
    }
    async fn ensure_bucket(&self, bucket: &str) -> Result<(), KvError> {
        self.inner.ensure_bucket(bucket).await
    }
    async fn drop_bucket(&self, bucket: &str) -> Result<(), KvError> {
        self.inner.drop_bucket(bucket).await
    }
}

#[tokio::test]
async fn a_crash_between_row_and_checkpoint_is_a_no_op_to_do_again() {
    let world = World::new();
    store(&world, &Story::new(2).until(60));
    let silent = Arc::new(SilentAt { inner: world.kv(), checkpoints: AtomicU64::new(0) });
    let running = start(&world, Arc::clone(&silent) as _);
    settled(&ports(&world), 0).await; // one checkpoint a view: the silence begins with the next
    store(&world, &Story::new(2).until(120));
    timeout(SOON, async {
        while silent.checkpoints.load(Ordering::SeqCst) < 4 {
            streams::clock::pause(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("both views have written rows and wait for their checkpoint");
    running.task.abort();
    let bucket = view_bucket(JobsView::NAME, 1);
    let before = entries(&*world.kv, &bucket).await;

    let running = start(&world, world.kv());
    assert_eq!(settled(&ports(&world), 0).await, [1, 1], "no rebuild");
    running.end().await;
    let after = entries(&*world.kv, &bucket).await;
    for (key, row) in &before {
        let seq = |entry: &KvEntry| JobsView::stored_seq(entry.value.as_ref().unwrap());
        if seq(row) == seq(&after[key]) {
            assert_eq!(row.revision, after[key].revision, "{key} was not written again");
        }
    }
    equal_to_a_rebuild::<JobsView>(&ports(&world)).await;
    equal_to_a_rebuild::<AuditView>(&ports(&world)).await;
}

#[tokio::test]
async fn a_log_that_lost_its_tail_is_noticed_and_the_views_are_rebuilt_never_skipped() {
    let world = World::new();
    store(&world, &Story::new(3).until(80));
    let running = start(&world, world.kv());
    settled(&ports(&world), 0).await;
    // Restored from an older copy, and grown again with another history.
    world.events.lose_tail(Seq(50));
    store(&world, &Story::new(3).until(50).calm().until(100));
    let noticed = std::time::Instant::now();
    settled(&ports(&world), 1).await;
    assert!(noticed.elapsed() < Duration::from_secs(5));
    running.end().await;
    equal_to_a_rebuild::<JobsView>(&ports(&world)).await;
    equal_to_a_rebuild::<AuditView>(&ports(&world)).await;
}

#[tokio::test]
async fn a_tail_lost_while_nobody_looked_is_noticed_at_the_start() {
    let world = World::new();
    store(&world, &Story::new(4).until(80));
    let running = start(&world, world.kv());
    settled(&ports(&world), 0).await;
    running.end().await;
    world.events.lose_tail(Seq(60));
    store(&world, &Story::new(4).until(60).calm().until(90));
    let running = start(&world, world.kv());
    settled(&ports(&world), 1).await;
    running.end().await;
    equal_to_a_rebuild::<JobsView>(&ports(&world)).await;
}

#[tokio::test]
async fn a_deleted_bucket_is_rebuilt_from_zero() {
    let world = World::new();
    store(&world, &Story::new(5).until(60));
    let running = start(&world, world.kv());
    settled(&ports(&world), 0).await;
    world.kv.drop_bucket(&view_bucket(JobsView::NAME, 1)).await.unwrap();
    world.kv.drop_bucket(&view_bucket(AuditView::NAME, 1)).await.unwrap();
    settled(&ports(&world), 1).await;
    running.end().await;
    equal_to_a_rebuild::<JobsView>(&ports(&world)).await;
}

#[tokio::test]
async fn two_projectors_at_once_and_a_rebuild_beside_them_leave_the_rows_of_one() {
    let world = World::new();
    let mut story = Story::new(6).until(40);
    store(&world, &story);
    let (one, other) = (start(&world, world.kv()), start(&world, world.kv()));
    for commits in [80, 120, 160] {
        story = story.until(commits);
        store(&world, &story);
        settled(&ports(&world), 0).await;
    }
    equal_to_a_rebuild::<JobsView>(&ports(&world)).await;
    story = story.until(200);
    store(&world, &story);
    settled(&ports(&world), 0).await;
    one.end().await;
    other.end().await;
    equal_to_a_rebuild::<JobsView>(&ports(&world)).await;
    equal_to_a_rebuild::<AuditView>(&ports(&world)).await;
}

#[tokio::test]
async fn a_message_that_is_no_commit_stops_the_views_which_name_it_and_build_nothing_over_it() {
    let world = World::new();
    let story = Story::new(7).until(30);
    store(&world, &story);
    let running = start(&world, world.kv());
    settled(&ports(&world), 0).await;
    let foreign = NewMessage {
        subject: story.events[0].subject.clone(),
        msg_id: "stray".to_owned(),
        headers: BTreeMap::new(),
        payload: Bytes::from_static(b"{}"),
        expect: Expect::LastSeq(Seq(30)),
    };
    world.events.store(&foreign).unwrap();
    timeout(SOON, async {
        while !running.checks.list().iter().all(|c| c.detail.contains("message 31")) {
            streams::clock::pause(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("both views say which message stopped them");
    assert!(!running.checks.ready());
    let generation = Meta::new(world.kv(), JobsView::NAME).pointer().await.unwrap().generation;
    assert_eq!(generation, 1, "a corrupt log is not rebuilt over");
    running.end().await;
}
