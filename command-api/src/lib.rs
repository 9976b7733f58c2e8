//! Who may ask: authenticates, authorises, audits, appends commands; answers from read models.
//!
//! It decides nothing about jobs, writes no event and calls no node to change it. The way in is
//! [`router`] (every route on one screen); [`auth`] says who may; [`read`] holds the read models;
//! `routes` has one file per page of the API. [`app`] makes the whole service over any [`Ports`],
//! so that a test runs it in its own process.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod auth;
pub mod cli;
pub mod commands;
pub mod config;
pub mod edge;
pub mod error;
pub mod extract;
pub mod http;
pub mod limits;
pub mod openapi;
pub mod page;
pub mod pass;
pub mod ports;
pub mod queries;
pub mod read;
pub mod rights;
pub mod router;
mod routes;
pub mod serve;
pub mod sessions;
pub mod state;
pub mod sweeper;
mod ui;

pub use ports::Ports;
pub use state::{AppState, Settings};

/// The whole service as a router.
pub fn app(state: &AppState) -> axum::Router {
    router::build(state)
}
