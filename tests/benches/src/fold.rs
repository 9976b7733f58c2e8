//! How fast the log is folded: stored stories repeated under many job ids.

use std::{hint::black_box, time::Instant};

use anyhow::{Context, Result};
use streams::{
    envelope::{Commit, CommitBody, Recorded},
    ids::{Hash, Incarnation, JobId, Seq},
    job::world::World,
    views::{Input, Take, View, jobs::JobsView},
};

const STORY: &str = include_str!("../../../streams/tests/wire/v1-succeeded.ndjson");
/// How many commits are built before they are folded, so that building them is not timed.
const BLOCK: usize = 20_000;

/// Events per second.
pub(crate) struct Folded {
    pub(crate) world: f64,
    pub(crate) jobs: f64,
}

/// Folds at least `events` events twice: by the leader's fold, and by the view of jobs.
pub(crate) fn measure(events: usize) -> Result<Folded> {
    let mut log = Log::new()?;
    let (mut world, mut view) = (World::empty(Incarnation(1)), JobsView::default());
    let (mut count, mut of_world, mut of_jobs) = (0, 0.0, 0.0);
    while count < events {
        let mut block = Vec::with_capacity(BLOCK);
        while block.len() < BLOCK {
            count += log.job(|recorded, _| block.push(recorded))?;
        }
        let begin = Instant::now();
        for recorded in &block {
            view.apply(Input::Commit(recorded), false)?;
        }
        black_box(view.take(Take::Last).len());
        of_jobs += begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        for recorded in block {
            world.apply(recorded)?;
        }
        black_box(&world);
        of_world += begin.elapsed().as_secs_f64();
    }
    Ok(Folded { world: float(count) / of_world, jobs: float(count) / of_jobs })
}

/// A count as a float.
pub(crate) fn float(count: usize) -> f64 {
    // A count of events fits a float without loss.
    #[allow(clippy::cast_precision_loss)]
    let count = count as f64;
    count
}

/// Whole jobs one after the other, chained as a real log.
pub(crate) struct Log {
    story: Vec<Commit>,
    jobs: usize,
    seq: Seq,
    prev: Hash,
}

impl Log {
    /// The log before its first commit.
    pub(crate) fn new() -> Result<Self> {
        let story = STORY
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()
            .context("the stored story does not decode")?;
        Ok(Self { story, jobs: 0, seq: Seq(0), prev: Hash::zero() })
    }

    /// The next job's commits, each with its bytes; how many events they hold.
    pub(crate) fn job(&mut self, mut take: impl FnMut(Recorded, bytes::Bytes)) -> Result<usize> {
        let at = "2026-11-24T14:00:00Z".parse()?;
        self.jobs += 1;
        let job: JobId = format!("job_{:026}", self.jobs).parse()?;
        let mut events_of_job = 0;
        for commit in &self.story {
            let mut commit = commit.clone();
            commit.prev = self.prev.clone();
            commit.answers = None;
            events_of_job += match &mut commit.body {
                CommitBody::Job { job_id, events, .. } => {
                    *job_id = job.clone();
                    events.len()
                }
                CommitBody::System { events } => events.len(),
            };
            let bytes = commit.encode();
            let hash = Hash::of(&bytes);
            self.prev = hash.clone();
            self.seq = self.seq.next();
            take(Recorded { seq: self.seq, at, hash, commit }, bytes);
        }
        Ok(events_of_job)
    }
}
