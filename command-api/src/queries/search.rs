//! What an id belongs to: exact ids, and beginnings of at least four characters.

use serde::Serialize;
use streams::{
    ids::{FlowIds, JobId, TenantId},
    job::command::JobKind,
    views::{audit_row::AuditRow, job_row::JobRow},
};

use crate::{
    auth::guard::{Caller, RightSpec},
    error::ApiResult,
    rights::{AuditRead, JobsRead, TenantsRead},
    state::AppState,
};

/// Most hits of one type.
const HITS: usize = 5;
/// Most audit records that are counted.
const RECORDS: usize = 100;
/// Shorter texts are no beginnings of ids.
const BEGINNING: usize = 4;

/// One thing an id belongs to.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SearchHit {
    /// `job`, `audit` or `tenant`.
    pub r#type: &'static str,
    /// Its id.
    pub id: String,
    /// Which of its ids the text is, or begins.
    pub matched: Vec<IdKind>,
    /// Kind of the job.
    #[schema(required = true)]
    pub kind: Option<JobKind>,
    /// For whom; null when it is for the platform, or when it is about several.
    #[schema(required = true)]
    pub tenant_id: Option<TenantId>,
    /// What to show.
    pub title: String,
    /// More of it.
    #[schema(required = true)]
    pub detail: Option<String>,
    /// Where it stands.
    #[schema(required = true)]
    pub state: Option<String>,
    /// Path in the console.
    pub href: String,
    /// Its flow.
    #[schema(required = true)]
    pub ids: Option<FlowIds>,
}

/// What an id is the id of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdKind {
    /// One HTTP request.
    RequestId,
    /// One flow.
    CorrelationId,
    /// One trace.
    TraceId,
    /// One job.
    JobId,
    /// One tenant.
    TenantId,
}

/// What an id belongs to.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SearchResult {
    /// What was asked for.
    pub id: String,
    /// Everything found, of what one may see.
    pub hits: Vec<SearchHit>,
}

/// The text looked for.
#[derive(Debug, Clone, Copy)]
struct Wanted<'t>(&'t str);

impl Wanted<'_> {
    fn is(self, id: &str) -> bool {
        id == self.0 || (self.0.len() >= BEGINNING && id.starts_with(self.0))
    }

    /// Which of these ids it is, or begins.
    fn among(self, ids: Option<&FlowIds>, job: Option<&JobId>) -> Vec<IdKind> {
        let of_flow = ids.into_iter().flat_map(|ids| {
            [
                (IdKind::RequestId, ids.request_id.as_str()),
                (IdKind::CorrelationId, ids.correlation_id.as_str()),
                (IdKind::TraceId, ids.trace_id.as_str()),
            ]
        });
        let all = of_flow.chain(job.map(|job| (IdKind::JobId, job.as_str())));
        all.filter(|(_, id)| self.is(id)).map(|(kind, _)| kind).collect()
    }
}

/// Looks an id up.
///
/// # Errors
/// 503 `rebuilding`.
pub fn by_id(state: &AppState, caller: &Caller, id: &str) -> ApiResult<SearchResult> {
    let wanted = Wanted(id.trim());
    let mut hits = jobs(state, caller, wanted)?;
    hits.extend(audit(state, caller, wanted)?);
    hits.extend(tenants(state, caller, wanted)?);
    Ok(SearchResult { id: wanted.0.to_owned(), hits })
}

fn jobs(state: &AppState, caller: &Caller, wanted: Wanted<'_>) -> ApiResult<Vec<SearchHit>> {
    let sight = caller.rights.sight(JobsRead::NAME);
    state.models().jobs.read(|jobs| {
        let mut hits: Vec<SearchHit> = Vec::new();
        let found = jobs.named(wanted.0).chain(jobs.of_flow(wanted.0));
        for row in found.filter(|r| sight.sees(r.tenant_id.as_ref())) {
            let matched = wanted.among(Some(&row.ids), Some(&row.job_id));
            let known = hits.iter().any(|hit| hit.id == row.job_id.as_str());
            if hits.len() < HITS && !known && !matched.is_empty() {
                hits.push(job(row, matched));
            }
        }
        hits
    })
}

fn job(row: &JobRow, matched: Vec<IdKind>) -> SearchHit {
    let tenant = row.tenant_id.as_ref().map_or("the platform".to_owned(), ToString::to_string);
    SearchHit {
        r#type: "job",
        id: row.job_id.to_string(),
        matched,
        kind: Some(row.kind),
        tenant_id: row.tenant_id.clone(),
        title: format!("{} of {tenant}", row.kind.as_str()),
        detail: Some(row.reason.as_str().to_owned()),
        state: Some(row.state.as_str().to_owned()),
        href: format!("/jobs/{}", row.job_id),
        ids: Some(row.ids.clone()),
    }
}

/// The records that carry it, as one hit: there may be many, and they are a page of their own.
fn audit(state: &AppState, caller: &Caller, wanted: Wanted<'_>) -> ApiResult<Option<SearchHit>> {
    let sight = caller.rights.sight(AuditRead::NAME);
    let rows: Vec<_> = state.models().audit.read(|rows| {
        let fits = |row: &AuditRow| {
            sight.sees(row.tenant_id.as_ref())
                && !wanted.among(row.ids.as_ref(), row.job_id.as_ref()).is_empty()
        };
        let found = rows.carrying(wanted.0).filter(|row| fits(row)).take(RECORDS);
        found.cloned().collect()
    })?;
    let Some(newest) = rows.first() else { return Ok(None) };
    let same = |row: &std::sync::Arc<AuditRow>| row.tenant_id == newest.tenant_id;
    let href = match (&newest.job_id, &newest.ids) {
        (Some(job), _) => format!("/audit?job_id={job}"),
        (None, Some(ids)) => format!("/audit?correlation_id={}", ids.correlation_id),
        (None, None) => "/audit".to_owned(),
    };
    Ok(Some(SearchHit {
        r#type: "audit",
        id: newest.seq.to_string(),
        matched: wanted.among(newest.ids.as_ref(), newest.job_id.as_ref()),
        kind: newest.kind,
        tenant_id: newest.tenant_id.clone().filter(|_| rows.iter().all(same)),
        title: "Audit records".to_owned(),
        detail: Some(rows.len().to_string()),
        state: None,
        href,
        ids: newest.ids.clone(),
    }))
}

fn tenants(state: &AppState, caller: &Caller, wanted: Wanted<'_>) -> ApiResult<Vec<SearchHit>> {
    let sight = caller.rights.sight(TenantsRead::NAME);
    let tenants = state.placement()?.tenants();
    let found = tenants.iter().filter(|t| wanted.is(t.as_str()) && sight.sees(Some(t)));
    let hit = |tenant: &TenantId| SearchHit {
        r#type: "tenant",
        id: tenant.to_string(),
        matched: vec![IdKind::TenantId],
        kind: None,
        tenant_id: Some(tenant.clone()),
        title: format!("Tenant {tenant}"),
        detail: None,
        state: None,
        href: format!("/tenants?tenant={tenant}"),
        ids: None,
    };
    Ok(found.take(HITS).map(hit).collect())
}
