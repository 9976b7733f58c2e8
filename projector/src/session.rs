//! One stretch of a view's life: opened, folded from the first message to the head, then live, until
//! something is not as it must be.
//!
//! The fold always begins at the first message: it is fast, checks the whole hash chain, and needs no
//! stored state that could be wrong. The checkpoint says which rows are stored already; those are not
//! written again. A build differs in one thing only: its bucket is new, and the pointer flips to it
//! at the head.

use std::{fmt, time::Instant};

use futures::StreamExt;
use streams::{
    catalog::view_bucket,
    envelope::Corrupt,
    ids::{Revision, Seq},
    ports::{KvError, Message, ReadError},
    views::{RecordedAudit, Source, Take, View, checkpoint::Checkpoint, fold::Fold},
};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    Pace, Ports, ended,
    meta::{Flip, Meta, Moved},
    report::Report,
    rows::Rows,
    tail::{self, Tail},
};

/// Rows that cannot change any more are written when this many wait, so that a build of any length
/// needs little memory.
const WAITING: usize = 1024;
/// Messages folded in one go, at most.
const BATCH: usize = 256;

/// Why a view is built from zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// It never was.
    First,
    /// Somebody asked.
    Asked,
    /// A log lost its tail.
    LostTail(String),
    /// Its bucket is gone.
    BucketGone,
    /// Its checkpoint is gone.
    CheckpointGone,
    /// Its rows are of an older shape.
    OlderShape,
}

impl Cause {
    /// One word for the metric.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Asked => "asked",
            Self::LostTail(_) => "lost_tail",
            Self::BucketGone => "bucket_gone",
            Self::CheckpointGone => "checkpoint_gone",
            Self::OlderShape => "older_shape",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First => f.write_str("it never was built"),
            Self::Asked => f.write_str("somebody asked"),
            Self::LostTail(because) => write!(f, "a log lost its tail: {because}"),
            Self::BucketGone => f.write_str("its bucket is gone"),
            Self::CheckpointGone => f.write_str("its checkpoint is gone"),
            Self::OlderShape => f.write_str("its rows are of an older shape"),
        }
    }
}

/// Why a session ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// Build from zero.
    #[error("to be rebuilt: {0}")]
    Rebuild(Cause),
    /// Open again after a moment.
    #[error("{0}")]
    Reopen(String),
    /// A newer program has built this view; ours would take its rows back.
    #[error("rows of shape {0} are in use, newer than this program's")]
    Newer(u32),
    /// A log cannot be: stop and page a person.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
}

impl From<ReadError> for Halt {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Lost(because) => Self::Rebuild(Cause::LostTail(because)),
            ReadError::Unavailable(_) | ReadError::Missing(_) => Self::Reopen(error.to_string()),
        }
    }
}

impl From<KvError> for Halt {
    fn from(error: KvError) -> Self {
        Self::Reopen(error.to_string())
    }
}

/// Opening: here a missing bucket is the view's own. Later on it may as well be that somebody else
/// has flipped the pointer and dropped it; opening again tells.
fn of_opening(error: KvError) -> Halt {
    match error {
        KvError::Missing(_) => Halt::Rebuild(Cause::BucketGone),
        other => Halt::from(other),
    }
}

/// One view from its opening on.
#[derive(Debug)]
pub struct Session<V> {
    ports: Ports,
    pace: Pace,
    report: Report,
    meta: Meta,
    generation: u64,
    /// Set while this session builds a generation that nobody follows yet.
    building: Option<Instant>,
    fold: Fold<V>,
    rows: Rows,
    checkpoint: Revision,
    settled: bool,
}

impl<V: View> Session<V> {
    /// Opens the generation that readers follow, or says why there must be another.
    ///
    /// # Errors
    /// [`Halt`].
    pub async fn open(ports: &Ports, pace: Pace, report: &Report) -> Result<Self, Halt> {
        let meta = Meta::new(ports.kv.clone(), V::NAME);
        let generation = meta.pointer().await?.generation;
        report.generation(generation);
        if generation == 0 {
            return Err(Halt::Rebuild(Cause::First));
        }
        let bucket = view_bucket(V::NAME, generation);
        let Some((stored, revision)) = meta.checkpoint(generation).await? else {
            return Err(Halt::Rebuild(Cause::CheckpointGone));
        };
        match stored.shape.cmp(&V::SHAPE) {
            std::cmp::Ordering::Less => return Err(Halt::Rebuild(Cause::OlderShape)),
            std::cmp::Ordering::Greater => return Err(Halt::Newer(stored.shape)),
            std::cmp::Ordering::Equal => {}
        }
        ports.kv.get(&bucket, PROBE).await.map_err(of_opening)?;
        for &source in V::SOURCES {
            let mark = match source {
                Source::Events => &stored.events,
                Source::Audit => &stored.audit,
            };
            if let Tail::Lost { because } = tail::look(&**ports.log(source), mark).await? {
                return Err(Halt::Rebuild(Cause::LostTail(because)));
            }
        }
        Ok(Self {
            checkpoint: revision,
            ..Self::of_generation(ports, pace, report, meta, generation, Fold::new(stored))
        })
    }

    /// Claims a new generation with an empty bucket. Readers stay with the old one.
    ///
    /// # Errors
    /// [`Halt`].
    pub async fn build(ports: &Ports, pace: Pace, report: &Report) -> Result<Self, Halt> {
        let begun = Instant::now();
        let meta = Meta::new(ports.kv.clone(), V::NAME);
        let generation = meta.claim().await?;
        // Nobody else builds this generation; what stands there is from a pointer since lost.
        meta.drop_generation(generation).await?;
        let bucket = view_bucket(V::NAME, generation);
        ports.kv.ensure_bucket(&bucket).await?;
        let fold = Fold::new(Checkpoint::start_of(V::SHAPE));
        Ok(Self {
            building: Some(begun),
            ..Self::of_generation(ports, pace, report, meta, generation, fold)
        })
    }

    fn of_generation(
        ports: &Ports,
        pace: Pace,
        report: &Report,
        meta: Meta,
        generation: u64,
        fold: Fold<V>,
    ) -> Self {
        let bucket = view_bucket(V::NAME, generation);
        Self {
            ports: ports.clone(),
            pace,
            report: report.clone(),
            meta,
            generation,
            building: None,
            fold,
            rows: Rows::new(ports.kv.clone(), bucket, report.clone(), pace),
            checkpoint: Revision(0),
            settled: false,
        }
    }

    /// The generation this session writes.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether it ever reached the heads.
    #[must_use]
    pub fn settled(&self) -> bool {
        self.settled
    }

    /// How far it is folded.
    #[must_use]
    pub fn fold(&self) -> &Fold<V> {
        &self.fold
    }

    /// Folds to the heads as they are now, writes what is missing, and flips the pointer when this
    /// is a build; then, with `live`, goes on for ever.
    ///
    /// # Errors
    /// [`Halt`]; with `live` it always ends with one.
    pub async fn run(&mut self, live: bool) -> Result<(), Halt> {
        let mut heads = Vec::new();
        for &source in V::SOURCES {
            heads.push((source, self.ports.log(source).info().await?.last_seq));
        }
        let messages = tail::read(&self.ports, V::SOURCES).await?;
        let mut batches = messages.ready_chunks(BATCH);
        let mut ticks = interval(self.pace.check);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut caught_up = false;
        loop {
            if !caught_up && self.reached(&heads) {
                self.caught_up().await?;
                caught_up = true;
                if !live {
                    return Ok(());
                }
            }
            tokio::select! {
                batch = batches.next() => {
                    let Some(batch) = batch else {
                        return Err(Halt::Reopen("a read of a log ended".to_owned()));
                    };
                    for (source, message) in batch {
                        self.one(source, &message?).await?;
                    }
                    self.flush(caught_up).await?;
                }
                _ = ticks.tick() => self.look(caught_up).await?,
            }
        }
    }

    fn reached(&self, heads: &[(Source, Seq)]) -> bool {
        heads.iter().all(|(source, head)| self.fold.mark(*source).seq >= *head)
    }

    async fn one(&mut self, source: Source, message: &Message) -> Result<(), Halt> {
        if source == Source::Audit && RecordedAudit::decode(message).record.is_err() {
            tracing::warn!(seq = message.seq.0, "an audit record cannot be read; its row says so");
            self.report.unreadable();
        }
        if let Err(corrupt) = self.fold.message(source, message) {
            // A log that lost its tail and grew again does not fit what was folded before.
            let lost = tail::look(&**self.ports.log(source), self.fold.mark(source)).await?;
            return Err(match lost {
                Tail::Lost { because } => Halt::Rebuild(Cause::LostTail(because)),
                Tail::Whole { .. } => Halt::Corrupt(corrupt),
            });
        }
        self.report.folded(source);
        Ok(())
    }

    /// Writes rows: all changed ones when live, else only those that cannot change any more.
    async fn flush(&mut self, caught_up: bool) -> Result<(), Halt> {
        if !caught_up {
            if self.fold.view.waiting() >= WAITING {
                let rows = self.fold.view.take(Take::Last);
                self.rows.write::<V>(rows).await?;
            }
            return Ok(());
        }
        let rows = self.fold.view.take(Take::Changed);
        let tell = ended::of(if self.building.is_some() { &[] } else { &rows });
        self.rows.write::<V>(rows).await?;
        tell();
        let position = self.fold.position();
        match self.meta.advance(self.generation, position, &mut self.checkpoint).await? {
            Moved::Done => Ok(()),
            Moved::Dropped => Err(Halt::Reopen("this generation was dropped".to_owned())),
        }
    }

    /// The heads are reached: rows, then checkpoint, then pointer.
    async fn caught_up(&mut self) -> Result<(), Halt> {
        self.flush(true).await?;
        if let Some(begun) = self.building.take() {
            if self.meta.flip(self.generation).await? == Flip::Superseded {
                self.meta.drop_generation(self.generation).await?;
                return Err(Halt::Reopen("a later generation is in use".to_owned()));
            }
            self.report.rebuilt(begun.elapsed().as_secs_f64());
            tracing::info!(
                view = V::NAME,
                generation = self.generation,
                as_of = self.fold.position().as_of(),
                duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
                "a generation was built and is in use"
            );
            for old in self.generation.saturating_sub(KEPT_BACK)..self.generation {
                if old > 0 {
                    self.meta.drop_generation(old).await?;
                }
            }
        }
        self.report.generation(self.generation);
        self.report.current();
        self.settled = true;
        Ok(())
    }

    /// Looks whether everything still is what it was.
    async fn look(&mut self, caught_up: bool) -> Result<(), Halt> {
        for &source in V::SOURCES {
            let mark = self.fold.mark(source);
            match tail::look(&**self.ports.log(source), mark).await? {
                Tail::Whole { head } => self.report.lag(source, head, mark.seq),
                Tail::Lost { because } => return Err(Halt::Rebuild(Cause::LostTail(because))),
            }
        }
        if self.building.is_none() {
            let generation = self.meta.pointer().await?.generation;
            if generation != self.generation {
                return Err(Halt::Reopen(format!("readers follow generation {generation} now")));
            }
        }
        self.ports.kv.get(self.rows.bucket(), PROBE).await?;
        if caught_up {
            self.report.current();
        }
        Ok(())
    }
}

/// A key that no row has: reading it tells whether the bucket is there.
const PROBE: &str = "_probe";
/// How many older generations are dropped after a flip; more only pile up when builds fail.
const KEPT_BACK: u64 = 32;
