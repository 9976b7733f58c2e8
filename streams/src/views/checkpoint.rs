//! What `control_meta` says of a view: which generation readers follow, and how far it is folded.
//!
//! Data only; the projector writes it, the API reads it. A checkpoint names the last folded message
//! of each log by sequence **and** message id: a log that lost its tail and grew again has another
//! message there, and is then folded from zero instead of skipped.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    catalog,
    ids::{Incarnation, Seq},
};

/// `view.<view>.pointer`: the generation that readers follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pointer {
    /// Wire version, 1.
    pub v: u8,
    /// Readers follow this one; 0 while the first is being built.
    pub generation: u64,
    /// Highest generation anybody has begun to build. Claimed by compare-and-set before building,
    /// so that no two builds ever share a bucket.
    pub claimed: u64,
}

impl Pointer {
    /// Before anything was built.
    #[must_use]
    pub fn none() -> Self {
        Self { v: 1, generation: 0, claimed: 0 }
    }

    /// The bucket readers follow; `None` while the first is being built.
    #[must_use]
    pub fn bucket(&self, view: &str) -> Option<String> {
        (self.generation > 0).then(|| catalog::view_bucket(view, self.generation))
    }
}

/// The last folded message of one log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Its sequence; 0 before the first.
    pub seq: Seq,
    /// Its message id; empty before the first.
    pub msg_id: String,
    /// Its server timestamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

impl Mark {
    /// Before the first message.
    #[must_use]
    pub fn start() -> Self {
        Self { seq: Seq(0), msg_id: String::new(), at: None }
    }
}

/// `view.<view>.g<N>.checkpoint`: every row that follows from the messages up to here is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Wire version, 1.
    pub v: u8,
    /// Shape of the rows: what wrote them.
    pub shape: u32,
    /// Life of the event log at its mark; 0 while that log is empty.
    pub incarnation: Incarnation,
    /// Position in the event log.
    pub events: Mark,
    /// Position in the audit log; at its start in views that do not fold it.
    pub audit: Mark,
    /// Last command that a folded commit answers.
    pub cursor: Seq,
}

impl Checkpoint {
    /// Before the first message, of rows of shape 0: no view's.
    #[must_use]
    pub fn start() -> Self {
        Self::start_of(0)
    }

    /// Before the first message, of rows of this shape.
    #[must_use]
    pub fn start_of(shape: u32) -> Self {
        Self {
            v: 1,
            shape,
            incarnation: Incarnation(0),
            events: Mark::start(),
            audit: Mark::start(),
            cursor: Seq(0),
        }
    }

    /// Whether every row this one speaks for is spoken for by `other` too.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        self.events.seq <= other.events.seq && self.audit.seq <= other.audit.seq
    }

    /// Both together: two that fold the same logs into one bucket have stored all rows of either.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        let (late, early) =
            if self.events.seq >= other.events.seq { (self, other) } else { (other, self) };
        let audit = if late.audit.seq >= early.audit.seq { &late.audit } else { &early.audit };
        Self { audit: audit.clone(), cursor: late.cursor.max(early.cursor), ..late.clone() }
    }

    /// `as_of.seq` of the API: `<incarnation>-<sequence of the event log>`.
    #[must_use]
    pub fn as_of(&self) -> String {
        format!("{}-{}", self.incarnation, self.events.seq)
    }
}
