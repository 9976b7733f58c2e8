//! A node's placement in memory: built from the buckets by watch, validated, swapped whole.
//!
//! An invalid change keeps the last good snapshot and raises an alarm. Writes nothing.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use fleet::contract::{MapName, PlacementSnapshot, Revisions, SnapshotSource};
use futures::{Stream, StreamExt, stream};
use streams::{
    catalog::placement_bucket,
    clock::pause,
    ids::{Epoch, Hash, Revision, ServiceKind, ShardId, TenantId},
    placement::{PlacementMap, ShardNode, snapshot_hash},
    ports::{KvChange, KvEntry, KvStore},
};
use tokio::sync::watch;

use crate::fault::{Fault, Faults};

/// One routing snapshot; never changes once it is made.
#[derive(Debug, Clone)]
pub struct Routing {
    maps: BTreeMap<ServiceKind, PlacementMap>,
    revisions: Revisions,
    hash: Hash,
    alarm: Option<String>,
}

impl Routing {
    /// Revision of each map that has been applied.
    #[must_use]
    pub fn revisions(&self) -> &Revisions {
        &self.revisions
    }

    /// Hash over the maps.
    #[must_use]
    pub fn hash(&self) -> &Hash {
        &self.hash
    }

    /// Why a later change was not taken, if one was not.
    #[must_use]
    pub fn alarm(&self) -> Option<&str> {
        self.alarm.as_deref()
    }

    /// A tenant's placement in one map.
    #[must_use]
    pub fn placed(&self, kind: ServiceKind, tenant: &TenantId) -> Option<(Epoch, &ShardId)> {
        let entry = &self.maps.get(&kind)?.tenants.get(tenant)?.value;
        Some((entry.epoch, &entry.shard))
    }

    /// All tenants of one map, with epoch and shard.
    pub fn tenants(&self, kind: ServiceKind) -> impl Iterator<Item = (&TenantId, Epoch, &ShardId)> {
        let map = self.maps.get(&kind).into_iter();
        map.flat_map(|m| m.tenants.iter()).map(|(t, e)| (t, e.value.epoch, &e.value.shard))
    }

    /// The node that takes a tenant's traffic, and the epoch the map says.
    #[must_use]
    pub fn target(&self, kind: ServiceKind, tenant: &TenantId) -> Option<(Epoch, &ShardNode)> {
        let (epoch, shard) = self.placed(kind, tenant)?;
        let nodes = &self.maps.get(&kind)?.shards.get(shard)?.value.nodes;
        nodes.first().map(|node| (epoch, node))
    }

    /// The wire form.
    #[must_use]
    pub fn snapshot(&self, with_entries: bool) -> PlacementSnapshot {
        PlacementSnapshot::of(SnapshotSource::Kv, self.revisions.clone(), &self.maps, with_entries)
    }
}

/// What arrives from the buckets, before it is validated.
#[derive(Debug, Default)]
pub(crate) struct Candidate {
    maps: BTreeMap<ServiceKind, PlacementMap>,
    revisions: Revisions,
}

impl Candidate {
    fn apply(&mut self, kind: ServiceKind, entry: &KvEntry) -> Result<(), String> {
        let seen = self.revisions.entry(MapName::from(kind)).or_default();
        if entry.revision <= *seen && self.maps.get(&kind).is_some_and(|m| holds(m, entry)) {
            return Ok(()); // told again after a break
        }
        *seen = (*seen).max(entry.revision);
        let map = self.maps.entry(kind).or_default();
        map.apply(&entry.key, entry.value.as_deref(), entry.revision).map_err(|e| e.to_string())
    }

    fn routing(&self, alarm: Option<String>) -> Result<Routing, String> {
        for map in self.maps.values() {
            map.validate().map_err(|e| e.to_string())?;
        }
        Ok(Routing {
            maps: self.maps.clone(),
            revisions: self.revisions.clone(),
            hash: snapshot_hash(&self.maps),
            alarm,
        })
    }
}

/// Whether a map already holds this key at this revision or a later one.
fn holds(map: &PlacementMap, entry: &KvEntry) -> bool {
    let revision = if let Some(id) = entry.key.strip_prefix("tenant.") {
        id.parse().ok().and_then(|id: TenantId| map.tenants.get(&id)).map(|e| e.revision)
    } else if let Some(id) = entry.key.strip_prefix("shard.") {
        id.parse().ok().and_then(|id: ShardId| map.shards.get(&id)).map(|e| e.revision)
    } else {
        map.default.as_ref().map(|e| e.revision)
    };
    revision.is_some_and(|at| at >= entry.revision)
}

/// Changes of one bucket for ever; a broken watch is begun again.
fn changes(kv: Arc<dyn KvStore>, kind: ServiceKind) -> impl Stream<Item = (ServiceKind, KvChange)> {
    stream::unfold((kv, None), move |(kv, mut open)| async move {
        loop {
            let mut watch = match open.take() {
                Some(watch) => watch,
                None => match kv.watch(placement_bucket(kind)).await {
                    Ok(watch) => watch,
                    Err(error) => {
                        tracing::warn!(%kind, %error, "the placement cannot be watched");
                        pause(Duration::from_secs(1)).await;
                        continue;
                    }
                },
            };
            match watch.next().await {
                Some(Ok(change)) => return Some(((kind, change), (kv, Some(watch)))),
                Some(Err(error)) => {
                    tracing::warn!(%kind, %error, "the placement watch reported an error");
                    open = Some(watch);
                }
                None => pause(Duration::from_secs(1)).await,
            }
        }
    })
}

/// All changes of several buckets.
pub(crate) fn all_changes(
    kv: &Arc<dyn KvStore>,
    kinds: &[ServiceKind],
) -> impl Stream<Item = (ServiceKind, KvChange)> + Unpin + use<> {
    stream::select_all(kinds.iter().map(|kind| Box::pin(changes(kv.clone(), *kind))))
}

/// Follows the buckets of `kinds` for ever and publishes each valid snapshot. With the fault
/// `refuse_reload` on, changes wait until it is off.
pub async fn follow(
    kv: Arc<dyn KvStore>,
    kinds: Vec<ServiceKind>,
    faults: Arc<Faults>,
    publish: watch::Sender<Option<Arc<Routing>>>,
) {
    let mut changes = all_changes(&kv, &kinds);
    let mut candidate = Candidate::default();
    let mut waiting_for = kinds.len();
    let mut refused: Vec<(ServiceKind, KvEntry)> = Vec::new();
    let mut switched = faults.subscribe();
    for kind in &kinds {
        candidate.maps.insert(*kind, PlacementMap::default());
        candidate.revisions.insert(MapName::from(*kind), Revision(0));
    }
    loop {
        tokio::select! {
            change = changes.next() => match change {
                Some((kind, KvChange::Entry(entry))) => refused.push((kind, entry)),
                Some((_, KvChange::Current)) => waiting_for = waiting_for.saturating_sub(1),
                None => return,
            },
            changed = switched.changed() => if changed.is_err() { return },
        }
        if waiting_for == 0 && !frozen(&faults) {
            take(&mut candidate, &mut refused, &publish);
        }
    }
}

fn frozen(faults: &Faults) -> bool {
    faults.is(Fault::RefuseReload)
}

fn take(
    candidate: &mut Candidate,
    waiting: &mut Vec<(ServiceKind, KvEntry)>,
    publish: &watch::Sender<Option<Arc<Routing>>>,
) {
    let loaded = publish.borrow().is_some();
    if waiting.is_empty() && loaded {
        return;
    }
    let mut alarm = None;
    for (kind, entry) in waiting.drain(..) {
        if let Err(cause) = candidate.apply(kind, &entry) {
            alarm = Some(cause);
        }
    }
    let next = candidate.routing(alarm.clone());
    match next {
        Ok(routing) => {
            publish.send_replace(Some(Arc::new(routing)));
        }
        Err(cause) => {
            alarm = Some(cause);
            publish.send_modify(|now| {
                if let Some(good) = now {
                    *now = Some(Arc::new(Routing { alarm: alarm.clone(), ..(**good).clone() }));
                }
            });
        }
    }
    if let Some(cause) = alarm {
        tracing::error!(cause, "a placement change is not valid; the last good one stays in force");
    }
}
