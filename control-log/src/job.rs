//! `job`: one job as its own commits make it, without any read model: what the console shows, when
//! the console cannot.

use std::process::ExitCode;

use cqrs_es::{AggregateError, EventStore};
use serde_json::json;
use streams::{
    ids::JobId,
    jetstream::Jetstream,
    job::{
        command::Verb,
        decide::verb::refusal,
        event::{Cause, PauseCause},
        state::{Job, Status, StepState},
    },
    store::{JobContext, JobRef, JobStore},
    subjects::{EventSubject, parse_event},
    verify::Log,
};

use crate::{
    cli::{EXIT_FINDINGS, JobArgs, Output},
    reading,
    replay::why,
};

pub(crate) async fn run(
    nats: &Jetstream,
    args: &JobArgs,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let of = match &args.tenant {
        Some(tenant) => Some(JobRef { tenant_id: Some(tenant.clone()), job_id: args.job.clone() }),
        None => find(nats, &args.job).await?,
    };
    let Some(of) = of else { return Ok(absent(&args.job)) };
    let store = JobStore(nats.logs().events);
    let loaded = store.load_aggregate(&of.to_string()).await.map_err(plain)?;
    let Some(job) = &loaded.aggregate.job else { return Ok(absent(&args.job)) };
    match output {
        Output::Json => println!("{}", json!({"as_of": as_of(&loaded), "job": job})),
        Output::Text => show(&loaded, job),
    }
    Ok(ExitCode::SUCCESS)
}

/// The job's subject names its tenant; without one given, the log is read for it once.
async fn find(nats: &Jetstream, job_id: &JobId) -> anyhow::Result<Option<JobRef>> {
    let mut found = None;
    let log = reading::port(nats, Log::Events);
    reading::each(log.as_ref(), streams::ids::Seq(1), None, |message| {
        if let Some(EventSubject::Job { tenant, job }) = parse_event(&message.subject)
            && job == *job_id
        {
            found = Some(JobRef { tenant_id: tenant, job_id: job });
        }
        Ok(())
    })
    .await?;
    Ok(found)
}

fn absent(job_id: &JobId) -> ExitCode {
    eprintln!("control-log: no commit is about {job_id}; check the job id and its tenant");
    ExitCode::from(EXIT_FINDINGS)
}

fn plain<E: std::error::Error>(error: AggregateError<E>) -> anyhow::Error {
    anyhow::anyhow!("the job cannot be loaded: {error}")
}

fn as_of(loaded: &JobContext) -> String {
    format!("{}-{}", loaded.incarnation, loaded.after)
}

fn show(loaded: &JobContext, job: &Job) {
    let request = &job.request;
    let tenant = job.tenant_id.as_ref().map_or("the platform", |t| t.as_str());
    let kind = request.spec.kind().as_str();
    println!("{}  {kind} of {tenant}", job.job_id);
    let at = job.updated_at.format("%F %TZ");
    println!("  {} since {at}, commit {}, read at {}", job.status.name(), job.seq, as_of(loaded));
    let asked = job.created_at.format("%F %TZ");
    println!("  asked by {} at {asked}: {:?}", request.actor.sub, request.reason.as_str());
    if !job.status.is_terminal() {
        let held: Vec<&str> =
            job.held.locks.iter().chain(&job.held.permits).map(String::as_str).collect();
        println!("  holds {}", held.join(", "));
    }
    if let Some(because) = because(&job.status) {
        println!("  {because}");
    }
    if let Some(fence) = job.fence {
        println!("  fence {fence}");
    }
    for step in &job.steps {
        println!("  {}", line(step));
    }
    for verb in Verb::ALL {
        match refusal(job, verb) {
            None => println!("  {:<6}  may be asked for", verb.as_str()),
            Some((_, because)) if !job.status.is_terminal() => {
                println!("  {:<6}  no: {because}", verb.as_str());
            }
            Some(_) => {}
        }
    }
}

/// What a person asks first: why it is not simply running.
fn because(status: &Status) -> Option<String> {
    Some(match status {
        Status::Rejected { refusal } => format!("refused: {}", why(refusal)),
        Status::Paused { cause } => match cause {
            PauseCause::Operator => "paused by an operator".to_owned(),
            PauseCause::GateUnknown { step_id, gate } => {
                format!("paused: gate {gate} before {step_id} cannot be told")
            }
            PauseCause::StepFailed { step_id, error } => {
                format!("paused: {step_id} failed past the point of no return: {error}")
            }
            PauseCause::DeadlineExceeded => "paused: past its deadline".to_owned(),
        },
        Status::Compensating { cause } => format!("undone: {}", undone_by(cause)),
        Status::Stuck { cause, step_id, error } => {
            format!("stuck at the undo of {step_id}: {error}; undone: {}", undone_by(cause))
        }
        Status::Pending
        | Status::Running
        | Status::Succeeded
        | Status::Cancelled
        | Status::RolledBack => return None,
    })
}

fn undone_by(cause: &Cause) -> String {
    match cause {
        Cause::Cancelled => "an operator cancelled it".to_owned(),
        Cause::GateFailed { step_id, gate } => format!("gate {gate} before {step_id} did not hold"),
        Cause::StepFailed { step_id, error } => format!("{step_id} failed: {error}"),
        Cause::DeadlineExceeded => "it ran longer than its deadline".to_owned(),
    }
}

fn line(state: &StepState) -> String {
    let status = format!("{:?}", state.status).to_lowercase();
    let mut text = format!("{:<24}  {status:<8}", state.step.id.as_str());
    if state.attempt > 1 {
        text.push_str(&format!("  attempt {}", state.attempt));
    }
    if let Some(error) = &state.error {
        text.push_str(&format!("  {error}"));
    }
    text.trim_end().to_owned()
}
