//! Everything is killed and started again, one after the other, each amid a migration.
//!
//! What a client may see while a process is down, and no longer than [`RECOVERY`] after it is back,
//! is [`may_see`]; before, after and on every other door it is served. What it may see is always
//! something a client may answer by asking again: nothing was done, or (502 `outcome_unknown`, 503
//! `append_outcome_unknown`, no answer) it may have been, and the same request under the same key
//! or id tells. A 503 says when to come again.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use serde_json::json;
use streams::{clock, ids::Seq, job::event::JobEvent};

use crate::{
    probe::{self, Probe, Receipt, Seen},
    proof, story,
    system::System,
};

const LIMIT: Duration = Duration::from_secs(120);
/// How long a process stays down.
const DOWN: Duration = Duration::from_secs(1);
/// How long after a process is back a client may still see that it was gone.
const RECOVERY: Duration = Duration::from_secs(10);

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Projector,
    CommandApi,
    StandbySaga,
    /// The node that owns the moving tenant.
    SourceNode,
    /// The Gateway the API asks.
    Gateway,
    Nats,
    /// All nodes, Gateways and the traffic at once.
    Fleet,
}

const ALL: [Victim; 7] = [
    Victim::Projector,
    Victim::CommandApi,
    Victim::StandbySaga,
    Victim::SourceNode,
    Victim::Gateway,
    Victim::Nats,
    Victim::Fleet,
];

/// Errors a client may see at a door while this one is down.
fn may_see(victim: Victim, door: &str, gateway: &str) -> &'static [&'static str] {
    // The API denies what it cannot check, as the contract says.
    const DENIES: &[&str] =
        &["503 rights_unavailable", "503 keys_unavailable", "503 gateway_unavailable"];
    let (read, write) = (door.starts_with("read "), door.starts_with("write "));
    match victim {
        // Reads go on from the read models, as old as `as_of` says.
        Victim::Projector | Victim::StandbySaga => &[],
        // Until it has read the read models again it says so.
        Victim::CommandApi if door.starts_with("api ") => &["no answer", "503 rebuilding"],
        Victim::CommandApi => &[],
        // Held by the Gateway until the node is back; a write on its way is open.
        Victim::SourceNode if write => &["502 outcome_unknown"],
        Victim::SourceNode => &[],
        Victim::Gateway if door.ends_with(gateway) => &["no answer"],
        Victim::Gateway | Victim::Fleet if door.starts_with("api ") => DENIES,
        Victim::Gateway => &[],
        // Reads are served from memory, by the API and by the Projections.
        Victim::Nats if read || door == "api read" => &[],
        Victim::Nats if write => &["502 outcome_unknown", "503 unavailable"],
        Victim::Nats => {
            &["503 log_unavailable", "503 append_outcome_unknown", "503 audit_unavailable"]
        }
        Victim::Fleet => &["no answer", "502 outcome_unknown", "503 tenant_draining"],
    }
}

/// When a victim was down.
struct Window {
    victim: Victim,
    killed: Instant,
    back: Instant,
}

/// Kills and restarts each in turn under traffic and amid a migration.
pub(super) async fn everything(system: &System) -> Result<String> {
    let before = system.fleet.counters().await?;
    let gateway = api_gateway(system).await?;
    let probe = Probe::start(system).await?;
    let mut windows = Vec::new();
    for (victim, tenant) in ALL.into_iter().zip(["umbrella", "tyrell"].into_iter().cycle()) {
        let window = one(system, victim, tenant, &gateway);
        windows.push(window.await.with_context(|| format!("{victim:?} killed"))?);
    }
    // One recovery more, in which nothing may be wrong any longer.
    clock::pause(RECOVERY).await;
    let (seen, receipts) = (probe.answers(), probe.receipts());
    drop(probe);
    let told = judge(&seen, &windows, &gateway)?;
    let jobs = in_the_log(system, &receipts).await?;
    caught_up(system).await?;
    let after = system.fleet.counters().await?;
    if (after.lost, after.doubled, after.misrouted)
        != (before.lost, before.doubled, before.misrouted)
    {
        bail!("the fleet lost, doubled or misrouted: {before:?} → {after:?}");
    }
    Ok(format!("{told}; {jobs} receipts, each in the log once; {after:?}"))
}

/// The name of the Gateway the API and the sign-ins use.
pub(super) async fn api_gateway(system: &System) -> Result<String> {
    let nodes = system.fleet.nodes().await?;
    let found = nodes.into_iter().find(|node| node.data_url == system.gateway);
    Ok(found.context("the env file's Gateway is none of the fleet")?.node_id)
}

/// One migration with the victim killed as soon as the target is being prepared.
async fn one(system: &System, victim: Victim, tenant: &str, gateway: &str) -> Result<Window> {
    let from = system.events.info().await?.last_seq.next();
    let placed = super::placement(system, tenant).await?;
    let shard = placed["projection"]["shard"].as_str().context("no shard")?;
    let job = system.operator.migrate(tenant, &json!({"projection": null})).await?;
    story::wait_for(&*system.events, from, &job.parse()?, LIMIT, |event| {
        matches!(event, JobEvent::StepStarted { step_id } if step_id.as_str() == "02.prepare")
    })
    .await?;
    let killed = Instant::now();
    kill(system, victim, &format!("{shard}a"), gateway).await?;
    let back = Instant::now();
    let row = system.operator.ended(&job, LIMIT).await?;
    system.operator.settled(RECOVERY).await?;
    proof::went_through(system, &row, &["projection"]).await?;
    // The windows of two victims must not overlap.
    clock::pause(RECOVERY.saturating_sub(back.elapsed())).await;
    Ok(Window { victim, killed, back })
}

/// Kills the victim and returns once it runs again.
async fn kill(system: &System, victim: Victim, source: &str, gateway: &str) -> Result<()> {
    let name = match victim {
        Victim::SourceNode => return crash(system, source).await,
        Victim::Gateway => return crash(system, gateway).await,
        Victim::Projector => "projector".to_owned(),
        Victim::CommandApi => "command-api".to_owned(),
        Victim::Nats => "nats-server".to_owned(),
        Victim::Fleet => "fleet-sim".to_owned(),
        Victim::StandbySaga => {
            let leader = story::leader(&*system.events).await?;
            let sagas = ["job-saga-1", "job-saga-2"];
            (*sagas.iter().find(|name| **name != leader).context("no standby")?).to_owned()
        }
    };
    system.signal(&name, Signal::SIGKILL)?;
    clock::pause(DOWN).await;
    system.restart(&name).await
}

/// A node of the simulator has no process of its own; its crash drops all it has in memory.
async fn crash(system: &System, node: &str) -> Result<()> {
    system.fleet.fault_on(node, "crash", DOWN).await?;
    clock::pause(DOWN).await;
    let up = async || {
        let nodes = system.fleet.nodes().await?;
        Ok(nodes.iter().any(|n| n.node_id == node && n.up))
    };
    system.until("the node is up again", Duration::from_secs(10), up).await?;
    system.fleet.fault_off(node, "crash").await
}

/// Holds every answer to [`may_see`]; says how long each victim was felt, and by which errors.
fn judge(seen: &[Seen], windows: &[Window], gateway: &str) -> Result<String> {
    let served = |answer: &str| matches!(answer, "200" | "202" | "409 lock_conflict");
    let doors: BTreeSet<&str> = seen.iter().map(|one| one.door.as_str()).collect();
    if doors.len() != 6 {
        bail!("not every door was asked: {doors:?}");
    }
    let mut wrong = Vec::new();
    let mut felt: Vec<Vec<Seen>> = windows.iter().map(|_| Vec::new()).collect();
    for one in seen.iter().filter(|one| !served(&one.answer)) {
        let during =
            windows.iter().position(|w| one.ended >= w.killed && one.begun <= w.back + RECOVERY);
        let Some(during) = during else {
            wrong.push(format!("{}: {} while nothing was down", one.door, one.answer));
            continue;
        };
        let victim = windows[during].victim;
        if !may_see(victim, &one.door, gateway).contains(&one.answer.as_str()) {
            wrong.push(format!("{}: {} while {victim:?} was down", one.door, one.answer));
        }
        if one.hint_missing {
            wrong.push(format!("{}: {} without Retry-After", one.door, one.answer));
        }
        felt[during].push(one.clone());
    }
    if !wrong.is_empty() {
        wrong.sort();
        wrong.dedup();
        bail!("clients saw what they may not: {}", wrong.join("; "));
    }
    Ok(windows.iter().zip(felt).map(|(w, felt)| tell(w, &felt)).collect::<Vec<_>>().join("; "))
}

fn tell(window: &Window, felt: &[Seen]) -> String {
    let Some(last) = felt.iter().map(|one| one.ended).max() else {
        return format!("{:?} not felt", window.victim);
    };
    let counts: Vec<String> = probe::count(felt)
        .into_iter()
        .map(|((door, answer), n)| format!("{door} {answer} ×{n}"))
        .collect();
    let after = last.saturating_duration_since(window.back).as_secs_f64();
    format!("{:?} felt until {after:.1} s after its return: {}", window.victim, counts.join(", "))
}

/// Each receipt names a command that is in the log, of its job; none is there twice.
pub(super) async fn in_the_log(system: &System, receipts: &[Receipt]) -> Result<usize> {
    let mut sequences = BTreeSet::new();
    for receipt in receipts {
        let at = Seq(receipt.command_seq);
        let found = system.commands.get(at).await?;
        let found = found.with_context(|| format!("command {at} is not in the log"))?;
        if !found.subject.contains(&receipt.job_id) {
            bail!("command {at} is not of {}: {}", receipt.job_id, found.subject);
        }
        if !sequences.insert(at) {
            bail!("two receipts name command {at}");
        }
    }
    Ok(sequences.len())
}

/// The read models stand at the end of the log.
async fn caught_up(system: &System) -> Result<()> {
    let at_the_end = async || {
        let end = system.events.info().await?.last_seq;
        let page = system.operator.get("/admin/v1/jobs?limit=1").await?;
        let seen = page["as_of"]["seq"].as_str().unwrap_or_default().to_owned();
        Ok(seen.ends_with(&format!("-{end}")))
    };
    system.until("the read models stand at the end of the log", RECOVERY, at_the_end).await
}
