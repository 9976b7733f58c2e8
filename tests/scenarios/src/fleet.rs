//! The fleet simulator's own interface: counters and faults.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// What the independent checker has counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Counters {
    pub(crate) requests: u64,
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) misrouted: u64,
}

/// A client of the simulator.
#[derive(Debug, Clone)]
pub(crate) struct Fleet {
    base: String,
    http: reqwest::Client,
}

impl Fleet {
    pub(crate) fn at(base: &str) -> Self {
        Self { base: base.to_owned(), http: reqwest::Client::new() }
    }

    /// The counters now.
    pub(crate) async fn counters(&self) -> Result<Counters> {
        let url = format!("{}/sim/v1/counters", self.base);
        let answer = self.http.get(&url).timeout(Duration::from_secs(5)).send().await?;
        answer.json().await.context("the simulator's counters are not what they should be")
    }

    /// Demands that nothing was lost, doubled or misrouted, and that traffic did flow.
    pub(crate) async fn clean_since(&self, before: Counters) -> Result<Counters> {
        let now = self.counters().await?;
        if (now.lost, now.doubled, now.misrouted) != (before.lost, before.doubled, before.misrouted)
        {
            bail!("the fleet lost, doubled or misrouted: {before:?} → {now:?}");
        }
        if now.requests <= before.requests {
            bail!("no request was made meanwhile: {now:?}");
        }
        Ok(now)
    }

    /// Turns a fault of a node on.
    pub(crate) async fn fault_on(&self, node: &str, fault: &str) -> Result<()> {
        self.fault(reqwest::Method::PUT, node, fault).await
    }

    /// Turns it off.
    pub(crate) async fn fault_off(&self, node: &str, fault: &str) -> Result<()> {
        self.fault(reqwest::Method::DELETE, node, fault).await
    }

    async fn fault(&self, method: reqwest::Method, node: &str, fault: &str) -> Result<()> {
        let url = format!("{}/sim/v1/nodes/{node}/faults/{fault}", self.base);
        let answer = self.http.request(method, &url).send().await?;
        if !answer.status().is_success() {
            bail!("{url}: {}", answer.status());
        }
        Ok(())
    }
}
