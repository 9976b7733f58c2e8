//! Runs the service over real parts until it is told to stop.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use streams::{
    clock::{Clock, SystemClock},
    ids::RandomIds,
    jetstream::Jetstream,
};
use tokio::{net::TcpListener, signal::unix::SignalKind, sync::watch};

use crate::{AppState, app, cli::Cli, config::Checked, ports::Ports};

/// Time of open requests after the signal.
const DRAIN: Duration = Duration::from_secs(15);

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// When NATS or the address cannot be used.
pub async fn serve(cli: &Cli, checked: Checked) -> anyhow::Result<()> {
    let nats = Jetstream::connect(&cli.nats.options("command-api"))
        .await
        .context("NATS cannot be used")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ports = Ports {
        logs: nats.logs(),
        kv: nats.kv(),
        directory: cli.config.directory(nats.kv(), Arc::clone(&clock)),
        gateway: Arc::new(checked.gateway),
        fleet: Arc::new(checked.observer),
        clock,
        ids: Arc::new(RandomIds),
    };
    let state = AppState::new(ports, checked.settings);
    let listener = TcpListener::bind(cli.config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", cli.config.listen))?;
    let service = app(&state).into_make_service_with_connect_info::<SocketAddr>();
    let (stop, mut stopping) = watch::channel(false);
    tokio::spawn(async move {
        signalled().await;
        stop.send_replace(true);
    });
    tracing::info!(listen = %listener.local_addr()?, "ready");
    let mut told = stopping.clone();
    let graceful = axum::serve(listener, service).with_graceful_shutdown(async move {
        let _ = told.wait_for(|stop| *stop).await;
    });
    tokio::select! {
        ended = graceful.into_future() => ended?,
        // Event streams never end by themselves: they are cut off when the time is over.
        () = async {
            let _ = stopping.wait_for(|stop| *stop).await;
            streams::clock::pause(DRAIN).await;
        } => {}
    }
    nats.close().await;
    tracing::info!("stopped");
    Ok(())
}

async fn signalled() {
    let term = async {
        match tokio::signal::unix::signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = term => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
