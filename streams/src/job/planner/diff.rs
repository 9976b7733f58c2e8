//! The readable difference between two plans.

use crate::{
    ids::{NodeId, ServiceKind},
    job::plan::{Base, Move},
};

/// Differences between what an operator saw and what holds now, one a line, for people.
#[must_use]
pub fn diff(seen: Option<&Base>, now: &Base) -> Vec<String> {
    let Some(seen) = seen else {
        return vec!["the plan that was seen is no longer known; plan again to compare".to_owned()];
    };
    let mut lines = Vec::new();
    if seen.policy_revision != now.policy_revision {
        let (was, is) = (seen.policy_revision, now.policy_revision);
        lines.push(format!("policy revision: {was} → {is}"));
    }
    if seen.gateways != now.gateways {
        let list =
            |base: &Base| base.gateways.keys().map(NodeId::as_str).collect::<Vec<_>>().join(", ");
        lines.push(format!("Gateways: {} → {}", list(seen), list(now)));
    }
    let brief = |m: Option<&Move>| match m {
        None => "nothing to move".to_owned(),
        Some(m) => format!(
            "{} → {}, epoch {} → {}, revision {}",
            m.source.shard, m.target.shard, m.from_epoch, m.to_epoch, m.revision
        ),
    };
    for kind in ServiceKind::DRAIN_ORDER {
        let find = |base: &'_ Base| base.moves.iter().find(|m| m.service_kind == kind).cloned();
        let (was, is) = (find(seen), find(now));
        if was != is {
            lines.push(format!("{kind}: {} → {}", brief(was.as_ref()), brief(is.as_ref())));
        }
    }
    if lines.is_empty() {
        lines.push("steps, gates or approvals".to_owned());
    }
    lines
}
