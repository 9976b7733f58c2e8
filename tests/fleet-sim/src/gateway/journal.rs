//! Every change of the Gateways' administration with its author, reason and ids: one line each.
//!
//! Append-only and durable. It holds no body: nothing secret can come into it. The latest are in
//! memory for the simulator's own API.

use std::{
    collections::VecDeque,
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Request, State as Shared},
    middleware::Next,
    response::Response,
};
use chrono::{DateTime, Utc};
use fleet::contract::headers::{REASON, decode_reason};
use http::Method;
use serde::{Deserialize, Serialize};
use streams::ids::{CorrelationId, NodeId, RequestId, TenantId, TraceId};

use crate::{durable::Lines, flow, node::Life};

/// How many are in memory.
const KEPT: usize = 5_000;

/// One change that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When it was answered.
    pub at: DateTime<Utc>,
    /// By which Gateway.
    pub node_id: NodeId,
    /// Subject of the author.
    pub by: String,
    /// `POST`, `PUT` or `DELETE`.
    pub method: String,
    /// Of what.
    pub path: String,
    /// `x-tenant-id`, where the path means one.
    pub tenant_id: Option<TenantId>,
    /// Why, as they said.
    pub reason: String,
    /// What the Gateway answered.
    pub status: u16,
    /// The flow.
    pub request_id: RequestId,
    /// The flow.
    pub correlation_id: CorrelationId,
    /// The flow.
    pub trace_id: TraceId,
}

/// All changes.
#[derive(Debug)]
pub struct Journal(Mutex<(Lines, VecDeque<Change>)>);

impl Journal {
    /// Opens the journal in the state directory.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(state_dir: &Path) -> io::Result<Self> {
        let (file, all) = Lines::open::<Change>(&state_dir.join("changes.jsonl"))?;
        let latest = all.len().saturating_sub(KEPT);
        Ok(Self(Mutex::new((file, all.into_iter().skip(latest).collect()))))
    }

    /// Those of one flow, or all, oldest first.
    #[must_use]
    pub fn list(&self, correlation: Option<&CorrelationId>) -> Vec<Change> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = |c: &&Change| correlation.is_none_or(|id| &c.correlation_id == id);
        kept.1.iter().filter(wanted).cloned().collect()
    }

    fn add(&self, change: Change) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, latest) = &mut *kept;
        if let Err(error) = file.append(&change).and_then(|()| file.sync()) {
            tracing::error!(%error, "a change is not in the journal");
        }
        if latest.len() == KEPT {
            latest.pop_front();
        }
        latest.push_back(change);
    }
}

/// Round the administration: writes down what was changed, and why.
pub async fn layer(life: Shared<Arc<Life>>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let reason = request.headers().get(REASON).and_then(|v| decode_reason(v.to_str().ok()?));
    let reason = reason.unwrap_or_default();
    let path = request.uri().path().to_owned();
    let tenant_id = flow::meant(&request).filter(|_| path.contains("/tenant/"));
    let method = request.method().to_string();
    let response = next.run(request).await;
    if response.status().is_success()
        && let Some((flow, by)) = flow::current().zip(flow::principal())
    {
        tracing::info!(%method, path, reason, "the administration was changed");
        life.world.changes.add(Change {
            at: life.world.now(),
            node_id: life.spec.node_id.clone(),
            by,
            method,
            path,
            tenant_id,
            reason,
            status: response.status().as_u16(),
            request_id: flow.request_id,
            correlation_id: flow.correlation_id,
            trace_id: flow.trace_id,
        });
    }
    response
}
