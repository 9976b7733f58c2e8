//! The development fallback: one JSON file instead of the buckets, looked at again and again.
//!
//! For a developer without NATS. Snapshots say `source: file`, so mutations are refused by whoever
//! is asked. A document with the same or a lower revision but another content is not taken.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::DateTime;
use streams::{
    clock::{Clock, pause},
    ids::{Hash, Revision},
};
use tokio::sync::watch;

use super::{Alarm, Snapshot, View, document::Document, watch::report};
use crate::contract::SnapshotSource;

/// Name of the alarm.
const FILE: &str = "file";

/// Follows the file until the task is dropped.
pub(super) async fn run(
    path: PathBuf,
    clock: Arc<dyn Clock>,
    poll: Duration,
    out: watch::Sender<Option<Arc<View>>>,
) {
    let mut follower = Follower::default();
    loop {
        let read = tokio::fs::read(&path).await;
        let outcome = match read {
            Ok(bytes) => follower.take(&bytes, &*clock),
            Err(error) => Err(format!("{} cannot be read: {error}", shown(&path))),
        };
        let before = out.borrow().clone();
        if let Some(view) = follower.view(outcome, before.as_deref(), &*clock) {
            report(before.as_deref(), &view);
            out.send_replace(Some(Arc::new(view)));
        }
        pause(poll).await;
    }
}

fn shown(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[derive(Default)]
struct Follower {
    content: Option<Hash>,
    good: Option<(u64, Arc<Snapshot>)>,
}

impl Follower {
    /// Takes the file's bytes. `Err` is the alarm; the last good snapshot stays.
    fn take(&mut self, bytes: &[u8], clock: &dyn Clock) -> Result<(), String> {
        let content = Hash::of(bytes);
        if self.content.as_ref() == Some(&content) {
            return Ok(());
        }
        let document = Document::parse(bytes).map_err(|e| e.to_string())?;
        if let Some((last, _)) = &self.good
            && document.revision <= *last
        {
            return Err(format!(
                "the document changed but its revision {} is not above {last}",
                document.revision
            ));
        }
        // A fixed time, so that the same document always hashes the same.
        let (maps, gateways) = document.parts(DateTime::UNIX_EPOCH).map_err(|e| e.to_string())?;
        let gateways = (gateways, Revision(document.revision));
        let snapshot = Snapshot::new(SnapshotSource::File, maps, gateways, clock.now());
        self.good = Some((document.revision, Arc::new(snapshot)));
        self.content = Some(content);
        Ok(())
    }

    fn view(
        &self,
        outcome: Result<(), String>,
        before: Option<&View>,
        clock: &dyn Clock,
    ) -> Option<View> {
        let (_, snapshot) = self.good.as_ref()?;
        let mut alarms = BTreeMap::new();
        if let Err(because) = outcome {
            let text = format!("{because}; the last good placement stays in force");
            let old = before.and_then(|v| v.alarms.get(FILE)).filter(|a| a.text == text);
            let since = old.map_or_else(|| clock.now(), |a| a.since);
            alarms.insert(FILE.to_owned(), Alarm { text, since });
        }
        let view = View { snapshot: Arc::clone(snapshot), alarms };
        (before != Some(&view)).then_some(view)
    }
}
