//! What each node holds, tenant by tenant: the node's side of the tenants page.

use std::collections::{BTreeMap, BTreeSet};

use streams::{
    ids::{FlowIds, NodeId, ServiceKind, TenantId},
    job::facts::Reading,
};

use super::{Observer, Unknown, all};
use crate::{
    client::NodeTarget,
    contract::{TenantQuery, TenantStatus},
    directory::Snapshot,
};

/// Tenants asked for in one page.
const PAGE: u32 = 200;
/// Pages of one node at most: 10,000 tenants.
const MAX_PAGES: usize = 50;

/// Per node what it holds, or why that is unknown.
pub type TenantsByNode = BTreeMap<NodeId, Reading<BTreeMap<TenantId, TenantStatus>>>;

impl Observer {
    /// Every tenant on every node of `kinds`.
    pub async fn tenants(
        &self,
        snapshot: &Snapshot,
        kinds: &[ServiceKind],
        ids: &FlowIds,
    ) -> TenantsByNode {
        let read = |target: NodeTarget| async move {
            let reading = self.read(self.tenants_of(&target, ids)).await;
            (target.node_id, reading)
        };
        let targets = snapshot.nodes(kinds).into_iter().map(|node| node.target);
        all(targets, read).await.into_iter().collect()
    }

    /// All pages of one node.
    pub(super) async fn tenants_of(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
    ) -> Result<BTreeMap<TenantId, TenantStatus>, Unknown> {
        let mut found = BTreeMap::new();
        let mut cursors = BTreeSet::new();
        let mut query = TenantQuery { limit: Some(PAGE), ..TenantQuery::default() };
        for _ in 0..MAX_PAGES {
            let page = self.client.tenants(node, ids, &query).await?;
            found.extend(page.items.into_iter().map(|t| (t.tenant_id.clone(), t)));
            let Some(cursor) = page.next_cursor else { return Ok(found) };
            if !cursors.insert(cursor.clone()) {
                return Err(Unknown("the node's pages of tenants go round in a circle".to_owned()));
            }
            query.cursor = Some(cursor);
        }
        Err(Unknown(format!("the node has more than {MAX_PAGES} pages of tenants")))
    }
}
