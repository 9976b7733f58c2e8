//! The kept fold in a real bucket: a start begins with it, and with nothing that does not fit the log.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use streams::{
    catalog::{INCARNATION_KEY, META},
    clock::pause,
    ids::{Incarnation, Seq, ServiceKind},
    jetstream::Jetstream,
    job::{
        event::JobEvent,
        snapshot::{HEAD_KEY, Head},
    },
};
use test_support::{facts::job_id, gated::ServerCase, server::Server};

use crate::{
    process::{Process, provisioned},
    sim::{Fleet, Held},
    story::{ask, assert_true, end_of, has, until},
};

pub(crate) const CASES: &[ServerCase] = &[
    ("a_start_begins_with_the_kept_fold_and_ends_what_was_open", used),
    ("a_kept_fold_that_is_spoiled_or_of_another_life_is_not_used", spoiled),
    ("a_kept_fold_beyond_a_log_that_lost_its_tail_is_not_used", beyond),
];

const KINDS: [ServiceKind; 1] = [ServiceKind::Projection];

async fn kept(nats: &Jetstream) -> Option<Bytes> {
    nats.kv().get(META, HEAD_KEY).await.unwrap().and_then(|entry| entry.value)
}

/// Waits until a fold up to `seq` or further is kept; its head.
async fn kept_to(nats: &Jetstream, seq: Seq) -> Head {
    let wait = async {
        loop {
            if let Some(head) = kept(nats).await.and_then(|value| Head::read(&value).ok())
                && head.seq() >= seq
            {
                return head;
            }
            pause(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.expect("a fold is kept")
}

/// The head as stored gives the fold of the log up to its commit, read back from the bucket.
async fn equals_the_log(nats: &Jetstream, head: Head) {
    let mut chunks = Vec::new();
    for key in head.chunk_keys() {
        chunks.push(nats.kv().get(META, &key).await.unwrap().unwrap().value.unwrap());
    }
    let seq = head.seq();
    let (folded, _) = until(nats, |world, _| world.last_seq == seq).await;
    assert_eq!(head.world(&chunks).unwrap(), folded);
}

/// From which commit on a process has folded the log itself.
async fn begun(process: &Process) -> u64 {
    let wait = async {
        loop {
            let told = process.check("log");
            if let Some((_, from)) = told.split_once("from ") {
                return from.split(' ').next().unwrap().parse().unwrap();
            }
            pause(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.expect("the log is folded")
}

fn used(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let server = Server::start(&program).await;
        let (nats, fleet) = (provisioned(&server.url()).await, Fleet::new());
        let first = Process::start(&server.url(), "saga-1", &fleet, 4).await;
        assert_eq!(begun(&first).await, 1, "there is none yet");
        ask(&nats, &fleet, 1, "acme", &KINDS).await;
        let (state, commits) = end_of(&nats, 1).await;
        assert_eq!(state, "succeeded");
        fleet.hold(Held::Hold);
        ask(&nats, &fleet, 2, "bolt", &KINDS).await;
        let holds = |e: &JobEvent| {
            matches!(e, JobEvent::StepStarted { step_id } if step_id.as_str() == Held::Hold.step())
        };
        let (world, _) = until(&nats, |world, commit| {
            world.ended.contains_key(&job_id(1)) && has(commit, holds)
        })
        .await;
        let head = kept_to(&nats, Seq(world.last_seq.0 / 4 * 4)).await;
        let seq = head.seq();
        assert!(seq.0 > commits.len() as u64, "the second job is open in it");
        equals_the_log(&nats, head).await;
        first.kill();
        fleet.hold_no_more();
        let second = Process::start(&server.url(), "saga-2", &fleet, 4).await;
        assert_eq!(begun(&second).await, seq.next().0);
        let (state, _) = end_of(&nats, 2).await;
        assert_eq!(state, "succeeded", "locks, plan and steps were in the kept fold");
        let (late, refused) = fleet.let_go();
        assert_eq!(late, refused);
        assert_eq!((fleet.flips_of(&job_id(1)), fleet.flips_of(&job_id(2))), (1, 1));
        assert_eq!(fleet.broken(), Vec::<String>::new());
        assert_true(&nats).await;
    }
    .boxed()
}

fn spoiled(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let server = Server::start(&program).await;
        let (nats, fleet) = (provisioned(&server.url()).await, Fleet::new());
        let first = Process::start(&server.url(), "saga-1", &fleet, 1).await;
        ask(&nats, &fleet, 1, "acme", &KINDS).await;
        let (_, commits) = end_of(&nats, 1).await;
        kept_to(&nats, Seq(commits.len() as u64)).await;
        first.kill();
        let kv = nats.kv();
        let whole = kept(&nats).await.unwrap();
        let mut bits = whole.to_vec();
        *bits.last_mut().unwrap() ^= 1;
        for value in [Bytes::from_static(b"nothing of ours"), bits.into(), Bytes::new()] {
            kv.put(META, HEAD_KEY, value).await.unwrap();
            let process = Process::start(&server.url(), "saga-2", &fleet, u64::MAX).await;
            assert_eq!(begun(&process).await, 1);
            process.kill();
        }
        kv.put(META, HEAD_KEY, whole).await.unwrap();
        // The log begins another life: the kept fold is of the one before.
        kv.put(META, INCARNATION_KEY, Bytes::from_static(b"2")).await.unwrap();
        let second = Process::start(&server.url(), "saga-3", &fleet, 1).await;
        assert_eq!(begun(&second).await, 1);
        ask(&nats, &fleet, 2, "bolt", &KINDS).await;
        let (state, commits) = end_of(&nats, 2).await;
        assert_eq!(state, "succeeded");
        let head = kept_to(&nats, Seq(commits.len() as u64)).await;
        assert_eq!(head.incarnation(), Incarnation(2));
        equals_the_log(&nats, head).await;
        second.kill();
        let third = Process::start(&server.url(), "saga-4", &fleet, 1).await;
        assert!(begun(&third).await > commits.len() as u64, "of this life it is used");
        assert_true(&nats).await;
    }
    .boxed()
}

/// The bucket is newer than the log: a log restored from an older copy.
fn beyond(program: Arc<str>) -> BoxFuture<'static, ()> {
    async move {
        let mut server = Server::start(&program).await;
        let fleet = Fleet::new();
        let older = {
            provisioned(&server.url()).await.close().await;
            server.kill();
            server.backup()
        };
        server.run().await;
        let nats = server.connect("test").await;
        let first = Process::start(&server.url(), "saga-1", &fleet, 1).await;
        ask(&nats, &fleet, 1, "acme", &KINDS).await;
        let (_, commits) = end_of(&nats, 1).await;
        kept_to(&nats, Seq(commits.len() as u64)).await;
        let newer = kept(&nats).await.unwrap();
        first.kill();
        nats.close().await;
        server.kill();
        server.restore(older.path());
        server.run().await;
        let nats = server.connect("test").await;
        nats.kv().put(META, HEAD_KEY, newer).await.unwrap();
        let second = Process::start(&server.url(), "saga-2", &fleet, u64::MAX).await;
        assert_eq!(begun(&second).await, 1);
        ask(&nats, &fleet, 2, "cyan", &KINDS).await;
        let (state, _) = end_of(&nats, 2).await;
        assert_eq!(state, "succeeded");
        // Grown again beyond that commit, another one stands there.
        second.kill();
        assert_true(&nats).await;
        let third = Process::start(&server.url(), "saga-3", &fleet, u64::MAX).await;
        for (n, tenant) in [(3, "cyan"), (4, "cyan")] {
            ask(&nats, &fleet, n, tenant, &KINDS).await;
            end_of(&nats, n).await;
        }
        third.kill();
        let fourth = Process::start(&server.url(), "saga-4", &fleet, u64::MAX).await;
        assert_eq!(begun(&fourth).await, 1, "its commit is not the one that stands there");
    }
    .boxed()
}
