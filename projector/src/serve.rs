//! The service: connection, views, the three routes, and a stop on SIGTERM or SIGINT.
//!
//! Wiring only; a view's life is in [`crate::run`].

use anyhow::{Context, Result};
use observability::{Build, Checks, Metrics, ops_router};
use streams::{
    clock::SystemClock,
    ids::RandomIds,
    jetstream::{Jetstream, Process},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Pace, Ports,
    config::Settings,
    registry::{self, CHECKS, Named},
};

/// Runs the service until it is told to stop; `build` is what it says it is.
///
/// # Errors
/// What keeps it from starting, or why it stopped by itself.
pub async fn serve(settings: &Settings, pace: Pace, build: Build) -> Result<()> {
    let which = (build.service, build.version, build.git_sha);
    let process = Process::starting(which, &SystemClock, &RandomIds);
    let stop = CancellationToken::new();
    stop_on_signals(stop.clone())?;
    let listen = settings.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("{listen} cannot be listened on; set CONTROL_PROJECTOR_LISTEN"))?;
    let (metrics, checks) = (Metrics::new(build), Checks::new(&CHECKS));
    let router = ops_router(metrics.clone(), checks.clone());
    let stopped = stop.clone().cancelled_owned();
    let ops =
        tokio::spawn(async { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
    let options = settings.nats.options("projector");
    let connected = tokio::select! {
        connected = Jetstream::connect(&options) => connected?,
        () = stop.cancelled() => return Ok(()),
    };
    let what = "Folds the logs of the control plane into what people see.";
    let micro = connected.announce(&process, what).await;
    let _micro = micro.map_err(|error| tracing::warn!(%error, "no micro service")).ok();
    let ports = Ports::new(&connected.logs(), connected.kv());
    tracing::info!(listen = %listen, "ready");
    let outcome = registry::keep(&ports, pace, &metrics, &checks, &stop).await;
    stop.cancel();
    connected.close().await;
    outcome.context("a view's task died")?;
    ops.await.context("the ops routes died")??;
    tracing::info!("stopped");
    Ok(())
}

fn stop_on_signals(stop: CancellationToken) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be handled")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be handled")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        stop.cancel();
    });
    Ok(())
}

/// Builds views from zero and lets readers follow them; one line each on standard output.
///
/// # Errors
/// The first that cannot be built.
pub async fn rebuild(settings: &Settings, pace: Pace, views: &[Named], build: Build) -> Result<()> {
    let connected = Jetstream::connect(&settings.nats.options("projector")).await?;
    let ports = Ports::new(&connected.logs(), connected.kv());
    let metrics = Metrics::new(build);
    let every = [Named::Jobs, Named::Audit];
    let views = if views.is_empty() { &every[..] } else { views };
    for &view in views {
        let generation = registry::build(view, &ports, pace, &metrics).await?;
        println!("{view:?}: readers follow generation {generation}");
    }
    connected.close().await;
    Ok(())
}
