//! `replay`: a log as a person reads it, or as JSON.

use std::{
    io::{BufWriter, Write},
    process::ExitCode,
};

use anyhow::Context;
use futures::StreamExt;
use streams::{
    envelope::{Commit, CommitBody},
    export::Line,
    ids::Seq,
    jetstream::Jetstream,
    job::event::{JobEvent, Refusal, SystemEvent},
    log::{AuditLog, decode_command},
    ports::Message,
    verify::Log,
};

use crate::{
    cli::{Output, Replay},
    reading,
};

pub(crate) async fn run(
    nats: &Jetstream,
    args: &Replay,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let log = args.which.log();
    let port = reading::port(nats, log);
    let mut out = BufWriter::new(std::io::stdout());
    let from = Seq(args.from.max(1));
    let shown = |out: &mut BufWriter<_>, message: &Message| -> anyhow::Result<()> {
        if is_wanted(args, message) {
            match output {
                Output::Json => writeln!(out, "{}", Line::of(log.stream(), message).encode())?,
                Output::Text => writeln!(out, "{}", sentence(log, message))?,
            }
        }
        Ok(())
    };
    if args.follow {
        let mut messages = port.read(from).await?;
        loop {
            tokio::select! {
                next = messages.next() => {
                    shown(&mut out, &next.context("the read ended early")??)?;
                    out.flush()?;
                }
                _ = tokio::signal::ctrl_c() => return Ok(ExitCode::SUCCESS),
            }
        }
    }
    reading::each(port.as_ref(), from, args.to.map(Seq), |message| shown(&mut out, &message))
        .await?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Tenant and job are tokens of every subject; audit records name the job in their body.
fn is_wanted(args: &Replay, message: &Message) -> bool {
    let tokens: Vec<&str> = message.subject.split('.').collect();
    let tenant = args.tenant.as_ref().is_none_or(|t| tokens.get(2) == Some(&t.as_str()));
    let job = args.job.as_ref().is_none_or(|job| {
        tokens.contains(&job.as_str())
            || AuditLog::decode(message).is_ok_and(|r| r.job_id.as_ref() == Some(job))
    });
    tenant && job
}

fn sentence(log: Log, message: &Message) -> String {
    let told = match log {
        Log::Commands => command(message),
        Log::Events => commit(message),
        Log::Audit => record(message),
    };
    let tenant = message.subject.split('.').nth(2).unwrap_or("?");
    format!("{:>8}  {}  {tenant:<18}  {told}", message.seq.0, message.at.format("%F %T%.3fZ"))
}

fn command(message: &Message) -> String {
    match decode_command(message).command {
        Ok(command) => {
            let (job, verb) = (&command.job_id, command.verb_token());
            let (actor, reason) = match &command.body {
                streams::job::command::CommandBody::Create(r) => (&r.actor, &r.reason),
                streams::job::command::CommandBody::Verb { request, .. } => {
                    (&request.actor, &request.reason)
                }
            };
            format!("{job}  {verb} asked by {}: {:?}", actor.sub, reason.as_str())
        }
        Err(cause) => format!("{}  cannot be read: {cause}", message.subject),
    }
}

fn commit(message: &Message) -> String {
    let recorded = match Commit::decode(message) {
        Ok(recorded) => recorded,
        Err(error) => return error.to_string(),
    };
    let answers =
        recorded.commit.answers.map_or(String::new(), |seq| format!("  [answers command {seq}]"));
    match &recorded.commit.body {
        CommitBody::Job { job_id, events, .. } => {
            let told: Vec<String> = events.iter().map(job_event).collect();
            format!("{job_id}  {}{answers}", told.join(", "))
        }
        CommitBody::System { events } => {
            let told: Vec<String> = events.iter().map(system_event).collect();
            format!("{}{answers}", told.join(", "))
        }
    }
}

/// The event's name, and what a person wants to know of it at once.
fn job_event(event: &JobEvent) -> String {
    use JobEvent as E;
    let name = event.name();
    match event {
        E::Accepted { request, .. } => {
            format!("{name} for {}: {:?}", request.actor.sub, request.reason.as_str())
        }
        E::Rejected { refusal, .. } => format!("{name} ({})", why(refusal)),
        E::GatesObserved { step_id, gates } => {
            let open: Vec<&str> =
                gates.iter().filter(|g| !g.holds()).map(|g| g.id.as_str()).collect();
            let verdict =
                if open.is_empty() { "all hold".to_owned() } else { open.join(", ") + " not" };
            format!("{name} {step_id} ({verdict})")
        }
        E::StepStarted { step_id }
        | E::StepResumed { step_id }
        | E::StepSucceeded { step_id, .. }
        | E::StepSkipped { step_id, .. }
        | E::UndoStarted { step_id }
        | E::UndoResumed { step_id }
        | E::UndoSucceeded { step_id } => format!("{name} {step_id}"),
        E::StepAttemptFailed { step_id, attempt, error }
        | E::UndoAttemptFailed { step_id, attempt, error } => {
            format!("{name} {step_id} attempt {attempt} ({error})")
        }
        E::RetryScheduled { step_id, attempt, delay_ms }
        | E::UndoRetryScheduled { step_id, attempt, delay_ms } => {
            format!("{name} {step_id} attempt {attempt} in {delay_ms} ms")
        }
        E::VerbAccepted { asked } => {
            let verb = asked.verb.as_str();
            format!("{name} {verb} for {}: {:?}", asked.actor.sub, asked.reason.as_str())
        }
        E::VerbRefused { asked, code, .. } => {
            format!("{name} {} for {} ({code})", asked.verb.as_str(), asked.actor.sub)
        }
        E::BecameStuck { step_id, error } => format!("{name} at {step_id} ({error})"),
        E::Planned { .. }
        | E::Paused { .. }
        | E::Resumed
        | E::CompensationStarted { .. }
        | E::Succeeded
        | E::Cancelled
        | E::RolledBack => name.to_owned(),
    }
}

/// Why a job was refused, with what had changed and which gates did not hold.
pub(crate) fn why(refusal: &Refusal) -> String {
    let mut text = format!("{}: {}", refusal.code, refusal.message);
    for more in &refusal.diff {
        text.push_str("; ");
        text.push_str(more);
    }
    text
}

fn system_event(event: &SystemEvent) -> String {
    let name = event.name();
    match event {
        SystemEvent::LeaderChanged { leader } => format!("{name} to {leader}"),
        SystemEvent::CommandUnreadable { subject, cause, .. } => {
            format!("{name} on {subject} ({cause})")
        }
        SystemEvent::PlacementObserved { bucket, key, revision, .. } => {
            format!("{name} {bucket} {key} at revision {revision}")
        }
    }
}

fn record(message: &Message) -> String {
    match AuditLog::decode(message) {
        Ok(record) => {
            let who = record.actor.as_ref().map(|a| a.sub.to_string());
            let who = who.or(record.claimed).unwrap_or_else(|| "somebody".to_owned());
            let code = record.code.map_or(String::new(), |code| format!(" ({code})"));
            let result = format!("{:?}", record.result).to_lowercase();
            format!("{}  {} by {who}: {result}{code}", record.class, record.operation)
        }
        Err(error) => error.to_string(),
    }
}
