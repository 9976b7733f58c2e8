//! Drain of one tenant, and of a whole node: the same object.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use streams::ids::{JobId, Seq, TenantId};

/// How to drain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrainMode {
    /// Finish or hand back what is in flight.
    Graceful,
    /// Abandon it now; counted in `abandoned`.
    Force,
}

/// `PUT …/drain` → 202 with the drain object, durable before it is answered. The same or a higher
/// fence updates the options; a drain that is done stays done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DrainRequest {
    /// How.
    pub mode: DrainMode,
    /// From the call on, ms; null is no deadline, 0 is now.
    pub deadline_ms: Option<u64>,
    /// At the deadline: abandon the rest (true), or go on and report an error (false).
    pub force_on_deadline: bool,
    /// Why, for a person.
    pub reason: String,
    /// The job that asks.
    pub job_id: JobId,
}

/// Where a drain stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrainState {
    /// Work remains.
    Draining,
    /// Refuses new work, nothing in flight, position durable.
    Drained,
    /// Undrained.
    Cancelled,
}

/// `GET …/{t}/drain` → 200; 404 `no_drain` when there never was one, 404 `unknown_tenant` when the
/// tenant is absent. `DELETE …/{t}/drain` → 200 with the object (`cancelled`); without a drain, 404
/// `no_drain`; a repeated one answers the same 200; 409 `wrong_state` when the placement this node
/// sees gives the tenant to another shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DrainStatus {
    /// Where it stands.
    pub state: DrainState,
    /// When it was first asked for.
    pub started_at: DateTime<Utc>,
    /// When the deadline is; null means none.
    pub deadline_at: Option<DateTime<Utc>>,
    /// Work in flight still.
    pub remaining: u64,
    /// Work given up by force.
    pub abandoned: u64,
    /// Whether force was used.
    pub forced: bool,
    /// Last sequence durably applied; set only when drained.
    pub final_seq: Option<Seq>,
    /// What went wrong, for a person; a passed deadline is here.
    #[serde(default)]
    pub errors: Vec<String>,
    /// The reason given.
    pub reason: String,
    /// Whether the intent is on durable storage, so that a restart begins `draining`. A node that
    /// answered 202 says true.
    #[serde(default)]
    pub persisted: bool,
}

/// `PUT|GET|DELETE /admin/v1/drain`: the whole node. `/ready` is 503 `draining` from the `PUT` on.
/// A tenant that was drained on its own before stays drained after the `DELETE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NodeDrainStatus {
    /// Where it stands: `drained` when every tenant is.
    pub state: DrainState,
    /// When it was first asked for.
    pub started_at: DateTime<Utc>,
    /// When the deadline is; null means none.
    pub deadline_at: Option<DateTime<Utc>>,
    /// Work in flight over all tenants.
    pub remaining: u64,
    /// Work given up by force.
    pub abandoned: u64,
    /// Whether force was used.
    pub forced: bool,
    /// What went wrong, for a person.
    #[serde(default)]
    pub errors: Vec<String>,
    /// The reason given.
    pub reason: String,
    /// As [`DrainStatus::persisted`].
    #[serde(default)]
    pub persisted: bool,
    /// Each tenant the node holds.
    #[serde(default)]
    pub tenants: BTreeMap<TenantId, TenantDrain>,
}

/// A tenant's part of a node drain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TenantDrain {
    /// Where it stands.
    pub state: super::TenantState,
    /// Work in flight still.
    pub remaining: u64,
    /// As [`DrainStatus::final_seq`].
    pub final_seq: Option<Seq>,
}
