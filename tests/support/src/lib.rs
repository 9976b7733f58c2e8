//! What tests share: a small fleet as facts, and (see `gated`) how gated suites register.
//!
//! Only tests and benches may depend on this crate.

pub mod facts;
