//! What a node says about itself: health, readiness, identity.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use streams::ids::{Fence, NodeId, ServiceKind, ShardId};

use super::Revisions;

/// The kinds of node. Three hold tenants; a Gateway routes to them.
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
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// Where tenants' traffic enters.
    Gateway,
    /// Accepts a tenant's commands.
    Aggregate,
    /// Folds a tenant's log.
    Projection,
    /// Runs a tenant's side effects.
    Runner,
}

impl NodeKind {
    /// The wire form.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Aggregate => "aggregate",
            Self::Projection => "projection",
            Self::Runner => "runner",
        }
    }

    /// The service kind of a node that holds tenants; `None` for a Gateway.
    #[must_use]
    pub fn service_kind(self) -> Option<ServiceKind> {
        match self {
            Self::Gateway => None,
            Self::Aggregate => Some(ServiceKind::Aggregate),
            Self::Projection => Some(ServiceKind::Projection),
            Self::Runner => Some(ServiceKind::Runner),
        }
    }
}

impl From<ServiceKind> for NodeKind {
    fn from(kind: ServiceKind) -> Self {
        match kind {
            ServiceKind::Aggregate => Self::Aggregate,
            ServiceKind::Projection => Self::Projection,
            ServiceKind::Runner => Self::Runner,
        }
    }
}

impl fmt::Display for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for NodeKind {
    type Err = streams::ids::InvalidId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "gateway" => Ok(Self::Gateway),
            _ => text.parse::<ServiceKind>().map(Self::from).map_err(|_| Self::Err {
                what: "node kind",
                expected: "gateway, aggregate, projection or runner",
            }),
        }
    }
}

/// `GET /health` → 200 while the process can answer; no dependencies are asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Health {
    /// Always `ok`.
    pub status: HealthStatus,
    /// The node's kind.
    pub service: NodeKind,
    /// The node that answers; another than the directory's is treated as unreachable.
    pub node_id: NodeId,
    /// Version of its build.
    pub version: String,
    /// Commit of its build.
    pub git_sha: String,
    /// When the process started.
    pub started_at: DateTime<Utc>,
}

/// The one value of [`Health::status`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// The process answers.
    Ok,
}

/// `GET /ready` → 200 when `ready`, else 503, with this same body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Ready {
    /// Whether traffic may come.
    pub status: ReadyState,
    /// Why.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// Revisions of the placement maps this node has applied.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, u64>)]
    pub placement: Revisions,
}

/// Readiness of a node. A node drain is `draining`; one tenant draining leaves it `ready`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadyState {
    /// 200.
    Ready,
    /// 503: a check fails.
    NotReady,
    /// 503: the whole node drains.
    Draining,
}

/// One named readiness check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Check {
    /// Its name, stable.
    pub name: String,
    /// Its result.
    pub status: CheckStatus,
    /// One sentence for a person.
    #[serde(default)]
    pub detail: String,
    /// When it was looked at.
    pub observed_at: DateTime<Utc>,
}

/// Result of a check; only `fail` makes the node not ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// As it should be.
    Pass,
    /// Worth a look.
    Warn,
    /// Not ready because of this.
    Fail,
}

/// `GET /admin/v1/info`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Info {
    /// [`super::API_VERSION`].
    pub api: String,
    /// The node's kind.
    pub kind: NodeKind,
    /// The node.
    pub node_id: NodeId,
    /// Its shard; null for a Gateway.
    pub shard: Option<ShardId>,
    /// What it can do ([`capability`]); an endpoint it lacks answers 501 `not_supported`.
    pub capabilities: Vec<String>,
    /// What it can hold.
    pub limits: Limits,
    /// Highest fence of a *node* mutation (node drain), 0 when none came yet.
    #[serde(default)]
    pub fence: Fence,
}

impl Info {
    /// Whether the node claims a capability.
    #[must_use]
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|c| c == capability)
    }
}

/// Limits of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Limits {
    /// Most tenants it may hold; null means it does not say.
    pub max_tenants: Option<u64>,
}

/// Names of capabilities in [`Info::capabilities`].
pub mod capability {
    /// `…/{t}/drain`.
    pub const TENANT_DRAIN: &str = "tenant.drain";
    /// `…/{t}/prepare` and `…/{t}/activate`.
    pub const TENANT_PREPARE: &str = "tenant.prepare";
    /// `…/{t}/digest`.
    pub const TENANT_DIGEST: &str = "tenant.digest";
    /// `DELETE …/{t}`: drops the copy of a tenant that has moved away.
    pub const TENANT_DROP: &str = "tenant.drop";
    /// `/admin/v1/drain`.
    pub const NODE_DRAIN: &str = "node.drain";
    /// `/admin/v1/reload`.
    pub const RELOAD: &str = "reload";
}
