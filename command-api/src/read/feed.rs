//! Changed rows as they come, for event streams. State, not history: whoever misses some is told to
//! look again, and gets the rows newer than what it has.

use std::sync::Arc;

use fleet::directory::Snapshot;
use serde::Serialize;
use streams::{
    ids::{Hash, JobId, Revision, ServiceKind, TenantId},
    placement::TenantEntry,
    views::{
        audit_row::{AuditKey, AuditRow},
        job_row::JobRow,
    },
};
use tokio::sync::broadcast;

use super::Position;
use crate::{
    auth::guard::RightSpec,
    rights::{PlacementRead, TenantsRead},
};

/// Changes a slow reader may be behind before it has to look again.
const BUFFER: usize = 1024;

/// One changed row: what an event stream sends, and who may see it.
#[derive(Debug, Clone)]
pub struct Upsert {
    /// Where it stands: the id of the message.
    pub at: Position,
    /// Tenant of the row; `None` on platform scope.
    pub tenant: Option<TenantId>,
    /// The right that lets one see it.
    pub right: &'static str,
    /// The data of the message.
    pub row: Row,
}

/// A changed row of one view, as the data of an `event: row`.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(tag = "view", rename_all = "snake_case")]
#[schema(as = FeedMessage)]
pub enum Row {
    /// A job has changed; without its plan, which does not.
    Jobs {
        /// Which.
        key: JobId,
        /// As it is now.
        row: Box<JobRow>,
    },
    /// An audit row is new, or the outcome of a write to the Gateway is in.
    Audit {
        /// Which.
        key: AuditKey,
        /// The row.
        row: Box<AuditRow>,
    },
    /// The owner of a tenant has changed in one map.
    Tenants {
        /// Which.
        key: TenantId,
        /// Where it is now.
        row: TenantMoved,
    },
    /// A placement map has changed.
    Placement {
        /// Which.
        key: ServiceKind,
        /// Its new head.
        row: MapMoved,
    },
}

/// The owner of a tenant in one map.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TenantMoved {
    /// Which tenant.
    pub tenant_id: TenantId,
    /// In which map.
    pub kind: ServiceKind,
    /// Its entry.
    pub entry: TenantEntry,
}

/// The head of a placement map.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MapMoved {
    /// Which map.
    pub kind: ServiceKind,
    /// Highest revision applied; null when nothing is known of it.
    #[schema(required = true)]
    pub revision: Option<Revision>,
    /// SHA-256 over its entries.
    pub hash: Hash,
}

/// What subscribers hear.
#[derive(Debug, Clone)]
pub enum News {
    /// A row changed.
    Row(Arc<Upsert>),
    /// Rows were loaded anew: look for those that are newer.
    Again,
}

/// The feed. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Feed(broadcast::Sender<News>);

impl Default for Feed {
    fn default() -> Self {
        Self(broadcast::channel(BUFFER).0)
    }
}

impl Feed {
    /// Hears from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<News> {
        self.0.subscribe()
    }

    /// Tells a changed row. Nobody listening is no error.
    pub(super) fn row(&self, upsert: Upsert) {
        let _ = self.0.send(News::Row(Arc::new(upsert)));
    }

    /// Tells everybody to look again.
    pub(super) fn again(&self) {
        let _ = self.0.send(News::Again);
    }

    /// Tells what differs between two snapshots: each map that moved, each tenant in it.
    pub(super) fn placement(&self, before: Option<&Snapshot>, now: &Snapshot, at: &Position) {
        let Some(before) = before else { return };
        for kind in ServiceKind::DRAIN_ORDER {
            let (old, new) = (before.map(kind), now.map(kind));
            if old == new {
                continue;
            }
            let revision = now.revisions.get(&kind.into()).copied();
            let row = MapMoved { kind, revision, hash: new.hash() };
            self.row(Upsert {
                at: *at,
                tenant: None,
                right: PlacementRead::NAME,
                row: Row::Placement { key: kind, row },
            });
            for (tenant, entry) in &new.tenants {
                if old.tenants.get(tenant) != Some(entry) {
                    let tenant_id = tenant.clone();
                    let row = TenantMoved { tenant_id, kind, entry: entry.value.clone() };
                    self.row(Upsert {
                        at: *at,
                        tenant: Some(tenant.clone()),
                        right: TenantsRead::NAME,
                        row: Row::Tenants { key: tenant.clone(), row },
                    });
                }
            }
        }
    }
}
