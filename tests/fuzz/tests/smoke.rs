//! Each fuzz target for a moment: its corpus, and mutations of it by a fixed seed.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeSet, panic::catch_unwind};

use fuzz::{ALL, Target, corpus, mutate::Mutator};

/// Mutated inputs a target.
const INPUTS: usize = 20_000;
/// Of whole stories, which take a hundred times as long as a header.
const STORIES: usize = 4_000;

fn smoke(name: &str, inputs: usize) {
    let target = fuzz::named(name).unwrap();
    let seeds = corpus::inputs(target);
    assert!(seeds.len() >= 3, "{name} has {} inputs to begin with", seeds.len());
    for (file, bytes) in &seeds {
        must_hold(target, bytes, &format!("corpus/{name}/{file}"));
    }
    let seeds: Vec<Vec<u8>> = seeds.into_iter().map(|(_, bytes)| bytes).collect();
    let mut mutator = Mutator::new(20_261_124, &seeds, target.words);
    for round in 0..inputs {
        let bytes = mutator.input();
        must_hold(target, &bytes, &format!("mutation {round}"));
    }
}

fn must_hold(target: &Target, bytes: &[u8], what: &str) {
    let held = catch_unwind(|| (target.run)(bytes));
    assert!(held.is_ok(), "{}, {what}: {}", target.name, bytes.escape_ascii());
}

#[test]
fn fuzz_bearer() {
    smoke("bearer", INPUTS);
}

#[test]
fn fuzz_cookie() {
    smoke("cookie", INPUTS);
}

#[test]
fn fuzz_idempotency_key() {
    smoke("idempotency_key", INPUTS);
}

#[test]
fn fuzz_traceparent() {
    smoke("traceparent", INPUTS);
}

#[test]
fn fuzz_tenant_id() {
    smoke("tenant_id", INPUTS);
}

#[test]
fn fuzz_placement() {
    smoke("placement", INPUTS);
}

#[test]
fn fuzz_event() {
    smoke("event", STORIES);
}

#[test]
fn fuzz_prometheus() {
    smoke("prometheus", INPUTS);
}

#[test]
fn fuzz_pass_through() {
    smoke("pass_through", INPUTS);
}

#[test]
fn every_target_is_smoked_here_and_every_corpus_has_its_target() {
    let source = include_str!("smoke.rs");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus");
    let folders = std::fs::read_dir(folder).unwrap();
    let folders: BTreeSet<String> =
        folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let names: BTreeSet<String> = ALL.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(folders, names);
    for name in names {
        assert!(source.contains(&format!("    smoke(\"{name}\", ")), "{name} is not smoked");
    }
}
