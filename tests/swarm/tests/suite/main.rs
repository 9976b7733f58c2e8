//! Our images on a real engine: the API's alone, and `deploy/swarm/control-plane.yml` on a Swarm,
//! with a real NATS server, the simulated fleet, and one engine that lives and dies with the suite.
//!
//! The suite runs itself again inside namespaces of its own (`namespaces`), so that it neither
//! touches an engine of this machine nor leaves anything behind, also after kill -9. It needs
//! root, `dockerd` and the built programs; what is missing is one sentence, never a pass.
//! Next: `engine`, `images`, `alone`, `platform`, `deployment`.
#![allow(clippy::unwrap_used)]

mod alone;
mod deployment;
mod engine;
mod images;
mod namespaces;
mod platform;
mod programs;

use std::{process::ExitCode, sync::OnceLock};

use libtest_mimic::{Failed, Trial};
use test_support::gated;

use crate::{alone::Alone, deployment::Deployment};

fn main() -> ExitCode {
    let on = gated::variable(gated::DOCKER).is_some();
    if on && namespaces::wanted() {
        return namespaces::enter();
    }
    let gated = if on { trials() } else { Vec::new() };
    gated::main(Vec::new(), gated)
}

fn trials() -> Vec<Trial> {
    vec![
        // T2.1, T7.2
        alone("the_api_image_alone_answers_and_finds_others_by_their_names", Alone::answers),
        alone("the_api_image_runs_as_10001_without_rights_and_writes_nothing", Alone::confined),
        alone("the_api_image_finds_itself_healthy", Alone::healthy),
        alone("the_api_image_ends_with_0_when_it_is_told_to_stop", Alone::ends),
        // T0.1, T7.2
        trial("the_stack_is_taken_and_every_program_becomes_healthy", Deployment::healthy),
        // T2.1
        trial("the_deployed_api_serves_health_ready_and_metrics", Deployment::answers),
        trial("a_second_replica_never_lands_on_the_node_of_the_first", Deployment::one_a_node),
        trial("programs_run_as_a_numeric_user_on_a_root_they_cannot_write", Deployment::confined),
        trial("an_operator_migrates_a_tenant_of_each_kind", Deployment::migrates),
        trial("a_stopped_program_ends_by_itself_within_its_grace", Deployment::ends_in_grace),
    ]
}

/// The containers serve all of these; the last one stops the API.
fn alone(name: &str, look: fn(&Alone) -> anyhow::Result<()>) -> Trial {
    Trial::test(name, move || {
        static STARTED: OnceLock<Result<Alone, String>> = OnceLock::new();
        let started = STARTED.get_or_init(|| Alone::start().map_err(|e| format!("{e:#}")));
        let alone = started.as_ref().map_err(|e| Failed::from(e.as_str()))?;
        look(alone).map_err(|e| Failed::from(format!("{e:#}")))
    })
}

/// One deployment serves all trials; they look at it in order, each on its own.
fn trial(name: &str, look: fn(&Deployment) -> anyhow::Result<()>) -> Trial {
    Trial::test(name, move || {
        static DEPLOYED: OnceLock<Result<Deployment, String>> = OnceLock::new();
        let deployed = DEPLOYED.get_or_init(|| Deployment::start().map_err(|e| format!("{e:#}")));
        let deployment = deployed.as_ref().map_err(|e| Failed::from(e.as_str()))?;
        look(deployment).map_err(|e| Failed::from(format!("{e:#}")))
    })
}
