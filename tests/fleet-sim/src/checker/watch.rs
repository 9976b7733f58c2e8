//! Runs the checker: reads the log from its start, follows the placement, looks at the read side.
//!
//! Reads only. What it compares a Projection or a Runner with is its own reading of the log.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::StreamExt;
use serde::{Deserialize, Serialize};
use streams::{
    catalog::placement_bucket,
    clock::pause,
    ids::{Hash, NodeId, Seq, ServiceKind, TenantId},
    placement::tenant_key,
    ports::{KvChange, KvStore, MessageLog},
};
use tokio::time::Instant;

use super::{
    Checker, State,
    findings::{Finding, Harm},
};
use crate::{event::Logged, routing::all_changes};

/// Path at which a node tells its folds; part of the simulator, not of the contract.
pub const FOLDS: &str = "/data/v1/folds";

/// Where a node's fold of a tenant stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoldView {
    /// Last sequence applied.
    pub applied: Seq,
    /// How many events.
    pub events: u64,
    /// Their chain.
    pub digest: Hash,
}

/// All folds of a node.
pub type FoldViews = BTreeMap<TenantId, FoldView>;

impl Checker {
    /// Reads the placement history into the books, so that old acts can be judged too.
    ///
    /// # Errors
    /// When the buckets cannot be read.
    pub async fn load_history(
        &self,
        kv: &Arc<dyn KvStore>,
        tenants: &[TenantId],
    ) -> anyhow::Result<()> {
        for kind in ServiceKind::DRAIN_ORDER {
            for tenant in tenants {
                for entry in kv.history(placement_bucket(kind), &tenant_key(tenant)).await? {
                    self.lock().owners.observe(kind, &entry);
                }
            }
        }
        Ok(())
    }

    /// Follows the placement for ever.
    pub async fn follow_placement(self: Arc<Self>, kv: Arc<dyn KvStore>) {
        let mut changes = all_changes(&kv, &ServiceKind::DRAIN_ORDER);
        while let Some((kind, change)) = changes.next().await {
            if let KvChange::Entry(entry) = change {
                self.lock().owners.observe(kind, &entry);
            }
        }
    }

    /// Reads the tenants' log for ever, from its first message.
    pub async fn follow_log(self: Arc<Self>, log: Arc<dyn MessageLog>) {
        loop {
            let from = self.lock().position.next();
            match log.read(from).await {
                Ok(mut messages) => {
                    while let Some(Ok(message)) = messages.next().await {
                        match Logged::decode(&message) {
                            Some((tenant, logged)) => self.logged(tenant, &logged),
                            None => self.lock().position = message.seq,
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "the checker cannot read the log"),
            }
            pause(Duration::from_secs(1)).await;
        }
    }

    /// Judges and looks at the read side every few seconds for ever.
    pub async fn patrol(self: Arc<Self>, log: Arc<dyn MessageLog>, http: reqwest::Client) {
        loop {
            pause(Duration::from_secs(3)).await;
            self.judge();
            self.look(&log, &http).await;
        }
    }

    /// Looks until everything is settled or `within` is over; true when it is settled.
    pub async fn settle(
        &self,
        log: &Arc<dyn MessageLog>,
        http: &reqwest::Client,
        within: Duration,
    ) -> bool {
        let until = Instant::now() + within;
        loop {
            self.look(log, http).await;
            let settled = {
                let state = self.lock();
                state.unsettled().none() && state.acts.is_empty()
            };
            if settled || Instant::now() >= until {
                return settled;
            }
            pause(Duration::from_millis(200)).await;
            self.judge();
        }
    }

    /// Compares every owning Projection and Runner with the log, once.
    async fn look(&self, log: &Arc<dyn MessageLog>, http: &reqwest::Client) {
        let owners = self.owners_by_node();
        for ((kind, node, url), tenants) in owners {
            let Ok(views) = fetch(http, &url).await else {
                continue; // unreachable is unknown, not wrong
            };
            for tenant in tenants {
                if let Some(view) = views.get(&tenant) {
                    let now = self.clock.now();
                    let mut state = self.lock();
                    match kind {
                        ServiceKind::Projection => state.compare(&tenant, &node, view, now),
                        ServiceKind::Runner => state.passed_over(&tenant, &node, view, now),
                        ServiceKind::Aggregate => {}
                    }
                }
            }
        }
        let old_acks = !self.lock().acks.is_empty();
        if old_acks && let Ok(info) = log.info().await {
            let now = self.clock.now();
            self.lock().unreached_acks(info.last_seq, now);
        }
    }

    fn owners_by_node(&self) -> BTreeMap<(ServiceKind, NodeId, String), Vec<TenantId>> {
        let state = self.lock();
        let mut owners: BTreeMap<_, Vec<TenantId>> = BTreeMap::new();
        for kind in [ServiceKind::Projection, ServiceKind::Runner] {
            for tenant in state.owners.tenants(kind) {
                if let Some((node, url)) = state.owners.owner(kind, &tenant) {
                    owners.entry((kind, node, url)).or_default().push(tenant);
                }
            }
        }
        owners
    }
}

async fn fetch(http: &reqwest::Client, url: &str) -> reqwest::Result<FoldViews> {
    http.get(format!("{url}{FOLDS}")).send().await?.error_for_status()?.json().await
}

impl State {
    /// A Projection that has applied up to a position holds exactly the log's events up to there.
    fn compare(
        &mut self,
        tenant: &TenantId,
        node: &NodeId,
        view: &FoldView,
        now: chrono::DateTime<chrono::Utc>,
    ) {
        let ledger = self.ledgers.entry(tenant.clone()).or_default();
        let Some((events, digest)) = ledger.at(view.applied) else {
            return; // ahead of the checker, or long ago
        };
        let (harm, word, differ) = if view.events > events {
            (Harm::Doubled, "doubled", view.events - events)
        } else if view.events < events {
            (Harm::Lost, "lost", events - view.events)
        } else if &view.digest != digest {
            (Harm::Lost, "lost", 1)
        } else {
            (Harm::Lost, "lost", 0)
        };
        ledger.projected = if differ == 0 { view.events } else { events };
        for nth in 1..=differ {
            self.findings.add(Finding {
                key: format!("{word}:projection:{tenant}:{node}:{nth}"),
                harm,
                tenant_id: tenant.clone(),
                evidence: format!(
                    "{node} holds {} events at {}, the log has {events}",
                    view.events, view.applied
                ),
                at: now,
            });
        }
    }

    /// A Runner that has passed an event has run its effect.
    fn passed_over(
        &mut self,
        tenant: &TenantId,
        node: &NodeId,
        view: &FoldView,
        now: chrono::DateTime<chrono::Utc>,
    ) {
        let ledger = self.ledgers.entry(tenant.clone()).or_default();
        while let Some(first) = ledger.due.first_entry() {
            if *first.key() > view.applied {
                break;
            }
            let (seq, request) = first.remove_entry();
            self.findings.add(Finding {
                key: format!("lost:effect:{tenant}:{seq}"),
                harm: Harm::Lost,
                tenant_id: tenant.clone(),
                evidence: format!(
                    "{node} is at {} and the effect of {request} at {seq} never ran",
                    view.applied
                ),
                at: now,
            });
        }
    }
}
