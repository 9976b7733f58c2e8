//! The memory log: both ports in one process, for tests and for whole-system scenarios.
//!
//! It must not be weaker than a server: `tests/contract.rs` runs the same cases against this and
//! against real ones. It holds no fact of its own about the project; shapes come from the
//! catalogue. [`log`] has the stream, [`kv`] the buckets, [`faults`] what a test can break.

pub mod faults;
pub mod kv;
pub mod log;

use std::sync::Arc;

pub use self::{
    faults::{Fault, Faults},
    kv::MemoryKv,
    log::MemoryLog,
};
use crate::{
    catalog,
    clock::{Clock, SystemClock},
    log::{AuditLog, CommandLog, EventLog, Logs},
    ports::KvStore,
    shapes::{BucketShape, StreamShape},
};

/// The three logs and the buckets of the catalogue, provisioned and empty.
#[derive(Debug, Clone)]
pub struct World {
    /// The command log.
    pub commands: Arc<MemoryLog>,
    /// The event log.
    pub events: Arc<MemoryLog>,
    /// The audit log.
    pub audit: Arc<MemoryLog>,
    /// The buckets.
    pub kv: Arc<MemoryKv>,
}

impl World {
    /// A world under the operating system's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(&(Arc::new(SystemClock) as Arc<dyn Clock>))
    }

    /// A world whose server timestamps come from `clock`.
    #[must_use]
    pub fn with_clock(clock: &Arc<dyn Clock>) -> Self {
        let [commands, events, audit] = catalog::STREAMS
            .each_ref()
            .map(|spec| Arc::new(MemoryLog::new(&StreamShape::from(spec), Arc::clone(clock))));
        let kv = MemoryKv::new(Arc::clone(clock));
        for spec in &catalog::BUCKETS {
            kv.create(&BucketShape::from(spec));
        }
        Self { commands, events, audit, kv: Arc::new(kv) }
    }

    /// The typed logs.
    #[must_use]
    pub fn logs(&self) -> Logs {
        Logs {
            commands: CommandLog(Arc::clone(&self.commands) as _),
            events: EventLog(Arc::clone(&self.events) as _),
            audit: AuditLog(Arc::clone(&self.audit) as _),
        }
    }

    /// The buckets as their port.
    #[must_use]
    pub fn kv(&self) -> Arc<dyn KvStore> {
        Arc::clone(&self.kv) as _
    }

    /// Everything unreachable (`true`) or reachable again: calls fail as unavailable, open reads
    /// and watches fall silent and then go on.
    pub fn set_offline(&self, offline: bool) {
        self.commands.set_offline(offline);
        self.events.set_offline(offline);
        self.audit.set_offline(offline);
        self.kv.set_offline(offline);
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
