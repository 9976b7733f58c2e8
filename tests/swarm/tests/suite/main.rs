//! `deploy/swarm/control-plane.yml` on a real Swarm: our programs, a real NATS server, the
//! simulated fleet, and one engine that lives and dies with the suite.
//!
//! The suite runs itself again inside namespaces of its own (`namespaces`), so that it neither
//! touches an engine of this machine nor leaves anything behind, also after kill -9. It needs
//! root, `dockerd` and the built programs; what is missing is one sentence, never a pass.
//! Next: `engine`, `image`, `platform`, `deployment`.
#![allow(clippy::unwrap_used)]

mod deployment;
mod engine;
mod image;
mod namespaces;
mod platform;
mod programs;

use std::{process::ExitCode, sync::OnceLock};

use libtest_mimic::{Failed, Trial};
use test_support::gated;

use crate::deployment::Deployment;

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
        trial("T0.1, T7.2: the stack is taken and every program becomes healthy", |d| d.healthy()),
        trial("T2.1: the deployed API serves health, ready and metrics", Deployment::answers),
        trial("a second replica never lands on the node of the first", |d| d.one_a_node()),
        trial("programs run as a numeric user on a root they cannot write", |d| d.confined()),
        trial("an operator migrates a tenant of each kind through it", |d| d.migrates()),
        trial("a stopped program ends by itself within its grace", |d| d.ends_in_grace()),
    ]
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
