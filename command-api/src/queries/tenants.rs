//! Tenants: where each is placed, what moves it, and what its nodes say. Joined here, stored nowhere.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use fleet::{
    contract::{TenantState as OnNode, TenantStatus},
    directory::Snapshot,
    facts::TenantsByNode,
};
use serde::{Deserialize, Serialize};
use streams::{
    ids::{Epoch, FlowIds, JobId, Revision, ServiceKind, ShardId, TenantId},
    job::{command::JobKind, facts::Reading},
    views::job_row::{JobRow, JobState},
};

use super::readings;
use crate::{
    auth::rights::Sight,
    error::{ApiError, ApiResult, Code},
    page::{self, AnyOf, Limit, Order, Page},
    read::Position,
    state::AppState,
};

/// One word for a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TenantCondition)]
pub enum Condition {
    /// Served everywhere.
    Active,
    /// A job moves it.
    Moving,
    /// A node drains it.
    Draining,
    /// A node has drained it.
    Drained,
    /// A job about it is stuck.
    Stuck,
    /// A node cannot tell.
    Unknown,
}

impl std::str::FromStr for Condition {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        serde_json::from_value(text.into())
            .map_err(|_| "state is active, moving, draining, drained, stuck or unknown".to_owned())
    }
}

/// Where a tenant is in one map.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TenantPlacement {
    /// The owner.
    pub shard: ShardId,
    /// How often it has moved.
    pub epoch: Epoch,
    /// KV revision of the entry.
    pub revision: Revision,
    /// Not moved by evacuation.
    pub pinned: bool,
    /// Where an open job takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<ShardId>,
}

/// An open job, in brief.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OpenJob {
    /// Which.
    pub job_id: JobId,
    /// What kind.
    pub kind: JobKind,
    /// Where it stands.
    pub state: JobState,
}

/// One tenant.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Tenant)]
pub struct TenantRow {
    /// Which.
    pub tenant_id: TenantId,
    /// One word.
    pub state: Condition,
    /// By service kind.
    pub placement: BTreeMap<ServiceKind, TenantPlacement>,
    /// Work in flight on its owners; null is unknown.
    #[schema(required = true)]
    pub inflight: Option<u64>,
    /// Events its owners have not applied; null is unknown.
    #[schema(required = true)]
    pub lag_events: Option<u64>,
    /// Age of the oldest of these, milliseconds; null is unknown.
    #[schema(required = true)]
    pub lag_ms: Option<u64>,
    /// Whether a node serves it that does not own it, or under another epoch; null is unknown.
    #[schema(required = true)]
    pub drift: Option<bool>,
    /// The job that holds it.
    #[schema(required = true)]
    pub open_job: Option<OpenJob>,
    /// When its placement changed last.
    #[schema(required = true)]
    pub updated_at: Option<DateTime<Utc>>,
}

/// What of the list is asked for; several values of one filter are separated by commas.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TenantsAsked {
    /// Where the page begins, from `next_cursor`.
    pub cursor: Option<String>,
    /// Rows of the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Limit,
    /// `tenant_id` (default) or `-tenant_id`.
    pub sort: Option<String>,
    /// Answer only when this position is in.
    #[param(value_type = Option<String>)]
    pub min_seq: Option<Position>,
    /// Part of the id.
    pub tenant: Option<String>,
    /// Part of the id.
    pub q: Option<String>,
    /// States.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub state: AnyOf<Condition>,
    /// Shards.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub shard: AnyOf<ShardId>,
}

struct Sources {
    snapshot: Arc<Snapshot>,
    nodes: Arc<TenantsByNode>,
    jobs: BTreeMap<TenantId, Arc<JobRow>>,
}

async fn sources(state: &AppState, ids: &FlowIds) -> ApiResult<Sources> {
    let snapshot = state.placement()?;
    let nodes = readings::tenants(state, &snapshot, ids).await;
    let jobs = state.models().jobs.read(|jobs| {
        let of = |row: &Arc<JobRow>| Some((row.tenant_id.clone()?, Arc::clone(row)));
        jobs.open().filter_map(of).collect()
    })?;
    Ok(Sources { snapshot, nodes, jobs })
}

/// One page.
///
/// # Errors
/// 400 `invalid_query`, 503 `rebuilding`.
pub async fn list(
    state: &AppState,
    sight: &Sight,
    ids: &FlowIds,
    asked: &TenantsAsked,
) -> ApiResult<Page<TenantRow>> {
    let order = page::order(asked.sort.as_deref(), "tenant_id", Order::Oldest)?;
    let from: Option<TenantId> = page::position(asked.cursor.as_deref())?;
    let sources = sources(state, ids).await?;
    let text = asked.tenant.as_deref().or(asked.q.as_deref()).unwrap_or_default();
    let mut all = sources.snapshot.tenants();
    all.retain(|t| sight.sees(Some(t)) && t.as_str().contains(text));
    let mut rows: Vec<_> = all.into_iter().map(|t| sources.row(t)).collect();
    rows.retain(|row| {
        asked.state.takes(&row.state)
            && (asked.shard.0.is_empty()
                || row.placement.values().any(|p| asked.shard.takes(&p.shard)))
    });
    if order == Order::Newest {
        rows.reverse();
    }
    let total = rows.len() as u64;
    rows.retain(|row| match (&from, order) {
        (None, _) => true,
        (Some(from), Order::Oldest) => row.tenant_id > *from,
        (Some(from), Order::Newest) => row.tenant_id < *from,
    });
    let more = rows.len() > asked.limit.get();
    rows.truncate(asked.limit.get());
    let next_cursor = rows.last().filter(|_| more).map(|row| page::cursor(&row.tenant_id));
    let as_of = state.models().jobs.as_of();
    Ok(Page { items: rows, next_cursor, total_estimate: Some(total), as_of })
}

/// One tenant.
///
/// # Errors
/// 404 `unknown_tenant` for one that is unknown or not theirs to see, 503 `rebuilding`.
pub async fn one(
    state: &AppState,
    sight: &Sight,
    ids: &FlowIds,
    tenant: TenantId,
) -> ApiResult<TenantRow> {
    let sources = sources(state, ids).await?;
    if !sight.sees(Some(&tenant)) || sources.snapshot.placement_of(&tenant).is_empty() {
        return Err(ApiError::new(Code::UnknownTenant, format!("{tenant} is unknown")));
    }
    Ok(sources.row(tenant))
}

impl Sources {
    fn row(&self, tenant: TenantId) -> TenantRow {
        let entries = self.snapshot.placement_of(&tenant);
        let job = self.jobs.get(&tenant);
        let target = |kind| job.and_then(|j| j.params.targets.get(&kind).cloned());
        let placement = entries.iter().map(|(kind, entry)| {
            let value = &entry.value;
            let placed = TenantPlacement {
                shard: value.shard.clone(),
                epoch: value.epoch,
                revision: entry.revision,
                pinned: value.pinned,
                to: target(*kind).filter(|to| *to != value.shard),
            };
            (*kind, placed)
        });
        let owners = self.owners(&tenant);
        let sum = |of: &dyn Fn(&TenantStatus) -> Option<u64>| {
            owners.as_ref().and_then(|all| all.iter().map(of).sum::<Option<u64>>())
        };
        TenantRow {
            state: condition(job.map(|j| j.state), owners.as_deref()),
            placement: placement.collect(),
            inflight: sum(&|s| Some(s.inflight.as_ref()?.count)),
            lag_events: sum(&|s| Some(s.lag?.events)),
            lag_ms: owners.as_ref().and_then(|all| {
                let ages: Option<Vec<u64>> = all.iter().map(|s| Some(s.lag?.age_ms)).collect();
                Some(ages?.into_iter().max().unwrap_or(0))
            }),
            drift: self.drift(&tenant, job.is_some()),
            open_job: job.map(|j| OpenJob {
                job_id: j.job_id.clone(),
                kind: j.kind,
                state: j.state,
            }),
            updated_at: entries.values().map(|e| e.value.updated_at).max(),
            tenant_id: tenant,
        }
    }

    /// What every owning node says of the tenant; `None` when one cannot be asked.
    fn owners(&self, tenant: &TenantId) -> Option<Vec<TenantStatus>> {
        let mut all = Vec::new();
        for (kind, entry) in self.snapshot.placement_of(tenant) {
            for node in self.snapshot.nodes_of(kind, &entry.value.shard) {
                let Reading::Known { value, .. } = self.nodes.get(&node.node_id)? else {
                    return None;
                };
                all.push(value.get(tenant)?.clone());
            }
        }
        Some(all)
    }

    /// While a job moves the tenant, two sides are expected to differ.
    fn drift(&self, tenant: &TenantId, moving: bool) -> Option<bool> {
        if moving {
            return Some(false);
        }
        let entries = self.snapshot.placement_of(tenant);
        let mut unknown = false;
        for node in self.snapshot.nodes(&ServiceKind::DRAIN_ORDER) {
            let Some(kind) = node.kind.service_kind() else { continue };
            let Some(Reading::Known { value, .. }) = self.nodes.get(&node.target.node_id) else {
                unknown = true;
                continue;
            };
            let entry = entries.get(&kind).map(|e| &e.value);
            let owns = entry.is_some_and(|e| Some(&e.shard) == node.shard.as_ref());
            let active = value.get(tenant).filter(|s| s.state == OnNode::Active);
            let right = active.map(|s| owns && entry.is_some_and(|e| e.epoch == s.epoch));
            if right == Some(false) {
                return Some(true);
            }
        }
        (!unknown).then_some(false)
    }
}

fn condition(job: Option<JobState>, owners: Option<&[TenantStatus]>) -> Condition {
    match (job, owners) {
        (Some(JobState::Stuck), _) => Condition::Stuck,
        (Some(_), _) => Condition::Moving,
        (None, None) => Condition::Unknown,
        (None, Some(all)) if all.iter().any(|s| s.state == OnNode::Draining) => Condition::Draining,
        (None, Some(all)) if all.iter().any(|s| s.state == OnNode::Drained) => Condition::Drained,
        (None, Some(all)) if all.iter().all(|s| s.state == OnNode::Active) => Condition::Active,
        (None, Some(_)) => Condition::Unknown,
    }
}
