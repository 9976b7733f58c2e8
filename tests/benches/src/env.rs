//! The part of `cargo xtask dev`'s env file that is needed; nothing else reads that file here.

use serde::Deserialize;

/// The part of the env file that is needed.
#[derive(Debug, Deserialize)]
pub(crate) struct Env {
    pub(crate) api: String,
    pub(crate) gateway: String,
    pub(crate) nats: String,
    pub(crate) nats_monitor: String,
    pub(crate) fleet: String,
    pub(crate) users: Vec<User>,
    pub(crate) processes: Vec<Process>,
}

/// One process of the system.
#[derive(Debug, Deserialize)]
pub(crate) struct Process {
    pub(crate) name: String,
    pub(crate) pid: i32,
}

/// One sign-in.
#[derive(Debug, Deserialize)]
pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) role: String,
}
