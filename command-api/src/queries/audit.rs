//! Audit rows as lists and one by one.

use std::{ops::Bound, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use streams::{
    ids::{CorrelationId, JobId, PrincipalId, TenantId},
    job::command::JobKind,
    log::AuditResult,
    views::audit_row::{AuditKey, AuditRow},
};

use crate::{
    auth::rights::Sight,
    error::{ApiError, ApiResult, Code},
    page::{self, AnyOf, Limit, Order, Page},
    read::{Position, audit_index::Place},
    state::AppState,
};

/// A result as a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResultWord(pub AuditResult);

impl std::str::FromStr for ResultWord {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = serde_json::from_value(text.into()).map(Self);
        parsed.map_err(|_| "result is ok, error, denied, unknown or pending".to_owned())
    }
}

/// What of the list is asked for; several values of one filter are separated by commas.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditAsked {
    /// Where the page begins, from `next_cursor`.
    pub cursor: Option<String>,
    /// Rows of the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Limit,
    /// `-at` (default) or `at`.
    pub sort: Option<String>,
    /// Answer only when this position is in.
    #[param(value_type = Option<String>)]
    pub min_seq: Option<Position>,
    /// Results: ok, error, denied, unknown, pending.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub result: AnyOf<ResultWord>,
    /// Operations.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub operation: AnyOf<String>,
    /// What of the Gateway's it was about: `users/usr_x`.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub resource: AnyOf<String>,
    /// Kinds of job.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub kind: AnyOf<JobKind>,
    /// Tenants.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub tenant: AnyOf<TenantId>,
    /// Who.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub actor: AnyOf<PrincipalId>,
    /// Flows.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub correlation_id: AnyOf<CorrelationId>,
    /// The job.
    pub job_id: Option<JobId>,
    /// At or after.
    pub since: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
}

impl AuditAsked {
    fn takes(&self, row: &AuditRow, sight: &Sight) -> bool {
        sight.sees(row.tenant_id.as_ref())
            && self.result.takes(&ResultWord(row.result))
            && self.operation.takes(&row.operation)
            && self.resource.takes_some(row.resource.as_ref())
            && self.kind.takes_some(row.kind.as_ref())
            && self.tenant.takes_some(row.tenant_id.as_ref())
            && self.actor.takes_some(row.actor.as_ref())
            && self.correlation_id.takes_some(row.ids.as_ref().map(|ids| &ids.correlation_id))
            && self.job_id.as_ref().is_none_or(|job| row.job_id.as_ref() == Some(job))
            && self.since.is_none_or(|since| row.at >= since)
            && self.until.is_none_or(|until| row.at < until)
    }
}

/// One page.
///
/// # Errors
/// 400 `invalid_query`, 503 `rebuilding`.
pub fn list(state: &AppState, sight: &Sight, asked: &AuditAsked) -> ApiResult<Page<AuditRow>> {
    let order = page::order(asked.sort.as_deref(), "at", Order::Newest)?;
    let from: Option<Place> = page::position(asked.cursor.as_deref())?;
    let as_of = state.models().audit.as_of();
    let none = std::collections::BTreeSet::new();
    state.models().audit.read(|rows| {
        let places = match &asked.job_id {
            Some(job) => rows.of_id(job.as_str()).unwrap_or(&none),
            None => rows.places(),
        };
        let take = |place: &Place| {
            let row = rows.get(&place.1).filter(|row| asked.takes(row, sight))?;
            Some((*place, (**row).clone()))
        };
        let from = from.map_or(Bound::Unbounded, Bound::Excluded);
        let wanted = asked.limit.get() + 1;
        let mut found: Vec<_> = match order {
            Order::Newest => {
                places.range((Bound::Unbounded, from)).rev().filter_map(take).take(wanted).collect()
            }
            Order::Oldest => {
                places.range((from, Bound::Unbounded)).filter_map(take).take(wanted).collect()
            }
        };
        let more = found.len() > asked.limit.get();
        found.truncate(asked.limit.get());
        let next_cursor = found.last().filter(|_| more).map(|(place, _)| page::cursor(place));
        let items = found.into_iter().map(|(_, row)| row).collect();
        let total_estimate = (*sight == Sight::All).then_some(places.len() as u64);
        Page { items, next_cursor, total_estimate, as_of }
    })
}

/// One row.
///
/// # Errors
/// 404 `not_found` for one that is unknown or not theirs to see, 503 `rebuilding`.
pub fn one(state: &AppState, sight: &Sight, key: AuditKey) -> ApiResult<Arc<AuditRow>> {
    let row = state.models().audit.read(|rows| rows.get(&key).cloned())?;
    row.filter(|row| sight.sees(row.tenant_id.as_ref()))
        .ok_or_else(|| ApiError::new(Code::NotFound, format!("there is no audit row {key}")))
}
