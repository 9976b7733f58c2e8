//! The judge: counts what was lost, doubled or misrouted, from evidence of its own.
//!
//! Evidence is the tenants' log, the placement history, acknowledgements as the clients saw them,
//! effects as the outside world saw them, and the read side of the owning Projections; never what a
//! node says of its own rights. [`owners`] judges ownership, [`ledger`] keeps the books,
//! [`findings`] the verdicts, [`watch`] runs it all.

pub mod findings;
pub mod ledger;
pub mod owners;
pub mod watch;

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use streams::{
    clock::Clock,
    ids::{NodeId, RequestId, Seq, ServiceKind, TenantId},
};

use self::{
    findings::{Finding, Findings, Harm, Harms},
    ledger::{Ledger, Traffic},
    owners::{Owners, Verdict},
};
use crate::{durable::Lines, event::Logged};

/// How long an act waits to be judged: the placement watch has surely told of its time by then.
const JUDGE_AFTER: Duration = Duration::from_secs(2);
/// An acknowledgement whose sequence the log has not reached by then is lost.
const REACH_WITHIN: TimeDelta = TimeDelta::seconds(15);
/// After so many settled acknowledgements their file is written anew.
const COMPACT_EVERY: usize = 20_000;

#[derive(Debug, Serialize, Deserialize)]
struct Ack {
    tenant_id: TenantId,
    request_id: RequestId,
    seq: Seq,
    at: DateTime<Utc>,
}

/// A node acted for a tenant.
#[derive(Debug)]
struct Act {
    key: String,
    kind: ServiceKind,
    node: NodeId,
    tenant: TenantId,
    at: DateTime<Utc>,
    noticed: DateTime<Utc>,
}

#[derive(Debug)]
struct State {
    findings: Findings,
    ack_file: Lines,
    settled_acks: usize,
    acks: BTreeMap<(Seq, RequestId), Ack>,
    ledgers: BTreeMap<TenantId, Ledger>,
    owners: Owners,
    acts: VecDeque<Act>,
    position: Seq,
}

/// The judge.
#[derive(Debug)]
pub struct Checker {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

/// What is not settled yet; none of it is lost so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Unsettled {
    /// Acknowledged, and the checker has not read the log so far.
    pub log: u64,
    /// In the log, and the owning Projection had not applied it when last looked at.
    pub projection: u64,
    /// In the log, and its effect has not been run.
    pub effects: u64,
}

impl Unsettled {
    /// Whether everything is settled.
    #[must_use]
    pub fn none(&self) -> bool {
        self.log + self.projection + self.effects == 0
    }
}

/// One tenant's counters.
#[derive(Debug, Clone, Serialize)]
pub struct TenantCounters {
    #[serde(flatten)]
    traffic: Traffic,
    #[serde(flatten)]
    harms: Harms,
    /// Events in its log.
    events: u64,
}

/// Answer of `GET /sim/v1/counters`.
#[derive(Debug, Clone, Serialize)]
pub struct Counters {
    /// Requests the clients sent, retries not counted, since the program started.
    pub requests: u64,
    /// Writes acknowledged since the program started.
    pub acknowledged: u64,
    /// Reads answered.
    pub reads: u64,
    /// Answered 503 after the hold: not lost.
    pub refused: u64,
    /// Neither acknowledged nor refused: may have been applied, at most once.
    pub unknown: u64,
    /// Acknowledged and not applied, since the state directory was made.
    pub lost: u64,
    /// Applied twice, likewise.
    pub doubled: u64,
    /// Served by a wrong node, likewise.
    pub misrouted: u64,
    /// What is still on its way.
    pub unsettled: Unsettled,
    /// The same for each tenant.
    pub per_tenant: BTreeMap<TenantId, TenantCounters>,
}

impl Checker {
    /// Opens the books in the state directory.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn open(state_dir: &Path, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let (ack_file, earlier) = Lines::open::<Ack>(&state_dir.join("acknowledged.jsonl"))?;
        let acks = earlier.into_iter().map(|ack| ((ack.seq, ack.request_id.clone()), ack));
        let state = State {
            findings: Findings::open(state_dir)?,
            ack_file,
            settled_acks: 0,
            acks: acks.collect(),
            ledgers: BTreeMap::new(),
            owners: Owners::default(),
            acts: VecDeque::new(),
            position: Seq(0),
        };
        Ok(Self { clock, state: Mutex::new(state) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what the clients saw of a tenant.
    pub fn traffic(&self, tenant: &TenantId, change: impl FnOnce(&mut Traffic)) {
        change(&mut self.lock().ledgers.entry(tenant.clone()).or_default().traffic);
    }

    /// A client was told that its write is stored at `seq`.
    pub fn acknowledged(&self, tenant: &TenantId, request: &RequestId, seq: Seq) {
        let at = self.clock.now();
        let ack = Ack { tenant_id: tenant.clone(), request_id: request.clone(), seq, at };
        let mut state = self.lock();
        if let Err(error) = state.ack_file.append(&ack) {
            tracing::error!(%error, "an acknowledgement could not be written down");
        }
        state.acks.insert((seq, request.clone()), ack);
        state.ledgers.entry(tenant.clone()).or_default().traffic.acknowledged += 1;
        state.settle_acks(at);
    }

    /// A node answered a read of a tenant.
    pub fn read_served(&self, node: &NodeId, tenant: &TenantId, request: &RequestId) {
        let key = format!("misrouted:read:{request}");
        self.act(key, ServiceKind::Projection, node, tenant);
    }

    /// The outside world saw an effect.
    pub fn effect_run(&self, node: &NodeId, tenant: &TenantId, seq: Seq) {
        self.act(format!("misrouted:effect:{tenant}:{seq}"), ServiceKind::Runner, node, tenant);
        self.effect_known(node, tenant, seq);
    }

    /// As [`Self::effect_run`], for one that an earlier life of the program saw.
    pub fn effect_known(&self, node: &NodeId, tenant: &TenantId, seq: Seq) {
        let at = self.clock.now();
        let mut state = self.lock();
        if !state.ledgers.entry(tenant.clone()).or_default().effect(seq) {
            state.findings.add(Finding {
                key: format!("doubled:effect:{tenant}:{seq}"),
                harm: Harm::Doubled,
                tenant_id: tenant.clone(),
                evidence: format!("{node} ran the effect of sequence {seq} again"),
                at,
            });
        }
    }

    fn act(&self, key: String, kind: ServiceKind, node: &NodeId, tenant: &TenantId) {
        let at = self.clock.now();
        let (node, tenant) = (node.clone(), tenant.clone());
        self.lock().acts.push_back(Act { key, kind, node, tenant, at, noticed: at });
    }

    /// The counters now.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let state = self.lock();
        let mut sum = Traffic::default();
        let mut per_tenant = BTreeMap::new();
        for (tenant, ledger) in &state.ledgers {
            let Ledger { traffic, events, .. } = ledger;
            sum.requests += traffic.requests;
            sum.acknowledged += traffic.acknowledged;
            sum.reads += traffic.reads;
            sum.refused += traffic.refused;
            sum.unknown += traffic.unknown;
            let harms = state.findings.of(tenant);
            let counters = TenantCounters { traffic: *traffic, harms, events: *events };
            per_tenant.insert(tenant.clone(), counters);
        }
        let Harms { lost, doubled, misrouted } = state.findings.total();
        Counters {
            requests: sum.requests,
            acknowledged: sum.acknowledged,
            reads: sum.reads,
            refused: sum.refused,
            unknown: sum.unknown,
            lost,
            doubled,
            misrouted,
            unsettled: state.unsettled(),
            per_tenant,
        }
    }

    /// The findings, oldest first, at most 1,000.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.lock().findings.list().to_vec()
    }

    /// Takes the next message of the log.
    fn logged(&self, tenant: TenantId, logged: &Logged) {
        let noticed = self.clock.now();
        let mut state = self.lock();
        let Logged { seq, at, event } = logged;
        if let Some(earlier) = state.ledgers.entry(tenant.clone()).or_default().append(logged) {
            let request = &event.request_id;
            state.findings.add(Finding {
                key: format!("doubled:log:{tenant}:{seq}"),
                harm: Harm::Doubled,
                tenant_id: tenant.clone(),
                evidence: format!("{request} is in the log at {earlier} and again at {seq}"),
                at: noticed,
            });
        }
        state.acts.push_back(Act {
            key: format!("misrouted:log:{tenant}:{seq}"),
            kind: ServiceKind::Aggregate,
            node: event.node_id.clone(),
            tenant,
            at: *at,
            noticed,
        });
        state.position = *seq;
        state.settle_acks(noticed);
    }

    /// Judges the acts that are old enough.
    fn judge(&self) {
        let now = self.clock.now();
        let mut state = self.lock();
        let State { acts, owners, findings, .. } = &mut *state;
        while let Some(act) = acts.pop_front_if(|a| a.noticed + JUDGE_AFTER <= now) {
            let Act { key, kind, node, tenant, at, .. } = act;
            if let Verdict::Stranger(evidence) = owners.judge(kind, &tenant, &node, at) {
                findings.add(Finding {
                    key,
                    harm: Harm::Misrouted,
                    tenant_id: tenant,
                    evidence,
                    at: now,
                });
            }
        }
    }
}

impl State {
    fn unsettled(&self) -> Unsettled {
        let ledgers = self.ledgers.values();
        Unsettled {
            log: self.acks.len() as u64,
            projection: ledgers.clone().map(|l| l.events.saturating_sub(l.projected)).sum(),
            effects: ledgers.map(|l| l.due.len() as u64).sum(),
        }
    }

    /// Looks up every acknowledgement that the log has reached.
    fn settle_acks(&mut self, now: DateTime<Utc>) {
        while let Some(first) = self.acks.first_entry() {
            if first.key().0 > self.position {
                break;
            }
            let ack = first.remove();
            if !self.ledgers.entry(ack.tenant_id.clone()).or_default().has(&ack.request_id) {
                self.lost_ack(&ack, now);
            }
            self.settled_acks += 1;
        }
        if self.settled_acks >= COMPACT_EVERY {
            self.settled_acks = 0;
            if let Err(error) = self.ack_file.rewrite(self.acks.values()) {
                tracing::error!(%error, "the acknowledgements could not be compacted");
            }
        }
    }

    /// Counts acknowledgements beyond the end of the log, once they are old.
    fn unreached_acks(&mut self, log_end: Seq, now: DateTime<Utc>) {
        let beyond = |ack: &Ack| ack.seq > log_end && now - ack.at > REACH_WITHIN;
        let keys: Vec<_> =
            self.acks.iter().filter(|(_, a)| beyond(a)).map(|(k, _)| k.clone()).collect();
        for key in keys {
            if let Some(ack) = self.acks.remove(&key) {
                self.lost_ack(&ack, now);
            }
        }
    }

    fn lost_ack(&mut self, ack: &Ack, now: DateTime<Utc>) {
        let Ack { tenant_id, request_id, seq, .. } = ack;
        self.findings.add(Finding {
            key: format!("lost:log:{request_id}"),
            harm: Harm::Lost,
            tenant_id: tenant_id.clone(),
            evidence: format!("{request_id} was acknowledged at {seq} and is not in the log"),
            at: now,
        });
    }
}
