//! One saga as a process of its own: a thread with a runtime, which can be killed or made to stand
//! still whole, and a connection that lives in it.

use std::{sync::mpsc, thread::JoinHandle, time::Duration};

use observability::{Build, Checks, Metrics};
use streams::{
    catalog,
    jetstream::{Jetstream, Options},
};
use tokio::{runtime, sync::oneshot};
use tokio_util::sync::CancellationToken;

use crate::{
    runtime::{CHECKS, Saga, SagaSettings},
    sim::Fleet,
};

const BUILD: Build = Build { service: "job-saga", version: "0", git_sha: "0" };
/// Time to live of the lease in these cases.
pub(crate) const LEASE: Duration = Duration::from_millis(600);

pub(crate) struct Process {
    pub(crate) checks: Checks,
    kill: CancellationToken,
    runtime: runtime::Handle,
    thread: Option<JoinHandle<()>>,
}

/// A process that stands still; it goes on when this is dropped.
pub(crate) struct Frozen(#[allow(dead_code)] mpsc::Sender<()>);

impl Process {
    pub(crate) async fn start(url: &str, id: &str, fleet: &Fleet, keep_every: u64) -> Self {
        let (checks, kill) = (Checks::new(&CHECKS), CancellationToken::new());
        let (sender, handle) = oneshot::channel();
        let (its_checks, its_kill) = (checks.clone(), kill.clone());
        let (url, id, fleet) = (url.to_owned(), id.to_owned(), fleet.seen_by_one());
        let thread = std::thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
            sender.send(runtime.handle().clone()).unwrap();
            let life = async {
                let nats = Jetstream::connect(&Options::new(&url, &id)).await.unwrap();
                let settings = SagaSettings {
                    lease_ttl: LEASE,
                    keep_every,
                    ..SagaSettings::new(id.parse().unwrap())
                };
                let (logs, kv, metrics) = (nats.logs(), nats.kv(), Metrics::new(BUILD));
                let saga = Saga { logs, kv, fleet, settings, metrics, checks: its_checks };
                saga.run(CancellationToken::new()).await.unwrap();
            };
            runtime.block_on(its_kill.run_until_cancelled(life));
            // Everything it has under way is dropped here, as by SIGKILL.
            runtime.shutdown_background();
        });
        Self { checks, kill, runtime: handle.await.unwrap(), thread: Some(thread) }
    }

    /// SIGKILL: nothing is given back, nothing is finished.
    pub(crate) fn kill(mut self) {
        self.kill.cancel();
        self.thread.take().unwrap().join().unwrap();
    }

    /// SIGSTOP: the one thread of its runtime stands still, connections stay open.
    pub(crate) fn freeze(&self) -> Frozen {
        let (go_on, wait) = mpsc::channel::<()>();
        let (stands, frozen) = mpsc::channel();
        self.runtime.spawn(async move {
            stands.send(()).unwrap();
            // Ends with an error when the sender is dropped: that is the sign to go on.
            let _ = wait.recv();
        });
        frozen.recv().unwrap();
        Frozen(go_on)
    }

    /// What it reports of one of its checks.
    pub(crate) fn check(&self, name: &str) -> String {
        let all = self.checks.list();
        all.into_iter().find(|c| c.name == name).map(|c| c.detail.to_string()).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill.cancel();
    }
}

/// The three logs and the buckets, on a server that has none yet.
pub(crate) async fn provisioned(url: &str) -> Jetstream {
    let nats = Jetstream::connect(&Options::new(url, "test")).await.unwrap();
    nats.provision(&streams::shapes::catalogue(), false).await.unwrap();
    assert_eq!(nats.log(catalog::EVENTS).info().await.unwrap().messages, 0);
    nats
}
