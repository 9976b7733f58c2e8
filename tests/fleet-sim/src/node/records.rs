//! A node's durable control state: highest fences, epochs, states, drains.
//!
//! Data and its file. The rules that change it are pure and live in [`super::rules`] (tenants) and
//! [`super::node_drain`] (the whole node).

use std::{collections::BTreeMap, io, path::PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use fleet::contract::{DrainMode, DrainRequest, DrainState, TenantState};
use serde::{Deserialize, Serialize};
use streams::ids::{Epoch, Fence, JobId, Seq, TenantId};

use crate::durable;

/// A drain as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrainRecord {
    /// Where it stands.
    pub state: DrainState,
    /// How.
    pub mode: DrainMode,
    /// When it was first asked for.
    pub started_at: DateTime<Utc>,
    /// When it should be over.
    pub deadline_at: Option<DateTime<Utc>>,
    /// What happens then.
    pub force_on_deadline: bool,
    /// Why, for a person.
    pub reason: String,
    /// Who asked; none when the node fenced itself.
    pub job_id: Option<JobId>,
    /// Work given up.
    pub abandoned: u64,
    /// Whether force was used.
    pub forced: bool,
    /// Set when drained.
    pub final_seq: Option<Seq>,
    /// What went wrong, for a person.
    pub errors: Vec<String>,
}

impl DrainRecord {
    /// A new drain as asked for.
    #[must_use]
    pub fn new(request: &DrainRequest, now: DateTime<Utc>) -> Self {
        let mut record = Self::by_the_node(String::new(), now);
        record.update(request, now);
        record
    }

    /// A drain the node begins by itself.
    #[must_use]
    pub fn by_the_node(reason: String, now: DateTime<Utc>) -> Self {
        Self {
            state: DrainState::Draining,
            mode: DrainMode::Graceful,
            started_at: now,
            deadline_at: None,
            force_on_deadline: false,
            reason,
            job_id: None,
            abandoned: 0,
            forced: false,
            final_seq: None,
            errors: Vec::new(),
        }
    }

    /// Takes new options; progress stays.
    pub fn update(&mut self, request: &DrainRequest, now: DateTime<Utc>) {
        self.mode = request.mode;
        self.deadline_at = request.deadline_ms.and_then(|ms| {
            let delay = TimeDelta::milliseconds(i64::try_from(ms).ok()?);
            now.checked_add_signed(delay)
        });
        self.force_on_deadline = request.force_on_deadline;
        self.reason.clone_from(&request.reason);
        self.job_id = Some(request.job_id.clone());
    }

    /// Whether it is in force.
    #[must_use]
    pub fn on(&self) -> bool {
        self.state != DrainState::Cancelled
    }

    /// Whether unfinished work is to be given up now.
    #[must_use]
    pub fn force_due(&self, now: DateTime<Utc>) -> bool {
        let late = self.deadline_at.is_some_and(|at| at <= now);
        self.state == DrainState::Draining
            && (self.mode == DrainMode::Force || (late && self.force_on_deadline))
    }
}

/// What the tenant was before it was prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Absent or drained.
    pub state: TenantState,
    /// Its epoch then.
    pub epoch: Epoch,
}

/// What a node keeps of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRecord {
    /// Where it stands.
    pub state: TenantState,
    /// The epoch it is, will be or was served under.
    pub epoch: Epoch,
    /// Highest fence accepted.
    pub fence: Fence,
    /// Where a prepared tenant stops.
    pub hold_at: Option<Seq>,
    /// What releasing goes back to.
    pub before: Option<Before>,
    /// The latest drain.
    pub drain: Option<DrainRecord>,
    /// Effects up to here are not this node's to run (any more).
    pub settled_to: Seq,
}

impl Default for TenantRecord {
    fn default() -> Self {
        Self {
            state: TenantState::Absent,
            epoch: Epoch(0),
            fence: Fence(0),
            hold_at: None,
            before: None,
            drain: None,
            settled_to: Seq(0),
        }
    }
}

/// What a node keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRecord {
    /// Highest fence of a node mutation.
    pub fence: Fence,
    /// The latest drain of the whole node.
    pub drain: Option<DrainRecord>,
    /// Its tenants, also those it holds nothing of any more (their fences count).
    pub tenants: BTreeMap<TenantId, TenantRecord>,
}

impl NodeRecord {
    /// Whether the whole node drains or is drained.
    #[must_use]
    pub fn draining(&self) -> bool {
        self.drain.as_ref().is_some_and(DrainRecord::on)
    }
}

/// The file of a [`NodeRecord`].
#[derive(Debug, Clone)]
pub struct RecordFile(pub PathBuf);

impl RecordFile {
    /// Reads it; a new node starts empty.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load(&self) -> io::Result<NodeRecord> {
        Ok(durable::read(&self.0)?.unwrap_or_default())
    }

    /// On the disk when this returns.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn save(&self, record: &NodeRecord) -> io::Result<()> {
        durable::write(&self.0, record, true)
    }
}
