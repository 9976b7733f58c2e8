//! What is seen: folds the event log and the audit log into the rows of the views, and keeps them so.
//!
//! It decides nothing and talks to nobody but the logs and the read-model buckets. What a view is
//! stands in `streams::views`; here is only how its rows get into a bucket and stay true: [`run`] is
//! one view's life, [`session`] one stretch of it, [`rows`] how a row is written, [`meta`] the pointer
//! and the checkpoint, [`tail`] how a log that lost its tail is noticed. [`registry`] lists the views.
//!
//! Nothing needs to be stopped in order: a crash between any two writes is a no-op to do again.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod config;
pub mod ended;
pub mod meta;
pub mod registry;
pub mod report;
pub mod rows;
pub mod run;
pub mod serve;
pub mod session;
pub mod tail;

use std::{sync::Arc, time::Duration};

use streams::{
    log::Logs,
    ports::{KvStore, MessageLog},
    views::Source,
};

/// What the projector reads and writes.
#[derive(Debug, Clone)]
pub struct Ports {
    /// The event log.
    pub events: Arc<dyn MessageLog>,
    /// The audit log.
    pub audit: Arc<dyn MessageLog>,
    /// The buckets.
    pub kv: Arc<dyn KvStore>,
}

impl Ports {
    /// Over the logs and buckets of one deployment.
    #[must_use]
    pub fn new(logs: &Logs, kv: Arc<dyn KvStore>) -> Self {
        Self { events: Arc::clone(&logs.events.0), audit: Arc::clone(&logs.audit.0), kv }
    }

    /// A log.
    #[must_use]
    pub fn log(&self, source: Source) -> &Arc<dyn MessageLog> {
        match source {
            Source::Events => &self.events,
            Source::Audit => &self.audit,
        }
    }
}

/// How often, how many, how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Pause between two looks at the logs' ends, the pointer and the bucket.
    pub check: Duration,
    /// First pause before trying again what failed; doubles.
    pub retry_first: Duration,
    /// Longest pause before trying again.
    pub retry_cap: Duration,
    /// Row writes under way at once.
    pub rows_inflight: usize,
}

impl Default for Pace {
    /// Looks every second, so that a lost tail is noticed well within 5 s.
    fn default() -> Self {
        Self {
            check: Duration::from_secs(1),
            retry_first: Duration::from_millis(50),
            retry_cap: Duration::from_secs(2),
            rows_inflight: 64,
        }
    }
}
