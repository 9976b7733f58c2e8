//! The read models in memory: indexes fed by watches on the projector's buckets, and nothing else.
//!
//! One task follows `control_meta` (which generation of a view, how far it is folded), one task a
//! view follows its bucket, one asks for the head of the event log, so that an answer can say for
//! how long it may have been behind. No request reads a bucket or a log to answer a list.

pub mod audit_index;
pub mod feed;
pub mod head;
pub mod jobs_index;
pub mod meta;
pub mod view;

use std::{sync::Arc, time::Duration};

use fleet::directory::Directory;
use serde::{Deserialize, Deserializer, de::Error as _};
use streams::ids::{Incarnation, Seq};
use tokio::task::{AbortHandle, JoinHandle};

use crate::{
    error::{ApiError, ApiResult, Code},
    ports::Ports,
};
use audit_index::AuditIndex;
use feed::Feed;
use head::Head;
use jobs_index::JobsIndex;
use view::View;

/// Longest wait of a reader for `min_seq`.
pub const MIN_SEQ_WAIT: Duration = Duration::from_secs(2);

/// The read models and the tasks that feed them; the tasks end when this is dropped.
#[derive(Debug)]
pub struct ReadModels {
    /// Jobs.
    pub jobs: View<JobsIndex>,
    /// Audit rows.
    pub audit: View<AuditIndex>,
    /// Changes, for event streams.
    pub feed: Feed,
    /// The head of the event log, and whether NATS answers.
    pub head: Head,
    tasks: Vec<AbortHandle>,
}

impl Drop for ReadModels {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl ReadModels {
    /// Follows everything from now on.
    #[must_use]
    pub fn follow(ports: &Ports) -> Self {
        let (head, asking) = Head::follow(Arc::clone(&ports.logs.events.0));
        let (meta, watching) = meta::follow(Arc::clone(&ports.kv));
        let feed = Feed::default();
        let (jobs, jobs_task) =
            View::follow(Arc::clone(&ports.kv), meta.clone(), head.clone(), feed.clone());
        let (audit, audit_task) =
            View::follow(Arc::clone(&ports.kv), meta, head.clone(), feed.clone());
        let placement = follow_placement(ports.directory.clone(), jobs.clone(), feed.clone());
        let tasks: [JoinHandle<()>; 5] = [asking, watching, jobs_task, audit_task, placement];
        let tasks = tasks.iter().map(JoinHandle::abort_handle).collect();
        Self { jobs, audit, feed, head, tasks }
    }
}

/// Tells event streams about changed placement.
fn follow_placement(directory: Directory, jobs: View<JobsIndex>, feed: Feed) -> JoinHandle<()> {
    let mut changes = directory.subscribe();
    tokio::spawn(async move {
        let mut before = None;
        while changes.changed().await.is_ok() {
            let Some(view) = changes.borrow_and_update().clone() else { continue };
            let position = jobs.position();
            feed.placement(before.as_deref(), &view.snapshot, &position);
            before = Some(Arc::clone(&view.snapshot));
        }
    })
}

/// A position as clients write it: `<incarnation>-<sequence>`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Life of the log.
    pub incarnation: Incarnation,
    /// Sequence of the event log.
    pub seq: Seq,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.incarnation, self.seq)
    }
}

impl Position {
    /// Reads `<incarnation>-<sequence>`; a bare sequence is one of any life of the log.
    ///
    /// # Errors
    /// 400 `invalid_query` naming the parameter.
    pub fn parse(text: &str, what: &str) -> ApiResult<Self> {
        let number = |t: &str| t.parse::<u64>().ok().filter(|_| !t.starts_with('+'));
        let parsed = match text.split_once('-') {
            Some((life, seq)) => number(life).zip(number(seq)),
            None => number(text).map(|seq| (0, seq)),
        };
        let (life, seq) = parsed.ok_or_else(|| {
            let detail = format!("{what} is <incarnation>-<sequence>, as in as_of.seq");
            ApiError::new(Code::InvalidQuery, detail)
        })?;
        Ok(Self { incarnation: Incarnation(life), seq: Seq(seq) })
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text, "a position").map_err(|e| D::Error::custom(&e.problem().detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_is_written_and_nothing_else_is() {
        let position = Position { incarnation: Incarnation(2), seq: Seq(17) };
        assert_eq!(Position::parse(&position.to_string(), "min_seq").unwrap(), position);
        assert_eq!(Position::parse("17", "min_seq").unwrap().seq, Seq(17));
        for bad in ["", "-", "1-", "-1", "1-2-3", "a-1", "+1-2", "99999999999999999999"] {
            assert!(Position::parse(bad, "min_seq").is_err(), "{bad:?}");
        }
    }
}
