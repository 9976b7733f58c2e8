//! The value of the leader lease, for the one that holds it and for those who only look.
//!
//! Liveness only: nothing may be decided by it. Who contends for it is in the saga's `leader`; its
//! key is [`crate::catalog::LEASE_KEY`].

use serde::{Deserialize, Serialize};

use crate::ids::NodeId;

/// Value of the lease key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Who holds it, as it is announced; `None` when it was given back.
    pub holder: Option<NodeId>,
    /// Counts heartbeats, so that every write differs.
    pub beat: u64,
}
