//! On what the figures were measured: processors, load, build, server, durability, traffic.

use std::fmt;

use anyhow::{Context, Result};
use serde_json::Value;
use streams::jetstream::Jetstream;

use crate::env::Env;

/// How many processes wanted a processor during the last minute.
#[derive(Debug)]
pub(crate) struct Load(String);

impl Load {
    /// Now; `unknown` where the system does not tell.
    pub(crate) fn now() -> Self {
        let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self(text.split_whitespace().next().unwrap_or("unknown").to_owned())
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn processors() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let named = text.lines().find(|line| line.starts_with("model name"));
    let model = named.and_then(|line| line.split_once(": ")).map_or("unknown model", |(_, m)| m);
    let count = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{count} × {model}")
}

/// What a reader must know to read the table.
///
/// # Errors
/// When the server's monitoring or the simulator does not answer: then durability and traffic are
/// not known, and the figures would mean nothing.
pub(crate) async fn stated(env: &Env, nats: &Jetstream) -> Result<String> {
    let read = async |url: String| -> Result<Value> {
        let answer = reqwest::get(&url).await.with_context(|| format!("no answer from {url}"))?;
        Ok(answer.error_for_status()?.json().await?)
    };
    let server = read(format!("{}/jsz", env.nats_monitor)).await?;
    let sync = match server["config"]["sync_always"].as_bool() {
        Some(true) => "sync_interval: always (fsync before each acknowledgement)".to_owned(),
        _ => format!("sync_interval: {} ns", server["config"]["sync_interval"]),
    };
    let traffic = read(format!("{}/sim/v1/traffic", env.fleet)).await?;
    Ok(format!(
        "machine  {}\nbuild    {}\nserver   nats-server {}, one replica, file storage, {sync}\n\
         traffic  {} requests/s through the Gateways meanwhile\n",
        processors(),
        if cfg!(debug_assertions) { "debug" } else { "release" },
        nats.server_version(),
        traffic["rps"],
    ))
}
