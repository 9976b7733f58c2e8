//! The development file instead of the buckets.

use std::{path::Path, sync::Arc, time::Duration};

use fleet::{
    contract::SnapshotSource,
    directory::{Directory, View},
};
use streams::{clock::SystemClock, ids::ServiceKind};
use tokio::time::timeout;

fn document(revision: u64, shard: &str) -> String {
    format!(
        r#"{{"revision":{revision},"runner_placement":{{"acme":"{shard}"}},
        "runner_shards":{{"run-01":["http://127.0.0.1:1"],"run-02":["http://127.0.0.1:2"]}},
        "gateways":{{"gw-1":"http://127.0.0.1:3"}}}}"#
    )
}

fn follow(path: &Path) -> (Directory, tokio::task::JoinHandle<()>) {
    let poll = Duration::from_millis(10);
    Directory::follow_file(path.to_owned(), Arc::new(SystemClock), poll)
}

async fn wait(directory: &Directory, what: impl Fn(&View) -> bool) -> Arc<View> {
    let found = timeout(Duration::from_secs(5), directory.wait(what)).await;
    found.expect("the directory did not get there within 5 s").unwrap()
}

fn shard(view: &View) -> String {
    let map = view.snapshot.map(ServiceKind::Runner);
    map.tenants[&"acme".parse().unwrap()].value.shard.to_string()
}

/// T4.2
#[tokio::test]
async fn the_file_is_reloaded_when_it_changes_and_never_goes_backwards() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("placement.json");
    let (directory, task) = follow(&path);
    assert!(directory.view().is_none(), "a missing file is not an empty placement");
    std::fs::write(&path, document(4, "run-01")).unwrap();
    let first = wait(&directory, |_| true).await;
    assert_eq!((shard(&first).as_str(), first.snapshot.source), ("run-01", SnapshotSource::File));
    assert!(!first.snapshot.is_writable());
    std::fs::write(&path, document(5, "run-02")).unwrap();
    let second = wait(&directory, |v| shard(v) == "run-02").await;
    assert_ne!(first.snapshot.hash, second.snapshot.hash);
    for wrong in [document(4, "run-01"), document(5, "run-01"), document(6, "run-09"), "{".into()] {
        std::fs::write(&path, wrong).unwrap();
        let view = wait(&directory, |v| !v.alarms.is_empty()).await;
        assert!(Arc::ptr_eq(&view.snapshot, &second.snapshot), "the last good one stays");
        std::fs::write(&path, document(5, "run-02")).unwrap();
        wait(&directory, |v| v.alarms.is_empty()).await;
    }
    std::fs::remove_file(&path).unwrap();
    let view = wait(&directory, |v| !v.alarms.is_empty()).await;
    assert!(view.alarms["file"].text.contains("placement.json cannot be read"));
    task.abort();
}
