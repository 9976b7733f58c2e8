//! Writes to the Gateway as rows: the intent is a row at once, its outcome closes that row.
//!
//! A known outcome beats `unknown`, whichever comes first; after a known one nothing changes any
//! more. An outcome of no open intent is a row of its own, so that nothing in the log is hidden;
//! `crate::verify` calls it a finding. The intent and outcome are appended by the API.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ids::Seq,
    log::{AuditRecord, AuditResult},
    views::audit_row::AuditRow,
};

/// How many closed intents are remembered, so that a second outcome is known as one. Retries of an
/// outcome end within a minute, so a later one is a stray message and may as well be shown.
const REMEMBERED: usize = 10_000;

/// The writes whose rows may still change.
#[derive(Debug, Default)]
pub(super) struct Writes {
    /// Rows that are pending, or closed as unknown, by the sequence of their intent.
    open: BTreeMap<Seq, AuditRow>,
    /// Those of them that changed since they were taken.
    changed: BTreeSet<Seq>,
    /// The latest intents with a known outcome.
    closed: BTreeSet<Seq>,
}

impl Writes {
    /// Folds the record behind `row`; an unreadable one has none. Returns the row that no later
    /// message can change, if this made one. With `written` rows are stored already.
    pub(super) fn apply(
        &mut self,
        record: Option<&AuditRecord>,
        mut row: AuditRow,
        written: bool,
    ) -> Option<AuditRow> {
        let Some(record) = record else { return Some(row) };
        if record.is_intent() {
            row.detail = Some("The Gateway has not answered yet.".to_owned());
            self.change(row.sequence, row, written);
            return None;
        }
        let Some(intent) = record.closes else { return Some(row) };
        let known = !matches!(record.result, AuditResult::Unknown | AuditResult::Pending);
        match self.open.remove(&intent) {
            Some(open) if known => {
                self.changed.remove(&intent);
                self.closed.insert(intent);
                while self.closed.len() > REMEMBERED {
                    self.closed.pop_first();
                }
                Some(close(open, row))
            }
            // The first word that nobody can tell stands until somebody can.
            Some(open) if open.closed_seq.is_some() => {
                self.open.insert(intent, open);
                None
            }
            Some(open) => {
                self.change(intent, close(open, row), written);
                None
            }
            None if self.closed.contains(&intent) => None,
            None => {
                row.detail =
                    Some(format!("It says how aud-{intent} ended, which is no open write."));
                Some(row)
            }
        }
    }

    fn change(&mut self, intent: Seq, row: AuditRow, written: bool) {
        self.open.insert(intent, row);
        if !written {
            self.changed.insert(intent);
        }
    }

    /// The changed rows that may change again.
    pub(super) fn take(&mut self) -> impl Iterator<Item = &AuditRow> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().filter_map(|intent| self.open.get(&intent))
    }
}

/// The intent's row with its outcome.
fn close(intent: AuditRow, outcome: AuditRow) -> AuditRow {
    let unknown = outcome.result == AuditResult::Unknown;
    AuditRow {
        result: outcome.result,
        code: outcome.code,
        status: outcome.status,
        closed_at: Some(outcome.at),
        closed_seq: Some(outcome.sequence),
        detail: unknown.then(|| "Nobody can tell whether the Gateway did it.".to_owned()),
        // A creation learns its row's name from the answer.
        resource: outcome.resource.or(intent.resource),
        ..intent
    }
}
