//! Jobs as lists and one by one. A job that was accepted and has no row yet is shown as pending.

use std::{ops::Bound, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use streams::{
    ids::{CorrelationId, JobId, PrincipalId, Seq, TenantId},
    job::{
        command::{Command, CommandBody, JobKind, JobSpec},
        event::Held,
    },
    views::job_row::{ActorRow, JobRow, JobState, WaitingOn},
};

use crate::{
    auth::rights::Sight,
    error::{ApiError, ApiResult, Code},
    page::{self, AnyOf, Limit, Order, Page},
    queries::undecided::{self, Known},
    read::{Position, jobs_index::Place},
    state::AppState,
};

/// What of the list is asked for; several values of one filter are separated by commas.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobsAsked {
    /// Where the page begins, from `next_cursor`.
    pub cursor: Option<String>,
    /// Rows of the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Limit,
    /// `-created_at` (default) or `created_at`.
    pub sort: Option<String>,
    /// Answer only when this position is in.
    #[param(value_type = Option<String>)]
    pub min_seq: Option<Position>,
    /// States.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub state: AnyOf<JobState>,
    /// Kinds.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub kind: AnyOf<JobKind>,
    /// Tenants.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub tenant: AnyOf<TenantId>,
    /// Who asked.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub actor: AnyOf<PrincipalId>,
    /// Flows.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub correlation_id: AnyOf<CorrelationId>,
    /// Created at or after.
    pub since: Option<DateTime<Utc>>,
    /// Created before.
    pub until: Option<DateTime<Utc>>,
}

impl JobsAsked {
    fn takes(&self, row: &JobRow, sight: &Sight) -> bool {
        sight.sees(row.tenant_id.as_ref())
            && self.state.takes(&row.state)
            && self.kind.takes(&row.kind)
            && self.tenant.takes_some(row.tenant_id.as_ref())
            && self.actor.takes(&row.actor.sub)
            && self.correlation_id.takes(&row.ids.correlation_id)
            && self.since.is_none_or(|since| row.created_at >= since)
            && self.until.is_none_or(|until| row.created_at < until)
    }

    /// Tenants that can occur in the answer; none named means any.
    fn only_tenants(&self, sight: &Sight) -> Vec<TenantId> {
        match sight {
            Sight::All => self.tenant.0.clone(),
            Sight::Only(own) => own.iter().filter(|t| self.tenant.takes(t)).cloned().collect(),
        }
    }
}

/// One page.
///
/// # Errors
/// 400 `invalid_query`, 503 `rebuilding`.
pub fn list(state: &AppState, sight: &Sight, asked: &JobsAsked) -> ApiResult<Page<JobRow>> {
    let order = page::order(asked.sort.as_deref(), "created_at", Order::Newest)?;
    let from: Option<Place> = page::position(asked.cursor.as_deref())?;
    let as_of = state.models().jobs.as_of();
    let tenants = asked.only_tenants(sight);
    let nothing = tenants.is_empty() && *sight != Sight::All;
    state.models().jobs.read(|jobs| {
        let places = jobs.places(&tenants, &asked.state.0);
        let total = if nothing { 0 } else { places.len() };
        let take = |place: &Place| {
            let row = jobs.get(&place.1).filter(|row| asked.takes(row, sight))?;
            Some((place.clone(), JobRow { plan: None, ..(**row).clone() }))
        };
        let wanted = if nothing { 0 } else { asked.limit.get() + 1 };
        let mut found: Vec<_> = match order {
            Order::Newest => {
                let until = from.map_or(Bound::Unbounded, Bound::Excluded);
                let range = places.range((Bound::Unbounded, until)).rev();
                range.filter_map(take).take(wanted).collect()
            }
            Order::Oldest => {
                let after = from.map_or(Bound::Unbounded, Bound::Excluded);
                places.range((after, Bound::Unbounded)).filter_map(take).take(wanted).collect()
            }
        };
        let more = found.len() > asked.limit.get();
        found.truncate(asked.limit.get());
        let next_cursor = found.last().filter(|_| more).map(|(place, _)| page::cursor(place));
        let items = found.into_iter().map(|(_, row)| row).collect();
        Page { items, next_cursor, total_estimate: Some(total as u64), as_of }
    })
}

/// One job.
///
/// # Errors
/// 404 `unknown_job` for one that is unknown or not theirs to see, 503 `rebuilding` and those of
/// the command log.
pub async fn one(state: &AppState, sight: &Sight, id: &JobId) -> ApiResult<Arc<JobRow>> {
    let row = match undecided::job(state, id).await? {
        Some(Known::Row(row)) => Some(row),
        Some(Known::Undecided(command)) => pending(&command).map(Arc::new),
        None => None,
    };
    row.filter(|row| sight.sees(row.tenant_id.as_ref()))
        .ok_or_else(|| ApiError::new(Code::UnknownJob, format!("{id} is unknown")))
}

/// A job whose decision is not visible yet, from its command.
fn pending(command: &Command) -> Option<JobRow> {
    let CommandBody::Create(request) = &command.body else { return None };
    let JobSpec::TenantMigrate(params) = &request.spec;
    Some(JobRow {
        job_id: command.job_id.clone(),
        kind: request.spec.kind(),
        tenant_id: command.tenant_id.clone(),
        state: JobState::Pending,
        waiting_on: Some(WaitingOn::Decision),
        because: Some("the leader has not decided on it yet".to_owned()),
        reason: request.reason.clone(),
        actor: ActorRow {
            sub: request.actor.sub.clone(),
            session_id: request.actor.session_id.clone(),
        },
        params: params.clone(),
        plan_hash: request.plan_hash.clone(),
        plan: None,
        created_at: command.accepted_at,
        updated_at: command.accepted_at,
        deadline_at: None,
        finished_at: None,
        ran_ms: 0,
        steps: Vec::new(),
        gates: Vec::new(),
        errors: Vec::new(),
        refusal: None,
        paused_by: None,
        undone_by: None,
        fence: None,
        held: Held { locks: Vec::new(), permits: Vec::new() },
        actions: Vec::new(),
        verbs: Vec::new(),
        ids: request.ids.clone(),
        seq: Seq(0),
        accepted_seq: Seq(0),
    })
}
