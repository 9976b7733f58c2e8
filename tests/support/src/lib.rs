//! What tests share: a small fleet as facts, generated logs (see `story`), how gated suites register
//! (see `gated`), and a private NATS server for them (see `server`).
//!
//! Only tests and benches may depend on this crate.

pub mod facts;
pub mod gated;
pub mod programs;
pub mod server;
pub mod story;
