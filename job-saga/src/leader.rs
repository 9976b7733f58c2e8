//! The leader lease: one KV key, held by a heartbeat, taken by compare-and-set. Liveness only:
//! safety comes from the append, so a holder that is wrong about its lease can do no harm.
//!
//! An observer judges expiry by its own monotonic clock since the key's revision last changed; no
//! wall clock is compared. It decides nothing about jobs; see [`crate::runtime`] for who listens.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use streams::{
    catalog::{LEASE_KEY, META},
    clock::pause,
    ids::{NodeId, Revision},
    lease::Lease,
    ports::{KvEntry, KvError, KvStore},
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

/// What became of the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseNews {
    /// It is ours.
    Won,
    /// It is not ours any more, or may not be.
    Lost,
}

/// Whose lease, and for how long without a heartbeat.
#[derive(Debug, Clone)]
pub struct LeaseSettings {
    /// Unique per process.
    pub me: NodeId,
    /// Time to live; the heartbeat comes three times in it.
    pub ttl: Duration,
}

/// What an observer knows of the key.
#[derive(Debug, Clone)]
struct Observed {
    revision: Revision,
    since: Instant,
    free: bool,
}

impl Observed {
    /// Whether the key may be taken at `now`.
    fn may_take(&self, now: Instant, ttl: Duration) -> bool {
        self.free || now.duration_since(self.since) >= ttl
    }

    /// Takes a reading; only another revision restarts the clock.
    fn read(&mut self, entry: Option<&KvEntry>, now: Instant) {
        let revision = entry.map_or(Revision(0), |e| e.revision);
        if revision != self.revision {
            (self.revision, self.since) = (revision, now);
        }
        let lease = entry.and_then(|e| e.value.as_ref()).map(parse);
        self.free = lease.is_none_or(|l| l.is_some_and(|l| l.holder.is_none()));
    }
}

/// A lease we cannot read is another version's: it expires, but is never free.
fn parse(value: &Bytes) -> Option<Lease> {
    serde_json::from_slice(value).ok()
}

/// The lease of one process.
#[derive(Debug)]
pub struct Leader {
    kv: Arc<dyn KvStore>,
    settings: LeaseSettings,
    beat: u64,
}

impl Leader {
    /// A process that will contend for the lease.
    #[must_use]
    pub fn new(kv: Arc<dyn KvStore>, settings: LeaseSettings) -> Self {
        Self { kv, settings, beat: 0 }
    }

    /// Contends for ever: waits for the lease, holds it, gives it back when told to (a message on
    /// `give_back`) and when `stop` is cancelled.
    pub async fn run(
        mut self,
        news: mpsc::Sender<LeaseNews>,
        mut give_back: mpsc::Receiver<()>,
        stop: CancellationToken,
    ) {
        while !stop.is_cancelled() {
            let Some(revision) = self.contend(&stop).await else { return };
            while give_back.try_recv().is_ok() {}
            if news.send(LeaseNews::Won).await.is_err() {
                return;
            }
            let kept = self.hold(revision, &mut give_back, &stop).await;
            if let Some(revision) = kept {
                // Best effort: a standby takes over at once instead of after the time to live.
                let _ = self.write(None, revision).await;
            }
            if news.send(LeaseNews::Lost).await.is_err() {
                return;
            }
            if !stop.is_cancelled() {
                pause(self.settings.ttl / 2).await; // let somebody else have it
            }
        }
    }

    /// Waits until the key is free or has expired, and takes it. `None` when stopped.
    async fn contend(&mut self, stop: &CancellationToken) -> Option<Revision> {
        let mut seen = Observed { revision: Revision(0), since: Instant::now(), free: false };
        loop {
            let read = timeout(self.settings.ttl / 2, self.kv.get(META, LEASE_KEY)).await;
            if let Ok(Ok(entry)) = read {
                seen.read(entry.as_ref(), Instant::now());
                if seen.may_take(Instant::now(), self.settings.ttl) {
                    match self.write(Some(self.settings.me.clone()), seen.revision).await {
                        Ok(revision) => return Some(revision),
                        Err(error) => tracing::debug!(%error, "the lease was not taken"),
                    }
                }
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return None,
                () = pause(self.settings.ttl / 6) => {}
            }
        }
    }

    /// Keeps the lease alive. Ends with the revision to give back, or `None` when it was lost.
    async fn hold(
        &mut self,
        mut revision: Revision,
        give_back: &mut mpsc::Receiver<()>,
        stop: &CancellationToken,
    ) -> Option<Revision> {
        let ttl = self.settings.ttl;
        let mut renewed = Instant::now();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Some(revision),
                _ = give_back.recv() => return Some(revision),
                () = pause(ttl / 3) => {}
            }
            let started = Instant::now();
            if started.duration_since(renewed) >= ttl {
                tracing::warn!("the lease expired while this process stood still");
                return None;
            }
            let write = self.write(Some(self.settings.me.clone()), revision);
            match timeout(ttl / 3, write).await {
                Ok(Ok(next)) => (revision, renewed) = (next, started),
                Ok(Err(KvError::Conflict { .. })) => match self.ours_after_all().await {
                    Some(next) => (revision, renewed) = (next, started),
                    None => return None,
                },
                Ok(Err(error)) => tracing::warn!(%error, "a heartbeat of the lease failed"),
                Err(_) => tracing::warn!("a heartbeat of the lease got no answer"),
            }
        }
    }

    /// After a conflict: an earlier heartbeat whose acknowledgement was lost is ours too.
    async fn ours_after_all(&self) -> Option<Revision> {
        let entry = timeout(self.settings.ttl / 3, self.kv.get(META, LEASE_KEY)).await;
        let entry = entry.ok()?.ok()??;
        let lease = parse(entry.value.as_ref()?)?;
        (lease.holder.as_ref() == Some(&self.settings.me)).then_some(entry.revision)
    }

    async fn write(
        &mut self,
        holder: Option<NodeId>,
        expected: Revision,
    ) -> Result<Revision, KvError> {
        self.beat += 1;
        let lease = Lease { holder, beat: self.beat };
        let value = serde_json::to_vec(&lease).map_err(|e| KvError::Refused(e.to_string()))?;
        self.kv.compare_and_set(META, LEASE_KEY, Bytes::from(value), expected).await
    }
}

#[cfg(test)]
mod tests {
    use streams::memory::World;

    use super::*;

    const TTL: Duration = Duration::from_millis(300);

    struct Contender {
        news: mpsc::Receiver<LeaseNews>,
        give_back: mpsc::Sender<()>,
        stop: CancellationToken,
        task: tokio::task::JoinHandle<()>,
    }

    fn contend(world: &World, me: &str) -> Contender {
        let (sender, news) = mpsc::channel(8);
        let (give_back, gives) = mpsc::channel(1);
        let stop = CancellationToken::new();
        let settings = LeaseSettings { me: me.parse().unwrap(), ttl: TTL };
        let leader = Leader::new(world.kv(), settings);
        let task = tokio::spawn(leader.run(sender, gives, stop.clone()));
        Contender { news, give_back, stop, task }
    }

    async fn next(contender: &mut Contender, at_most: Duration) -> Option<LeaseNews> {
        timeout(at_most, contender.news.recv()).await.ok().flatten()
    }

    #[tokio::test]
    async fn a_standby_waits_out_a_dead_holder_and_no_longer() {
        let world = World::new();
        let mut first = contend(&world, "saga-1");
        assert_eq!(next(&mut first, TTL).await, Some(LeaseNews::Won));
        let mut second = contend(&world, "saga-2");
        assert_eq!(next(&mut second, TTL * 3).await, None, "the holder's heartbeat counts");
        first.task.abort();
        let died = Instant::now();
        assert_eq!(next(&mut second, TTL * 4).await, Some(LeaseNews::Won));
        assert!(died.elapsed() >= TTL / 2, "{:?}", died.elapsed());
    }

    #[tokio::test]
    async fn a_lease_given_back_is_taken_at_once_and_a_stop_gives_it_back() {
        let world = World::new();
        let mut first = contend(&world, "saga-1");
        assert_eq!(next(&mut first, TTL).await, Some(LeaseNews::Won));
        let mut second = contend(&world, "saga-2");
        first.give_back.send(()).await.unwrap();
        assert_eq!(next(&mut first, TTL).await, Some(LeaseNews::Lost));
        assert_eq!(next(&mut second, TTL).await, Some(LeaseNews::Won));
        second.stop.cancel();
        assert_eq!(next(&mut second, TTL).await, Some(LeaseNews::Lost));
        assert_eq!(next(&mut first, TTL * 2).await, Some(LeaseNews::Won));
    }

    #[tokio::test]
    async fn a_heartbeat_whose_acknowledgement_was_lost_keeps_the_lease() {
        let world = World::new();
        let mut first = contend(&world, "saga-1");
        assert_eq!(next(&mut first, TTL).await, Some(LeaseNews::Won));
        world.kv.faults().push(streams::memory::Fault::UnknownStored);
        assert_eq!(next(&mut first, TTL * 3).await, None, "it was ours after all");
    }
}
