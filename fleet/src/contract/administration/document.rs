//! Versioned JSON documents: configuration (of the platform, and of one tenant) and definitions.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use streams::ids::TenantId;

/// What a definition defines.
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
pub enum DefinitionKind {
    /// Commands and events of an aggregate.
    Aggregate,
    /// A read model and the events it is made from.
    Projection,
    /// What a Runner does upon an event.
    Runner,
}

impl DefinitionKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Aggregate, Self::Projection, Self::Runner];

    /// The wire form.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aggregate => "aggregate",
            Self::Projection => "projection",
            Self::Runner => "runner",
        }
    }
}

impl fmt::Display for DefinitionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A document of a list, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DocumentSummary {
    /// Its name among those of its kind and tenant: `^[a-z][a-z0-9._-]{0,62}$`.
    pub name: String,
    /// Of definitions: what it defines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<DefinitionKind>,
    /// Of a tenant's configuration: whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// What it is for.
    pub description: String,
    /// Counts versions, from 1, also over a removal; the `ETag`.
    pub version: u64,
    /// Length of the content as compact JSON, bytes.
    pub size_bytes: u64,
    /// When this version was written.
    pub updated_at: DateTime<Utc>,
    /// By whom; none when the Gateway brought it along.
    #[schema(required = true)]
    pub updated_by: Option<String>,
    /// Why.
    #[schema(required = true)]
    pub reason: Option<String>,
}

/// One version of a document, whole: the current one, or one of its past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Document {
    /// Its name.
    pub name: String,
    /// Of definitions: what it defines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<DefinitionKind>,
    /// Of a tenant's configuration: whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// What it is for.
    pub description: String,
    /// Which version this is.
    pub version: u64,
    /// The version in force; none when the document is removed.
    #[schema(required = true)]
    pub current_version: Option<u64>,
    /// The content.
    pub document: Map<String, Value>,
    /// When this version was written.
    pub updated_at: DateTime<Utc>,
    /// By whom; none when the Gateway brought it along.
    #[schema(required = true)]
    pub updated_by: Option<String>,
    /// Why.
    #[schema(required = true)]
    pub reason: Option<String>,
}

/// `PUT` of a document → 200 (a new version) or 201 (made) [`Document`]. What the Gateway cannot
/// use is 422 `bad_argument`, naming the field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentChange {
    /// What it is for; 0 to 500 characters.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub description: String,
    /// The content, whole; at most 48 KiB.
    pub document: Map<String, Value>,
}

/// A version of a document's past, without its content, newest first. A removal is a version too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DocumentVersion {
    /// Which.
    pub version: u64,
    /// Whether the document was removed by it.
    pub removed: bool,
    /// Length of the content as compact JSON, bytes; 0 of a removal.
    pub size_bytes: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom; none when the Gateway brought it along.
    #[schema(required = true)]
    pub by: Option<String>,
    /// Why.
    #[schema(required = true)]
    pub reason: Option<String>,
}

/// Query of every list of documents, of versions, roles and permissions. `sort` is `name` or
/// `updated_at`, with `-` for descending; versions are always newest first and take no `sort`.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DocumentQuery {
    /// Part of the name or description.
    pub q: Option<String>,
    /// Order.
    pub sort: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}
