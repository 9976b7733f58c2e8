//! The task that follows the four buckets and swaps the pointer.
//!
//! One small task a bucket watches and heals; the only writer of the pointer is [`run`]. Changes
//! that have arrived together are settled together, so a burst costs one swap.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::StreamExt;
use streams::{
    catalog::{GATEWAY_NODES, placement_bucket},
    clock::{Clock, pause},
    ids::ServiceKind,
    placement::PlacementMap,
    ports::{KvChange, KvEntry, KvStore},
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use super::{
    Alarm, Snapshot, View,
    fold::{Fold, Folded, Gateways},
};
use crate::contract::SnapshotSource;

/// Messages that may wait between a bucket's task and the one writer.
const QUEUE: usize = 1024;
/// First and longest pause before a broken watch is tried again.
const RETRY: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// A bucket: a placement map, or `None` for the Gateways.
type Bucket = Option<ServiceKind>;

fn bucket_name(bucket: Bucket) -> &'static str {
    bucket.map_or(GATEWAY_NODES, placement_bucket)
}

enum News {
    Restart,
    Entry(KvEntry),
    Current,
    Broken(String),
}

/// Follows the buckets until the receiver side or the task is dropped.
pub(super) async fn run(
    kv: Arc<dyn KvStore>,
    clock: Arc<dyn Clock>,
    out: watch::Sender<Option<Arc<View>>>,
) {
    let (sender, mut news) = mpsc::channel(QUEUE);
    let mut watchers = JoinSet::new();
    let mut folds = Folds::default();
    for bucket in ServiceKind::DRAIN_ORDER.map(Some).into_iter().chain([None]) {
        watchers.spawn(follow(Arc::clone(&kv), bucket, sender.clone()));
    }
    drop(sender);
    let mut batch = Vec::new();
    while news.recv_many(&mut batch, QUEUE).await > 0 {
        let mut touched: Vec<Bucket> = batch.iter().map(|(bucket, _)| *bucket).collect();
        for (bucket, item) in batch.drain(..) {
            folds.take(bucket, item);
        }
        touched.sort_unstable();
        touched.dedup();
        for bucket in touched {
            folds.settle(bucket);
        }
        // Owned: a borrow of the channel must not live while the pointer is swapped.
        let before = out.borrow().clone();
        if let Some(view) = folds.view(before.as_deref(), &*clock) {
            report(before.as_deref(), &view);
            out.send_replace(Some(Arc::new(view)));
        }
    }
}

/// Watches one bucket for ever; a broken watch is told and begun again.
async fn follow(kv: Arc<dyn KvStore>, bucket: Bucket, out: mpsc::Sender<(Bucket, News)>) {
    let mut delay = RETRY.0;
    loop {
        if out.send((bucket, News::Restart)).await.is_err() {
            return;
        }
        let because = match kv.watch(bucket_name(bucket)).await {
            Ok(mut changes) => loop {
                let news = match changes.next().await {
                    Some(Ok(KvChange::Entry(entry))) => News::Entry(entry),
                    Some(Ok(KvChange::Current)) => {
                        delay = RETRY.0;
                        News::Current
                    }
                    Some(Err(error)) => break error.to_string(),
                    None => break "the watch ended".to_owned(),
                };
                if out.send((bucket, news)).await.is_err() {
                    return;
                }
            },
            Err(error) => error.to_string(),
        };
        let text = format!("{} cannot be followed: {because}", bucket_name(bucket));
        if out.send((bucket, News::Broken(text))).await.is_err() {
            return;
        }
        pause(delay).await;
        delay = (delay * 2).min(RETRY.1);
    }
}

#[derive(Default)]
struct Folds {
    maps: BTreeMap<ServiceKind, Fold<PlacementMap>>,
    gateways: Fold<Gateways>,
}

impl Folds {
    fn take(&mut self, bucket: Bucket, news: News) {
        match bucket {
            Some(kind) => take(self.maps.entry(kind).or_default(), news),
            None => take(&mut self.gateways, news),
        }
    }

    fn settle(&mut self, bucket: Bucket) {
        match bucket {
            Some(kind) => self.maps.entry(kind).or_default().settle(),
            None => self.gateways.settle(),
        }
    }

    /// The view after the changes, or `None` when it is not complete yet or equals `before`.
    fn view(&self, before: Option<&View>, clock: &dyn Clock) -> Option<View> {
        let mut maps = BTreeMap::new();
        for kind in ServiceKind::DRAIN_ORDER {
            maps.insert(kind, self.maps.get(&kind)?.in_force()?.clone());
        }
        let (gateways, revision) = self.gateways.in_force()?.clone();
        let now = clock.now();
        let fresh = Snapshot::new(SnapshotSource::Kv, maps, (gateways.0, revision), now);
        let mut alarms = BTreeMap::new();
        let texts = self.maps.iter().map(|(kind, fold)| (Some(*kind), fold.alarm()));
        for (bucket, text) in texts.chain([(None, self.gateways.alarm())]) {
            let Some(text) = text else { continue };
            let name = bucket_name(bucket);
            let old = before.and_then(|v| v.alarms.get(name)).filter(|a| a.text == text);
            let since = old.map_or(now, |a| a.since);
            alarms.insert(name.to_owned(), Alarm { text: text.to_owned(), since });
        }
        let same =
            before.filter(|v| Snapshot { at: v.snapshot.at, ..fresh.clone() } == *v.snapshot);
        if same.is_some_and(|v| v.alarms == alarms) {
            return None;
        }
        let snapshot = same.map_or_else(|| Arc::new(fresh), |v| Arc::clone(&v.snapshot));
        Some(View { snapshot, alarms })
    }
}

fn take<T: Folded>(fold: &mut Fold<T>, news: News) {
    match news {
        News::Restart => fold.restart(),
        News::Entry(entry) => fold.entry(&entry.key, entry.value.as_deref(), entry.revision),
        News::Current => fold.current(),
        News::Broken(because) => fold.broke(because),
    }
}

/// Logs what changed, once per change. Also used by the file source.
pub(super) fn report(before: Option<&View>, after: &View) {
    let old = before.map(|v| &v.alarms);
    for (name, alarm) in &after.alarms {
        if old.and_then(|o| o.get(name)) != Some(alarm) {
            tracing::warn!(bucket = %name, reason = %alarm.text, "placement alarm raised");
        }
    }
    for name in old.into_iter().flat_map(BTreeMap::keys) {
        if !after.alarms.contains_key(name) {
            tracing::info!(bucket = %name, "placement alarm cleared");
        }
    }
    if before.is_none_or(|v| v.snapshot.hash != after.snapshot.hash) {
        let snapshot = &after.snapshot;
        tracing::info!(snapshot_sha256 = %snapshot.hash, "placement snapshot swapped");
    }
}
