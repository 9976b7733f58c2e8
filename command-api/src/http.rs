//! Serves a router over TCP with limits on what comes before a request is one: how long its head may
//! take, how large it may be, how many connections there are.
//!
//! What cannot be read as a request is answered by hyper itself, without a body (docs/errors.md);
//! everything else by the router. Told to stop, it takes no new connection, lets every request that
//! has begun end, and closes the rest.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::Request,
    serve::{Listener, ListenerExt},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{net::TcpListener, sync::Semaphore};
use tower::ServiceExt;

/// Headers of one request that are read at all; more than [`crate::edge::MAX_HEADERS`] are refused
/// with a problem document, more than these by hyper.
const MOST_HEADERS: usize = 256;
/// Bytes of a request's head that are read at all.
const MOST_HEAD_BYTES: usize = 128 * 1024;

/// Limits of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// Open at the same time; further ones wait to be taken.
    pub most: usize,
    /// Time of a request's head, from its first byte; also how long a connection may be idle.
    pub head: Duration,
}

impl Default for Connections {
    fn default() -> Self {
        Self { most: 4_096, head: Duration::from_secs(15) }
    }
}

/// Serves until `stopping` ends and every request that had begun then has been answered.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Connections,
    stopping: impl Future<Output = ()>,
) {
    let mut listener = listener.tap_io(|stream| {
        // Answers are small and wanted at once; without the option they are only slower.
        let _ = stream.set_nodelay(true);
    });
    let permits = Arc::new(Semaphore::new(limits.most));
    let open = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_headers(MOST_HEADERS)
        .max_buf_size(MOST_HEAD_BYTES);
    tokio::pin!(stopping);
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await.ok();
            (permit, listener.accept().await)
        };
        let (permit, (stream, peer)) = tokio::select! {
            biased;
            () = &mut stopping => break,
            next = next => next,
        };
        let router = router.clone();
        let service = service_fn(move |request| answer(router.clone(), peer, request));
        let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                // What a client does to its own connection is not our trouble.
                tracing::debug!(%error, %peer, "a connection ended in the middle");
            }
            drop(permit);
        });
    }
    drop(listener);
    open.shutdown().await;
}

async fn answer(
    router: Router,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<axum::response::Response, std::convert::Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request).await
}
