//! The service: connections, the saga, the three routes, and a stop on SIGTERM or SIGINT.
//!
//! Wiring only; the rules are in [`crate::engine`], the loop in [`crate::runtime`].

use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use fleet::{client::NodeClient, directory::Directory, facts::Observer};
use observability::{Build, Checks, Metrics, ops_router};
use streams::{
    clock::{Clock, SystemClock},
    ids::RandomIds,
    jetstream::{Jetstream, Process},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::{
    config::Checked,
    effects::live::Live,
    runtime::{CHECKS, Saga, SagaSettings, unique},
};

/// Runs the service until it is told to stop; `build` is what it says it is.
///
/// # Errors
/// What keeps it from starting, or why it stopped by itself.
pub async fn serve(settings: Checked, build: Build) -> Result<()> {
    let which = (build.service, build.version, build.git_sha);
    let process = Process::starting(which, &SystemClock, &RandomIds);
    let stop = CancellationToken::new();
    stop_on_signals(stop.clone())?;
    let listen = settings.args.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("{listen} cannot be listened on; set CONTROL_SAGA_LISTEN"))?;
    let (metrics, checks) = (Metrics::new(build), Checks::new(&CHECKS));
    let router = ops_router(metrics.clone(), checks.clone());
    let ops = {
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(
            async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await },
        )
    };
    let options = settings.args.nats.options("job-saga");
    let connected = tokio::select! {
        connected = Jetstream::connect(&options) => connected?,
        () = stop.cancelled() => return Ok(()),
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let kv = connected.kv();
    let (directory, follow) = Directory::follow_kv(Arc::clone(&kv), Arc::clone(&clock));
    let client = NodeClient::new(&settings.limits, settings.token)?;
    let observer = Observer::new(client, Arc::clone(&clock));
    let fleet = Live::new(observer, directory, Arc::clone(&kv), clock);
    let me = unique(&settings.args.id, &RandomIds);
    // It is announced under the name that stands in the lease.
    let process = Process { instance_id: me.to_string(), ..process };
    let what = "Decides and drives every job of the control plane.";
    let micro = connected.announce(&process, what).await;
    let micro = micro.map_err(|error| tracing::warn!(%error, "no micro service")).ok();
    let id = settings.args.id.clone();
    let saga = Saga {
        logs: connected.logs(),
        kv,
        fleet: Arc::new(fleet),
        settings: SagaSettings { lease_ttl: settings.lease_ttl, ..SagaSettings::new(id) },
        metrics,
        checks,
    };
    tracing::info!(listen = %listen, id = %settings.args.id, "ready");
    let outcome = saga.run_as(me, stop.clone()).await;
    stop.cancel();
    follow.abort();
    drop(micro);
    connected.close().await;
    let _ = timeout(std::time::Duration::from_secs(2), ops).await;
    outcome.map_err(|stopped| anyhow!(stopped))
}

fn stop_on_signals(stop: CancellationToken) -> Result<()> {
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => tracing::info!("SIGTERM: stopping"),
            _ = int.recv() => tracing::info!("SIGINT: stopping"),
        }
        stop.cancel();
    });
    Ok(())
}
