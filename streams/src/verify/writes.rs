//! Writes to the Gateway in the audit log: each outcome names an earlier intent and is about the
//! same thing, and no intent has two known ones. An intent and an outcome are records of class
//! `write`; see `crate::log::AuditRecord`.

use std::collections::BTreeMap;

use super::{Finding, Invariant, Log};
use crate::{
    canonical,
    ids::{Hash, Seq},
    log::{AuditRecord, AuditResult, WRITE},
};

/// What is kept of an intent.
#[derive(Debug)]
struct Intent {
    about: Hash,
    /// The first outcome that says `unknown`, and the first that knows.
    unknown: Option<Seq>,
    known: Option<Seq>,
}

/// The intents so far.
#[derive(Debug, Default)]
pub(super) struct Writes {
    intents: BTreeMap<Seq, Intent>,
}

/// What an outcome has in common with its intent. What it was about may be said better by then: a
/// creation learns the name of what it made.
fn about(record: &AuditRecord) -> Hash {
    let AuditRecord { actor, tenant_id, operation, ids, .. } = record;
    canonical::hash(&(actor, tenant_id, operation, ids))
}

impl Writes {
    pub(super) fn record(&mut self, seq: Seq, record: &AuditRecord, findings: &mut Vec<Finding>) {
        let mut found = |code, message| findings.push(finding(code, seq, message));
        if record.is_intent() {
            let intent = Intent { about: about(record), unknown: None, known: None };
            self.intents.insert(seq, intent);
            return;
        }
        let Some(closes) = record.closes else {
            if record.class == WRITE || record.result == AuditResult::Pending {
                let why = "is neither the intent of a write nor its outcome".to_owned();
                found("no_intent_no_outcome", why);
            }
            return;
        };
        if record.class != WRITE || record.result == AuditResult::Pending {
            let why = format!("says how {closes} ended, but is no outcome of a write");
            return found("no_intent_no_outcome", why);
        }
        let Some(intent) = self.intents.get_mut(&closes) else {
            let why = format!("says how {closes} ended, which is no earlier intent");
            return found("outcome_without_intent", why);
        };
        if intent.about != about(record) {
            let why = format!("says how {closes} ended, but is about something else");
            found("outcome_differs", why);
        }
        let place = if record.result == AuditResult::Unknown {
            &mut intent.unknown
        } else {
            &mut intent.known
        };
        match place {
            Some(first) => {
                let why = format!("says how {closes} ended, as {first} does already");
                found("outcome_twice", why);
            }
            None => *place = Some(seq),
        }
    }

    /// After a run has been healed every intent has an outcome.
    pub(super) fn all_closed(&self, findings: &mut Vec<Finding>) {
        let open = self.intents.iter().filter(|(_, i)| i.unknown.is_none() && i.known.is_none());
        for (seq, _) in open {
            let why = "no record says how this write ended".to_owned();
            findings.push(finding("intent_without_outcome", *seq, why));
        }
    }
}

fn finding(code: &'static str, seq: Seq, message: String) -> Finding {
    Finding {
        invariant: Invariant::I6,
        code,
        stream: Log::Audit.stream().to_owned(),
        seq: Some(seq),
        job_id: None,
        message,
    }
}
