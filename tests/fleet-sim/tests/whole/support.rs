//! A fleet for one test, and the control plane's part played by hand.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use clap::Parser;
use fleet_sim::{
    app::{App, Sources},
    checker::Counters,
    config::{Cli, RunArgs},
    fault::{Fault, Params},
    substrate::Substrate,
};
use serde_json::{Value, json};
use streams::{
    catalog::placement_bucket,
    clock::{SystemClock, pause},
    ids::{RandomIds, ServiceKind, TenantId},
    placement::{TenantEntry, tenant_key},
};
use tempfile::TempDir;

use crate::ground::HERE;

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running fleet of six tenants.
pub(crate) struct Fleet {
    pub(crate) app: App,
    pub(crate) dir: TempDir,
    pub(crate) substrate: Substrate,
    http: reqwest::Client,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

fn args(dir: &TempDir, more: &[&str]) -> RunArgs {
    let dir = dir.path().to_str().unwrap();
    let base = ["fleet-sim", "--memory", "--state-dir", dir, "--listen", "127.0.0.1:0"];
    let rest = ["--ports", "auto", "--tenants", "6", "--fixed-passwords"];
    Cli::try_parse_from(base.iter().chain(&rest).chain(more)).unwrap().run
}

pub(crate) async fn start(more: &[&str]) -> Fleet {
    let substrate = HERE.with(|ground| ground.substrate.clone());
    begin(tempfile::tempdir().unwrap(), substrate, more).await
}

/// Starts the program again on the same directory and log.
pub(crate) async fn begin(dir: TempDir, substrate: Substrate, more: &[&str]) -> Fleet {
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
    let sources = Sources { clock, ids, git_sha: "0" };
    let app = App::start(&args(&dir, more), substrate.clone(), sources).await.unwrap();
    let http = fleet_sim::world::http_client().unwrap();
    Fleet { app, dir, substrate, http }
}

impl Fleet {
    pub(crate) fn url(&self, node: &str) -> String {
        let nodes = &self.app.ready.nodes;
        nodes.iter().find(|n| n.node_id.as_str() == node).unwrap().url.clone()
    }

    pub(crate) fn fault(&self, node: &str, fault: Fault, ms: Option<u64>) {
        self.app.sim.slots[&node.parse().unwrap()].faults.set(fault, Params { ms });
    }

    pub(crate) fn clear(&self, node: &str, fault: Fault) {
        self.app.sim.slots[&node.parse().unwrap()].faults.clear(fault);
    }

    pub(crate) fn traffic(&self, rps: f64) {
        self.app.sim.rps.send_replace(rps);
    }

    pub(crate) fn counters(&self) -> Counters {
        self.app.sim.world.checker.counters()
    }

    pub(crate) fn findings(&self) -> String {
        let findings = self.app.sim.world.checker.findings();
        findings.iter().take(5).map(|f| format!("{f:?}\n")).collect()
    }

    /// Stops the traffic and waits until everything is settled.
    pub(crate) async fn settled(&self) -> Counters {
        self.traffic(0.0);
        let world = &self.app.sim.world;
        let settled = world.checker.settle(&world.log, &world.http, PATIENCE).await;
        let counters = self.counters();
        assert!(settled, "not settled: {:?}", counters.unsettled);
        counters
    }

    /// Lets traffic flow until `enough`, which must come to pass.
    pub(crate) async fn until(&self, what: &str, enough: impl Fn(&Counters) -> bool) {
        let wait = async {
            while !enough(&self.counters()) {
                pause(Duration::from_millis(50)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, wait).await.is_err() {
            panic!("never came: {what}; {:?}\n{}", self.counters(), self.findings());
        }
    }

    /// Waits until `node` answers `path` with what `enough` wants.
    pub(crate) async fn until_node(
        &self,
        node: &str,
        path: &str,
        enough: impl Fn(&Answer) -> bool,
    ) -> Value {
        let mut last = Value::Null;
        for _ in 0..400 {
            if let Some(answer) = self.try_get(node, path).await {
                if enough(&answer) {
                    return answer.body;
                }
                last = answer.body;
            }
            pause(Duration::from_millis(50)).await;
        }
        panic!("{node} {path} never came to it: {last}");
    }

    async fn try_get(&self, node: &str, path: &str) -> Option<Answer> {
        let request = self.http.get(format!("{}{path}", self.url(node)));
        let response = request.bearer_auth(&self.app.sim.world.node_token).send().await.ok()?;
        let status = response.status().as_u16();
        Some(Answer { status, body: response.json().await.unwrap_or(Value::Null) })
    }

    pub(crate) async fn get(&self, node: &str, path: &str) -> Answer {
        self.try_get(node, path).await.unwrap()
    }

    /// A fenced mutation of a tenant.
    pub(crate) async fn order(
        &self,
        method: &str,
        node: &str,
        (tenant, what): (&str, &str),
        (fence, epoch): (u64, u64),
        body: Value,
    ) -> Answer {
        let url = format!("{}/admin/v1/tenants/{tenant}{what}", self.url(node));
        let mut request = self
            .http
            .request(method.parse().unwrap(), url)
            .bearer_auth(&self.app.sim.world.node_token)
            .header("idempotency-key", "job_00000000000000000000000000/01.test")
            .header("x-control-fence", fence.to_string())
            .header("x-placement-epoch", epoch.to_string())
            .header("x-tenant-id", tenant);
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        Answer { status, body: response.json().await.unwrap_or(Value::Null) }
    }

    pub(crate) async fn entry(&self, kind: ServiceKind, tenant: &str) -> (TenantEntry, u64) {
        let tenant: TenantId = tenant.parse().unwrap();
        let kv = &self.substrate.kv;
        let entry = kv.get(placement_bucket(kind), &tenant_key(&tenant)).await.unwrap().unwrap();
        (serde_json::from_slice(&entry.value.unwrap()).unwrap(), entry.revision.0)
    }

    /// The flip: compare-and-set to the other shard, epoch + 1. Gives the new revision.
    pub(crate) async fn flip(&self, kind: ServiceKind, tenant: &str) -> u64 {
        let (entry, revision) = self.entry(kind, tenant).await;
        let shard = other(entry.shard.as_str());
        let next =
            TenantEntry { shard: shard.parse().unwrap(), epoch: entry.epoch.next(), ..entry };
        let key = tenant_key(&next.tenant_id);
        let bytes = Bytes::from(serde_json::to_vec(&next).unwrap());
        let kv = &self.substrate.kv;
        let set = kv.compare_and_set(
            placement_bucket(kind),
            &key,
            bytes,
            streams::ids::Revision(revision),
        );
        set.await.unwrap().0
    }

    pub(crate) async fn owner(&self, kind: ServiceKind, tenant: &str) -> (String, String, u64) {
        let (entry, _) = self.entry(kind, tenant).await;
        let source = format!("{}a", entry.shard);
        let target = format!("{}a", other(entry.shard.as_str()));
        (source, target, entry.epoch.0)
    }

    pub(crate) async fn login(&self, user: &str, password: &str) -> Answer {
        let url = format!("{}/auth/v1/login", self.app.ready.gateways[0]);
        let body = json!({"username": user, "password": password});
        let response = self.http.post(url).json(&body).send().await.unwrap();
        let status = response.status().as_u16();
        Answer { status, body: response.json().await.unwrap() }
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }
}

pub(crate) fn other(shard: &str) -> String {
    let (kind, number) = shard.split_once('-').unwrap();
    format!("{kind}-{}", if number == "01" { "02" } else { "01" })
}

pub(crate) fn drain_body() -> Value {
    json!({"mode": "graceful", "deadline_ms": null, "force_on_deadline": false,
           "reason": "a test", "job_id": "job_00000000000000000000000000"})
}
