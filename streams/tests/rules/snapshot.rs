//! The stored form of a fold: it gives back the same world, or says why it may not be used.

use bytes::Bytes;
use streams::{
    envelope::Commit,
    ids::{Incarnation, Seq},
    job::{
        decide::create,
        policy::Policy,
        snapshot::{self, FORMAT, HEAD_KEY, Head, PER_CHUNK, Unusable},
        world::{Ended, World},
    },
    ports::Message,
};
use test_support::{
    facts::{acme, at, bare_request, job_id},
    story::{Story, tenant},
};

fn folded(messages: &[Message]) -> World {
    let mut world = World::empty(Incarnation(1));
    go_on(&mut world, messages);
    world
}

fn go_on(world: &mut World, messages: &[Message]) {
    let from = world.last_seq;
    for message in messages.iter().filter(|m| m.seq > from) {
        world.apply(Commit::decode(message).unwrap()).unwrap();
    }
}

fn read(entries: &[(String, Bytes)]) -> Result<World, Unusable> {
    let value = |key: &str| entries.iter().find(|(k, _)| k == key).unwrap().1.clone();
    let head = Head::read(&value(HEAD_KEY))?;
    let chunks: Vec<Bytes> = head.chunk_keys().iter().map(|key| value(key)).collect();
    head.world(&chunks)
}

/// The fold from a snapshot equals the fold from the first message, wherever it was taken: the
/// world itself, and what is derived from it.
#[test]
fn going_on_from_a_snapshot_gives_the_world_of_the_whole_log() {
    for seed in 0..60 {
        let story = Story::new(seed).until(160);
        for cut in [1, 7, 33, 80, 121, 159, 160] {
            let begun = folded(&story.events[..cut]);
            let mut restored = read(&snapshot::entries(&begun).unwrap()).unwrap();
            assert_eq!(restored, begun, "seed {seed}, commit {cut}");
            go_on(&mut restored, &story.events);
            assert_eq!(restored, story.world, "seed {seed}, from commit {cut}");
        }
    }
}

/// Locks, permits and epoch floors are derived from what is restored.
#[test]
fn locks_permits_and_epoch_floors_survive_a_snapshot() {
    let story = Story::new(3).until(200);
    let restored = read(&snapshot::entries(&story.world).unwrap()).unwrap();
    assert!(!restored.jobs.is_empty() && !restored.ended.is_empty());
    let policy = Policy { permits_fleet: restored.jobs.len(), ..Policy::default() };
    for n in 0..12 {
        let request = bare_request(&tenant(n), &streams::ids::ServiceKind::DRAIN_ORDER);
        let before = create::decide(&story.world, &request, &policy);
        assert_eq!(create::decide(&restored, &request, &policy), before);
        for kind in streams::ids::ServiceKind::DRAIN_ORDER {
            let floor = restored.epoch_floor(&tenant(n), kind);
            assert_eq!(floor, story.world.epoch_floor(&tenant(n), kind));
        }
    }
}

#[test]
fn whatever_byte_is_changed_the_snapshot_is_refused() {
    let world = folded(&Story::new(5).until(90).events);
    let entries = snapshot::entries(&world).unwrap();
    assert!(entries.len() == 2, "one chunk and the head");
    for which in 0..entries.len() {
        let bytes = entries[which].1.len();
        for place in (0..bytes).step_by(bytes / 400 + 1) {
            let mut spoiled = entries.clone();
            let mut value = spoiled[which].1.to_vec();
            value[place] ^= 1;
            spoiled[which].1 = value.into();
            assert!(read(&spoiled).is_err(), "{which} at {place}");
        }
    }
}

#[test]
fn a_snapshot_of_another_format_is_refused_before_its_content_is_read() {
    let other = format!("{{\"v\":{},\"what\":\"ever\"}}", FORMAT + 1);
    assert_eq!(Head::read(other.as_bytes()), Err(Unusable::Format(FORMAT + 1)));
    assert!(matches!(Head::read(b"nothing of ours"), Err(Unusable::Unreadable(_))));
}

/// A world in which `count` jobs have ended, for the sizes a generated log does not reach.
fn with_ended(count: u32) -> World {
    let mut world = folded(&Story::new(1).until(20).events);
    world.ended = (1..=count)
        .map(|n| {
            let state = "succeeded".to_owned();
            let ended = Ended { tenant_id: Some(acme()), state, seq: Seq(u64::from(n)) };
            (job_id(1_000_000 - n), ended)
        })
        .collect();
    world
}

/// Old chunks are never written anew, and an older head finds its part of a chunk that has grown.
#[test]
fn ended_jobs_stand_in_chunks_that_only_grow() {
    let per_chunk = u32::try_from(PER_CHUNK).unwrap();
    let (early, late) = (with_ended(per_chunk + 5), with_ended(per_chunk * 2 + 9));
    let before = snapshot::entries(&early).unwrap();
    let mut after = snapshot::entries(&late).unwrap();
    assert_eq!((before.len(), after.len()), (3, 4));
    assert_eq!(before[0], after[0], "a full chunk stays as it is");
    assert_eq!(read(&after).unwrap(), late);
    *after.last_mut().unwrap() = before[2].clone();
    assert_eq!(read(&after).unwrap(), early, "the older head over the newer chunks");
    after[1] = before[1].clone();
    after[1].1 = Bytes::from_static(b"[]");
    assert_eq!(read(&after), Err(Unusable::Hash));
}

#[test]
fn a_snapshot_that_would_not_fit_is_not_written() {
    let mut world = folded(&Story::new(1).until(60).events);
    let job = world.jobs.values().next().unwrap().clone();
    for n in 0..200 {
        let job_id = job_id(500_000 + n);
        world.jobs.insert(job_id.clone(), streams::job::state::Job { job_id, ..job.clone() });
    }
    let refused = snapshot::entries(&world).unwrap_err();
    assert!(matches!(&refused, Unusable::TooLarge { key, .. } if key == HEAD_KEY), "{refused}");
}

/// The stored form is pinned: when this fails, folding the same commits gives another snapshot, so
/// raise `snapshot::FORMAT` and store the new one under its number.
#[test]
fn the_stored_form_is_that_of_this_format() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    let lines =
        std::fs::read_to_string(format!("{folder}/wire/v1-stuck-rolled-back.ndjson")).unwrap();
    let mut world = World::empty(Incarnation(1));
    for line in lines.lines().take(7) {
        let commit: Commit = serde_json::from_str(line).unwrap();
        let seq = world.last_seq.next();
        let hash = streams::ids::Hash::of(line.as_bytes());
        let at = at(seq.0 * 1_000);
        world.apply(streams::envelope::Recorded { seq, at, hash, commit }).unwrap();
    }
    let file = format!("{folder}/snapshot/format-{FORMAT}.json");
    let entries = snapshot::entries(&world).unwrap();
    let now = String::from_utf8(entries.last().unwrap().1.to_vec()).unwrap();
    let stored = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(now == stored, "raise FORMAT and store this as its file, {file} stays:\n{now}");
    let jobs = read(&entries).unwrap().jobs;
    assert!(!jobs.is_empty(), "an open job is in it");
}
