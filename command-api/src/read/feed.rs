//! Changed rows as they come, for event streams. State, not history: whoever misses some is told to
//! look again, and gets the rows newer than what it has.

use std::sync::Arc;

use fleet::directory::Snapshot;
use serde_json::{Value, json};
use streams::ids::{ServiceKind, TenantId};
use tokio::sync::broadcast;

use super::Position;
use crate::{
    auth::guard::RightSpec,
    rights::{PlacementRead, TenantsRead},
};

/// Changes a slow reader may be behind before it has to look again.
const BUFFER: usize = 1024;

/// One changed row, as an event stream sends it.
#[derive(Debug, Clone)]
pub struct Upsert {
    /// Where it stands: the id of the message.
    pub at: Position,
    /// `jobs`, `audit`, `tenants` or `placement`.
    pub view: &'static str,
    /// Key within the view.
    pub key: String,
    /// Tenant of the row; `None` on platform scope.
    pub tenant: Option<TenantId>,
    /// The right that lets one see it.
    pub right: &'static str,
    /// The row.
    pub row: Value,
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
            let revision = now.revisions.get(&kind.into());
            self.row(Upsert {
                at: *at,
                view: "placement",
                key: kind.to_string(),
                tenant: None,
                right: PlacementRead::NAME,
                row: json!({ "kind": kind, "revision": revision, "hash": new.hash() }),
            });
            for (tenant, entry) in &new.tenants {
                if old.tenants.get(tenant) != Some(entry) {
                    self.row(Upsert {
                        at: *at,
                        view: "tenants",
                        key: tenant.to_string(),
                        tenant: Some(tenant.clone()),
                        right: TenantsRead::NAME,
                        row: json!({ "tenant_id": tenant, "kind": kind, "entry": entry.value }),
                    });
                }
            }
        }
    }
}
