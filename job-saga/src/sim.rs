//! Seeded tests: the real engine and the real step bodies under a scheduler that draws every fault
//! from one number. The same seed gives the same run.
//!
//! `CONTROL_SEED=<n> cargo test -p job-saga one_seed -- --nocapture` replays one with its trace;
//! `CONTROL_SEEDS=<n> cargo test --release -p job-saga seeds` runs more. A run has two phases:
//! trouble, then none, and in the second every job must end. `world` is the scheduler, `model` the
//! fleet, `calls` the wire between, `trouble` what breaks, `check` what must hold.

mod answer;
mod calls;
mod check;
mod directed;
mod in_process;
mod model;
mod trouble;
mod world;

use rand::Rng;
use streams::ids::Hash;

use self::world::{Script, World};
use crate::planted::{Bug, plant};

/// Seeds of a plain `cargo test`.
const SEEDS: u64 = 2_000;
/// A run that is not over by then will never be.
const LONGEST: u64 = 3_600_000;

/// How a run ended.
struct Outcome {
    broken: Vec<String>,
    trace: Vec<String>,
    /// Over every byte of the log and the time it took.
    digest: Hash,
    ended: std::collections::BTreeMap<String, u32>,
    steps: u64,
    /// Starts from a kept fold, each compared with the fold from the first message.
    restored: u64,
}

/// Runs a world to its end.
fn run(mut world: World) -> Outcome {
    let limit = world.chaos_until + LONGEST;
    let mut rest_until = None;
    while world.broken.is_empty() && world.model.broken.is_empty() {
        if !world.step() {
            break;
        }
        if world.now > limit || world.steps > 150_000 {
            world.broken.push("the run does not come to rest".to_owned());
        }
        let at_rest = !world.chaos() && world.steps.is_multiple_of(32) && at_rest(&world);
        match (at_rest, rest_until) {
            // Calls that are late still arrive, and must change nothing.
            (true, None) => rest_until = Some(world.now + 45_000),
            (true, Some(until)) if world.now > until => break,
            _ => {}
        }
    }
    let broken = if world.broken.is_empty() && world.model.broken.is_empty() {
        check::check(&mut world)
    } else {
        let mut broken = std::mem::take(&mut world.broken);
        broken.append(&mut world.model.broken);
        broken
    };
    let mut bytes = world.now.to_be_bytes().to_vec();
    for message in world.events.messages() {
        bytes.extend_from_slice(&message.payload);
    }
    let mut ended = std::collections::BTreeMap::new();
    if let Some(leader) = world.leader() {
        for job in world.sagas[leader].as_ref().unwrap().engine.world().ended.values() {
            *ended.entry(job.state.clone()).or_default() += 1;
        }
    }
    let (steps, restored) = (world.steps, world.restored);
    Outcome { broken, trace: world.trace, digest: Hash::of(&bytes), ended, steps, restored }
}

/// Everything asked for is answered and has ended.
fn at_rest(world: &World) -> bool {
    let Some(leader) = world.leader() else { return false };
    let folded = world.sagas[leader].as_ref().unwrap().engine.world();
    let commands = world::at_once(streams::ports::MessageLog::info(&world.commands)).unwrap();
    world.asked.jobs.len() >= world.asked.wanted
        && folded.jobs.is_empty()
        && folded.cursor >= commands.last_seq
}

/// A run under random trouble.
fn seed(seed: u64) -> Outcome {
    let mut world = World::new(seed, 0, Script::default());
    let chaos = world.rng.random_range(5_000..60_000);
    let mut world = World::new(seed, chaos, Script::default());
    world.asked.wanted = world.rng.random_range(1..5);
    run(world)
}

fn report(seed: u64, outcome: &Outcome) -> String {
    let tail = outcome.trace.len().saturating_sub(60);
    format!(
        "seed {seed}: {}\n{}\nreplay: CONTROL_SEED={seed} cargo test -p job-saga one_seed -- --nocapture",
        outcome.broken.join("\n  "),
        outcome.trace[tail..].join("\n"),
    )
}

#[allow(clippy::disallowed_methods)] // the tests' own two variables
fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs seeds on every core; the first failure, if any, and how jobs ended.
fn many(seeds: std::ops::Range<u64>, bug: Option<Bug>) -> (Option<(u64, Outcome)>, Tally) {
    let next = std::sync::atomic::AtomicU64::new(seeds.start);
    let failed = std::sync::Mutex::new(None::<(u64, Outcome)>);
    let tally = std::sync::Mutex::new(Tally::default());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                plant(bug);
                loop {
                    let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if n >= seeds.end || failed.lock().unwrap().is_some() {
                        return;
                    }
                    let outcome = seed(n);
                    let mut tally = tally.lock().unwrap();
                    tally.events += outcome.steps;
                    tally.restored += outcome.restored;
                    for (state, count) in &outcome.ended {
                        *tally.ended.entry(state.clone()).or_default() += count;
                    }
                    drop(tally);
                    if !outcome.broken.is_empty() {
                        let mut failed = failed.lock().unwrap();
                        if failed.as_ref().is_none_or(|(first, _)| n < *first) {
                            *failed = Some((n, outcome));
                        }
                        return;
                    }
                }
            });
        }
    });
    (failed.into_inner().unwrap(), tally.into_inner().unwrap())
}

#[derive(Debug, Default)]
struct Tally {
    events: u64,
    restored: u64,
    ended: std::collections::BTreeMap<String, u32>,
}

/// T5.1, invariants I1 to I5 under every fault of reliability.md L1.
#[test]
fn every_seed_ends_every_job_and_breaks_no_promise() {
    let count = variable("CONTROL_SEEDS").unwrap_or(SEEDS);
    let started = std::time::Instant::now();
    let (failed, tally) = many(0..count, None);
    if let Some((n, outcome)) = failed {
        panic!("{}", report(n, &outcome));
    }
    let took = started.elapsed().as_secs_f64();
    println!("{count} seeds, {:.0} a second: {tally:?}", count as f64 / took);
    for state in ["succeeded", "cancelled", "rolled_back", "rejected"] {
        assert!(tally.ended.contains_key(state) || count < 200, "no job ended as {state}");
    }
    assert!(tally.restored > count, "the kept fold is hardly ever used: {tally:?}");
}

/// Replays the seed of `CONTROL_SEED` (0 when unset) twice.
#[test]
fn one_seed_gives_the_same_run_twice() {
    let n = variable("CONTROL_SEED").unwrap_or(0);
    let (first, second) = (seed(n), seed(n));
    if variable("CONTROL_SEED").is_some() {
        println!("{}", first.trace.join("\n"));
    }
    assert_eq!(first.digest, second.digest, "seed {n} gave two runs");
    assert_eq!(first.trace, second.trace);
    assert!(first.broken.is_empty(), "{}", report(n, &first));
}
