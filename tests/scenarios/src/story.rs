//! The story of a job as the event log tells it.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures::StreamExt;
use streams::{
    envelope::{Commit, CommitBody, Recorded},
    ids::{JobId, Seq},
    job::event::{JobEvent, SystemEvent},
    ports::MessageLog,
};

/// The whole log now, decoded.
pub(crate) async fn commits(log: &dyn MessageLog, from: Seq) -> Result<Vec<Recorded>> {
    let last = log.info().await?.last_seq;
    let mut found = Vec::new();
    if last < from {
        return Ok(found);
    }
    let mut messages = log.read(from).await?;
    while let Some(message) = messages.next().await {
        let recorded = Commit::decode(&message?)?;
        let seq = recorded.seq;
        found.push(recorded);
        if seq >= last {
            break;
        }
    }
    Ok(found)
}

/// The process name of the saga that leads, from the log: its id without the part that tells one
/// life of the process from the next.
pub(crate) async fn leader(log: &dyn MessageLog) -> Result<String> {
    let mut leader = None;
    for recorded in commits(log, Seq(1)).await? {
        if let CommitBody::System { events } = recorded.commit.body {
            for event in events {
                if let SystemEvent::LeaderChanged { leader: id } = event {
                    leader = Some(id.to_string());
                }
            }
        }
    }
    let leader = leader.context("no saga has led yet")?;
    Ok(leader.rsplit_once('-').map_or(leader.clone(), |(name, _)| name.to_owned()))
}

/// Waits for the first event of `job` that `wanted` picks, reading from `from` on.
pub(crate) async fn wait_for(
    log: &dyn MessageLog,
    from: Seq,
    job: &JobId,
    limit: Duration,
    mut wanted: impl FnMut(&JobEvent) -> bool,
) -> Result<Seq> {
    let search = async {
        let mut messages = log.read(from).await?;
        while let Some(message) = messages.next().await {
            let recorded = Commit::decode(&message?)?;
            if events_of(&recorded, job).iter().any(&mut wanted) {
                return Ok(recorded.seq);
            }
        }
        bail!("the log ended")
    };
    tokio::time::timeout(limit, search).await.context("the event did not come in time")?
}

/// Events of one job in a commit.
pub(crate) fn events_of<'r>(recorded: &'r Recorded, job: &JobId) -> &'r [JobEvent] {
    match &recorded.commit.body {
        CommitBody::Job { job_id, events, .. } if job_id == job => events,
        CommitBody::Job { .. } | CommitBody::System { .. } => &[],
    }
}

/// What the log must say of a job that went through: one flip of each kind, every step once.
pub(crate) async fn check_done(log: &dyn MessageLog, job: &JobId, flips: usize) -> Result<usize> {
    let mut succeeded = Vec::new();
    let mut commits_of_job = 0;
    for recorded in commits(log, Seq(1)).await? {
        let events = events_of(&recorded, job);
        commits_of_job += usize::from(!events.is_empty());
        for event in events {
            if let JobEvent::StepSucceeded { step_id, .. } = event {
                succeeded.push(step_id.to_string());
            }
        }
    }
    let mut once = succeeded.clone();
    once.sort();
    once.dedup();
    if once.len() != succeeded.len() {
        bail!("a step of {job} succeeded twice: {succeeded:?}");
    }
    let flipped = succeeded.iter().filter(|s| s.contains(".flip")).count();
    if flipped != flips {
        bail!("{job} flipped {flipped} times instead of {flips}");
    }
    Ok(commits_of_job)
}

/// How many events the log has of a job.
pub(crate) async fn length(log: &dyn MessageLog, job: &JobId) -> Result<usize> {
    let commits = commits(log, Seq(1)).await?;
    Ok(commits.iter().map(|recorded| events_of(recorded, job)).map(<[JobEvent]>::len).sum())
}
