//! The fleet simulator: the reference implementation of the node contract v1 for all four kinds.
//!
//! Nodes keep the contract of `fleet::contract`; a checker counts independently what they would
//! lose, double or misroute if they did not. It must not be used by the services: they know nodes
//! only through their URLs. Start with [`node`] for a node, [`checker`] for the judge, [`app`] for
//! how a fleet is put together.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod app;
pub mod calls;
pub mod checker;
pub mod config;
pub mod data;
pub mod durable;
pub mod event;
pub mod fault;
pub mod flow;
pub mod fold;
pub mod gateway;
pub mod logging;
pub mod node;
pub mod problem;
pub mod routing;
pub mod seed;
pub mod sim_api;
pub mod slot;
pub mod substrate;
pub mod topology;
pub mod traffic;
pub mod verbs;
pub mod welcome;
pub mod world;
