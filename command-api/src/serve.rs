//! Runs the service over real parts until it is told to stop.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use streams::{
    clock::{Clock, SystemClock},
    ids::RandomIds,
    jetstream::{Jetstream, Process},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{AppState, app, cli::Cli, config::Checked, http, ports::Ports, sweeper};

/// Time of open requests after the signal.
const DRAIN: Duration = Duration::from_secs(15);

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// When NATS or the address cannot be used.
pub async fn serve(cli: &Cli, checked: Checked) -> anyhow::Result<()> {
    let build = checked.settings.build;
    let which = (build.service, build.version, build.git_sha);
    let process = Process::starting(which, &SystemClock, &RandomIds);
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
        processes: Arc::new(nats.clone()),
        clock,
        ids: Arc::new(RandomIds),
    };
    let what = "The operators' API of the control plane.";
    let micro = nats.announce(&process, what).await;
    let _micro = micro.map_err(|error| tracing::warn!(%error, "no micro service")).ok();
    let state = AppState::new(ports, checked.settings);
    let listener = TcpListener::bind(cli.config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", cli.config.listen))?;
    let signals = signals()?;
    let told = state.clone();
    tokio::spawn(async move {
        signals.await;
        tracing::info!("stopping");
        told.stop();
    });
    let pace = sweeper::Pace::of(state.settings().request_deadline);
    tokio::spawn(sweeper::run(state.clone(), pace));
    tracing::info!(listen = %listener.local_addr()?, "ready");
    let told = state.clone();
    let stopping = async move { told.stopping().await };
    let connections = state.settings().connections;
    tokio::select! {
        () = http::serve(listener, app(&state), connections, stopping) => {}
        // A client that does not take its answer holds nobody up for longer than this.
        () = async {
            state.stopping().await;
            streams::clock::pause(DRAIN).await;
        } => tracing::warn!("open requests were cut off"),
    }
    // Writes to the Gateway whose clients have gone away end too.
    state.background().close();
    if tokio::time::timeout(DRAIN, state.background().wait()).await.is_err() {
        tracing::warn!("a write to the Gateway has no recorded outcome yet");
    }
    nats.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Installs the handlers now, so that a signal is never missed; the future ends with the first.
fn signals() -> anyhow::Result<impl Future<Output = ()> + use<>> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be handled")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be handled")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
