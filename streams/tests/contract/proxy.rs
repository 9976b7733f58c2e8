//! A lying network between client and server: it can swallow what the server says, or drop what the
//! client sends, and then cut the connection.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

const HONEST: u8 = 0;
const SWALLOW_ANSWERS: u8 = 1;
const DROP_REQUESTS: u8 = 2;

/// The proxy; its connections end with it.
#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    mode: Arc<AtomicU8>,
    cut: watch::Sender<u64>,
}

impl Proxy {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let mode = Arc::new(AtomicU8::new(HONEST));
        let cut = watch::Sender::new(0);
        let (shared, cuts) = (Arc::clone(&mode), cut.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                tokio::spawn(relay(client, server, Arc::clone(&shared), cuts.subscribe()));
            }
        });
        Self { port: own, mode, cut }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The server hears everything, the client nothing.
    pub(crate) fn swallow_answers(&self) {
        self.mode.store(SWALLOW_ANSWERS, Ordering::SeqCst);
    }

    /// The server hears nothing.
    pub(crate) fn drop_requests(&self) {
        self.mode.store(DROP_REQUESTS, Ordering::SeqCst);
    }

    /// Honest from here on; connections that were lied to are cut.
    pub(crate) fn heal(&self) {
        self.mode.store(HONEST, Ordering::SeqCst);
        self.cut.send_modify(|cuts| *cuts += 1);
    }
}

async fn relay(
    client: TcpStream,
    server: TcpStream,
    mode: Arc<AtomicU8>,
    mut cut: watch::Receiver<u64>,
) {
    let (client_in, client_out) = client.into_split();
    let (server_in, server_out) = server.into_split();
    let requests = pump(client_in, server_out, Arc::clone(&mode), DROP_REQUESTS);
    let answers = pump(server_in, client_out, mode, SWALLOW_ANSWERS);
    tokio::select! {
        () = requests => {}
        () = answers => {}
        _ = cut.changed() => {}
    }
}

async fn pump(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mode: Arc<AtomicU8>,
    dropped_in: u8,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else { return };
        if mode.load(Ordering::SeqCst) == dropped_in {
            continue;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
