//! How one knows that a process is ready.
//! It must ask the process itself, never guess by time. Next: `../nats.rs`, `../http.rs`.

/// The question that is answered once a process is ready.
#[derive(Debug, Clone)]
pub(crate) enum Ready {
    /// The NATS server on this monitoring port is healthy and obeys `sync_interval: always`.
    Nats { monitor_port: u16 },
    /// `GET` on this loopback port and path answers 200.
    Http { port: u16, path: &'static str },
}

/// Asks once.
pub(crate) fn is_ready(ready: &Ready) -> bool {
    match ready {
        Ready::Nats { monitor_port } => crate::nats::verify(*monitor_port).is_ok(),
        Ready::Http { port, path } => {
            crate::http::get(*port, path).is_ok_and(|answer| answer.status == 200)
        }
    }
}
