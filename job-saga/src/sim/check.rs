//! What must hold of a run that is over: of the log, of every job, of the fleet.

use std::collections::BTreeMap;

use streams::{
    envelope::{Commit, CommitBody},
    ids::{Incarnation, JobId, Seq, StepId},
    job::{
        event::{JobEvent, SystemEvent},
        plan::Plan,
        step::Evidence,
        world::World as Folded,
    },
};

use super::world::World;

/// A first flip must have replaced exactly the revision its plan rests on.
fn overwritten(
    world: &World,
    plan: &Plan,
    step_id: &StepId,
    evidence: &Evidence,
) -> Option<String> {
    let Evidence::Flipped { revision, .. } = evidence else { return None };
    let step = plan.steps.iter().find(|s| s.id == *step_id && s.point_of_no_return)?;
    let kind = step.service_kind?;
    let entries = world.model.entries.get(&(kind, plan.tenant_id.clone()))?;
    let at = entries.iter().position(|e| e.revision == *revision)?;
    let before = entries.get(at.checked_sub(1)?)?.revision;
    let planned = plan.move_of(kind)?.revision;
    (before != planned).then(|| {
        format!("the flip of {} wrote over revision {before}, not {planned}", plan.tenant_id)
    })
}

/// Raises the job's fence.
fn begins(event: &JobEvent) -> bool {
    use JobEvent as E;
    matches!(
        event,
        E::StepStarted { .. }
            | E::StepResumed { .. }
            | E::UndoStarted { .. }
            | E::UndoResumed { .. }
    )
}

/// Tells what became of an effect.
fn reports(event: &JobEvent) -> bool {
    use JobEvent as E;
    matches!(
        event,
        E::StepSucceeded { .. }
            | E::StepAttemptFailed { .. }
            | E::UndoSucceeded { .. }
            | E::UndoAttemptFailed { .. }
    )
}

/// Everything that does not hold, as sentences.
pub(super) fn check(world: &mut World) -> Vec<String> {
    let mut broken = std::mem::take(&mut world.broken);
    let mut folded = Folded::empty(Incarnation(1));
    let mut answers: BTreeMap<Seq, u32> = BTreeMap::new();
    let mut ends: BTreeMap<JobId, (u32, &'static str, usize)> = BTreeMap::new();
    let mut plans: BTreeMap<JobId, Plan> = BTreeMap::new();
    let mut fences: BTreeMap<JobId, Seq> = BTreeMap::new();
    let mut led_since = None;
    for message in world.events.messages() {
        let recorded = match Commit::decode(&message) {
            Ok(recorded) => recorded,
            Err(corrupt) => return vec![corrupt.to_string()],
        };
        if let Some(answered) = recorded.commit.answers {
            *answers.entry(answered).or_default() += 1;
        }
        let seq = recorded.seq;
        if let CommitBody::System { events } = &recorded.commit.body
            && events.iter().any(|e| matches!(e, SystemEvent::LeaderChanged { .. }))
        {
            led_since = Some(seq);
        }
        if let CommitBody::Job { job_id, events, .. } = &recorded.commit.body {
            if led_since.is_none() {
                broken.push(format!("commit {seq} although nobody leads"));
            }
            for event in events {
                let fence = fences.entry(job_id.clone()).or_default();
                if begins(event) {
                    *fence = seq;
                } else if reports(event) && led_since.is_some_and(|since| *fence < since) {
                    broken.push(format!(
                        "commit {seq}: {} of {job_id} under an earlier leader's fence",
                        event.name()
                    ));
                }
            }
            let job = ends.entry(job_id.clone()).or_default();
            for event in events {
                match event {
                    JobEvent::Planned { plan } => {
                        job.2 = plan.base.moves.len();
                        plans.insert(job_id.clone(), (**plan).clone());
                    }
                    JobEvent::StepSucceeded { step_id, evidence } => {
                        let plan = &plans[job_id];
                        broken.extend(overwritten(world, plan, step_id, evidence));
                    }
                    JobEvent::RetryScheduled { step_id, attempt, .. } if *attempt > 60 => {
                        broken.push(format!("{job_id} {step_id} is tried without end"));
                    }
                    JobEvent::Succeeded
                    | JobEvent::Cancelled
                    | JobEvent::RolledBack
                    | JobEvent::Rejected { .. } => (job.0, job.1) = (job.0 + 1, event.name()),
                    _ => {}
                }
            }
        }
        if let Err(corrupt) = folded.apply(recorded) {
            broken.push(corrupt.to_string());
            return broken;
        }
    }
    for command in world.commands.messages() {
        let times = answers.remove(&command.seq).unwrap_or(0);
        if times != 1 {
            broken.push(format!("command {} was answered {times} times", command.seq));
        }
    }
    if !answers.is_empty() {
        broken.push(format!("answers to commands that never were: {answers:?}"));
    }
    for (job, (times, how, moves)) in &ends {
        let created = world.asked.jobs.iter().any(|(j, _)| j == job);
        if created && *times != 1 {
            broken.push(format!("{job} ended {times} times"));
        }
        let flips = world.model.flips_of(job);
        let expected = if *how == "Succeeded" { *moves } else { 0 };
        if flips != expected {
            broken.push(format!("{job} ended as {how} with {flips} of {expected} flips"));
        }
    }
    for (job, _) in &world.asked.jobs {
        if !ends.contains_key(job) {
            broken.push(format!("{job} was never answered"));
        }
    }
    if !folded.jobs.is_empty() {
        let open: Vec<_> = folded.jobs.values().map(|j| (&j.job_id, j.status.name())).collect();
        broken.push(format!("jobs that did not end: {open:?}"));
    }
    world.model.at_rest();
    broken.append(&mut world.model.broken);
    broken
}
