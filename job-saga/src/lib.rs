//! What is done: the one writer of the event log and the only owner of effects.
//!
//! [`engine`] decides, without I/O; [`effects`] is what a step may touch, [`sagas`] what each step
//! does; [`leader`] holds the lease; [`runtime`] joins them. Nothing here answers operators, folds
//! read models or trusts a clock of its own.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod config;
pub mod effects;
pub mod engine;
pub mod leader;
pub mod planted;
pub mod runtime;
pub mod sagas;
pub mod serve;

#[cfg(test)]
mod sim;
