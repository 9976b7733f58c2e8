//! The real program as a child process, and a client that knows exactly what it was told.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use streams::clock::pause;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    app::{PATIENCE, eventually},
    gateway::{Gateway, ISSUER},
};

/// A running `command-api`; killed when dropped.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// How a request ended for its sender.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    /// A whole answer.
    Answer { status: u16, body: Value },
    /// The connection was refused, or broke before a whole answer.
    Broken,
}

impl Program {
    /// Starts it over a server and a Gateway, and waits until it is ready.
    pub(crate) async fn start(nats: &str, gateway: &Gateway, token_file: &Path) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let child = Command::new(env!("CARGO_BIN_EXE_command-api"))
            .env("CONTROL_NATS_URL", nats)
            .env("CONTROL_API_LISTEN", address.to_string())
            .env("CONTROL_GATEWAY_URL", &gateway.url)
            .env("CONTROL_TOKEN_ISSUER", ISSUER)
            .env("CONTROL_NODE_TOKEN_FILE", token_file)
            // A storm is what these tests are about.
            .env("CONTROL_API_RATE_PER_ADDRESS", "0")
            .env("CONTROL_API_RATE_PER_PRINCIPAL", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let this = Self { child, address };
        let ready = async || {
            matches!(send(address, "GET /ready", &[], "").await, Told::Answer { status: 200, .. })
        };
        eventually("the program is ready", ready).await;
        this
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().unwrap())
    }

    pub(crate) fn terminate(&self) {
        kill(self.pid(), Signal::SIGTERM).unwrap();
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let ended = async {
            loop {
                if let Some(status) = self.child.try_wait().unwrap() {
                    return status;
                }
                pause(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.expect("the program ends")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends one request on a connection of its own; only a whole answer counts as one.
pub(crate) async fn send(
    address: SocketAddr,
    line: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Told {
    let talk = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let mut text = format!("{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        text += &format!("content-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(text.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        parse(&String::from_utf8(answer).ok()?)
    };
    let told = tokio::time::timeout(PATIENCE, talk).await.expect("an answer or an end in time");
    told.unwrap_or(Told::Broken)
}

fn parse(answer: &str) -> Option<Told> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    let header = |wanted: &str| {
        let line = |line: &&str| line.to_ascii_lowercase().starts_with(wanted);
        head.lines().find(line).and_then(|l| l.split(": ").nth(1))
    };
    let length: usize = header("content-length")?.parse().ok()?;
    let whole = body.len() == length;
    whole.then(|| Told::Answer { status, body: serde_json::from_str(body).unwrap_or_default() })
}
