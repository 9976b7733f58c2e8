//! The `healthcheck` verb of every service: asks the running process on this host whether it
//! answers.
//!
//! Alive, not ready: what the orchestrator does about an unhealthy task is to kill it, and killing
//! does not bring a dependency back. A service that waits for NATS, rebuilds or stands by is healthy;
//! whether it may have traffic is `/ready`'s answer.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longest wait for the whole answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// More of an answer is not read.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;

/// Why a service does not count as alive.
#[derive(Debug, thiserror::Error)]
pub enum Unhealthy {
    /// Nobody listens, or the connection breaks.
    #[error("{address} does not answer: {cause}")]
    Unreachable {
        /// Asked where.
        address: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Listens and says nothing.
    #[error("{address} gives no answer within {} s", PATIENCE.as_secs())]
    Silent {
        /// Asked where.
        address: SocketAddr,
    },
    /// Answers something else than 200.
    #[error("{address} answers {answer:?} instead of 200")]
    Wrong {
        /// Asked where.
        address: SocketAddr,
        /// The first line.
        answer: String,
    },
}

/// Asks `GET /health` of the service that listens on `listen`.
///
/// # Errors
/// [`Unhealthy`].
pub async fn alive(listen: SocketAddr) -> Result<(), Unhealthy> {
    let address = on_this_host(listen);
    let answer = timeout(PATIENCE, ask(address))
        .await
        .map_err(|_| Unhealthy::Silent { address })?
        .map_err(|cause| Unhealthy::Unreachable { address, cause })?;
    match answer.split_whitespace().nth(1) {
        Some("200") => Ok(()),
        _ => {
            let answer = answer.lines().next().unwrap_or_default().to_owned();
            Err(Unhealthy::Wrong { address, answer })
        }
    }
}

/// Who listens on every address is asked on the loopback one.
fn on_this_host(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        match address {
            SocketAddr::V4(_) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            SocketAddr::V6(_) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        }
    }
    address
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER_BYTES).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use axum::{Router, http::StatusCode, routing::get};
    use tokio::net::TcpListener;

    use super::*;

    async fn service(health: StatusCode) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let ready = get(async || StatusCode::SERVICE_UNAVAILABLE);
        let routes =
            Router::new().route("/health", get(async move || health)).route("/ready", ready);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        address
    }

    #[tokio::test]
    async fn a_service_that_is_not_ready_is_alive_and_another_answer_is_told() {
        alive(service(StatusCode::OK).await).await.unwrap();
        let error = alive(service(StatusCode::IM_A_TEAPOT).await).await.unwrap_err();
        assert!(error.to_string().contains("418"), "{error}");
    }

    #[tokio::test]
    async fn nobody_there_is_told_with_the_address() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = alive(address).await.unwrap_err();
        assert!(error.to_string().starts_with(&format!("{address} does not answer")), "{error}");
    }

    #[test]
    fn who_listens_everywhere_is_asked_on_loopback() {
        let asked = |text: &str| on_this_host(text.parse().unwrap()).to_string();
        assert_eq!(asked("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(asked("[::]:8080"), "[::1]:8080");
        assert_eq!(asked("10.0.0.7:8080"), "10.0.0.7:8080");
    }
}
