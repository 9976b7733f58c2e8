//! What tests share: a small fleet as facts, generated logs (see `story`), and how gated suites
//! register (see `gated`).
//!
//! Only tests and benches may depend on this crate.

pub mod facts;
pub mod gated;
pub mod story;
