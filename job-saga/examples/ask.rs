//! Asks for migrations without the API, and waits for their end: for driving the saga by hand.
//!
//! `cargo run -p job-saga --example ask -- --node-token-file F [--provision] TENANT KIND[,KIND] …`
//! Give a verb with `--verb cancel --job job_…`. It writes commands only; the saga does the rest.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Result, bail};
use clap::Parser;
use fleet::{
    client::{NodeClient, read_token},
    directory::Directory,
    facts::{Observer, Wanted},
    transport::Limits,
};
use futures::StreamExt;
use streams::{
    clock::{Clock, SystemClock},
    envelope::{Commit, CommitBody},
    ids::{CommandId, FlowIds, Hash, IdSource, JobId, RandomIds, Seq, ServiceKind, TenantId},
    jetstream::{Jetstream, NatsArgs},
    job::{
        command::{Actor, Command, CommandBody, JobRequest, Reason, Verb, VerbRequest},
        planner::{MigrateAsk, plan_migrate},
        policy::Policy,
        world::World,
    },
    shapes,
};

#[derive(Debug, Parser)]
struct Args {
    #[command(flatten)]
    nats: NatsArgs,
    #[arg(long)]
    node_token_file: PathBuf,
    #[arg(long)]
    provision: bool,
    #[arg(long)]
    verb: Option<String>,
    #[arg(long)]
    job: Option<JobId>,
    /// Do not wait for the end.
    #[arg(long)]
    no_wait: bool,
    tenant: Option<TenantId>,
    #[arg(value_delimiter = ',')]
    kinds: Vec<ServiceKind>,
}

fn flow() -> FlowIds {
    let uuid = RandomIds.uuid();
    FlowIds {
        request_id: streams::ids::RequestId::from_uuid(uuid),
        correlation_id: streams::ids::CorrelationId::from_uuid(uuid),
        trace_id: uuid.simple().to_string().parse().unwrap(),
    }
}

fn actor() -> Actor {
    Actor {
        sub: "dev".parse().unwrap(),
        session_id: "dev".to_owned(),
        right: "control.jobs.create".to_owned(),
        address: None,
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let jetstream = Jetstream::connect(&args.nats.options("ask")).await?;
    if args.provision {
        for (name, done) in jetstream.provision(&shapes::catalogue(), true).await? {
            println!("{name} {done:?}");
        }
    }
    let Some(tenant) = args.tenant.clone() else { return Ok(()) };
    let world = fold(&jetstream).await?;
    let (job_id, body) = match &args.verb {
        Some(verb) => {
            let verb = Verb::ALL.into_iter().find(|v| v.as_str() == verb).unwrap();
            let reason = Reason::parse("by hand").unwrap();
            let fingerprint = Hash::of(b"verb");
            let request = VerbRequest { reason, actor: actor(), ids: flow(), fingerprint };
            (args.job.clone().unwrap(), CommandBody::Verb { verb, request })
        }
        None => create(&args, &jetstream, &world, &tenant).await?,
    };
    let command = Command {
        v: 1,
        command_id: CommandId::from_uuid(RandomIds.uuid()),
        job_id: job_id.clone(),
        tenant_id: Some(tenant),
        accepted_at: SystemClock.now(),
        body,
    };
    jetstream.logs().commands.append(&command).await?;
    println!("{job_id}");
    if args.no_wait {
        return Ok(());
    }
    let mut world = World::empty(streams::ids::Incarnation(1));
    let mut events = jetstream.logs().events.0.read(Seq(1)).await?;
    while let Some(message) = events.next().await {
        let recorded = Commit::decode(&message?)?;
        if let CommitBody::Job { job_id: about, .. } = &recorded.commit.body
            && *about == job_id
        {
            println!("{} {} {}", recorded.at, recorded.seq, recorded.commit.event_names());
        }
        world.apply(recorded)?;
        if let Some(ended) = world.ended.get(&job_id) {
            println!("{job_id} {}", ended.state);
            return Ok(());
        }
    }
    bail!("the log ended")
}

async fn fold(jetstream: &Jetstream) -> Result<World> {
    let log = jetstream.logs().events;
    let end = log.0.info().await?.last_seq;
    let mut world = World::empty(streams::ids::Incarnation(1));
    if end > Seq(0) {
        let mut events = log.0.read(Seq(1)).await?;
        while world.last_seq < end {
            let Some(message) = events.next().await else { break };
            world.apply(Commit::decode(&message?)?)?;
        }
    }
    Ok(world)
}

async fn create(
    args: &Args,
    jetstream: &Jetstream,
    world: &World,
    tenant: &TenantId,
) -> Result<(JobId, CommandBody)> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (directory, _task) = Directory::follow_kv(jetstream.kv(), Arc::clone(&clock));
    let ready = tokio::time::timeout(Duration::from_secs(5), directory.ready()).await?;
    let view = ready.unwrap();
    let client = NodeClient::new(&Limits::default(), read_token(&args.node_token_file)?)?;
    let floors: BTreeMap<_, _> =
        args.kinds.iter().map(|k| (*k, world.epoch_floor(tenant, *k))).collect();
    let ids = flow();
    let wanted = Wanted { tenant, kinds: &args.kinds, epoch_floors: &floors, ids: &ids };
    let facts = Observer::new(client, clock).gather(&view.snapshot, wanted).await;
    let targets = args.kinds.iter().map(|k| (*k, None)).collect();
    let ask = MigrateAsk { targets, reverse_of: None };
    let plan = plan_migrate(tenant, &ask, &facts, &Policy::default(), &[])?;
    for gate in plan.gates.iter().filter(|g| !g.holds()) {
        println!("gate {}: {:?} {}", gate.id, gate.verdict, gate.because);
    }
    let key = RandomIds.uuid().to_string().parse().unwrap();
    let job_id = JobId::derive(&"dev".parse().unwrap(), "tenant-migrate", Some(tenant), &key);
    let request = JobRequest {
        spec: plan.spec.clone(),
        tenant_id: Some(tenant.clone()),
        reason: Reason::parse("by hand").unwrap(),
        plan_hash: plan.plan_hash.clone(),
        seen: Some(Box::new(plan.base.clone())),
        overrides: Vec::new(),
        actor: actor(),
        ids,
        fingerprint: Hash::of(job_id.as_str().as_bytes()),
    };
    Ok((job_id, CommandBody::Create(request)))
}
