//! Views: pure folds of the event log and the audit log into the rows that people read.
//!
//! A view has no clock and looks at nothing but the two logs, so folding them again from zero gives
//! the same rows byte for byte. All times are server timestamps of the folded messages. It does no
//! I/O: who reads the logs, writes rows and keeps checkpoints is the projector; who serves rows is
//! the API. The rows are [`job_row::JobRow`] and [`audit_row::AuditRow`], the folds [`jobs`] and
//! [`audit`]; [`fold`] checks the chain in front of every view; [`checkpoint`] is what readers need
//! besides rows.

pub mod audit;
pub mod audit_row;
pub mod checkpoint;
pub mod fold;
pub mod job_row;
pub mod jobs;
mod render;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    envelope::{Corrupt, Recorded},
    ids::Seq,
};

pub use audit::RecordedAudit;

/// A log that views fold.
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
pub enum Source {
    /// What happened.
    Events,
    /// What did not become a command.
    Audit,
}

impl Source {
    /// The wire form.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Audit => "audit",
        }
    }
}

/// The next message of one of a view's logs.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// From the event log.
    Commit(&'a Recorded),
    /// From the audit log; an unreadable record is data.
    Audit(&'a RecordedAudit),
}

/// A row to be written: the whole value of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its key in the view's bucket.
    pub key: String,
    /// Sequence of the last message it stands on; a write never replaces a higher one.
    pub seq: Seq,
    /// JSON.
    pub value: Bytes,
    /// True when no later message can change it.
    pub last: bool,
}

/// Which changed rows to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Every row changed since it was taken last.
    Changed,
    /// Only those that no later message can change: a rebuild writes these as it goes, the others
    /// once at the head.
    Last,
}

/// One read model. [`fold::Fold`] feeds it in order, each message once.
pub trait View: Send + std::fmt::Debug + Default {
    /// Name in bucket and key names, one token.
    const NAME: &'static str;
    /// Raised whenever the same log gives other bytes than before: rows of an older shape are built
    /// anew, those of a newer one are left alone.
    const SHAPE: u32;
    /// The logs it folds.
    const SOURCES: &'static [Source];

    /// Folds one message. With `written` the rows it changes are known to be stored already, so
    /// only the state moves.
    ///
    /// # Errors
    /// [`Corrupt::IllegalEvent`]; the view is not to be used any more then.
    fn apply(&mut self, input: Input<'_>, written: bool) -> Result<(), Corrupt>;

    /// Renders and hands over changed rows, each key at most once, in the order of keys.
    fn take(&mut self, which: Take) -> Vec<Row>;

    /// How many rows [`View::take`] with [`Take::Last`] would hand over; bounds memory.
    fn waiting(&self) -> usize;

    /// The sequence a stored row stands on; `None` when the value is not a row of this view.
    fn stored_seq(value: &[u8]) -> Option<Seq>;
}
