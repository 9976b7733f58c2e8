//! The live directory over the memory log's buckets.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use fleet::{
    contract::MapName,
    directory::{Directory, View},
};
use streams::{
    catalog::{self, GATEWAY_NODES, placement_bucket},
    clock::{Clock, SystemClock},
    ids::{Revision, ServiceKind, TenantId},
    memory::{MemoryKv, World},
    placement::snapshot_hash,
    ports::KvStore,
    shapes::BucketShape,
};
use tokio::time::timeout;

const PRJ: ServiceKind = ServiceKind::Projection;

fn shard(node: &str) -> String {
    format!(
        r#"{{"v":1,"nodes":[{{"node_id":"{node}","data_url":"http://127.0.0.1:1",
        "admin_url":"http://127.0.0.1:2"}}],"weight":1,"state":"active","labels":{{}}}}"#
    )
}

fn tenant(id: &str, shard: &str, epoch: u64) -> String {
    format!(
        r#"{{"v":1,"tenant_id":"{id}","shard":"{shard}","epoch":{epoch},"pinned":false,
        "updated_at":"2026-11-24T08:00:00Z"}}"#
    )
}

async fn put(kv: &Arc<dyn KvStore>, key: &str, value: String) -> Revision {
    kv.put(placement_bucket(PRJ), key, Bytes::from(value)).await.unwrap()
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// Waits for a view, 5 s at most.
async fn wait(directory: &Directory, what: impl Fn(&View) -> bool) -> Arc<View> {
    let found = timeout(Duration::from_secs(5), directory.wait(what)).await;
    found.expect("the directory did not get there within 5 s").unwrap()
}

fn owner<'v>(view: &'v View, id: &str) -> Option<&'v str> {
    let id: TenantId = id.parse().unwrap();
    view.snapshot.map(PRJ).tenants.get(&id).map(|e| e.value.shard.as_str())
}

async fn two_shards() -> (World, Arc<dyn KvStore>) {
    let world = World::new();
    let kv = world.kv();
    put(&kv, "shard.prj-01", shard("prj-1a")).await;
    put(&kv, "shard.prj-02", shard("prj-2a")).await;
    put(&kv, "tenant.acme", tenant("acme", "prj-01", 1)).await;
    (world, kv)
}

/// T4.2
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_flip_swaps_the_whole_snapshot_and_no_reader_ever_sees_half_of_one() {
    let (_world, kv) = two_shards().await;
    let (directory, task) = Directory::follow_kv(Arc::clone(&kv), clock());
    wait(&directory, |v| owner(v, "acme") == Some("prj-01")).await;
    let reader = directory.clone();
    let watching = tokio::spawn(async move {
        let (mut views, mut last) = (0_u64, Revision(0));
        loop {
            let view = reader.view().unwrap();
            let snapshot = &view.snapshot;
            assert_eq!(snapshot.hash, snapshot_hash(&snapshot.maps), "hash of these very maps");
            let applied = snapshot.revisions[&MapName::ProjectionPlacement];
            let entry = &snapshot.map(PRJ).tenants[&"acme".parse().unwrap()];
            assert_eq!(entry.revision, applied, "the vector names the entry that is in force");
            let expected = if entry.value.epoch.0 % 2 == 1 { "prj-01" } else { "prj-02" };
            assert_eq!(entry.value.shard.as_str(), expected);
            assert!(applied >= last, "never backwards");
            last = applied;
            views += 1;
            if entry.value.epoch.0 == 200 {
                return views;
            }
            tokio::task::yield_now().await;
        }
    });
    for epoch in 2..=200 {
        let to = if epoch % 2 == 1 { "prj-01" } else { "prj-02" };
        put(&kv, "tenant.acme", tenant("acme", to, epoch)).await;
    }
    let views = timeout(Duration::from_secs(10), watching).await.unwrap().unwrap();
    assert!(views > 1);
    task.abort();
}

/// T4.2
#[tokio::test]
async fn an_invalid_change_keeps_the_last_good_map_and_raises_an_alarm_until_it_is_mended() {
    let (_world, kv) = two_shards().await;
    let (directory, task) = Directory::follow_kv(Arc::clone(&kv), clock());
    let before = wait(&directory, |v| owner(v, "acme").is_some()).await;
    assert!(before.alarms.is_empty());
    let bad = ["not json".to_owned(), tenant("acme", "nowhere", 2), tenant("globex", "prj-01", 2)];
    for value in bad {
        put(&kv, "tenant.acme", value).await;
        let view = wait(&directory, |v| !v.alarms.is_empty()).await;
        assert_eq!(view.snapshot.hash, before.snapshot.hash);
        let alarm = &view.alarms["projection_placement"];
        assert!(alarm.text.ends_with("the last good map stays in force"), "{}", alarm.text);
        put(&kv, "tenant.acme", tenant("acme", "prj-01", 1)).await;
        wait(&directory, |v| v.alarms.is_empty()).await;
    }
    put(&kv, "strange.key", "{}".to_owned()).await;
    wait(&directory, |v| !v.alarms.is_empty()).await;
    kv.delete(placement_bucket(PRJ), "strange.key").await.unwrap();
    let view = wait(&directory, |v| v.alarms.is_empty()).await;
    assert_eq!(owner(&view, "acme"), Some("prj-01"));
    task.abort();
}

#[tokio::test]
async fn a_first_load_with_one_bad_entry_serves_the_valid_part_and_says_so() {
    let (_world, kv) = two_shards().await;
    put(&kv, "tenant.lost", tenant("lost", "prj-09", 1)).await;
    put(&kv, "tenant.odd", "{}".to_owned()).await;
    let (directory, task) = Directory::follow_kv(Arc::clone(&kv), clock());
    let view = wait(&directory, |_| true).await;
    assert_eq!((owner(&view, "acme"), owner(&view, "lost")), (Some("prj-01"), None));
    assert!(view.alarms["projection_placement"].text.ends_with("only the valid part is in force"));
    put(&kv, "tenant.odd", tenant("odd", "prj-02", 1)).await;
    put(&kv, "shard.prj-09", shard("prj-9a")).await;
    let view = wait(&directory, |v| v.alarms.is_empty()).await;
    assert_eq!((owner(&view, "lost"), owner(&view, "odd")), (Some("prj-09"), Some("prj-02")));
    task.abort();
}

#[tokio::test]
async fn gateways_come_and_go_and_deletions_raise_the_revision() {
    let (_world, kv) = two_shards().await;
    let (directory, task) = Directory::follow_kv(Arc::clone(&kv), clock());
    let view = wait(&directory, |_| true).await;
    let old = view.snapshot.revisions[&MapName::ProjectionPlacement];
    kv.delete(placement_bucket(PRJ), "tenant.acme").await.unwrap();
    let view = wait(&directory, |v| owner(v, "acme").is_none()).await;
    assert!(view.snapshot.revisions[&MapName::ProjectionPlacement] > old);
    let gateway = r#"{"v":1,"admin_url":"http://127.0.0.1:3","data_url":"http://127.0.0.1:4"}"#;
    kv.put(GATEWAY_NODES, "node.gw-1", Bytes::from(gateway)).await.unwrap();
    let view = wait(&directory, |v| v.snapshot.gateways.len() == 1).await;
    assert_eq!(view.snapshot.gateway_targets()[0].admin_url, "http://127.0.0.1:3");
    let ids: Vec<_> =
        view.snapshot.all_nodes().iter().map(|n| n.target.node_id.to_string()).collect();
    assert_eq!(ids, ["gw-1", "prj-1a", "prj-2a"]);
    task.abort();
}

#[tokio::test]
async fn an_outage_is_survived_and_what_changed_meanwhile_arrives() {
    let (world, kv) = two_shards().await;
    let (directory, task) = Directory::follow_kv(Arc::clone(&kv), clock());
    wait(&directory, |v| owner(v, "acme") == Some("prj-01")).await;
    world.set_offline(true);
    assert_eq!(owner(&directory.view().unwrap(), "acme"), Some("prj-01"));
    world.set_offline(false);
    put(&kv, "tenant.acme", tenant("acme", "prj-02", 2)).await;
    wait(&directory, |v| owner(v, "acme") == Some("prj-02") && v.alarms.is_empty()).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    timeout(Duration::from_secs(5), async {
        while world.kv.watchers(placement_bucket(PRJ)) > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("no watch is left over");
    assert!(directory.wait(|_| false).await.is_none(), "waiters learn that the task has ended");
}

#[tokio::test]
async fn nothing_is_known_until_every_bucket_exists_and_has_been_read() {
    let kv = MemoryKv::new(clock());
    let (buckets, late): (Vec<_>, Vec<_>) =
        catalog::BUCKETS.iter().partition(|spec| spec.name != GATEWAY_NODES);
    buckets.iter().for_each(|spec| kv.create(&BucketShape::from(*spec)));
    let (directory, task) = Directory::follow_kv(Arc::new(kv.clone()), clock());
    assert!(timeout(Duration::from_millis(100), directory.ready()).await.is_err());
    late.iter().for_each(|spec| kv.create(&BucketShape::from(*spec)));
    let view = wait(&directory, |v| v.alarms.is_empty()).await;
    assert!(view.snapshot.tenants().is_empty() && view.snapshot.is_writable());
    task.abort();
}
