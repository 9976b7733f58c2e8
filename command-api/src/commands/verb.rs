//! `POST /admin/v1/jobs/{job_id}/<verb>`: something about a job that exists.
//!
//! A command like any other: accepted here, decided by the leader, its answer in the job's `verbs`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use streams::{
    envelope::fingerprint,
    ids::{CommandId, IdempotencyKey, JobId, TenantId},
    job::command::{Command, CommandBody, JobKind, Verb, VerbRequest},
};

use super::{Accepted, append, reason};
use crate::{
    auth::{guard::Caller, rights::Sight},
    error::{ApiError, ApiResult, Code},
    queries::undecided::{self, Known},
    state::AppState,
};

/// Body of a verb.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VerbRequest, example = json!({ "reason": "the wrong tenant was chosen" }))]
pub struct VerbBody {
    /// Why, 1 to 500 characters.
    #[serde(default)]
    #[schema(required = true, value_type = String, min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

/// One request about a job.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// Which jobs they may act on.
    pub sight: &'a Sight,
    /// Under which right.
    pub right: &'static str,
    /// What.
    pub verb: Verb,
    /// Of which job.
    pub job_id: &'a JobId,
    /// The client's key.
    pub key: &'a IdempotencyKey,
    /// How long to wait for the decision.
    pub wait: Option<Duration>,
}

impl Ask<'_> {
    /// Appends the verb's command.
    ///
    /// # Errors
    /// 404 `unknown_job`, 422 `reason_invalid`, and those of the log.
    pub async fn run(self, state: &AppState, body: VerbBody) -> ApiResult<Accepted> {
        self.caller.note.job(self.job_id);
        let (tenant, kind) = self.job(state).await?;
        if let Some(tenant) = &tenant {
            tracing::Span::current().record("tenant_id", tenant.as_str());
            self.caller.note.tenant(tenant.clone());
        }
        let reason = reason(body.reason.as_deref())?;
        self.caller.note.reason(reason.as_str());
        let route = format!("jobs/{}", self.verb.as_str());
        let principal = &self.caller.principal.sub;
        let command_id = CommandId::derive(principal, &route, self.job_id, self.key);
        let fingerprint = fingerprint(&(self.verb, reason.as_str()));
        let request = VerbRequest {
            reason,
            actor: self.caller.actor(self.right),
            ids: self.caller.flow.clone(),
            fingerprint,
        };
        let command = Command {
            v: 1,
            command_id,
            job_id: self.job_id.clone(),
            tenant_id: tenant,
            accepted_at: state.clock().now(),
            body: CommandBody::Verb { verb: self.verb, request },
        };
        append(state, &command, kind, self.wait).await
    }

    /// Tenant and kind of the job: from its row, or from its command when it has none yet.
    async fn job(&self, state: &AppState) -> ApiResult<(Option<TenantId>, JobKind)> {
        let found = match undecided::job(state, self.job_id).await? {
            Some(Known::Row(row)) => Some((row.tenant_id.clone(), row.kind)),
            Some(Known::Undecided(command)) => match &command.body {
                CommandBody::Create(request) => {
                    Some((command.tenant_id.clone(), request.spec.kind()))
                }
                CommandBody::Verb { .. } => None,
            },
            None => None,
        };
        found
            .filter(|(tenant, _)| self.sight.sees(tenant.as_ref()))
            .ok_or_else(|| ApiError::new(Code::UnknownJob, format!("{} is unknown", self.job_id)))
    }
}
