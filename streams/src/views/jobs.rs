//! The view `jobs`: one row per job, keyed by its id.
//!
//! The fold is the aggregate's own [`evolve`]; this file only keeps open jobs, remembers which have
//! ended, and knows which rows changed. A verb refused after the end changes no row: the job is as
//! it was, the audit row tells it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use bytes::Bytes;
use serde::Deserialize;

use crate::{
    envelope::{CommitBody, Corrupt, Recorded},
    ids::{JobId, Seq},
    job::{
        event::{Asked, JobEvent},
        state::{Context, Job, evolve},
    },
    views::{Input, Row, Source, Take, View, job_row::VerbRow, render},
};

/// How many verbs a row keeps.
const VERBS: usize = 16;

#[derive(Debug)]
struct Open {
    job: Job,
    verbs: VecDeque<VerbRow>,
}

/// One row per job.
#[derive(Debug, Default)]
pub struct JobsView {
    open: HashMap<JobId, Open>,
    ended: HashSet<JobId>,
    changed: BTreeSet<JobId>,
    finished: BTreeMap<JobId, Open>,
}

impl View for JobsView {
    const NAME: &'static str = "jobs";
    const SHAPE: u32 = 2;
    const SOURCES: &'static [Source] = &[Source::Events];

    fn apply(&mut self, input: Input<'_>, written: bool) -> Result<(), Corrupt> {
        let Input::Commit(recorded) = input else { return Ok(()) };
        match &recorded.commit.body {
            CommitBody::Job { job_id, events, .. } => self.job(job_id, events, recorded, written),
            CommitBody::System { .. } => Ok(()),
        }
    }

    fn take(&mut self, which: Take) -> Vec<Row> {
        let finished = std::mem::take(&mut self.finished);
        let mut rows: Vec<Row> =
            finished.into_values().map(|open| row(&open.job, open.verbs, true)).collect();
        if which == Take::Changed {
            let changed = std::mem::take(&mut self.changed);
            let open = changed.iter().filter_map(|id| self.open.get(id));
            rows.extend(open.map(|open| row(&open.job, open.verbs.clone(), false)));
        }
        rows
    }

    fn waiting(&self) -> usize {
        self.finished.len()
    }

    fn stored_seq(value: &[u8]) -> Option<Seq> {
        #[derive(Deserialize)]
        struct Stored {
            seq: Seq,
        }
        serde_json::from_slice::<Stored>(value).ok().map(|s| s.seq)
    }
}

fn row(job: &Job, verbs: VecDeque<VerbRow>, last: bool) -> Row {
    let row = render::row(job, verbs.into());
    let value = serde_json::to_vec(&row).expect("wire types always serialise");
    Row { key: job.job_id.to_string(), seq: row.seq, value: Bytes::from(value), last }
}

impl JobsView {
    fn job(
        &mut self,
        job_id: &JobId,
        events: &[JobEvent],
        recorded: &Recorded,
        written: bool,
    ) -> Result<(), Corrupt> {
        let known = self.open.contains_key(job_id);
        if !known && matches!(events, [JobEvent::VerbRefused { .. }]) {
            return Ok(()); // asked of a job that has ended, or never was
        }
        let illegal = |event: &'static str, state: String| Corrupt::IllegalEvent {
            seq: recorded.seq,
            job_id: job_id.clone(),
            event,
            state,
        };
        if self.ended.contains(job_id) {
            let event = events.first().map_or("nothing", JobEvent::name);
            return Err(illegal(event, "ended".to_owned()));
        }
        let context = Context {
            incarnation: recorded.commit.incarnation,
            seq: recorded.seq,
            at: recorded.at,
        };
        let (mut job, mut verbs) = match self.open.remove(job_id) {
            Some(Open { job, verbs }) => (Some(job), verbs),
            None => (None, VecDeque::new()),
        };
        for event in events {
            let next = evolve(job, job_id, event, context);
            job = Some(next.map_err(|found| illegal(found.event, found.state))?);
            if let Some(verb) = verb_row(event, recorded) {
                if verbs.len() == VERBS {
                    verbs.pop_front();
                }
                verbs.push_back(verb);
            }
        }
        let Some(job) = job else { return Err(illegal("nothing", "nothing".to_owned())) };
        self.keep(Open { job, verbs }, written);
        Ok(())
    }

    fn keep(&mut self, open: Open, written: bool) {
        let job_id = open.job.job_id.clone();
        if open.job.status.is_terminal() {
            self.changed.remove(&job_id);
            self.ended.insert(job_id.clone());
            if !written {
                self.finished.insert(job_id, open);
            }
        } else {
            if !written {
                self.changed.insert(job_id.clone());
            }
            self.open.insert(job_id, open);
        }
    }
}

fn verb_row(event: &JobEvent, recorded: &Recorded) -> Option<VerbRow> {
    let make = |asked: &Asked, refusal: Option<(&String, &String)>| VerbRow {
        command_id: asked.command_id.clone(),
        verb: asked.verb,
        actor: render::actor(&asked.actor),
        reason: asked.reason.clone(),
        at: recorded.at,
        seq: recorded.seq,
        accepted: refusal.is_none(),
        code: refusal.map(|(code, _)| code.clone()),
        message: refusal.map(|(_, message)| message.clone()),
    };
    match event {
        JobEvent::VerbAccepted { asked } => Some(make(asked, None)),
        JobEvent::VerbRefused { asked, code, message } => Some(make(asked, Some((code, message)))),
        _ => None,
    }
}
