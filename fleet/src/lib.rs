//! Whom we talk to: contract types, node and Gateway clients with their limits, directory, facts.
//!
//! Used by the API and the saga, written once. It decides nothing about jobs and writes nothing to
//! the placement buckets. Start with [`contract`].
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod admission;
pub mod client;
pub mod contract;
pub mod directory;
pub mod error;
pub mod facts;
pub mod gateway;
pub mod transport;
