//! One view's rows in memory: loaded from the bucket its pointer names, kept current by a watch.
//!
//! A new generation is loaded beside the old one and swapped in whole. When the bucket is gone and
//! no older rows are held, readers are told `rebuilding`. A checkpoint counts only when the rows it
//! speaks of are here: it comes by another watch, and may come first.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use futures::{FutureExt, StreamExt, stream::BoxStream};
use streams::{
    clock::pause,
    ids::{Incarnation, Seq},
    ports::{KvChange, KvError, KvStore},
    views::checkpoint::Checkpoint,
};
use tokio::{sync::watch, task::JoinHandle, time::timeout};

use super::{
    MIN_SEQ_WAIT, Position,
    feed::{Feed, Upsert},
    head::Head,
    meta::Meta,
};
use crate::{
    error::{ApiError, ApiResult, Code},
    page::AsOf,
};

/// Pause before a broken watch is begun again.
const RETRY: Duration = Duration::from_millis(500);
/// How long a checkpoint waits for rows that may still be on their way.
const GRACE: Duration = Duration::from_millis(50);

type Changes = BoxStream<'static, Result<KvChange, KvError>>;

/// An index over the rows of one view.
pub trait Index: Debug + Default + Send + Sync + 'static {
    /// The view.
    const VIEW: &'static str;

    /// Takes one key over; `None` deletes. `at` is the position at which it arrived. Returns what
    /// event streams should be told.
    fn apply(&mut self, key: &str, value: Option<&[u8]>, at: Position) -> Option<Upsert>;

    /// Highest sequence of the event log any row stands on.
    fn highest(&self) -> Seq;
}

/// How far the rows are.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Whether there are rows at all (also when there are none to be had: an empty view).
    pub loaded: bool,
    /// Everything up to here is in.
    pub position: Position,
    /// Last command whose answer is in.
    pub cursor: Seq,
    /// Last message of the audit log that is in.
    pub audit: Seq,
}

/// The rows of one view. Cheap to clone.
#[derive(Debug)]
pub struct View<I>(Arc<Inner<I>>);

impl<I> Clone for View<I> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct Inner<I> {
    rows: RwLock<I>,
    standing: watch::Sender<Standing>,
    /// When the rows were last known to reach the head of the log.
    confirmed: Mutex<Instant>,
    head: Head,
}

impl<I: Index> View<I> {
    /// Follows the view from now on.
    pub(super) fn follow(
        kv: Arc<dyn KvStore>,
        meta: watch::Receiver<Meta>,
        head: Head,
        feed: Feed,
    ) -> (Self, JoinHandle<()>) {
        let view = Self(Arc::new(Inner {
            rows: RwLock::default(),
            standing: watch::Sender::default(),
            confirmed: Mutex::new(Instant::now()),
            head,
        }));
        let task = Follow { kv, meta, feed, view: view.clone() };
        (view, tokio::spawn(task.run()))
    }

    /// Reads rows.
    ///
    /// # Errors
    /// 503 `rebuilding`.
    pub fn read<T>(&self, look: impl FnOnce(&I) -> T) -> ApiResult<T> {
        if !self.0.standing.borrow().loaded {
            let detail = format!("the view {} is being built", I::VIEW);
            return Err(ApiError::new(Code::Rebuilding, detail));
        }
        Ok(look(&self.0.rows.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Where the rows stand.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.0.standing.borrow().clone()
    }

    /// Everything up to here is in.
    #[must_use]
    pub fn position(&self) -> Position {
        self.0.standing.borrow().position
    }

    /// Which life of the log the rows are of. The first rows of a log may come before the checkpoint
    /// that says so: they are taken for those of its first life.
    #[must_use]
    pub fn life(&self) -> Incarnation {
        self.position().incarnation.max(Incarnation(1))
    }

    /// How current an answer from these rows is.
    #[must_use]
    pub fn as_of(&self) -> AsOf {
        self.confirm();
        let confirmed = *self.0.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
        let age_ms = u64::try_from(confirmed.elapsed().as_millis()).unwrap_or(u64::MAX);
        AsOf { seq: self.position().to_string(), age_ms }
    }

    /// Notes when the rows reach the head of the log.
    fn confirm(&self) {
        let Some((head, asked)) = self.0.head.seen().head else { return };
        if self.position().seq >= head {
            let mut confirmed = self.0.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
            *confirmed = asked.max(*confirmed);
        }
    }

    /// Waits until a position is in: for reading one's own writes.
    ///
    /// # Errors
    /// 504 `not_yet_visible` after 2 s.
    pub async fn reach(&self, min: Option<Position>) -> ApiResult<()> {
        let Some(min) = min else { return Ok(()) };
        let there = |s: &Standing| s.loaded && s.position >= min;
        self.wait(MIN_SEQ_WAIT, there).await.ok_or_else(|| {
            let at = self.position();
            let detail = format!("the view {} is at {at}, not yet at {min}", I::VIEW);
            ApiError::new(Code::NotYetVisible, detail).with("at", at.to_string())
        })
    }

    /// Waits until the standing is as wanted. `None` when it is not within `patience`.
    pub async fn wait(&self, patience: Duration, there: impl Fn(&Standing) -> bool) -> Option<()> {
        let mut standing = self.0.standing.subscribe();
        let found = timeout(patience, standing.wait_for(|s| there(s))).await;
        found.ok().and_then(Result::ok).map(drop)
    }

    fn unload(&self) {
        *self.0.rows.write().unwrap_or_else(PoisonError::into_inner) = I::default();
        self.0.standing.send_if_modified(|s| std::mem::replace(&mut s.loaded, false));
    }
}

/// The task behind a view.
struct Follow<I> {
    kv: Arc<dyn KvStore>,
    meta: watch::Receiver<Meta>,
    feed: Feed,
    view: View<I>,
}

impl<I: Index> Follow<I> {
    async fn run(mut self) {
        loop {
            let Some((generation, bucket)) = self.pointed_at() else {
                if self.meta.changed().await.is_err() {
                    return;
                }
                continue;
            };
            match self.kv.watch(&bucket).await {
                Ok(changes) => self.generation(generation, changes).await,
                Err(KvError::Missing(_)) => self.view.unload(),
                Err(error) => tracing::warn!(bucket, %error, "view cannot be followed"),
            }
            tokio::select! {
                _ = self.meta.changed() => {}
                () = pause(RETRY) => {}
            }
        }
    }

    /// The generation readers follow now. Without one, nothing can be read.
    fn pointed_at(&mut self) -> Option<(u64, String)> {
        let meta = self.meta.borrow_and_update().clone();
        let pointer = meta.pointer(I::VIEW);
        let found = pointer.and_then(|p| Some((p.generation, p.bucket(I::VIEW)?)));
        if meta.complete && found.is_none() {
            self.view.unload();
        }
        found
    }

    fn checkpoint(&self, generation: u64) -> Checkpoint {
        let meta = self.meta.borrow();
        meta.checkpoint(I::VIEW, generation).unwrap_or_else(Checkpoint::start)
    }

    /// Loads one generation, swaps it in, and follows it until it ends or is pointed away from.
    async fn generation(&mut self, generation: u64, mut changes: Changes) {
        let before = self.checkpoint(generation);
        let mut fresh = I::default();
        loop {
            match changes.next().await {
                Some(Ok(KvChange::Entry(entry))) => {
                    fresh.apply(&entry.key, entry.value.as_deref(), position(&before));
                }
                Some(Ok(KvChange::Current)) => break,
                Some(Err(KvError::Missing(_))) => return self.view.unload(),
                Some(Err(_)) | None => return,
            }
        }
        *self.view.0.rows.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        self.stand(&before);
        self.feed.again();
        tracing::info!(view = I::VIEW, generation, as_of = before.as_of(), "read model loaded");
        self.live(generation, changes).await;
    }

    async fn live(&mut self, generation: u64, mut changes: Changes) {
        let mut head = self.view.0.head.subscribe();
        let mut due: Option<tokio::time::Instant> = None;
        loop {
            let grace = async {
                match due {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                change = changes.next() => match self.take(change, &mut changes) {
                    Ok(()) => {}
                    Err(Some(KvError::Missing(_))) => return self.view.unload(),
                    Err(_) => return,
                },
                moved = self.meta.changed() => {
                    let gone = self.pointed_at().is_none_or(|(now, _)| now != generation);
                    if moved.is_err() || gone {
                        return;
                    }
                }
                _ = head.changed() => self.view.confirm(),
                () = grace => {
                    self.stand(&self.checkpoint(generation));
                    due = None;
                }
            }
            let checkpoint = self.checkpoint(generation);
            let standing = self.view.standing();
            let behind = position(&checkpoint) != standing.position
                || checkpoint.audit.seq != standing.audit;
            if behind && self.highest() >= checkpoint.events.seq {
                self.stand(&checkpoint);
                due = None;
            } else if behind && due.is_none() {
                due = Some(tokio::time::Instant::now() + GRACE);
            }
        }
    }

    /// Takes one change and all that are there already.
    fn take(
        &self,
        first: Option<Result<KvChange, KvError>>,
        changes: &mut Changes,
    ) -> Result<(), Option<KvError>> {
        let at = Position { incarnation: self.view.life(), ..self.view.position() };
        let mut rows = self.view.0.rows.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Some(first);
        while let Some(change) = next {
            if let KvChange::Entry(entry) = change.ok_or(None)?.map_err(Some)? {
                let upsert = rows.apply(&entry.key, entry.value.as_deref(), at);
                upsert.into_iter().for_each(|u| self.feed.row(u));
            }
            next = changes.next().now_or_never();
        }
        Ok(())
    }

    fn highest(&self) -> Seq {
        self.view.0.rows.read().unwrap_or_else(PoisonError::into_inner).highest()
    }

    fn stand(&self, checkpoint: &Checkpoint) {
        let (position, cursor) = (position(checkpoint), checkpoint.cursor);
        let audit = checkpoint.audit.seq;
        self.view.0.standing.send_replace(Standing { loaded: true, position, cursor, audit });
        self.view.confirm();
    }
}

fn position(checkpoint: &Checkpoint) -> Position {
    Position { incarnation: checkpoint.incarnation, seq: checkpoint.events.seq }
}
