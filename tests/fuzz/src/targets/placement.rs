//! Entries of the placement buckets, and the development document: `<key>\n<value>`.

use chrono::DateTime;
use fleet::directory::document::Document;
use streams::{
    ids::Revision,
    placement::{GatewayEntry, PlacementMap},
};

use super::text;

pub(crate) const WORDS: &[&str] = &[
    "tenant.",
    "shard.",
    "default",
    "tenant.acme",
    "shard.run-01",
    "\n",
    "{",
    "}",
    "[",
    "]",
    "null",
    "true",
    "-1",
    "1e999",
    "18446744073709551616",
    "\"v\":1",
    "\"tenant_id\":\"acme\"",
    "\"shard\":",
    "\"epoch\":",
    "\"nodes\":[",
    "\"strategy\":\"hash\"",
    "\"shards\":[",
    "\"state\":\"active\"",
    "\"weight\":0",
    "\"labels\":{}",
    "\\u0000",
    "\\ud800",
];

pub(crate) fn run(data: &[u8]) {
    let split = data.iter().position(|b| *b == b'\n').unwrap_or(data.len());
    let (key, value) = (&data[..split], data.get(split + 1..).unwrap_or_default());
    let Some(key) = text(key) else { return };
    let mut map = filled();
    let before = map.clone();
    match map.apply(key, Some(value), Revision(9)) {
        Err(_) => assert_eq!(map, before, "what is refused changes nothing"),
        Ok(()) => {
            let hash = map.hash();
            // Read back from what would be written, it is the same.
            let stored: PlacementMap =
                serde_json::from_slice(&serde_json::to_vec(&map).unwrap()).unwrap();
            assert_eq!(stored, map);
            assert_eq!(stored.hash(), hash);
            let changed =
                map.tenants.len() - before.tenants.len() + map.shards.len() - before.shards.len();
            assert!(changed <= 1, "{key:?} changed more than itself");
            drop(map.validate());
            map.apply(key, None, Revision(10)).expect("a key that is applied can be deleted");
        }
    }
    drop(serde_json::from_slice::<GatewayEntry>(value));
    document(value);
}

fn filled() -> PlacementMap {
    let mut map = PlacementMap::default();
    let shard = br#"{"v":1,"nodes":[],"state":"active"}"#;
    map.apply("shard.s-1", Some(shard), Revision(1)).unwrap();
    map
}

/// A document that is taken gives entries that fold into a valid map.
fn document(value: &[u8]) {
    let at = DateTime::from_timestamp(1_795_507_200, 0).unwrap();
    let Ok(entries) = Document::parse(value).map_err(drop).and_then(|d| d.import(at).map_err(drop))
    else {
        return;
    };
    for bucket in ["runner_placement", "aggregate_placement", "projection_placement"] {
        let mut map = PlacementMap::default();
        for entry in entries.iter().filter(|entry| entry.bucket == bucket) {
            map.apply(&entry.key, Some(&entry.value), Revision(1)).unwrap();
            map.validate().expect("shards come before the tenants on them");
        }
    }
}
