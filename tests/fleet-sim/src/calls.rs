//! Which calls reached the nodes' admin side: evidence for tests, kept in memory only.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use streams::ids::{CorrelationId, NodeId, RequestId, TraceId};

/// How many are kept.
const KEPT: usize = 20_000;

/// One mutation that a node answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// When it was answered.
    pub at: DateTime<Utc>,
    /// By whom.
    pub node_id: NodeId,
    /// `PUT`, `POST` or `DELETE`.
    pub method: String,
    /// Its path.
    pub path: String,
    /// `x-tenant-id`.
    pub tenant_id: Option<String>,
    /// `x-control-fence`.
    pub fence: Option<String>,
    /// `x-placement-epoch`.
    pub epoch: Option<String>,
    /// `Idempotency-Key`.
    pub key: Option<String>,
    /// The flow.
    pub request_id: RequestId,
    /// The flow.
    pub correlation_id: CorrelationId,
    /// The flow.
    pub trace_id: TraceId,
    /// What the node answered.
    pub status: u16,
}

/// The latest calls.
#[derive(Debug, Default)]
pub struct Calls(Mutex<VecDeque<Call>>);

impl Calls {
    /// Takes one more.
    pub fn add(&self, call: Call) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() == KEPT {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    /// Those of one flow, or all, oldest first.
    #[must_use]
    pub fn list(&self, correlation: Option<&CorrelationId>) -> Vec<Call> {
        let calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = |c: &&Call| correlation.is_none_or(|id| &c.correlation_id == id);
        calls.iter().filter(wanted).cloned().collect()
    }
}
