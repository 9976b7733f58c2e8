//! Who owned a tenant when: the placement history as the buckets tell it.
//!
//! Independent of what any node believes. Times are the server's, of the placement change.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use streams::{
    ids::{Epoch, NodeId, Revision, ServiceKind, ShardId, TenantId},
    placement::{ShardEntry, TenantEntry},
    ports::KvEntry,
};

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    from: DateTime<Utc>,
    epoch: Epoch,
    shard: ShardId,
}

/// A judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The node's shard owned the tenant then.
    Owner,
    /// Another one did; the sentence says which.
    Stranger(String),
    /// The history does not reach back so far, or the node is in no directory.
    Unknown,
}

/// Placement history of every tenant and the shard directories.
#[derive(Debug, Default)]
pub struct Owners {
    terms: BTreeMap<(ServiceKind, TenantId), BTreeMap<Revision, Option<Term>>>,
    shards: BTreeMap<(ServiceKind, ShardId), ShardEntry>,
}

impl Owners {
    /// Takes one entry of a bucket; one already known changes nothing.
    pub fn observe(&mut self, kind: ServiceKind, entry: &KvEntry) {
        if let Some(tenant) = entry.key.strip_prefix("tenant.").and_then(|t| t.parse().ok()) {
            let value = entry.value.as_deref();
            let value = value.and_then(|v| serde_json::from_slice::<TenantEntry>(v).ok());
            let term = value.map(|v| Term { from: entry.at, epoch: v.epoch, shard: v.shard });
            self.terms.entry((kind, tenant)).or_default().insert(entry.revision, term);
        } else if let Some(shard) = entry.key.strip_prefix("shard.").and_then(|t| t.parse().ok()) {
            let value = entry.value.as_deref();
            if let Some(value) = value.and_then(|v| serde_json::from_slice(v).ok()) {
                self.shards.insert((kind, shard), value);
            }
        }
    }

    /// All tenants of a kind.
    #[must_use]
    pub fn tenants(&self, kind: ServiceKind) -> Vec<TenantId> {
        let of_kind = self.terms.keys().filter(|(k, _)| *k == kind);
        of_kind.map(|(_, tenant)| tenant.clone()).collect()
    }

    /// The node that owns a tenant now, and its data URL.
    #[must_use]
    pub fn owner(&self, kind: ServiceKind, tenant: &TenantId) -> Option<(NodeId, String)> {
        let terms = self.terms.get(&(kind, tenant.clone()))?;
        let shard = terms.values().next_back()?.as_ref()?.shard.clone();
        let node = self.shards.get(&(kind, shard))?.nodes.first()?;
        Some((node.node_id.clone(), node.data_url.clone()))
    }

    /// Whether `node` owned the tenant at `at`.
    #[must_use]
    pub fn judge(
        &self,
        kind: ServiceKind,
        tenant: &TenantId,
        node: &NodeId,
        at: DateTime<Utc>,
    ) -> Verdict {
        let Some(terms) = self.terms.get(&(kind, tenant.clone())) else {
            return Verdict::Unknown;
        };
        let in_force = terms.values().rfind(|t| t.as_ref().is_none_or(|t| t.from <= at));
        let Some(Some(term)) = in_force else { return Verdict::Unknown };
        let Some(shard) = self.shards.get(&(kind, term.shard.clone())) else {
            return Verdict::Unknown;
        };
        if shard.nodes.iter().any(|n| &n.node_id == node) {
            return Verdict::Owner;
        }
        Verdict::Stranger(format!(
            "{node} served {tenant} at {}, but since {} {kind} shard {} owns it under epoch {}",
            at.to_rfc3339(),
            term.from.to_rfc3339(),
            term.shard,
            term.epoch,
        ))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use chrono::TimeDelta;

    use super::*;

    fn entry(key: &str, value: String, revision: u64, at_s: i64) -> KvEntry {
        KvEntry {
            key: key.to_owned(),
            value: Some(Bytes::from(value)),
            revision: Revision(revision),
            at: DateTime::UNIX_EPOCH + TimeDelta::seconds(at_s),
        }
    }

    fn placed(shard: &str, epoch: u64, revision: u64, at_s: i64) -> KvEntry {
        let value = format!(
            r#"{{"v":1,"tenant_id":"acme","shard":"{shard}","epoch":{epoch},
               "updated_at":"2026-11-24T14:00:00Z"}}"#
        );
        entry("tenant.acme", value, revision, at_s)
    }

    fn directory(shard: &str, node: &str, revision: u64) -> KvEntry {
        let value = format!(
            r#"{{"v":1,"nodes":[{{"node_id":"{node}","data_url":"http://d","admin_url":"http://a"}}],
               "state":"active"}}"#
        );
        entry(&format!("shard.{shard}"), value, revision, 0)
    }

    #[test]
    fn a_node_is_judged_by_the_placement_in_force_at_the_time() {
        let mut owners = Owners::default();
        let kind = ServiceKind::Aggregate;
        owners.observe(kind, &directory("agg-01", "agg-01a", 1));
        owners.observe(kind, &directory("agg-02", "agg-02a", 2));
        owners.observe(kind, &placed("agg-02", 2, 4, 20));
        owners.observe(kind, &placed("agg-01", 1, 3, 10)); // told late, from the history
        let acme: TenantId = "acme".parse().unwrap();
        let judge = |node: &str, at_s| {
            let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(at_s);
            owners.judge(kind, &acme, &node.parse().unwrap(), at)
        };
        assert_eq!(judge("agg-01a", 15), Verdict::Owner);
        assert_eq!(judge("agg-02a", 20), Verdict::Owner);
        assert!(matches!(judge("agg-01a", 20), Verdict::Stranger(_)));
        assert!(matches!(judge("agg-02a", 19), Verdict::Stranger(_)));
        assert_eq!(judge("agg-01a", 9), Verdict::Unknown);
        assert_eq!(owners.owner(kind, &acme).unwrap().0.as_str(), "agg-02a");
    }
}
