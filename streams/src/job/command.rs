//! Commands: one appended request each. The stored command is the idempotency record, the audit
//! accept record and the source of the receipt.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{
        CommandId, FlowIds, Hash, InvalidId, JobId, PrincipalId, ServiceKind, ShardId, TenantId,
    },
    job::plan::Base,
};

/// Who acts, and by which right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// Token subject.
    pub sub: PrincipalId,
    /// Gateway session.
    pub session_id: String,
    /// The right that allowed it, e.g. `control.jobs.create`.
    pub right: String,
    /// Source address of the request, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// A human reason: 1 to 500 characters, not only white space, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Reason(String);

impl Reason {
    /// Parses a reason.
    ///
    /// # Errors
    /// A sentence for the client.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err("a reason is required");
        }
        if text.chars().count() > 500 {
            return Err("a reason has at most 500 characters");
        }
        if text.chars().any(char::is_control) {
            return Err("a reason has no control characters");
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// The kinds of job.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum JobKind {
    /// Moves one tenant to other shards.
    TenantMigrate,
}

impl JobKind {
    /// The wire form, as in `POST /admin/v1/jobs/{kind}`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TenantMigrate => "tenant-migrate",
        }
    }
}

impl std::str::FromStr for JobKind {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text {
            "tenant-migrate" => Ok(Self::TenantMigrate),
            _ => Err(InvalidId { what: "job kind", expected: "tenant-migrate" }),
        }
    }
}

/// What is to be done, everything resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", content = "params", rename_all = "kebab-case")]
pub enum JobSpec {
    /// Moves one tenant.
    TenantMigrate(MigrateParams),
}

impl JobSpec {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> JobKind {
        match self {
            Self::TenantMigrate(_) => JobKind::TenantMigrate,
        }
    }
}

/// Parameters of `tenant-migrate` with every target named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MigrateParams {
    /// Target shard of each service kind that moves; at least one.
    pub targets: BTreeMap<ServiceKind, ShardId>,
    /// The migration this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverse_of: Option<JobId>,
}

/// A gate the operator answers for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StoredOverride)]
pub struct GateOverride {
    /// Gate id, e.g. `source.ready`.
    pub gate: String,
    /// Why it may be passed.
    pub reason: Reason,
}

/// Body of the create command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StoredRequest)]
pub struct JobRequest {
    /// What.
    pub spec: JobSpec,
    /// For whom; `None` on platform scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// Why.
    pub reason: Reason,
    /// The plan the operator saw.
    pub plan_hash: Hash,
    /// What that plan rested on, when the API still knew it; only for a readable difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Box<Base>>,
    /// Gates the operator answers for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<GateOverride>,
    /// Who.
    pub actor: Actor,
    /// In which flow.
    pub ids: FlowIds,
    /// SHA-256 of the canonical request body: the same key with another one is refused.
    pub fingerprint: Hash,
}

/// Body of every other command on a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerbRequest {
    /// Why.
    pub reason: Reason,
    /// Who.
    pub actor: Actor,
    /// In which flow.
    pub ids: FlowIds,
    /// SHA-256 of the canonical request body.
    pub fingerprint: Hash,
}

/// What may be asked of a job that exists.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Undo what was started, before the point of no return.
    Cancel,
    /// Stop after the current attempt.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Try the undo of a stuck job again.
    Retry,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 4] = [Self::Cancel, Self::Pause, Self::Resume, Self::Retry];

    /// The wire form: last token of the command's subject and of the route.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Retry => "retry",
        }
    }
}

/// What a command asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CommandBody {
    /// A new job.
    Create(JobRequest),
    /// Something about a job that exists.
    Verb {
        /// What.
        verb: Verb,
        /// Why, who, in which flow.
        request: VerbRequest,
    },
}

/// One message of the command log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Wire version, 1.
    pub v: u8,
    /// Its id.
    pub command_id: CommandId,
    /// The job it is about.
    pub job_id: JobId,
    /// Tenant of the job; `None` on platform scope. Also in the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// When the API took it, by the API's clock; goes into the receipt.
    pub accepted_at: DateTime<Utc>,
    /// What it asks.
    pub body: CommandBody,
}

impl Command {
    /// The flow it came with.
    #[must_use]
    pub fn ids(&self) -> &FlowIds {
        match &self.body {
            CommandBody::Create(request) => &request.ids,
            CommandBody::Verb { request, .. } => &request.ids,
        }
    }

    /// The fingerprint of its body.
    #[must_use]
    pub fn fingerprint(&self) -> &Hash {
        match &self.body {
            CommandBody::Create(request) => &request.fingerprint,
            CommandBody::Verb { request, .. } => &request.fingerprint,
        }
    }

    /// `create` or the verb: the token of its subject.
    #[must_use]
    pub fn verb_token(&self) -> &'static str {
        match &self.body {
            CommandBody::Create(_) => "create",
            CommandBody::Verb { verb, .. } => verb.as_str(),
        }
    }
}
