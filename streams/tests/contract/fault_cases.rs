//! What the memory log can show of faults: each knob does what a real fault does, no more.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::DateTime;
use futures::{FutureExt, future::BoxFuture};
use streams::{
    catalog,
    clock::{Clock, ManualClock},
    ids::{Revision, Seq},
    memory::{Fault, MemoryLog, World},
    ports::{AppendError, Expect, KvError, KvStore, MessageLog, NewMessage, ReadError, Stored},
    shapes::StreamShape,
};

use crate::fixture::{is_silent, next, next_or_error};

/// A case that makes its own world.
pub(crate) type FaultCase = (&'static str, fn() -> BoxFuture<'static, ()>);

pub(crate) const CASES: &[FaultCase] = &[
    ("after_an_unknown_outcome_the_same_append_tells_which_it_was", unknown),
    ("a_late_append_arrives_under_its_condition_or_not_at_all", late),
    ("an_unavailable_or_full_log_stores_nothing", refused),
    ("a_lost_tail_ends_reads_beyond_it", lost_tail),
    ("an_offline_log_fails_calls_and_silences_reads_until_it_is_back", offline),
    ("a_message_id_is_forgotten_after_its_window", window),
    ("an_unknown_compare_and_set_can_be_told_by_reading", bucket_unknown),
    ("a_delayed_acknowledgement_comes_after_the_message_is_stored", delayed),
    ("the_world_holds_every_stream_and_bucket_of_the_catalogue", world),
];

fn message(id: &str, expect: Expect) -> NewMessage {
    NewMessage {
        subject: "test.a".to_owned(),
        msg_id: id.to_owned(),
        headers: std::collections::BTreeMap::new(),
        payload: Bytes::from_static(b"{}"),
        expect,
    }
}

fn log() -> (MemoryLog, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(DateTime::from_timestamp(1_700_000_000, 0).unwrap()));
    let shape = StreamShape::log("TEST", "faults", &["test.>"]);
    (MemoryLog::new(&shape, Arc::clone(&clock) as Arc<dyn Clock>), clock)
}

fn unknown() -> BoxFuture<'static, ()> {
    async move {
        let (log, _) = log();
        log.faults().push(Fault::UnknownStored);
        log.faults().push(Fault::UnknownNotStored);
        let first = message("1", Expect::LastSeq(Seq(0)));
        assert!(matches!(log.append(first.clone()).await, Err(AppendError::Unknown(_))));
        let second = message("2", Expect::LastSeq(Seq(1)));
        assert!(matches!(log.append(second.clone()).await, Err(AppendError::Unknown(_))));
        assert_eq!(log.append(first).await, Ok(Stored { seq: Seq(1), replayed: true }));
        assert_eq!(log.append(second).await, Ok(Stored { seq: Seq(2), replayed: false }));
        assert_eq!(log.messages().len(), 2);
        assert_eq!(log.faults().pending(), 0);
    }
    .boxed()
}

fn late() -> BoxFuture<'static, ()> {
    async move {
        let (log, _) = log();
        log.faults().push(Fault::UnknownLate);
        let first = message("1", Expect::LastSeq(Seq(0)));
        assert!(matches!(log.append(first).await, Err(AppendError::Unknown(_))));
        assert_eq!(log.messages().len(), 0);
        assert_eq!(log.deliver_late(), 1);
        log.faults().push(Fault::UnknownLate);
        let overtaken = message("2", Expect::LastSeq(Seq(1)));
        assert!(log.append(overtaken).await.is_err());
        log.append(message("3", Expect::LastSeq(Seq(1)))).await.unwrap();
        assert_eq!(log.deliver_late(), 0, "its condition no longer holds");
        assert_eq!(log.messages().len(), 2);
    }
    .boxed()
}

fn refused() -> BoxFuture<'static, ()> {
    async move {
        let (log, _) = log();
        log.faults().push(Fault::Unavailable);
        log.faults().push(Fault::Full);
        let again = || log.append(message("1", Expect::LastSeq(Seq(0))));
        assert!(matches!(again().await, Err(AppendError::Unavailable(_))));
        assert!(matches!(again().await, Err(AppendError::Full(_))));
        assert_eq!(again().await, Ok(Stored { seq: Seq(1), replayed: false }));
    }
    .boxed()
}

fn lost_tail() -> BoxFuture<'static, ()> {
    async move {
        let (log, _) = log();
        for n in 0..4 {
            log.append(message(&n.to_string(), Expect::LastSeq(Seq(n)))).await.unwrap();
        }
        let mut beyond = log.read(Seq(4)).await.unwrap();
        let mut within = log.read(Seq(1)).await.unwrap();
        assert_eq!(next(&mut beyond).await.seq, Seq(4));
        assert_eq!(next(&mut within).await.seq, Seq(1));
        log.lose_tail(Seq(2));
        let lost = next_or_error(&mut beyond).await;
        assert!(matches!(lost, Err(ReadError::Lost(_))), "{lost:?}");
        assert_eq!(next(&mut within).await.seq, Seq(2));
        let again = log.append(message("3", Expect::LastSeq(Seq(2)))).await.unwrap();
        assert_eq!(again, Stored { seq: Seq(3), replayed: false }, "its id went with the tail");
        assert_eq!(next(&mut within).await.seq, Seq(3));
    }
    .boxed()
}

fn offline() -> BoxFuture<'static, ()> {
    async move {
        let world = World::new();
        let mut reading = world.logs().events.0.read(Seq(1)).await.unwrap();
        world.set_offline(true);
        let mut event = message("1", Expect::LastSeq(Seq(0)));
        event.subject = "control.evt._.leader".to_owned();
        let refused = world.logs().events.0.append(event.clone()).await;
        assert!(matches!(refused, Err(AppendError::Unavailable(_))), "{refused:?}");
        let unread = world.kv().get(catalog::META, "k").await;
        assert!(matches!(unread, Err(KvError::Unavailable(_))), "{unread:?}");
        // The scheduler of another process wrote meanwhile.
        world.events.store(&event).unwrap();
        is_silent(&mut reading).await;
        world.set_offline(false);
        assert_eq!(next(&mut reading).await.seq, Seq(1));
    }
    .boxed()
}

fn window() -> BoxFuture<'static, ()> {
    async move {
        let (log, clock) = log();
        let blind = || log.append(message("1", Expect::Nothing));
        assert!(!blind().await.unwrap().replayed);
        clock.advance(Duration::from_secs(120));
        assert!(blind().await.unwrap().replayed);
        clock.advance(Duration::from_secs(1));
        assert_eq!(blind().await, Ok(Stored { seq: Seq(2), replayed: false }));
    }
    .boxed()
}

fn bucket_unknown() -> BoxFuture<'static, ()> {
    async move {
        let world = World::new();
        let cas = |value: &'static str, at: u64| {
            let (kv, value) = (world.kv(), Bytes::from_static(value.as_bytes()));
            async move { kv.compare_and_set(catalog::META, "k", value, Revision(at)).await }
        };
        world.kv.faults().push(Fault::UnknownStored);
        world.kv.faults().push(Fault::UnknownNotStored);
        assert!(matches!(cas("mine", 0).await, Err(KvError::Unknown(_))));
        let found = world.kv.get(catalog::META, "k").await.unwrap().unwrap();
        assert_eq!(found.value, Some(Bytes::from_static(b"mine")));
        assert!(matches!(cas("next", 1).await, Err(KvError::Unknown(_))));
        let found = world.kv.get(catalog::META, "k").await.unwrap().unwrap();
        assert_eq!(found.revision, Revision(1));
        assert_eq!(cas("next", 1).await, Ok(Revision(2)));
    }
    .boxed()
}

fn delayed() -> BoxFuture<'static, ()> {
    async move {
        let (log, _) = log();
        log.faults().delay_acks(Duration::from_millis(200));
        let slow = log.clone();
        let append = tokio::spawn(async move { slow.append(message("1", Expect::Nothing)).await });
        assert!(log.wait_for(Seq(1), Duration::from_secs(5)).await);
        assert!(!append.is_finished(), "stored, not yet acknowledged");
        assert!(append.await.unwrap().is_ok());
    }
    .boxed()
}

fn world() -> BoxFuture<'static, ()> {
    async move {
        let world = World::new();
        for spec in &catalog::BUCKETS {
            assert_eq!(world.kv.get(spec.name, "k").await, Ok(None), "{}", spec.name);
        }
        let logs = world.logs();
        for log in [&logs.commands.0, &logs.events.0, &logs.audit.0] {
            assert_eq!(log.info().await.unwrap().last_seq, Seq(0));
        }
    }
    .boxed()
}
