//! A running projector and what must be true of its rows, on whatever the ports stand for.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::StreamExt;
use observability::{Build, Checks, Metrics};
use projector::{
    Pace, Ports,
    meta::Meta,
    registry::{CHECKS, keep},
    report::Report,
    run::rebuild,
};
use streams::{
    catalog::view_bucket,
    clock::pause,
    ids::Seq,
    ports::{KvChange, KvEntry, KvStore},
    views::{View, audit::AuditView, jobs::JobsView},
};
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

const BUILD: Build = Build { service: "projector", version: "0", git_sha: "0" };

/// Nothing may take longer.
pub(crate) const SOON: Duration = Duration::from_secs(20);

fn pace() -> Pace {
    let check = Duration::from_millis(20);
    Pace { check, retry_first: Duration::from_millis(5), ..Pace::default() }
}

/// A projector of both views.
pub(crate) struct Running {
    pub(crate) checks: Checks,
    pub(crate) task: JoinHandle<()>,
    stop: CancellationToken,
}

pub(crate) fn start(ports: Ports) -> Running {
    let (checks, stop) = (Checks::new(&CHECKS), CancellationToken::new());
    let (its_checks, its_stop) = (checks.clone(), stop.clone());
    let task = tokio::spawn(async move {
        keep(&ports, pace(), &Metrics::new(BUILD), &its_checks, &its_stop).await.unwrap();
    });
    Running { checks, task, stop }
}

impl Running {
    pub(crate) async fn end(self) {
        self.stop.cancel();
        timeout(SOON, self.task).await.unwrap().unwrap();
    }
}

/// The generation that readers follow, when its checkpoint is at these heads and it is above.
async fn at_head<V: View>(ports: &Ports, heads: [Seq; 2], above: u64) -> Option<u64> {
    let meta = Meta::new(Arc::clone(&ports.kv), V::NAME);
    let generation = meta.pointer().await.ok()?.generation;
    let found = meta.checkpoint(generation).await.ok()??.0;
    let audit = if V::SOURCES.len() > 1 { heads[1] } else { Seq(0) };
    let there = found.events.seq == heads[0] && found.audit.seq == audit;
    (there && generation > above).then_some(generation)
}

/// Waits until both views follow a generation above this one whose checkpoint is at the heads.
pub(crate) async fn settled(ports: &Ports, above: u64) -> [u64; 2] {
    let mut heads = [Seq(0), Seq(0)];
    for (head, log) in heads.iter_mut().zip([&ports.events, &ports.audit]) {
        *head = log.info().await.unwrap().last_seq;
    }
    timeout(SOON, async {
        loop {
            let jobs = at_head::<JobsView>(ports, heads, above).await;
            if let (Some(jobs), Some(audit)) =
                (jobs, at_head::<AuditView>(ports, heads, above).await)
            {
                return [jobs, audit];
            }
            pause(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("the views reach the heads")
}

/// Every key of a bucket.
pub(crate) async fn entries(kv: &dyn KvStore, bucket: &str) -> BTreeMap<String, KvEntry> {
    let mut changes = kv.watch(bucket).await.unwrap();
    let mut rows = BTreeMap::new();
    while let Some(Ok(KvChange::Entry(entry))) = changes.next().await {
        rows.insert(entry.key.clone(), entry);
    }
    rows
}

fn values(entries: BTreeMap<String, KvEntry>) -> BTreeMap<String, Bytes> {
    entries.into_iter().filter_map(|(key, e)| Some((key, e.value?))).collect()
}

/// The rows in use equal those of a rebuild from zero, byte for byte; the new generation.
pub(crate) async fn equal_to_a_rebuild<V: View>(ports: &Ports) -> u64 {
    let meta = Meta::new(Arc::clone(&ports.kv), V::NAME);
    let in_use = view_bucket(V::NAME, meta.pointer().await.unwrap().generation);
    let before = values(entries(&*ports.kv, &in_use).await);
    let report = Report::new(V::NAME, CHECKS[0], &Checks::new(&[]), &Metrics::new(BUILD));
    let generation = rebuild::<V>(ports, pace(), &report).await.unwrap();
    let after = values(entries(&*ports.kv, &view_bucket(V::NAME, generation)).await);
    assert!(!before.is_empty());
    assert_eq!(before, after, "{}", V::NAME);
    generation
}
