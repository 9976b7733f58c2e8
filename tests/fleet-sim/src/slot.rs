//! A place for a node: starts its lives one after another, and ends them as a crash does.
//!
//! What belongs to the place outlives a crash: the address, the faults, the folder on disk. A crash
//! drops the node's memory, its tasks and its open connections at once.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, extract::DefaultBodyLimit, middleware, routing::get, serve::Listener};
use fleet::contract::{NodeKind, ProblemCode, paths};
use streams::{clock::pause, ids::ServiceKind};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::{
    fault::{Fault, Faults},
    flow, gateway,
    node::{Life, admin, aggregate, checkpoint, faulty, probes, projection},
    problem::{fail, fail_as},
    routing,
    topology::NodeSpec,
    world::World,
};

/// The place of one node.
#[derive(Debug)]
pub struct Slot {
    /// Who lives here.
    pub spec: NodeSpec,
    /// What is wrong with it.
    pub faults: Arc<Faults>,
    life: Mutex<Option<Arc<Life>>>,
    restarts: AtomicU64,
}

impl Slot {
    /// An empty place.
    #[must_use]
    pub fn new(spec: NodeSpec) -> Self {
        Self { spec, faults: Arc::default(), life: Mutex::default(), restarts: AtomicU64::new(0) }
    }

    /// The present life; none while the node is down.
    #[must_use]
    pub fn life(&self) -> Option<Arc<Life>> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often it has crashed and come back.
    #[must_use]
    pub fn restarts(&self) -> u64 {
        self.restarts.load(Ordering::Relaxed)
    }

    fn set(&self, life: Option<Arc<Life>>) {
        *self.life.lock().unwrap_or_else(PoisonError::into_inner) = life;
    }

    /// Runs lives until `stop`. The first one listens on `listener`.
    pub async fn supervise(
        self: Arc<Self>,
        world: Arc<World>,
        listener: TcpListener,
        stop: CancellationToken,
    ) {
        let mut listener = Some(listener);
        loop {
            let socket = match listener.take() {
                Some(socket) => socket,
                None => match TcpListener::bind(self.spec.addr).await {
                    Ok(socket) => socket,
                    Err(error) => {
                        tracing::error!(node_id = %self.spec.node_id, %error, "cannot listen");
                        pause(Duration::from_secs(1)).await;
                        continue;
                    }
                },
            };
            match self.begin(&world, socket) {
                Ok(life) => {
                    self.set(Some(life.clone()));
                    self.live(&life, &stop).await;
                    self.set(None);
                }
                Err(error) => {
                    tracing::error!(node_id = %self.spec.node_id, %error, "the node cannot start");
                    pause(Duration::from_secs(1)).await;
                }
            }
            if stop.is_cancelled() {
                return;
            }
        }
    }

    fn begin(&self, world: &Arc<World>, socket: TcpListener) -> io::Result<Arc<Life>> {
        let (publish, routing) = watch::channel(None);
        let faults = self.faults.clone();
        let life = Life::begin(self.spec.clone(), world.clone(), faults.clone(), routing)?;
        let kinds = life.kind().map_or(ServiceKind::DRAIN_ORDER.to_vec(), |kind| vec![kind]);
        life.spawn(routing::follow(world.kv.clone(), kinds, faults, publish));
        life.run();
        let listener = MortalListener { socket, dead: life.dead.clone() };
        let router = router(&life);
        life.spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the node serves no more");
            }
        });
        tracing::info!(node_id = %self.spec.node_id, url = self.spec.url(), "the node is up");
        Ok(life)
    }

    /// Until a crash is asked for, or the program stops.
    async fn live(&self, life: &Arc<Life>, stop: &CancellationToken) {
        let mut switched = self.faults.subscribe();
        let crash = async {
            while self.faults.get(Fault::Crash).is_none() && switched.changed().await.is_ok() {}
        };
        tokio::select! {
            () = stop.cancelled() => {
                let saved = checkpoint::save(life, &life.lock(), true);
                if let Err(error) = saved {
                    tracing::warn!(node_id = %self.spec.node_id, %error, "the folds are not saved");
                }
                life.dead.cancel();
                return;
            }
            () = crash => life.dead.cancel(),
        }
        self.set(None);
        self.restarts.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(node_id = %self.spec.node_id, "the node crashed, as it was told to");
        self.lie_dead(stop).await;
    }

    /// Until the fault's time is over or it is switched off.
    async fn lie_dead(&self, stop: &CancellationToken) {
        let Some(params) = self.faults.get(Fault::Crash) else { return };
        let mut switched = self.faults.subscribe();
        let cleared =
            async { while self.faults.is(Fault::Crash) && switched.changed().await.is_ok() {} };
        tokio::select! {
            () = stop.cancelled() => {}
            () = pause(params.duration(2_000)) => {}
            () = cleared => {}
        }
        self.faults.clear(Fault::Crash);
    }
}

fn router(life: &Arc<Life>) -> Router {
    let gateway = life.spec.kind == NodeKind::Gateway;
    let admin =
        if gateway { admin::of_any().merge(gateway::no_tenants()) } else { admin::of_tenants() };
    let admin = admin.route_layer(middleware::from_fn_with_state(life.clone(), faulty::admin));
    let probes = Router::new()
        .route(paths::HEALTH, get(probes::health))
        .route(paths::READY, get(probes::ready))
        .route(paths::METRICS, get(probes::metrics))
        .route_layer(middleware::from_fn_with_state(life.clone(), faulty::probe));
    let data = match life.spec.kind {
        NodeKind::Gateway => gateway::routes(life),
        NodeKind::Aggregate => aggregate::routes().merge(projection::observed()),
        NodeKind::Projection => projection::routes().merge(projection::observed()),
        NodeKind::Runner => projection::observed(),
    };
    let (node_id, ids) = (life.spec.node_id.to_string(), life.world.ids.clone());
    let flow = middleware::from_fn(move |request, next| {
        flow::layer(node_id.clone(), ids.clone(), request, next)
    });
    Router::new()
        .merge(admin)
        .merge(probes)
        .merge(data)
        .fallback(|| async { fail(ProblemCode::NotFound, "there is no such path") })
        .method_not_allowed_fallback(|| async {
            fail_as(405, "method_not_allowed", "the path knows other methods")
        })
        .layer(DefaultBodyLimit::max(64 * 1024))
        .layer(middleware::from_fn_with_state(life.clone(), faulty::mortal))
        .layer(flow)
        .with_state(life.clone())
}

/// Accepts connections that break when the node dies.
struct MortalListener {
    socket: TcpListener,
    dead: CancellationToken,
}

impl Listener for MortalListener {
    type Io = MortalStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (MortalStream, SocketAddr) {
        let (stream, addr) = Listener::accept(&mut self.socket).await;
        let _ = stream.set_nodelay(true);
        (MortalStream { stream, dead: Box::pin(self.dead.clone().cancelled_owned()) }, addr)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

/// A connection that breaks when the node dies.
struct MortalStream {
    stream: TcpStream,
    dead: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl MortalStream {
    fn alive(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.dead.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionReset.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for MortalStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.alive(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for MortalStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.alive(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
