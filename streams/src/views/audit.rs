//! The view `audit`: one row per privileged act, from both logs.
//!
//! From the event log: requests taken on or rejected, verbs and their answers, flips, ends of jobs,
//! edits of placement by others, unreadable commands. From the audit log: what did not become a
//! command. A row never changes, but for a write to the Gateway: its intent is a row at once, and its
//! outcome closes that row ([`writes`]). An unreadable audit record becomes a row that says so and
//! stands in nobody's way.

mod recorded;
mod writes;

use std::collections::HashMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::{
    catalog,
    envelope::{CommitBody, Corrupt, Recorded},
    ids::{JobId, Revision, Seq, StepId, TenantId},
    job::{
        command::{Actor, JobRequest},
        event::{Asked, JobEvent, SystemEvent},
        plan::{EntryBrief, Plan},
        step::Evidence,
    },
    log::AuditResult,
    placement,
    views::{
        Input, Row, Source, Take, View,
        audit_row::{AuditKey, AuditRow, ChangeRow},
    },
};
pub use recorded::RecordedAudit;
use writes::Writes;

/// What later rows of an open job need.
#[derive(Debug)]
struct Open {
    request: Box<JobRequest>,
    plan: Option<Box<Plan>>,
}

/// One row per privileged act.
#[derive(Debug, Default)]
pub struct AuditView {
    open: HashMap<JobId, Open>,
    writes: Writes,
    rows: Vec<AuditRow>,
}

impl View for AuditView {
    const NAME: &'static str = "audit";
    const SHAPE: u32 = 2;
    const SOURCES: &'static [Source] = &[Source::Events, Source::Audit];

    fn apply(&mut self, input: Input<'_>, written: bool) -> Result<(), Corrupt> {
        let before = self.rows.len();
        match input {
            Input::Commit(recorded) => self.commit(recorded)?,
            Input::Audit(recorded) => {
                let row = audit_row(recorded);
                let record = recorded.record.as_deref().ok();
                self.rows.extend(self.writes.apply(record, row, written));
            }
        }
        if written {
            self.rows.truncate(before);
        }
        Ok(())
    }

    fn take(&mut self, which: Take) -> Vec<Row> {
        let rows = std::mem::take(&mut self.rows);
        let mut rows: Vec<_> = rows.iter().map(|row| (row.seq, rendered(row, true))).collect();
        if which == Take::Changed {
            rows.extend(self.writes.take().map(|row| (row.seq, rendered(row, false))));
        }
        rows.sort_by_key(|(key, _)| *key);
        rows.into_iter().map(|(_, row)| row).collect()
    }

    fn waiting(&self) -> usize {
        self.rows.len()
    }

    fn stored_seq(value: &[u8]) -> Option<Seq> {
        #[derive(Deserialize)]
        struct Stored {
            sequence: Seq,
            closed_seq: Option<Seq>,
        }
        serde_json::from_slice::<Stored>(value).ok().map(|s| s.closed_seq.unwrap_or(s.sequence))
    }
}

fn rendered(row: &AuditRow, last: bool) -> Row {
    Row {
        key: row.seq.to_string(),
        seq: row.closed_seq.unwrap_or(row.sequence),
        value: Bytes::from(serde_json::to_vec(row).expect("wire types always serialise")),
        last,
    }
}

/// A row about nobody and nothing yet.
fn blank(source: Source, seq: Seq, at: DateTime<Utc>, operation: &str) -> AuditRow {
    AuditRow {
        seq: AuditKey { source, seq, part: 0 },
        stream: source,
        sequence: seq,
        at,
        actor: None,
        claimed: None,
        session_id: None,
        address: None,
        right: None,
        tenant_id: None,
        operation: operation.to_owned(),
        resource: None,
        kind: None,
        result: AuditResult::Ok,
        code: None,
        status: None,
        closed_at: None,
        closed_seq: None,
        detail: None,
        reason: None,
        job_id: None,
        step_id: None,
        plan_hash: None,
        ids: None,
        change: None,
    }
}

fn by(mut row: AuditRow, actor: &Actor) -> AuditRow {
    row.actor = Some(actor.sub.clone());
    row.session_id = Some(actor.session_id.clone());
    row.address.clone_from(&actor.address);
    row.right = Some(actor.right.clone());
    row
}

fn audit_row(recorded: &RecordedAudit) -> AuditRow {
    let RecordedAudit { seq, at, .. } = recorded;
    match &recorded.record {
        Ok(record) => {
            let mut row = blank(Source::Audit, *seq, *at, &record.operation);
            if let Some(actor) = &record.actor {
                row = by(row, actor);
            }
            row.claimed.clone_from(&record.claimed);
            row.tenant_id.clone_from(&record.tenant_id);
            row.result = record.result;
            row.code.clone_from(&record.code);
            row.reason.clone_from(&record.reason);
            row.job_id.clone_from(&record.job_id);
            row.resource.clone_from(&record.resource);
            row.status = record.status;
            row.ids = Some(record.ids.clone());
            row
        }
        Err(cause) => {
            let mut row = blank(Source::Audit, *seq, *at, "audit.unreadable");
            row.result = AuditResult::Unknown;
            row.code = Some("unreadable".to_owned());
            row.detail = Some(format!(
                "Message {seq} on {} cannot be read: {cause}. SHA-256 of its body: {}.",
                recorded.subject, recorded.body_sha256
            ));
            row
        }
    }
}

impl AuditView {
    fn commit(&mut self, recorded: &Recorded) -> Result<(), Corrupt> {
        let before = self.rows.len();
        match &recorded.commit.body {
            CommitBody::Job { tenant_id, job_id, events } => {
                for event in events {
                    self.job(tenant_id.as_ref(), job_id, event, recorded)?;
                }
            }
            CommitBody::System { events } => {
                self.rows.extend(events.iter().filter_map(|event| system_row(event, recorded)));
            }
        }
        for (part, row) in self.rows[before..].iter_mut().enumerate() {
            row.seq.part = u32::try_from(part).unwrap_or(u32::MAX);
        }
        Ok(())
    }

    fn job(
        &mut self,
        tenant: Option<&TenantId>,
        job_id: &JobId,
        event: &JobEvent,
        recorded: &Recorded,
    ) -> Result<(), Corrupt> {
        use JobEvent as E;
        let about = |operation: &str| {
            let mut row = blank(Source::Events, recorded.seq, recorded.at, operation);
            row.job_id = Some(job_id.clone());
            row.tenant_id = tenant.cloned();
            row
        };
        match event {
            E::Accepted { request, .. } => {
                self.rows.push(asked_for(about("jobs.create"), request));
                self.open.insert(job_id.clone(), Open { request: request.clone(), plan: None });
            }
            E::Rejected { request, refusal } => {
                let taken_on = self.open.remove(job_id).is_some();
                let operation = if taken_on { "job.rejected" } else { "jobs.create" };
                let row = asked_for(about(operation), request);
                self.rows.push(failed(row, &refusal.code, &refusal.message));
            }
            E::Planned { plan } => {
                self.open_job(job_id, event, recorded)?.plan = Some(plan.clone())
            }
            E::VerbAccepted { asked } => self.rows.push(verb(about(&operation_of(asked)), asked)),
            E::VerbRefused { asked, code, message } => {
                let row = verb(about(&operation_of(asked)), asked);
                self.rows.push(failed(row, code, message));
            }
            E::StepSucceeded { step_id, evidence } | E::StepSkipped { step_id, evidence } => {
                if let Evidence::Flipped { shard, epoch, revision } = evidence {
                    let after = EntryBrief { shard: shard.clone(), epoch: *epoch };
                    let open = self.open_job(job_id, event, recorded)?;
                    let mut row = asked_for(about("placement.flip"), &open.request);
                    row.step_id = Some(step_id.clone());
                    row.change = change(open, step_id, &after, *revision);
                    self.rows.push(row);
                }
            }
            E::Succeeded | E::Cancelled | E::RolledBack => {
                let request = self.open_job(job_id, event, recorded)?.request.clone();
                self.open.remove(job_id);
                self.rows.push(ended(event, about, &request));
            }
            E::GatesObserved { .. }
            | E::StepStarted { .. }
            | E::StepResumed { .. }
            | E::StepAttemptFailed { .. }
            | E::RetryScheduled { .. }
            | E::Paused { .. }
            | E::Resumed
            | E::CompensationStarted { .. }
            | E::UndoStarted { .. }
            | E::UndoResumed { .. }
            | E::UndoAttemptFailed { .. }
            | E::UndoRetryScheduled { .. }
            | E::UndoSucceeded { .. }
            | E::BecameStuck { .. } => {}
        }
        Ok(())
    }

    fn open_job(
        &mut self,
        job_id: &JobId,
        event: &JobEvent,
        recorded: &Recorded,
    ) -> Result<&mut Open, Corrupt> {
        self.open.get_mut(job_id).ok_or_else(|| Corrupt::IllegalEvent {
            seq: recorded.seq,
            job_id: job_id.clone(),
            event: event.name(),
            state: "nothing".to_owned(),
        })
    }
}

fn operation_of(asked: &Asked) -> String {
    format!("jobs.{}", asked.verb.as_str())
}

fn asked_for(row: AuditRow, request: &JobRequest) -> AuditRow {
    let mut row = by(row, &request.actor);
    row.kind = Some(request.spec.kind());
    row.reason = Some(request.reason.as_str().to_owned());
    row.plan_hash = Some(request.plan_hash.clone());
    row.ids = Some(request.ids.clone());
    row
}

fn verb(row: AuditRow, asked: &Asked) -> AuditRow {
    let mut row = by(row, &asked.actor);
    row.reason = Some(asked.reason.as_str().to_owned());
    row.ids = Some(asked.ids.clone());
    row
}

fn failed(mut row: AuditRow, code: &str, message: &str) -> AuditRow {
    row.result = AuditResult::Error;
    row.code = Some(code.to_owned());
    row.detail = Some(message.to_owned());
    row
}

fn ended(event: &JobEvent, about: impl Fn(&str) -> AuditRow, request: &JobRequest) -> AuditRow {
    match event {
        JobEvent::Cancelled => asked_for(about("job.cancelled"), request),
        JobEvent::RolledBack => {
            let row = asked_for(about("job.rolled_back"), request);
            failed(row, "rolled_back", "Everything started was undone because of a failure.")
        }
        _ => asked_for(about("job.succeeded"), request),
    }
}

/// What a flip changed: before by the plan, after as observed.
fn change(
    open: &Open,
    step_id: &StepId,
    after: &EntryBrief,
    revision: Revision,
) -> Option<ChangeRow> {
    let plan = open.plan.as_ref()?;
    let kind = plan.steps.iter().find(|s| &s.id == step_id)?.service_kind?;
    let moved = plan.move_of(kind)?;
    let before = EntryBrief { shard: moved.source.shard.clone(), epoch: moved.from_epoch };
    Some(ChangeRow {
        bucket: catalog::placement_bucket(kind).to_owned(),
        key: placement::tenant_key(&plan.tenant_id),
        revision,
        before: serde_json::to_value(before).ok(),
        after: serde_json::to_value(after).ok(),
    })
}

fn system_row(event: &SystemEvent, recorded: &Recorded) -> Option<AuditRow> {
    let about = |operation| blank(Source::Events, recorded.seq, recorded.at, operation);
    match event {
        SystemEvent::LeaderChanged { .. } => None,
        SystemEvent::CommandUnreadable { subject, seq, body_sha256, cause } => {
            let mut row = about("command.unreadable");
            row.result = AuditResult::Unknown;
            row.code = Some("unreadable".to_owned());
            row.detail = Some(format!(
                "Command {seq} on {subject} cannot be read: {cause}. SHA-256 of its body: \
                 {body_sha256}."
            ));
            Some(row)
        }
        SystemEvent::PlacementObserved { bucket, key, revision, value } => {
            let mut row = about("placement.edited");
            row.detail = Some("Edited by somebody else than the control plane.".to_owned());
            row.tenant_id = key.strip_prefix("tenant.").and_then(|id| id.parse().ok());
            row.change = Some(ChangeRow {
                bucket: bucket.clone(),
                key: key.clone(),
                revision: Revision(*revision),
                before: None,
                after: value.clone(),
            });
            Some(row)
        }
    }
}
