//! Clients of the fleet: continuous writes and reads of every tenant through the Gateways.
//!
//! A write carries a unique request id and is repeated under it while its outcome is not known, as
//! a careful client does. What the clients saw is told to the checker.

use std::{sync::Arc, time::Duration};

use fleet::contract::headers::TENANT_ID;
use futures::{StreamExt, stream::FuturesUnordered};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use streams::{
    clock::pause,
    ids::{FlowIds, TenantId},
};
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval},
};

use crate::{
    data::{self, Acknowledged, Command},
    flow,
    world::World,
};

/// At most this many requests are under way; more are not started.
const OPEN: usize = 256;
/// How often a request is repeated while its outcome is not known.
const REPEATS: u32 = 5;
/// Entities of each tenant.
const ENTITIES: u32 = 20;

/// The clients.
#[derive(Debug)]
pub struct Traffic {
    /// Common ground.
    pub world: Arc<World>,
    /// Base URLs of the Gateways.
    pub gateways: Vec<String>,
    /// All tenants.
    pub tenants: Vec<TenantId>,
    /// Requests a second; 0 pauses.
    pub rps: watch::Receiver<f64>,
}

struct Plan {
    tenant: TenantId,
    gateway: usize,
    write: Option<Command>,
    entity: String,
}

impl Traffic {
    /// Sends for ever.
    pub async fn run(mut self) {
        let mut random = SmallRng::from_os_rng();
        let mut open = FuturesUnordered::new();
        loop {
            let rps = *self.rps.borrow_and_update();
            if rps <= 0.0 {
                tokio::select! {
                    changed = self.rps.changed() => if changed.is_err() { return },
                    Some(()) = open.next() => {}
                }
                continue;
            }
            let mut tick = interval(Duration::from_secs_f64(1.0 / rps));
            tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
            loop {
                tokio::select! {
                    changed = self.rps.changed() => {
                        if changed.is_err() {
                            return;
                        }
                        break;
                    }
                    _ = tick.tick() => if open.len() < OPEN {
                        let plan = self.plan(&mut random);
                        open.push(send(self.world.clone(), self.gateways.clone(), plan));
                    },
                    Some(()) = open.next() => {}
                }
            }
        }
    }

    fn plan(&self, random: &mut SmallRng) -> Plan {
        let tenant = self.tenants[random.random_range(0..self.tenants.len())].clone();
        let entity = format!("order-{:02}", random.random_range(0..ENTITIES));
        let write = random.random_bool(0.5).then(|| Command {
            entity: entity.clone(),
            amount: random.random_range(1..100),
            effect: random.random_bool(0.4),
        });
        Plan { tenant, gateway: random.random_range(0..self.gateways.len()), write, entity }
    }
}

/// What came of one attempt.
enum Outcome {
    Done(Option<Acknowledged>),
    Refused,
    Again,
}

async fn send(world: Arc<World>, gateways: Vec<String>, plan: Plan) {
    let flow = flow::fresh(world.ids.as_ref());
    let Plan { tenant, gateway, write, entity } = plan;
    world.checker.traffic(&tenant, |t| t.requests += 1);
    let until = Instant::now() + world.buffer + Duration::from_secs(30);
    for attempt in 0..=REPEATS {
        // Another Gateway each time: the first one may be the one that is down.
        let url = &gateways[(gateway + attempt as usize) % gateways.len()];
        match once(&world, url, &tenant, write.as_ref(), &entity, &flow).await {
            Outcome::Done(Some(acknowledged)) => {
                world.checker.acknowledged(&tenant, &flow.request_id, acknowledged.seq);
                return;
            }
            Outcome::Done(None) => return world.checker.traffic(&tenant, |t| t.reads += 1),
            Outcome::Refused => return world.checker.traffic(&tenant, |t| t.refused += 1),
            Outcome::Again if Instant::now() >= until => break,
            Outcome::Again => pause(Duration::from_millis(200 << attempt)).await,
        }
    }
    tracing::warn!(tenant_id = %tenant, request_id = %flow.request_id, "the outcome is not known");
    world.checker.traffic(&tenant, |t| t.unknown += 1);
}

async fn once(
    world: &World,
    gateway: &str,
    tenant: &TenantId,
    write: Option<&Command>,
    entity: &str,
    flow: &FlowIds,
) -> Outcome {
    let request = match write {
        Some(command) => {
            world.http.post(format!("{gateway}{}", data::PUBLIC_COMMANDS)).json(command)
        }
        None => {
            let path = data::PUBLIC_ENTITY.replace("{entity}", entity);
            world.http.get(format!("{gateway}{path}"))
        }
    };
    let request = request
        .headers(flow::outbound(flow, world.ids.as_ref()))
        .header(TENANT_ID, tenant.as_str());
    let Ok(response) = request.send().await else { return Outcome::Again };
    match response.status().as_u16() {
        200 if write.is_none() => Outcome::Done(None),
        200 => response.json().await.map_or(Outcome::Again, |a| Outcome::Done(Some(a))),
        503 => refused(response).await,
        _ => Outcome::Again,
    }
}

/// A 503 after the hold is a refusal; any other says nothing about an earlier attempt.
async fn refused(response: reqwest::Response) -> Outcome {
    let problem: Option<fleet::contract::Problem> = response.json().await.ok();
    match problem.map(|p| p.code) {
        Some(fleet::contract::ProblemCode::TenantDraining) => Outcome::Refused,
        _ => Outcome::Again,
    }
}
