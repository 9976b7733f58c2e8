//! What must hold of a run that is over: of the log, of every job, of the fleet.

use std::collections::BTreeMap;

use streams::{
    envelope::{Commit, CommitBody},
    ids::{Incarnation, JobId, Seq},
    job::{event::JobEvent, world::World as Folded},
};

use super::world::World;

/// Everything that does not hold, as sentences.
pub(super) fn check(world: &mut World) -> Vec<String> {
    let mut broken = std::mem::take(&mut world.broken);
    let mut folded = Folded::empty(Incarnation(1));
    let mut answers: BTreeMap<Seq, u32> = BTreeMap::new();
    let mut ends: BTreeMap<JobId, (u32, &'static str, usize)> = BTreeMap::new();
    for message in world.events.messages() {
        let recorded = match Commit::decode(&message) {
            Ok(recorded) => recorded,
            Err(corrupt) => return vec![corrupt.to_string()],
        };
        if let Some(answered) = recorded.commit.answers {
            *answers.entry(answered).or_default() += 1;
        }
        if let CommitBody::Job { job_id, events, .. } = &recorded.commit.body {
            let job = ends.entry(job_id.clone()).or_default();
            for event in events {
                match event {
                    JobEvent::Planned { plan } => job.2 = plan.base.moves.len(),
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
