//! Every wire shape ever written must still decode and fold.
//!
//! `tests/wire/*.ndjson` are commits as they were stored: never edited, only added to. A new event
//! or field gets a new file; the test that lists the names fails until it has one.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeSet, fs, path::PathBuf};

use streams::{
    envelope::{Commit, Recorded},
    ids::{Hash, Incarnation},
    job::world::World,
};
use test_support::facts::at;

fn files() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn lines(file: &PathBuf) -> Vec<String> {
    fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn every_stored_story_still_decodes_and_folds_and_is_written_the_same() {
    for file in files() {
        let mut world = World::empty(Incarnation(1));
        for line in lines(&file) {
            let commit: Commit = serde_json::from_str(&line).unwrap();
            assert_eq!(String::from_utf8(commit.encode().to_vec()).unwrap(), line);
            let seq = world.last_seq.next();
            let hash = Hash::of(line.as_bytes());
            let at = at(seq.0 * 1000);
            world.apply(Recorded { seq, at, hash, commit }).unwrap();
        }
        assert!(world.jobs.is_empty(), "{}: a story ends", file.display());
    }
}

#[test]
fn every_event_the_code_can_write_stands_in_a_stored_story() {
    let mut seen = BTreeSet::new();
    for line in files().iter().flat_map(lines) {
        let commit: Commit = serde_json::from_str(&line).unwrap();
        seen.extend(commit.event_names().split(',').map(str::to_owned));
    }
    let source = include_str!("../src/job/event.rs");
    let named: BTreeSet<String> = source
        .lines()
        .filter(|l| l.trim_start().starts_with("Self::") && l.contains("=> \""))
        .filter_map(|l| l.split('"').nth(1).map(str::to_owned))
        .collect();
    assert!(named.len() > 20, "{named:?}");
    let missing: Vec<&String> = named.difference(&seen).collect();
    assert!(missing.is_empty(), "no stored story has {missing:?}");
}

#[test]
fn an_unknown_field_or_event_is_refused_not_dropped() {
    let line = lines(&files()[0]).remove(0);
    let more = line.replacen("{\"v\":1", "{\"v\":1,\"extra\":1", 1);
    assert!(serde_json::from_str::<Commit>(&more).is_err());
    let renamed = line.replacen("\"type\":\"", "\"type\":\"X", 1);
    assert!(serde_json::from_str::<Commit>(&renamed).is_err());
}
