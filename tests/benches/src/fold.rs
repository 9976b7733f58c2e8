//! How fast the log is folded: stored stories repeated under many job ids.

use std::{hint::black_box, time::Instant};

use anyhow::{Context, Result};
use streams::{
    envelope::{Commit, CommitBody, Recorded},
    ids::{Hash, Incarnation, JobId, Seq},
    job::world::World,
    views::{Input, Take, View, jobs::JobsView},
};

const STORY: &str = include_str!("../../../streams/tests/wire/v1-cancelled.ndjson");

/// Events per second.
pub(crate) struct Folded {
    pub(crate) world: f64,
    pub(crate) jobs: f64,
}

/// Folds at least `events` events twice: by the leader's fold, and by the view of jobs.
pub(crate) fn measure(events: usize) -> Result<Folded> {
    let (log, count) = log_of(events)?;
    let begin = Instant::now();
    let mut world = World::empty(Incarnation(1));
    for recorded in log.clone() {
        world.apply(recorded)?;
    }
    black_box(&world);
    let world = per_second(count, begin);
    let begin = Instant::now();
    let mut view = JobsView::default();
    for recorded in &log {
        view.apply(Input::Commit(recorded), false)?;
    }
    black_box(view.take(Take::Changed).len());
    Ok(Folded { world, jobs: per_second(count, begin) })
}

fn per_second(events: usize, begin: Instant) -> f64 {
    // A count of events fits a float without loss.
    #[allow(clippy::cast_precision_loss)]
    let events = events as f64;
    events / begin.elapsed().as_secs_f64()
}

/// A log of whole jobs, chained as a real one.
fn log_of(events: usize) -> Result<(Vec<Recorded>, usize)> {
    let story: Vec<Commit> = STORY
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .context("the stored story does not decode")?;
    let at = "2026-11-24T14:00:00Z".parse()?;
    let (mut log, mut count, mut prev) = (Vec::new(), 0, Hash::zero());
    for n in 1.. {
        let job: JobId = format!("job_{n:026}").parse()?;
        for commit in &story {
            let mut commit = commit.clone();
            commit.prev = prev;
            commit.answers = None;
            count += match &mut commit.body {
                CommitBody::Job { job_id, events, .. } => {
                    *job_id = job.clone();
                    events.len()
                }
                CommitBody::System { events } => events.len(),
            };
            let hash = Hash::of(&commit.encode());
            prev = hash.clone();
            log.push(Recorded { seq: Seq(log.len() as u64 + 1), at, hash, commit });
        }
        if count >= events {
            break;
        }
    }
    Ok((log, count))
}
