//! What an id belongs to: exact ids, and beginnings of at least four characters.

use serde::Serialize;
use streams::{ids::FlowIds, views::job_row::JobRow};

use crate::{
    auth::guard::{Caller, RightSpec},
    error::ApiResult,
    rights::{AuditRead, JobsRead, TenantsRead},
    state::AppState,
};

/// Most hits of one type.
const HITS: usize = 5;

/// One thing an id belongs to.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SearchHit {
    /// `job`, `audit` or `tenant`.
    pub r#type: &'static str,
    /// Its id.
    pub id: String,
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

/// What an id belongs to.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SearchResult {
    /// What was asked for.
    pub id: String,
    /// Everything found, of what one may see.
    pub hits: Vec<SearchHit>,
}

/// Looks an id up.
///
/// # Errors
/// 503 `rebuilding`.
pub fn by_id(state: &AppState, caller: &Caller, id: &str) -> ApiResult<SearchResult> {
    let text = id.trim();
    let exact = text.len() < 4;
    let mut hits = Vec::new();
    let sight = caller.rights.sight(JobsRead::NAME);
    state.models().jobs.read(|jobs| {
        let found = jobs.named(text).chain(jobs.of_flow(text));
        let fits = |row: &JobRow| {
            !exact || row.job_id.as_str() == text || row.ids.request_id.as_str() == text
        };
        for row in found.filter(|r| fits(r) && sight.sees(r.tenant_id.as_ref())) {
            if hits.len() < HITS && hits.iter().all(|h: &SearchHit| h.id != row.job_id.as_str()) {
                hits.push(job(row));
            }
        }
    })?;
    let sight = caller.rights.sight(AuditRead::NAME);
    let rows = state.models().audit.read(|rows| {
        let seen = rows.carrying(text).filter(|r| !exact && sight.sees(r.tenant_id.as_ref()));
        let found: Vec<_> = seen.take(100).cloned().collect();
        found
    })?;
    if let Some(newest) = rows.first() {
        hits.push(SearchHit {
            r#type: "audit",
            id: newest.seq.to_string(),
            title: "Audit records".to_owned(),
            detail: Some(rows.len().to_string()),
            state: None,
            href: newest
                .job_id
                .as_ref()
                .map_or("/audit".to_owned(), |job| format!("/audit?job_id={job}")),
            ids: newest.ids.clone(),
        });
    }
    let sight = caller.rights.sight(TenantsRead::NAME);
    let tenants = state.placement()?.tenants();
    let named = |t: &str| t == text || (!exact && t.starts_with(text));
    let found = tenants.iter().filter(|t| named(t.as_str()) && sight.sees(Some(t)));
    hits.extend(found.take(HITS).map(|tenant| SearchHit {
        r#type: "tenant",
        id: tenant.to_string(),
        title: format!("Tenant {tenant}"),
        detail: None,
        state: None,
        href: format!("/tenants?tenant={tenant}"),
        ids: None,
    }));
    Ok(SearchResult { id: text.to_owned(), hits })
}

fn job(row: &JobRow) -> SearchHit {
    let tenant = row.tenant_id.as_ref().map_or("the platform".to_owned(), ToString::to_string);
    SearchHit {
        r#type: "job",
        id: row.job_id.to_string(),
        title: format!("{} of {tenant}", row.kind.as_str()),
        detail: Some(row.reason.as_str().to_owned()),
        state: Some(row.state.as_str().to_owned()),
        href: format!("/jobs/{}", row.job_id),
        ids: Some(row.ids.clone()),
    }
}
