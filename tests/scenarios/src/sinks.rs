//! Everything a running system says and keeps: logs, metrics, streams and buckets, process lists.
//!
//! Read by a connection that may read all of it. What a sink holds is judged by the cases.

use std::path::Path;

use anyhow::{Context, Result};
use futures::StreamExt;
use serde_json::Value;
use streams::{
    ids::Seq,
    jetstream::{Jetstream, Options},
    ports::KvChange,
};

use crate::system::System;

/// One of them.
#[derive(Debug)]
pub(crate) struct Sink {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Sink {
    pub(crate) fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// All of them.
pub(crate) async fn all(system: &System) -> Result<Vec<Sink>> {
    let mut all = logs(system)?;
    all.extend(metrics(system).await?);
    all.extend(stored(system).await?);
    all.extend(command_lines()?);
    Ok(all)
}

/// The logs of every process.
pub(crate) fn logs(system: &System) -> Result<Vec<Sink>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(system.state().join("logs"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        all.push(Sink::new(name, lossy(&path)?));
    }
    Ok(all)
}

fn lossy(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `/metrics` of the services, of NATS (its monitoring pages), and of every node.
async fn metrics(system: &System) -> Result<Vec<Sink>> {
    let mut urls = vec![format!("{}/metrics", system.api_url())];
    for process in system.processes()? {
        // The script that starts it says where it listens.
        let script = lossy(&system.state().join("run").join(format!("{process}.sh")))?;
        let listens = script.lines().filter_map(|line| line.split_once("_LISTEN="));
        urls.extend(listens.map(|(_, address)| format!("http://{}/metrics", address.trim())));
    }
    for node in system.fleet.nodes().await? {
        urls.push(format!("{}/metrics", node.data_url));
    }
    for page in ["varz", "connz?auth=true&subs=true", "jsz?config=true&streams=true"] {
        urls.push(format!("{}/{page}", system.nats_monitor()));
    }
    urls.sort();
    urls.dedup();
    let mut all = Vec::new();
    for url in urls {
        let answer = reqwest::get(&url).await.with_context(|| format!("no answer from {url}"))?;
        all.push(Sink::new(url, answer.error_for_status()?.text().await?));
    }
    Ok(all)
}

/// Every message of every stream with its headers, every stored value of every bucket with its key.
pub(crate) async fn stored(system: &System) -> Result<Vec<Sink>> {
    let nats = Jetstream::connect(&Options::new(system.nats(), "scenarios-sinks")).await?;
    let mut all = Vec::new();
    for stream in stream_names(system).await? {
        let text = match stream.strip_prefix("KV_") {
            Some(bucket) => values(&nats, bucket).await?,
            None => messages(&nats, &stream).await?,
        };
        all.push(Sink::new(stream, text));
    }
    nats.close().await;
    Ok(all)
}

async fn stream_names(system: &System) -> Result<Vec<String>> {
    let url = format!("{}/jsz?streams=true", system.nats_monitor());
    let told: Value = reqwest::get(&url).await?.error_for_status()?.json().await?;
    let accounts = told["account_details"].as_array().cloned().unwrap_or_default();
    let streams = accounts.iter().filter_map(|account| account["stream_detail"].as_array());
    let names = streams.flatten().filter_map(|stream| stream["name"].as_str().map(str::to_owned));
    let names: Vec<String> = names.collect();
    anyhow::ensure!(names.len() > 8, "the server tells only {} streams", names.len());
    Ok(names)
}

async fn values(nats: &Jetstream, bucket: &str) -> Result<String> {
    let kv = nats.kv();
    let mut text = String::new();
    let mut watched = kv.watch(bucket).await?;
    while let Some(change) = watched.next().await {
        let KvChange::Entry(last) = change? else { break };
        // Read models keep one value a key, which is the one that came.
        let stored = if streams::shapes::is_read_model(bucket) {
            vec![last]
        } else {
            kv.history(bucket, &last.key).await?
        };
        for entry in stored {
            let value = entry.value.unwrap_or_default();
            text.push_str(&format!("{} {}\n", entry.key, String::from_utf8_lossy(&value)));
        }
    }
    Ok(text)
}

async fn messages(nats: &Jetstream, stream: &str) -> Result<String> {
    let log = nats.log(stream);
    let info = log.info().await?;
    let mut text = String::new();
    if info.messages == 0 {
        return Ok(text);
    }
    let mut messages = log.read(Seq(1)).await?;
    while let Some(message) = messages.next().await {
        let message = message?;
        text.push_str(&message.subject);
        for (name, value) in &message.headers {
            text.push_str(&format!(" {name}: {value}"));
        }
        text.push(' ');
        text.push_str(&String::from_utf8_lossy(&message.payload));
        text.push('\n');
        if message.seq >= info.last_seq {
            break;
        }
    }
    Ok(text)
}

/// What `ps` shows of every process there is.
pub(crate) fn command_lines() -> Result<Vec<Sink>> {
    let mut text = String::new();
    for entry in std::fs::read_dir("/proc")? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        // One that has ended meanwhile shows nothing.
        let line = std::fs::read(path.join("cmdline")).unwrap_or_default();
        text.push_str(&String::from_utf8_lossy(&line).replace('\0', " "));
        text.push('\n');
    }
    Ok(vec![Sink::new("the list of processes", text)])
}
