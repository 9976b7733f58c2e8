//! Whole fleets in one process on the memory log: the counters, the contract's moves, the Gateway.
#![allow(clippy::unwrap_used)]

mod conformance;
mod counters;
mod gateway;
mod moves;
mod support;
