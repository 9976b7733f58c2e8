//! What goes wrong at random, and the operator who asks, cancels, and helps what waits for a person.

use bytes::Bytes;
use rand::{Rng, seq::IndexedRandom};
use streams::{
    ids::{Hash, JobId, ServiceKind, TenantId},
    job::{
        command::{Command, CommandBody, JobRequest, Verb, VerbRequest},
        planner::{MigrateAsk, plan_migrate},
        policy::Policy,
        state::Status,
        world::World as Folded,
    },
    log::command_subject,
    ports::{Expect, NewMessage},
};
use test_support::facts::{actor, at, command_id, flow, request, shard};

use super::{
    answer,
    world::{Event, SAGAS, World},
};

/// Something breaks.
pub(super) fn trouble(world: &mut World) {
    if !world.chaos() {
        return world.heal();
    }
    let after = world.rng.random_range(200..4_000);
    world.at(after, Event::Trouble);
    let saga = world.rng.random_range(0..SAGAS);
    let leader = world.leader().unwrap_or(saga);
    match world.rng.random_range(0..100) {
        0..=14 => world.crash(leader),
        15..=19 => world.crash(saga),
        20..=29 => {
            let time = world.rng.random_range(500..12_000);
            world.freeze(leader, time);
        }
        30..=34 => {
            let time = world.rng.random_range(500..12_000);
            world.freeze(saga, time);
        }
        35..=44 => world.take_lease_away(),
        45..=64 => {
            let ids: Vec<_> = world.model.nodes.keys().cloned().collect();
            let id = ids.choose(&mut world.rng).unwrap().clone();
            world.model.nodes.get_mut(&id).unwrap().up = false;
            let after = world.rng.random_range(500..20_000);
            world.note(format!("{id} does not answer for {after} ms"));
            world.at(after, Event::Revive(id));
        }
        65..=69 => {
            let ms = world.rng.random_range(-600_000..600_000);
            world.note(format!("the server's clock is wrong by {ms} ms"));
            world.skew(ms);
        }
        70..=73 => {
            let kind = *ServiceKind::DRAIN_ORDER.choose(&mut world.rng).unwrap();
            let tenant = world.model.tenants.choose(&mut world.rng).unwrap().clone();
            world.note(format!("another hand edits {tenant} in the {kind} map"));
            world.model.touch(kind, &tenant);
            world.announce(kind, &tenant);
        }
        74..=76 => unreadable(world),
        77..=82 => world.spoil_kept(),
        _ => {}
    }
}

/// The fold of whoever is furthest.
fn folded(world: &World) -> Option<&Folded> {
    let worlds = world.sagas.iter().flatten().map(|p| p.engine.world());
    worlds.max_by_key(|w| w.last_seq)
}

/// Asks for jobs, plays with verbs during trouble, and later helps what waits.
pub(super) fn operator(world: &mut World) {
    let after = world.rng.random_range(300..3_000);
    world.at(after, Event::Operator);
    if world.asked.jobs.len() < world.asked.wanted {
        create(world);
        return;
    }
    let Some(open) = folded(world).map(|w| {
        let jobs = w.jobs.values();
        jobs.map(|j| (j.job_id.clone(), j.tenant_id.clone(), j.status.clone())).collect::<Vec<_>>()
    }) else {
        return;
    };
    if world.chaos() && !world.asked.calm {
        let (Some((job, tenant)), true) =
            (world.asked.jobs.choose(&mut world.rng).cloned(), world.rng.random_bool(0.4))
        else {
            return;
        };
        let verb = *Verb::ALL.choose(&mut world.rng).unwrap();
        ask(world, &job, &tenant, verb);
        return;
    }
    for (job, tenant, status) in open {
        let verb = match status {
            Status::Paused { .. } => Verb::Resume,
            Status::Stuck { .. } => Verb::Retry,
            _ => continue,
        };
        ask(world, &job, &tenant.unwrap(), verb);
    }
}

/// Asks for one thing about a job.
pub(super) fn ask(world: &mut World, job: &JobId, tenant: &TenantId, verb: Verb) {
    let base = request_of(tenant);
    let request =
        VerbRequest { reason: base.reason, actor: actor(), ids: flow(), fingerprint: Hash::zero() };
    world.note(format!("{} {job}", verb.as_str()));
    send(world, job.clone(), tenant, CommandBody::Verb { verb, request });
}

fn request_of(tenant: &TenantId) -> JobRequest {
    test_support::facts::bare_request(tenant, &[ServiceKind::Runner])
}

fn create(world: &mut World) {
    let tenant = world.model.tenants.choose(&mut world.rng).unwrap().clone();
    let mut kinds = world.asked.kinds.clone();
    if kinds.is_empty() {
        kinds = match world.rng.random_range(0..4) {
            0 => ServiceKind::DRAIN_ORDER.to_vec(),
            n => vec![ServiceKind::DRAIN_ORDER[n - 1]],
        };
    }
    let mut facts = answer::facts(&mut world.model, &tenant, &kinds, &mut world.rng);
    if let Some(folded) = folded(world) {
        let floors: Vec<_> = kinds.iter().map(|k| (*k, folded.epoch_floor(&tenant, *k))).collect();
        for (kind, floor) in floors {
            facts.maps.get_mut(&kind).unwrap().epoch_floor = floor;
        }
    }
    let other = |kind: &ServiceKind| {
        let on = world.model.entry(*kind, &tenant).map(|e| e.value.shard.clone());
        [1, 2].map(|n| shard(*kind, n)).into_iter().find(|s| Some(s) != on.as_ref())
    };
    let targets = kinds.iter().map(|k| (*k, other(k))).collect();
    let asked = MigrateAsk { targets, reverse_of: None };
    let Ok(plan) = plan_migrate(&tenant, &asked, &facts, &Policy::default(), &[]) else { return };
    let n = world.asked.jobs.len() as u32;
    let job = test_support::facts::job_id(n + 1);
    world.note(format!("create {job}: {tenant} {kinds:?}"));
    world.asked.jobs.push((job.clone(), tenant.clone()));
    send(world, job, &tenant, CommandBody::Create(request(&plan)));
}

fn send(world: &mut World, job_id: JobId, tenant: &TenantId, body: CommandBody) {
    world.asked.commands += 1;
    let command = Command {
        v: 1,
        command_id: command_id(world.asked.commands),
        job_id,
        tenant_id: Some(tenant.clone()),
        accepted_at: at(0),
        body,
    };
    let payload = Bytes::from(serde_json::to_vec(&command).unwrap());
    post(world, command_subject(&command), payload);
}

fn unreadable(world: &mut World) {
    world.asked.commands += 1;
    let n = world.asked.commands;
    let subject = format!("control.cmd.acme.{}.create", test_support::facts::job_id(9_000 + n));
    post(world, subject, Bytes::from_static(b"not a command"));
}

fn post(world: &mut World, subject: String, payload: Bytes) {
    let message = NewMessage {
        subject,
        msg_id: format!("cmd-{}", world.asked.commands),
        headers: std::collections::BTreeMap::new(),
        payload,
        expect: Expect::Nothing,
    };
    world.ask(&message);
}
