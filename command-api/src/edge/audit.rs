//! What was understood and turned down is written to the audit log before it is answered.
//!
//! Accepted jobs and verbs need no record here: the command is it; nor do writes that were sent to
//! the Gateway, which have their own two (`crate::pass::write`). Unauthenticated requests and
//! those that could not be read publish nothing, so that strangers cannot fill the log. When the
//! record cannot be appended, the answer is 503 and nothing has happened.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use moka::future::Cache;
use streams::{
    ids::{CommandId, FlowIds, JobId, TenantId},
    job::command::Actor,
    log::{AuditRecord, AuditResult},
    ports::Stored,
};

use crate::{
    error::{ApiError, ApiResult, Code, Problem},
    pass::asked::resource,
    router::{Audit, Declared},
    state::AppState,
};

/// Facts of a request that only extractors and handlers learn.
#[derive(Debug, Clone, Default)]
pub struct Note(Arc<Mutex<Facts>>);

#[derive(Debug, Clone, Default)]
struct Facts {
    actor: Option<Actor>,
    tenant: Option<TenantId>,
    reason: Option<String>,
    job: Option<JobId>,
}

impl Note {
    fn with(&self, set: impl FnOnce(&mut Facts)) {
        set(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn facts(&self) -> Facts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Who.
    pub fn actor(&self, actor: Actor) {
        self.with(|f| f.actor = Some(actor));
    }

    /// For whom.
    pub fn tenant(&self, tenant: TenantId) {
        self.with(|f| f.tenant = Some(tenant));
    }

    /// Why.
    pub fn reason(&self, reason: &str) {
        self.with(|f| f.reason = Some(reason.to_owned()));
    }

    /// About which job.
    pub fn job(&self, job: &JobId) {
        self.with(|f| f.job = Some(job.clone()));
    }
}

/// Remembers repeated denials of reads, so that a page that asks again and again is recorded once.
pub type Repeats = Cache<String, ()>;

/// A memory of one minute.
#[must_use]
pub fn repeats() -> Repeats {
    Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(60)).build()
}

/// Appends the record of a refusal before it is answered.
pub async fn refusals(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let note = Note::default();
    request.extensions_mut().insert(note.clone());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .and_then(|path| state.declared(request.method(), path.as_str()));
    let flow = crate::edge::flow_of(request.extensions());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let (Some(route), Some(flow), Some(problem)) =
        (route, flow, response.extensions().get::<Problem>())
    else {
        return response;
    };
    let resource = match route.audit {
        Audit::Write(_) => resource(route, &path),
        Audit::Open | Audit::Denials | Audit::Command | Audit::Session | Audit::Reading => None,
    };
    match record_of(route, &method, &flow, (&note, resource), problem, &state).await {
        Ok(()) => response,
        Err(error) => error.into_response(),
    }
}

async fn record_of(
    route: &Declared,
    method: &Method,
    flow: &FlowIds,
    (note, resource): (&Note, Option<String>),
    problem: &Problem,
    state: &AppState,
) -> ApiResult<()> {
    let facts = note.facts();
    let denied = problem.code.status_u16() == 403;
    let judged = matches!(route.audit, Audit::Command | Audit::Write(_));
    let refused = judged && problem.code.is_audited();
    let Some(actor) = facts.actor.filter(|_| denied || refused) else { return Ok(()) };
    let repeated = format!("{} {} {}", actor.sub, actor.session_id, route.operation());
    if method.is_safe() && state.repeats().get(&repeated).await.is_some() {
        return Ok(());
    }
    let (class, result) =
        if denied { ("denied", AuditResult::Denied) } else { ("refused", AuditResult::Error) };
    let record = AuditRecord {
        v: 1,
        record_id: CommandId::from_uuid(state.ids().uuid()),
        at: state.clock().now(),
        class: class.to_owned(),
        actor: Some(actor),
        claimed: None,
        tenant_id: facts.tenant,
        operation: route.operation(),
        result,
        code: Some(problem.code.as_str().to_owned()),
        reason: facts.reason,
        job_id: facts.job,
        resource,
        status: None,
        closes: None,
        ids: flow.clone(),
    };
    append(state, &record).await?;
    if method.is_safe() {
        state.repeats().insert(repeated, ()).await;
    }
    Ok(())
}

/// Appends a record, or fails the request.
///
/// # Errors
/// 503 `audit_unavailable`.
pub async fn append(state: &AppState, record: &AuditRecord) -> ApiResult<Stored> {
    match state.logs().audit.append(record).await {
        Ok(stored) => Ok(stored),
        Err(error) => {
            let code = Code::AuditUnavailable;
            Err(ApiError::new(code, code.title()).caused_by(error))
        }
    }
}
