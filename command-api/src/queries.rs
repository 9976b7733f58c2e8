//! Answers to reads: joins of the read models in memory, the placement, and what nodes say.

pub mod audit;
pub mod jobs;
pub mod placement;
pub mod readings;
pub mod search;
pub mod story;
pub mod tenants;
pub mod undecided;
