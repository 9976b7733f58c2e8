//! `POST /admin/v1/jobs/{kind}`: a new job.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};
use streams::{
    envelope::fingerprint,
    ids::{CommandId, Hash, IdempotencyKey, JobId, TenantId},
    job::{
        command::{
            Command, CommandBody, GateOverride, JobKind, JobRequest, JobSpec, MigrateParams, Reason,
        },
        planner::MigrateAsk,
    },
    log::decode_command,
    subjects,
};

use super::{Accepted, accepted, append, reason, reused};
use crate::{
    auth::guard::{Caller, RightSpec},
    error::{ApiError, ApiResult, Code},
    rights::{JobsCreate, JobsOverride},
    state::AppState,
};

/// Most overrides of one job.
const MAX_OVERRIDES: usize = 32;

/// What happens when something else holds a lock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// The job is refused.
    #[default]
    Reject,
    /// The job waits (not supported yet).
    Queue,
}

/// Body of `POST /admin/v1/jobs/{kind}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = JobRequest, example = json!({
    "params": { "targets": { "projection": "prj-02" } },
    "reason": "prj-01 is short of room",
    "plan_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}))]
pub struct JobBody {
    /// As in the plan, every target named.
    pub params: MigrateAsk,
    /// Why, 1 to 500 characters.
    #[serde(default)]
    #[schema(required = true, value_type = String, min_length = 1, max_length = 500)]
    pub reason: Option<String>,
    /// The plan that was shown.
    pub plan_hash: Hash,
    /// When something else holds a lock.
    #[serde(default)]
    pub on_conflict: OnConflict,
    /// Gates the operator answers for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 32)]
    pub overrides: Vec<OverrideBody>,
}

/// A gate the operator answers for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GateOverride)]
pub struct OverrideBody {
    /// Gate id, e.g. `routing.converged`.
    pub gate: String,
    /// Why it may be passed, 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// One request for a job.
#[derive(Debug)]
pub struct Create<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// For whom.
    pub tenant: &'a TenantId,
    /// Which kind.
    pub kind: JobKind,
    /// The client's key.
    pub key: &'a IdempotencyKey,
    /// How long to wait for the decision.
    pub wait: Option<Duration>,
}

impl Create<'_> {
    /// Appends the job's command, unless what can be known speaks against it.
    ///
    /// # Errors
    /// 403, 409 `lock_conflict`, 422, 503 `append_outcome_unknown` and others of the log.
    pub async fn run(self, state: &AppState, body: JobBody) -> ApiResult<Accepted> {
        let route = format!("jobs/{}", self.kind.as_str());
        let principal = &self.caller.principal.sub;
        let job_id = JobId::derive(principal, &route, Some(self.tenant), self.key);
        self.caller.note.job(&job_id);
        let print = fingerprint(&(self.kind, self.tenant, &body));
        let request = self.request(state, body, print).await?;
        if let Some(answer) = self.conflict(state, &job_id, &request.fingerprint).await? {
            return Ok(answer);
        }
        let command = Command {
            v: 1,
            command_id: CommandId::from_uuid(state.ids().uuid()),
            job_id: job_id.clone(),
            tenant_id: Some(self.tenant.clone()),
            accepted_at: state.clock().now(),
            body: CommandBody::Create(request),
        };
        let answer = append(state, &command, self.kind, self.wait).await?;
        if !answer.replayed {
            state.accepted().insert(job_id, Arc::new(command)).await;
        }
        Ok(answer)
    }

    async fn request(
        &self,
        state: &AppState,
        body: JobBody,
        fingerprint: Hash,
    ) -> ApiResult<JobRequest> {
        let reason = reason(body.reason.as_deref())?;
        self.caller.note.reason(reason.as_str());
        if body.on_conflict == OnConflict::Queue {
            let detail = "on_conflict: queue is not supported; leave it out or say reject";
            return Err(ApiError::new(Code::NotSupported, detail));
        }
        if !state.placement()?.is_writable() {
            let detail = "the placement comes from a file and cannot be changed through jobs";
            return Err(ApiError::new(Code::NotSupported, detail));
        }
        let seen = state.plans().get(&body.plan_hash).await;
        Ok(JobRequest {
            spec: JobSpec::TenantMigrate(resolved(body.params)?),
            tenant_id: Some(self.tenant.clone()),
            reason,
            seen: seen.map(|plan| Box::new(plan.base.clone())),
            plan_hash: body.plan_hash,
            overrides: self.overrides(body.overrides)?,
            actor: self.caller.actor(JobsCreate::NAME),
            ids: self.caller.flow.clone(),
            fingerprint,
        })
    }

    /// Overriding needs a right of its own, and a reason for each gate.
    fn overrides(&self, all: Vec<OverrideBody>) -> ApiResult<Vec<GateOverride>> {
        if all.is_empty() {
            return Ok(Vec::new());
        }
        if !self.caller.rights.grants(JobsOverride::NAME, Some(self.tenant)) {
            let detail = format!("{} is needed for this tenant", JobsOverride::NAME);
            return Err(ApiError::new(Code::Forbidden, detail));
        }
        if all.len() > MAX_OVERRIDES {
            let detail = format!("at most {MAX_OVERRIDES} gates can be overridden");
            return Err(ApiError::new(Code::InvalidBody, detail));
        }
        let parsed = all.into_iter().map(|o| {
            let reason = Reason::parse(&o.reason)
                .map_err(|e| ApiError::new(Code::ReasonInvalid, format!("{}: {e}", o.gate)))?;
            Ok(GateOverride { gate: o.gate, reason })
        });
        parsed.collect()
    }

    /// Another open job holds the tenant: refused with the holder named, unless this very request
    /// was accepted before. The leader decides; this only spares the client a rejected job.
    async fn conflict(
        &self,
        state: &AppState,
        job_id: &JobId,
        fingerprint: &Hash,
    ) -> ApiResult<Option<Accepted>> {
        let scope = format!("tenant/{}", self.tenant);
        let holder = state.models().jobs.read(|jobs| {
            jobs.holder_of(&scope).filter(|holder| &holder.job_id != job_id).cloned()
        })?;
        let Some(holder) = holder else { return Ok(None) };
        let subject = subjects::create_command(Some(self.tenant), job_id);
        if let Some(message) = state.logs().commands.0.last_on(&subject).await? {
            let first = decode_command(&message);
            return match &first.command {
                Ok(command) if command.fingerprint() == fingerprint => {
                    accepted(state, &first, self.kind, true, self.wait).await.map(Some)
                }
                Ok(_) | Err(_) => Err(reused(job_id)),
            };
        }
        let detail = format!(
            "{} holds {scope}: {} since {}",
            holder.job_id,
            holder.state.as_str(),
            holder.created_at.to_rfc3339_opts(SecondsFormat::Secs, true)
        );
        Err(ApiError::new(Code::LockConflict, detail)
            .with("holder", holder.job_id.as_str())
            .with("scope", scope))
    }
}

/// A job names every target.
fn resolved(ask: MigrateAsk) -> ApiResult<MigrateParams> {
    if ask.targets.is_empty() {
        let detail = "name at least one service kind in targets";
        return Err(ApiError::new(Code::PlanNoTargets, detail));
    }
    let mut targets = BTreeMap::new();
    for (kind, shard) in ask.targets {
        let shard = shard.ok_or_else(|| {
            let detail = format!("targets.{kind} is null; take the shard the plan chose");
            ApiError::new(Code::TargetUnresolved, detail)
        })?;
        targets.insert(kind, shard);
    }
    Ok(MigrateParams { targets, reverse_of: ask.reverse_of })
}
