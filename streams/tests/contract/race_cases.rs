//! Many writers at once: never two winners.

use std::sync::Arc;

use bytes::Bytes;
use futures::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use streams::{
    ids::{Revision, Seq},
    ports::{AppendError, Expect, KvError},
};

use crate::{Case, fixture::Fixture};

pub(crate) const CASES: &[Case] = &[
    ("of_racing_writers_exactly_one_wins_every_round", stream_wide),
    ("of_racing_creates_on_one_subject_exactly_one_wins", per_subject),
    ("of_racing_compare_and_sets_exactly_one_wins_every_round", buckets),
];

const WRITERS: usize = 9;
const ROUNDS: u64 = 200;

fn stream_wide(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log().await;
        let views = fixture.views(&it);
        for round in 0..ROUNDS {
            let tries = (0..WRITERS).map(|writer| {
                let log = Arc::clone(&views[writer % views.len()]);
                let id = format!("{round}-{writer}");
                let expect = Expect::LastSeq(Seq(round));
                let message = it.message(&format!("w{writer}"), &id, "{}", expect);
                async move { log.append(message).await }
            });
            let outcomes = join_all(tries).await;
            let won = outcomes.iter().filter(|o| o.is_ok()).count();
            assert_eq!(won, 1, "round {round}: {outcomes:?}");
            let lost = |o: &Result<_, _>| matches!(o, Err(AppendError::Conflict(_)));
            assert_eq!(outcomes.iter().filter(|o| lost(o)).count(), WRITERS - 1, "{outcomes:?}");
        }
        assert_eq!(it.log.info().await.unwrap().messages, ROUNDS);
    }
    .boxed()
}

fn per_subject(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.log_like(|shape| shape.max_per_subject = 1).await;
        let views = fixture.views(&it);
        for round in 0..ROUNDS / 4 {
            let tries = (0..WRITERS).map(|writer| {
                let log = Arc::clone(&views[writer % views.len()]);
                let body = format!("{{\"writer\":{writer}}}");
                let id = format!("{round}-{writer}");
                let expect = Expect::LastSubjectSeq(Seq(0));
                let message = it.message(&format!("job{round}"), &id, &body, expect);
                async move { log.append(message).await }
            });
            let outcomes = join_all(tries).await;
            assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1, "{outcomes:?}");
        }
        assert_eq!(it.log.info().await.unwrap().messages, ROUNDS / 4);
    }
    .boxed()
}

fn buckets(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.bucket(64).await;
        let views = fixture.kv_views();
        let mut revision = Revision(0);
        for round in 0..ROUNDS {
            let tries = (0..WRITERS).map(|writer| {
                let kv = Arc::clone(&views[writer % views.len()]);
                let value = Bytes::from(format!("{round}-{writer}"));
                let name = it.name.clone();
                async move { kv.compare_and_set(&name, "lease", value, revision).await }
            });
            let outcomes = join_all(tries).await;
            let won: Vec<Revision> = outcomes.iter().flatten().copied().collect();
            assert_eq!(won.len(), 1, "round {round}: {outcomes:?}");
            let lost = |o: &Result<_, _>| matches!(o, Err(KvError::Conflict { .. }));
            assert_eq!(outcomes.iter().filter(|o| lost(o)).count(), WRITERS - 1, "{outcomes:?}");
            assert!(won[0] > revision);
            revision = won[0];
        }
    }
    .boxed()
}
