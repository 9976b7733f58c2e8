//! Appends and reads of one log: what every adapter must do.

use futures::{FutureExt, StreamExt, future::BoxFuture};
use streams::{
    ids::Seq,
    ports::{AppendError, Expect, ReadError, Stored},
};

use crate::{
    Case,
    fixture::{Fixture, is_silent, next, seqs},
};

pub(crate) const CASES: &[Case] = &[
    ("an_append_is_read_back_with_its_headers_and_a_server_timestamp", read_back),
    ("a_stream_wide_condition_admits_only_the_next_message", stream_wide),
    ("a_subject_condition_looks_at_its_own_subject_only", per_subject),
    ("a_full_subject_refuses_the_new_message_and_keeps_the_old", full_subject),
    ("a_full_log_refuses_and_evicts_nothing", full_log),
    ("the_same_message_again_is_a_replay_where_its_condition_points", replay),
    ("the_same_id_with_another_body_is_a_conflict", other_body),
    ("an_id_used_elsewhere_is_a_conflict_even_when_the_condition_holds", used_id),
    ("a_message_of_the_largest_size_is_stored_and_one_byte_more_is_refused", largest),
    ("a_subject_the_log_does_not_store_is_refused", foreign_subject),
    ("a_read_delivers_what_is_stored_in_order_and_then_what_comes", live_read),
    ("a_read_from_the_middle_and_from_just_past_the_end_begins_there", read_from),
    ("a_position_past_the_end_is_a_lost_log", past_the_end),
    ("a_long_log_is_read_without_a_gap", long_read),
    ("what_is_absent_reads_as_absent", absent),
];

fn read_back(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log().await;
        let info = it.log.info().await.unwrap();
        assert_eq!((info.first_seq, info.last_seq, info.messages), (Seq(1), Seq(0), 0));
        let message = it.message("a", "id-1", "{\"n\":1}", Expect::LastSeq(Seq(0)));
        let stored = it.log.append(message.clone()).await.unwrap();
        assert_eq!(stored, Stored { seq: Seq(1), replayed: false });
        let found = it.log.get(Seq(1)).await.unwrap().unwrap();
        assert_eq!(found.subject, message.subject);
        assert_eq!(found.payload, message.payload);
        assert_eq!(found.msg_id(), Some("id-1"));
        let mut headers = message.headers.clone();
        headers.insert("Nats-Msg-Id".to_owned(), "id-1".to_owned());
        assert_eq!(found.headers, headers, "nothing added, nothing lost");
        assert_eq!(it.log.last_on(&message.subject).await.unwrap().unwrap(), found);
        let read = next(&mut it.log.read(Seq(1)).await.unwrap()).await;
        assert_eq!(read, found, "a live read and a single one agree, the timestamp too");
        let info = it.log.info().await.unwrap();
        assert_eq!((info.first_seq, info.last_seq, info.messages), (Seq(1), Seq(1), 1));
    }
    .boxed()
}

fn stream_wide(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log().await;
        it.fill("a", 2).await;
        for wrong in [0, 1, 3, 90] {
            let message = it.message("b", &format!("w{wrong}"), "{}", Expect::LastSeq(Seq(wrong)));
            let refused = it.log.append(message).await;
            assert!(matches!(refused, Err(AppendError::Conflict(_))), "{wrong}: {refused:?}");
        }
        let right = it.message("b", "r", "{}", Expect::LastSeq(Seq(2)));
        assert_eq!(it.log.append(right).await.unwrap().seq, Seq(3));
        assert_eq!(it.log.info().await.unwrap().last_seq, Seq(3), "a conflict stores nothing");
    }
    .boxed()
}

fn per_subject(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log().await;
        it.fill("a", 1).await;
        let first = it.message("b", "b1", "{}", Expect::LastSubjectSeq(Seq(0)));
        assert_eq!(it.log.append(first).await.unwrap().seq, Seq(2));
        it.fill("c", 1).await;
        let wrong = it.message("b", "b2", "{}", Expect::LastSubjectSeq(Seq(0)));
        assert!(matches!(it.log.append(wrong).await, Err(AppendError::Conflict(_))));
        let wrong = it.message("b", "b2", "{}", Expect::LastSubjectSeq(Seq(3)));
        assert!(matches!(it.log.append(wrong).await, Err(AppendError::Conflict(_))));
        let right = it.message("b", "b2", "{}", Expect::LastSubjectSeq(Seq(2)));
        assert_eq!(it.log.append(right).await.unwrap().seq, Seq(4));
    }
    .boxed()
}

fn full_subject(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log_like(|shape| shape.max_per_subject = 1).await;
        let first = it.message("a", "a1", "{\"first\":true}", Expect::LastSubjectSeq(Seq(0)));
        it.log.append(first.clone()).await.unwrap();
        let blind = it.message("a", "a2", "{}", Expect::Nothing);
        let refused = it.log.append(blind).await;
        assert!(matches!(refused, Err(AppendError::Full(_))), "{refused:?}");
        let second = it.message("a", "a3", "{}", Expect::LastSubjectSeq(Seq(0)));
        let refused = it.log.append(second).await;
        assert!(matches!(refused, Err(AppendError::Conflict(_))), "{refused:?}");
        let stands = it.log.last_on(&first.subject).await.unwrap().unwrap();
        assert_eq!(stands.payload, first.payload);
        let other = it.message("b", "b1", "{}", Expect::LastSubjectSeq(Seq(0)));
        assert_eq!(it.log.append(other).await.unwrap().seq, Seq(2));
    }
    .boxed()
}

fn full_log(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log_like(|shape| shape.max_messages = 3).await;
        it.fill("a", 3).await;
        for (id, expect) in [("b", Expect::Nothing), ("c", Expect::LastSeq(Seq(3)))] {
            let refused = it.log.append(it.message("b", id, "{}", expect)).await;
            assert!(matches!(refused, Err(AppendError::Full(_))), "{refused:?}");
        }
        // A cluster of 2.10 remembers the ids it refused; that is no conflict and no success.
        for (id, expect) in [("b", Expect::Nothing), ("c", Expect::LastSeq(Seq(3)))] {
            let again = it.log.append(it.message("b", id, "{}", expect)).await;
            let not_stored =
                matches!(again, Err(AppendError::Full(_) | AppendError::Unavailable(_)));
            assert!(not_stored, "{again:?}");
        }
        let info = it.log.info().await.unwrap();
        assert_eq!((info.first_seq, info.last_seq, info.messages), (Seq(1), Seq(3), 3));
    }
    .boxed()
}

fn replay(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log().await;
        let conditions = [Expect::LastSeq(Seq(0)), Expect::LastSubjectSeq(Seq(0)), Expect::Nothing];
        for (n, expect) in conditions.into_iter().enumerate() {
            let message = it.message(&format!("s{n}"), &format!("id-{n}"), "{\"x\":1}", expect);
            let first = it.log.append(message.clone()).await.unwrap();
            // Others append meanwhile, on this subject too.
            it.fill(&format!("s{n}"), 1).await;
            let again = it.log.append(message).await.unwrap();
            assert_eq!(again, Stored { seq: first.seq, replayed: true }, "{expect:?}");
        }
        assert_eq!(it.log.info().await.unwrap().messages, 6, "a replay stores nothing");
    }
    .boxed()
}

fn other_body(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log().await;
        let conditions = [Expect::LastSeq(Seq(0)), Expect::LastSubjectSeq(Seq(0)), Expect::Nothing];
        for (n, expect) in conditions.into_iter().enumerate() {
            let (end, id) = (format!("s{n}"), format!("id-{n}"));
            it.log.append(it.message(&end, &id, "{\"x\":1}", expect)).await.unwrap();
            let refused = it.log.append(it.message(&end, &id, "{\"x\":2}", expect)).await;
            assert!(matches!(refused, Err(AppendError::Conflict(_))), "{expect:?}: {refused:?}");
        }
        assert_eq!(it.log.info().await.unwrap().messages, 3);
    }
    .boxed()
}

fn used_id(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log().await;
        it.log.append(it.message("a", "id", "{}", Expect::Nothing)).await.unwrap();
        for expect in [Expect::LastSeq(Seq(1)), Expect::LastSubjectSeq(Seq(0)), Expect::Nothing] {
            let refused = it.log.append(it.message("b", "id", "{}", expect)).await;
            assert!(matches!(refused, Err(AppendError::Conflict(_))), "{expect:?}: {refused:?}");
        }
        assert_eq!(it.log.info().await.unwrap().messages, 1);
    }
    .boxed()
}

fn largest(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log_like(|shape| shape.max_message_bytes = 2000).await;
        let head = "NATS/1.0\r\n\r\n".len()
            + "x-request-id: req-1\r\n".len()
            + "Nats-Msg-Id: i1\r\n".len()
            + "Nats-Expected-Last-Sequence: 0\r\n".len()
            + "Nats-Expected-Stream: \r\n".len()
            + it.name.len();
        let body = |size: usize| "x".repeat(size - head);
        let over = it.message("a", "i0", &body(2001), Expect::LastSeq(Seq(0)));
        let refused = it.log.append(over).await;
        assert!(matches!(refused, Err(AppendError::Refused(_))), "{refused:?}");
        let fits = it.message("a", "i1", &body(2000), Expect::LastSeq(Seq(0)));
        assert_eq!(it.log.append(fits).await.unwrap().seq, Seq(1));
    }
    .boxed()
}

fn foreign_subject(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log().await;
        let mut message = it.message("a", "id", "{}", Expect::Nothing);
        message.subject = format!("nobody.{}", it.name);
        let refused = it.log.append(message).await;
        assert!(matches!(refused, Err(AppendError::Refused(_))), "{refused:?}");
        // A subject another log stores is refused as well, and not stored there.
        let other = fixture.log().await;
        let foreign = other.message("a", "id", "{}", Expect::Nothing);
        let refused = it.log.append(foreign).await;
        assert!(matches!(refused, Err(AppendError::Refused(_))), "{refused:?}");
        assert_eq!(other.log.info().await.unwrap().messages, 0);
    }
    .boxed()
}

fn live_read(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log().await;
        it.fill("a", 3).await;
        let mut one = it.log.read(Seq(1)).await.unwrap();
        let mut two = it.log.read(Seq(0)).await.unwrap();
        for seq in seqs(1, 3) {
            assert_eq!(next(&mut one).await.seq, seq);
        }
        is_silent(&mut one).await;
        it.fill("b", 2).await;
        for seq in seqs(4, 5) {
            assert_eq!(next(&mut one).await.seq, seq);
        }
        for seq in seqs(1, 5) {
            assert_eq!(next(&mut two).await.seq, seq);
        }
        drop((one, two));
        fixture.nothing_is_left_over(&it.name).await;
    }
    .boxed()
}

fn read_from(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log().await;
        let mut empty = it.log.read(Seq(1)).await.unwrap();
        it.fill("a", 4).await;
        assert_eq!(next(&mut empty).await.seq, Seq(1));
        let mut middle = it.log.read(Seq(3)).await.unwrap();
        assert_eq!(next(&mut middle).await.seq, Seq(3));
        let mut end = it.log.read(Seq(5)).await.unwrap();
        is_silent(&mut end).await;
        it.fill("b", 1).await;
        assert_eq!(next(&mut end).await.seq, Seq(5));
    }
    .boxed()
}

fn past_the_end(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log().await;
        it.fill("a", 2).await;
        for beyond in [4, 500] {
            let refused = it.log.read(Seq(beyond)).await.err();
            assert!(matches!(refused, Some(ReadError::Lost(_))), "{beyond}: {refused:?}");
        }
        fixture.nothing_is_left_over(&it.name).await;
    }
    .boxed()
}

fn long_read(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        const MANY: u64 = 5_000;
        let it = fixture.log().await;
        let messages: Vec<_> = (0..MANY)
            .map(|n| it.message("a", &format!("m{n}"), "{\"some\":\"body\"}", Expect::Nothing))
            .collect();
        let log = it.log.clone();
        let appends = tokio::spawn(async move {
            let tries = messages.into_iter().map(|message| log.append(message));
            let stored: Vec<_> = futures::stream::iter(tries).buffered(64).collect().await;
            assert!(stored.iter().all(Result::is_ok));
        });
        let mut reading = it.log.read(Seq(1)).await.unwrap();
        for seq in seqs(1, MANY) {
            assert_eq!(next(&mut reading).await.seq, seq);
        }
        appends.await.unwrap();
        let mut again = it.log.read(Seq(1)).await.unwrap();
        for seq in seqs(1, MANY) {
            assert_eq!(next(&mut again).await.seq, seq);
        }
    }
    .boxed()
}

fn absent(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log().await;
        it.fill("a", 1).await;
        assert_eq!(it.log.get(Seq(0)).await.unwrap(), None);
        assert_eq!(it.log.get(Seq(2)).await.unwrap(), None);
        assert_eq!(it.log.last_on(&it.subject("b")).await.unwrap(), None);
        assert_eq!(it.log.last_on("no subject").await.unwrap(), None);
    }
    .boxed()
}
