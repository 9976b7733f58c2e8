//! The yardstick of a served read: the same bytes by a handler that does nothing else.
//!
//! A process of its own, as the API is one: this program calls itself.

use std::{path::Path, process::Stdio};

use anyhow::{Context, Result};
use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use bytes::Bytes;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// A running one; it ends with this.
pub(crate) struct Bare {
    pub(crate) url: String,
    _child: Child,
}

impl Bare {
    /// Starts one that answers with the bytes of `file`.
    pub(crate) async fn start(file: &Path) -> Result<Self> {
        let own = std::env::current_exe().context("this program cannot find itself")?;
        let mut command = Command::new(own);
        command.arg("--bare").arg(file).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let out = child.stdout.take().context("no output")?;
        let mut lines = BufReader::new(out).lines();
        let url = lines.next_line().await?.context("the bare handler did not start")?;
        Ok(Self { url, _child: child })
    }
}

/// Serves the bytes until it is ended; says where in its first line.
pub(crate) async fn serve(file: &Path) -> Result<()> {
    let bytes = Bytes::from(std::fs::read(file)?);
    let answer = move || {
        let bytes = bytes.clone();
        async move { ([(CONTENT_TYPE, "application/json")], bytes) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, Router::new().fallback(get(answer))).await?;
    Ok(())
}
