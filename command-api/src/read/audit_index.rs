//! Audit rows in memory, by name, time and the ids they carry. A row never changes, but for a write
//! to the Gateway, which its outcome closes.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use streams::{
    ids::Seq,
    log::AuditResult,
    views::{
        Source, View as _,
        audit::AuditView,
        audit_row::{AuditKey, AuditRow},
    },
};

use super::{
    Position,
    feed::{Row, Upsert},
    view::Index,
};
use crate::{auth::guard::RightSpec, rights::AuditRead};

/// Rows of the audit log sent at most to one that resumes.
const RESUME: usize = 200;

/// Place of a row in the list.
pub type Place = (DateTime<Utc>, AuditKey);

/// The index.
#[derive(Debug, Default)]
pub struct AuditIndex {
    rows: HashMap<AuditKey, Arc<AuditRow>>,
    by_time: BTreeSet<Place>,
    by_id: BTreeMap<String, BTreeSet<Place>>,
    /// Rows by the position of the event log at which they arrived.
    by_arrival: BTreeSet<(Seq, AuditKey)>,
    /// Writes to the Gateway whose outcome is not known, and when they arrived.
    open: BTreeMap<AuditKey, Seq>,
    highest: Seq,
}

impl Index for AuditIndex {
    const VIEW: &'static str = AuditView::NAME;

    fn apply(&mut self, key: &str, value: Option<&[u8]>, at: Position) -> Option<Upsert> {
        let row: AuditRow = match serde_json::from_slice(value?) {
            Ok(row) => row,
            Err(error) => {
                tracing::error!(key, %error, "audit row is unreadable");
                return None;
            }
        };
        if self.rows.get(&row.seq).is_some_and(|known| known.closed_seq >= row.closed_seq) {
            return None; // a watch that healed itself repeats
        }
        let arrived = match row.stream {
            Source::Events => row.sequence,
            Source::Audit => at.seq,
        };
        if row.stream == Source::Events {
            self.highest = self.highest.max(row.sequence);
        }
        let (row, place) = (Arc::new(row.clone()), (row.at, row.seq));
        if let Some(before) = self.open.remove(&row.seq) {
            self.by_arrival.remove(&(before, row.seq));
        }
        if matches!(row.result, AuditResult::Pending | AuditResult::Unknown) {
            self.open.insert(row.seq, arrived);
        }
        self.by_arrival.insert((arrived, row.seq));
        self.by_time.insert(place);
        for id in ids_of(&row) {
            self.by_id.entry(id).or_default().insert(place);
        }
        self.rows.insert(row.seq, Arc::clone(&row));
        Some(upsert(&row, Position { seq: arrived, ..at }))
    }

    fn highest(&self) -> Seq {
        self.highest
    }
}

fn upsert(row: &AuditRow, at: Position) -> Upsert {
    Upsert {
        at,
        tenant: row.tenant_id.clone(),
        right: AuditRead::NAME,
        row: Row::Audit { key: row.seq, row: Box::new(row.clone()) },
    }
}

fn ids_of(row: &AuditRow) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(ids) = &row.ids {
        all.extend([ids.request_id.to_string(), ids.correlation_id.to_string()]);
        all.push(ids.trace_id.to_string());
    }
    all.extend(row.job_id.as_ref().map(ToString::to_string));
    all
}

impl AuditIndex {
    /// One row.
    #[must_use]
    pub fn get(&self, key: &AuditKey) -> Option<&Arc<AuditRow>> {
        self.rows.get(key)
    }

    /// Writes to the Gateway that nobody has said the outcome of.
    pub fn pending(&self) -> impl Iterator<Item = &Arc<AuditRow>> {
        let open = self.open.keys().filter_map(|key| self.rows.get(key));
        open.filter(|row| row.result == AuditResult::Pending)
    }

    /// Places of all rows, oldest first.
    #[must_use]
    pub fn places(&self) -> &BTreeSet<Place> {
        &self.by_time
    }

    /// Places of the rows that carry exactly this id.
    #[must_use]
    pub fn of_id(&self, id: &str) -> Option<&BTreeSet<Place>> {
        self.by_id.get(id)
    }

    /// Rows that carry an id which is, or begins with, `text`; newest first within each id.
    pub fn carrying<'i>(&'i self, text: &'i str) -> impl Iterator<Item = &'i Arc<AuditRow>> {
        let found = self.by_id.range(text.to_owned()..);
        let found = found.take_while(move |(id, _)| id.starts_with(text));
        found.flat_map(|(_, places)| places.iter().rev()).filter_map(|(_, key)| self.rows.get(key))
    }

    /// Rows that arrived after a position, oldest first, at most the last 200.
    #[must_use]
    pub fn newer_than(&self, at: Position) -> Vec<Upsert> {
        let from = self.by_arrival.iter().rev().take_while(|(seq, _)| *seq > at.seq).take(RESUME);
        let mut found: Vec<_> = from.collect();
        found.reverse();
        let row = |(seq, key): &(Seq, AuditKey)| {
            self.rows.get(key).map(|row| upsert(row, Position { seq: *seq, ..at }))
        };
        found.into_iter().filter_map(row).collect()
    }
}
