//! Buckets: revisions, history, deletion, watches.

use bytes::Bytes;
use futures::{FutureExt, StreamExt, future::BoxFuture};
use streams::{
    ids::Revision,
    ports::{KvChange, KvError},
    shapes::bucket_stream,
};

use crate::{
    Case,
    fixture::{Fixture, TestBucket, change, change_or_error, is_silent},
};

pub(crate) const CASES: &[Case] = &[
    ("a_written_key_is_read_with_its_revision", write_and_read),
    ("compare_and_set_wants_the_exact_revision", compare_and_set),
    ("a_deleted_key_is_absent_and_can_be_created_again", deleted),
    ("history_keeps_the_newest_64_revisions_oldest_first", history),
    ("a_watch_of_an_empty_bucket_says_that_it_is_current", empty_watch),
    ("a_watch_delivers_the_last_value_of_every_key_then_current_then_changes", watch),
    ("a_watch_of_a_deep_history_says_current_once", deep_watch),
    ("two_watches_see_the_same_and_leave_nothing_behind", two_watches),
    ("a_read_model_is_made_once_and_its_drop_ends_the_watches", read_model),
    ("only_read_models_can_be_made_or_dropped", only_read_models),
    ("a_missing_bucket_is_missing_in_every_call", missing),
    ("a_key_that_would_be_another_subject_and_a_value_too_large_are_refused", refused),
];

fn bytes(text: &str) -> Bytes {
    Bytes::from(text.to_owned())
}

fn entry(change: KvChange) -> (String, Option<String>, Revision) {
    match change {
        KvChange::Entry(e) => {
            (e.key, e.value.map(|v| String::from_utf8(v.to_vec()).unwrap()), e.revision)
        }
        KvChange::Current => panic!("Current came instead of an entry"),
    }
}

async fn put(it: &TestBucket, key: &str, value: &str) -> Revision {
    it.kv.put(&it.name, key, bytes(value)).await.unwrap()
}

fn write_and_read(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.bucket(5).await;
        assert_eq!(it.kv.get(&it.name, "tenant.acme").await.unwrap(), None);
        let first = put(&it, "tenant.acme", "one").await;
        let second = put(&it, "tenant.bolt", "two").await;
        assert!(second > first, "revisions rise over the whole bucket");
        let found = it.kv.get(&it.name, "tenant.acme").await.unwrap().unwrap();
        assert_eq!(found.key, "tenant.acme");
        assert_eq!((found.value, found.revision), (Some(bytes("one")), first));
        let empty = put(&it, "tenant.acme", "").await;
        let found = it.kv.get(&it.name, "tenant.acme").await.unwrap().unwrap();
        assert_eq!((found.value, found.revision), (Some(bytes("")), empty), "empty is a value");
    }
    .boxed()
}

fn compare_and_set(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.bucket(5).await;
        let cas = |value: &'static str, at: Revision| {
            let (kv, name) = (it.kv.clone(), it.name.clone());
            async move { kv.compare_and_set(&name, "k", bytes(value), at).await }
        };
        let first = cas("one", Revision(0)).await.unwrap();
        put(&it, "other", "x").await;
        for wrong in [Revision(0), Revision(first.0 + 1), Revision(99)] {
            let refused = cas("bad", wrong).await;
            let conflict = matches!(&refused, Err(KvError::Conflict { key, .. }) if key == "k");
            assert!(conflict, "{wrong}: {refused:?}");
        }
        let second = cas("two", first).await.unwrap();
        assert!(second > first);
        let found = it.kv.get(&it.name, "k").await.unwrap().unwrap();
        assert_eq!(found.value, Some(bytes("two")));
    }
    .boxed()
}

fn deleted(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.bucket(5).await;
        let first = put(&it, "k", "one").await;
        it.kv.delete(&it.name, "k").await.unwrap();
        assert_eq!(it.kv.get(&it.name, "k").await.unwrap(), None);
        let stale = it.kv.compare_and_set(&it.name, "k", bytes("x"), first).await;
        assert!(matches!(stale, Err(KvError::Conflict { .. })), "{stale:?}");
        let again = it.kv.compare_and_set(&it.name, "k", bytes("two"), Revision(0)).await.unwrap();
        assert!(again > first);
        let history = it.kv.history(&it.name, "k").await.unwrap();
        let values: Vec<_> = history.iter().map(|e| e.value.clone()).collect();
        assert_eq!(values, [Some(bytes("one")), None, Some(bytes("two"))]);
        it.kv.delete(&it.name, "never").await.unwrap();
        assert_eq!(it.kv.get(&it.name, "never").await.unwrap(), None);
    }
    .boxed()
}

fn history(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.bucket(64).await;
        for n in 0..70 {
            put(&it, "k", &n.to_string()).await;
        }
        let history = it.kv.history(&it.name, "k").await.unwrap();
        let values: Vec<_> = history.iter().map(|e| e.value.clone().unwrap()).collect();
        let newest: Vec<_> = (6..70).map(|n: i32| bytes(&n.to_string())).collect();
        assert_eq!(values, newest);
        assert!(history.windows(2).all(|pair| pair[0].revision < pair[1].revision));
        assert_eq!(it.kv.history(&it.name, "other").await.unwrap(), []);
    }
    .boxed()
}

fn empty_watch(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.bucket(1).await;
        let mut watch = it.kv.watch(&it.name).await.unwrap();
        assert_eq!(change(&mut watch).await, KvChange::Current);
        is_silent(&mut watch).await;
        let revision = put(&it, "k", "v").await;
        assert_eq!(
            entry(change(&mut watch).await),
            ("k".to_owned(), Some("v".to_owned()), revision)
        );
    }
    .boxed()
}

fn watch(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.bucket(3).await;
        put(&it, "a", "old").await;
        let b = put(&it, "b", "1").await;
        let a = put(&it, "a", "new").await;
        put(&it, "gone", "x").await;
        it.kv.delete(&it.name, "gone").await.unwrap();
        let mut watch = it.kv.watch(&it.name).await.unwrap();
        let first = entry(change(&mut watch).await);
        assert_eq!(first, ("b".to_owned(), Some("1".to_owned()), b), "in order of revision");
        let second = entry(change(&mut watch).await);
        assert_eq!(second, ("a".to_owned(), Some("new".to_owned()), a));
        let (key, value, _) = entry(change(&mut watch).await);
        assert_eq!((key.as_str(), value), ("gone", None), "a delete marker is delivered");
        assert_eq!(change(&mut watch).await, KvChange::Current);
        let later = put(&it, "c", "3").await;
        assert_eq!(entry(change(&mut watch).await), ("c".to_owned(), Some("3".to_owned()), later));
        it.kv.delete(&it.name, "c").await.unwrap();
        let (key, value, revision) = entry(change(&mut watch).await);
        assert_eq!((key.as_str(), value), ("c", None));
        assert!(revision > later);
    }
    .boxed()
}

fn deep_watch(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.bucket(64).await;
        for n in 0..40 {
            put(&it, &format!("k{}", n % 4), &n.to_string()).await;
        }
        let mut watch = it.kv.watch(&it.name).await.unwrap();
        let mut seen = Vec::new();
        loop {
            match change(&mut watch).await {
                KvChange::Current => break,
                KvChange::Entry(e) => seen.push((e.key, e.value.unwrap())),
            }
        }
        let last: Vec<_> =
            (36..40).map(|n| (format!("k{}", n % 4), bytes(&n.to_string()))).collect();
        assert_eq!(seen, last);
        is_silent(&mut watch).await;
    }
    .boxed()
}

fn two_watches(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.bucket(1).await;
        let mut one = it.kv.watch(&it.name).await.unwrap();
        let mut two = it.kv.watch(&it.name).await.unwrap();
        assert_eq!(change(&mut one).await, KvChange::Current);
        for n in 0..50 {
            put(&it, "k", &n.to_string()).await;
        }
        // Every watch ends at the newest value; a slow one may skip what is overwritten.
        for watch in [&mut one, &mut two] {
            loop {
                if let KvChange::Entry(e) = change(watch).await
                    && e.value == Some(bytes("49"))
                {
                    break;
                }
            }
        }
        drop((one, two));
        fixture.nothing_is_left_over(&bucket_stream(&it.name)).await;
    }
    .boxed()
}

fn read_model(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let (kv, name) = (fixture.kv().await, fixture.read_model());
        kv.ensure_bucket(&name).await.unwrap();
        kv.put(&name, "row", bytes("1")).await.unwrap();
        kv.ensure_bucket(&name).await.unwrap();
        assert!(kv.get(&name, "row").await.unwrap().is_some(), "made once, kept");
        let mut watch = kv.watch(&name).await.unwrap();
        assert!(matches!(change(&mut watch).await, KvChange::Entry(_)));
        assert_eq!(change(&mut watch).await, KvChange::Current);
        kv.drop_bucket(&name).await.unwrap();
        let end = change_or_error(&mut watch).await;
        assert!(matches!(end, Err(KvError::Missing(_))), "{end:?}");
        assert!(watch.next().await.is_none(), "an error is the last item");
        let again = kv.drop_bucket(&name).await;
        assert!(matches!(again, Err(KvError::Missing(_))), "{again:?}");
    }
    .boxed()
}

fn only_read_models(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.bucket(1).await;
        for name in [it.name.as_str(), "control_meta", "aggregate_placement", "a b"] {
            let made = it.kv.ensure_bucket(name).await;
            assert!(matches!(made, Err(KvError::Refused(_))), "{name}: {made:?}");
            let dropped = it.kv.drop_bucket(name).await;
            assert!(matches!(dropped, Err(KvError::Refused(_))), "{name}: {dropped:?}");
        }
        put(&it, "still", "here").await;
    }
    .boxed()
}

fn missing(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let (kv, name) = (fixture.kv().await, fixture.read_model());
        let is_missing = |e: KvError| matches!(e, KvError::Missing(bucket) if bucket == name);
        assert!(is_missing(kv.get(&name, "k").await.unwrap_err()));
        assert!(is_missing(kv.put(&name, "k", bytes("v")).await.unwrap_err()));
        let cas = kv.compare_and_set(&name, "k", bytes("v"), Revision(0)).await;
        assert!(is_missing(cas.unwrap_err()));
        assert!(is_missing(kv.delete(&name, "k").await.unwrap_err()));
        assert!(is_missing(kv.history(&name, "k").await.unwrap_err()));
        assert!(is_missing(kv.watch(&name).await.err().unwrap()));
    }
    .boxed()
}

fn refused(fixture: Fixture) -> BoxFuture<'static, ()> {
    async move {
        let it = fixture.bucket(1).await;
        for key in ["", "a.*", ">", "a..b", ".a", "a b", "a\r\nb"] {
            let written = it.kv.put(&it.name, key, bytes("v")).await;
            assert!(matches!(written, Err(KvError::Refused(_))), "{key:?}: {written:?}");
            assert!(it.kv.get(&it.name, key).await.unwrap().is_none(), "{key:?}");
        }
        let large = it.kv.put(&it.name, "k", bytes(&"x".repeat(1025))).await;
        assert!(matches!(large, Err(KvError::Refused(_))), "{large:?}");
        assert_eq!(it.kv.get(&it.name, "k").await.unwrap(), None);
    }
    .boxed()
}
