//! The clients, the directory and the observer against small servers of this test.
//!
//! One binary for all of it; the simulator has its own tests. Servers are in `fake`.
#![allow(clippy::unwrap_used)]

mod directory;
mod directory_file;
mod escape;
mod facts;
mod fake;
mod gateway;
mod node_client;
mod outbound;
