//! The fleet simulator's own interface: counters and faults.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

/// How late a slowed node answers: far longer than a signal or a request needs to arrive, and within
/// what facts may take (3 s).
const SLOW: Duration = Duration::from_millis(400);

/// One node of the fleet.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Node {
    pub(crate) node_id: String,
    pub(crate) kind: String,
    pub(crate) data_url: String,
    pub(crate) up: bool,
}

/// A call of the control plane that a node answered.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Call {
    pub(crate) node_id: String,
    pub(crate) fence: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) correlation_id: String,
    pub(crate) tenant_id: Option<String>,
    pub(crate) path: String,
    pub(crate) status: u16,
}

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
        let counters = self.read("/sim/v1/counters").await?;
        serde_json::from_value(counters).context("the counters are not what they should be")
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

    /// Turns a fault of a node on, with its time.
    pub(crate) async fn fault_on(&self, node: &str, fault: &str, time: Duration) -> Result<()> {
        let request = self.http.put(self.fault_url(node, fault));
        let ms = u64::try_from(time.as_millis())?;
        let answer = request.json(&json!({"ms": ms})).send().await?;
        answer.error_for_status().map(drop).context("the simulator refuses the fault")
    }

    /// Turns it off.
    pub(crate) async fn fault_off(&self, node: &str, fault: &str) -> Result<()> {
        let answer = self.http.delete(self.fault_url(node, fault)).send().await?;
        answer.error_for_status().map(drop).context("the simulator refuses the fault")
    }

    fn fault_url(&self, node: &str, fault: &str) -> String {
        format!("{}/sim/v1/nodes/{node}/faults/{fault}", self.base)
    }

    /// Does `work` while the admin side of these nodes answers late, so that steps last long enough
    /// to be met in the middle.
    pub(crate) async fn slowed<T>(
        &self,
        nodes: &[String],
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        for node in nodes {
            self.fault_on(node, "slow", SLOW).await?;
        }
        let result = work.await;
        for node in nodes {
            self.fault_off(node, "slow").await?;
        }
        result
    }

    async fn read(&self, path: &str) -> Result<Value> {
        let url = format!("{}{path}", self.base);
        let answer = self.http.get(&url).timeout(Duration::from_secs(5)).send().await?;
        answer.error_for_status()?.json().await.with_context(|| format!("{path} is not JSON"))
    }

    /// What each node durably holds of a tenant: state and epoch by node.
    pub(crate) async fn held(&self, tenant: &str) -> Result<Value> {
        Ok(self.read(&format!("/sim/v1/tenants/{tenant}")).await?["items"].take())
    }

    /// Every node: id, addresses, whether it is up.
    pub(crate) async fn nodes(&self) -> Result<Vec<Node>> {
        let items = self.read("/sim/v1/nodes").await?["items"].take();
        Ok(serde_json::from_value(items)?)
    }

    /// Every fenced call that the nodes answered, oldest first.
    pub(crate) async fn calls(&self) -> Result<Vec<Call>> {
        Ok(serde_json::from_value(self.read("/sim/v1/calls").await?)?)
    }
}
