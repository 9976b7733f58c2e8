//! What is true: ids, subjects, the stream catalogue, the Job aggregate, plan and gates, and the
//! ports to the one log.
//!
//! The pure core (`job`, `placement`, `views`) has no clock, randomness, environment or I/O: time,
//! ids and observed facts are arguments. Only [`jetstream`] names the NATS client. Services depend
//! on this crate and never on each other. Start with [`job`] for the rules, [`ports`] for the seam.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod canonical;
pub mod catalog;
pub mod clock;
pub mod envelope;
pub mod error;
pub mod export;
pub mod ids;
pub mod jetstream;
pub mod job;
pub mod lease;
pub mod log;
pub mod memory;
pub mod placement;
pub mod ports;
pub mod roles;
pub mod shapes;
pub mod store;
pub mod subjects;
pub mod verify;
pub mod views;
