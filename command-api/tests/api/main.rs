//! The operators' API in one process: doors, rights, jobs once and for ever, reads, the event stream,
//! and what it says when something is down.
#![allow(clippy::unwrap_used)]

#[path = "../common/app.rs"]
mod app;
#[path = "../common/gateway.rs"]
mod gateway;
#[path = "../common/leader.rs"]
mod leader;
#[path = "../common/once.rs"]
mod race;

mod document;
mod door;
mod labels;
mod limits;
mod matrix;
mod once;
mod outage;
mod own_tenant;
mod passing;
mod paths;
mod reads;
mod sessions;
mod stream;
mod tenancy;
mod tokens;
mod wire;
mod writes;
