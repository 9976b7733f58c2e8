//! The Job: what may be asked, what happens, and the pure rules between the two.
//!
//! `command` and `event` are the wire; `plan`, `planner` and `gates` turn observed `facts` into a
//! plan; `state` folds events; `decide` has one file per decision; `world` folds the whole event
//! log (locks, permits and epochs are derived there) and `snapshot` is its stored form; `upcast`
//! reads older wire versions; `aggregate` is the glue to `cqrs-es`. No file here reads a clock,
//! draws a random number or does I/O.

pub mod aggregate;
pub mod command;
pub mod decide;
pub mod event;
pub mod facts;
pub mod gates;
pub mod plan;
pub mod planner;
pub mod policy;
pub mod snapshot;
pub mod state;
pub mod step;
pub mod upcast;
pub mod world;
