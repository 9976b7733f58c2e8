//! What the person sees once the system is ready.
//! It must not print anything that is not true of this very system. Next: `../dev.rs`.

use std::time::Duration;

use super::env_file::Facts;
use super::supervisor::Supervisor;

/// Addresses, sign-ins, logs and the way out.
pub(crate) fn ready(facts: &Facts, supervisor: &Supervisor, took: Duration) {
    println!("\nReady in {:.1} s.\n", took.as_secs_f64());
    println!("  Console   {}", facts.ui);
    println!("  API       {}/openapi.json", facts.api);
    println!("  Gateway   {}", facts.gateway);
    println!("  NATS      {}   (`cargo xtask nats -- -s {} stream ls`)", facts.nats, facts.nats);
    println!("  Fleet     {}/sim/v1/counters\n", facts.fleet);
    println!("  {:<14} {:<12} password", "sign in as", "user");
    let mut roles = Vec::new();
    for user in &facts.users {
        // One of each role is enough for a person; the env file has all.
        if roles.contains(&&user.role) {
            continue;
        }
        roles.push(&user.role);
        println!("  {:<14} {:<12} {}", user.role, user.username, user.password);
    }
    let state = supervisor.state();
    println!("\n  State     {}", state.folder().display());
    println!("  Logs      {}", state.folder().join("logs").display());
    for process in supervisor.processes() {
        println!("    {:<12} process {:<8} {}", process.name, process.pid, process.restart);
    }
    println!("\nCtrl-C stops all of it; the state stays.\n");
}
