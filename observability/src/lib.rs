//! Logs, spans, metrics and the operators' three routes, set up once for every service.
//!
//! Span fields and metrics are declared here and nowhere else, so that a dashboard can be checked
//! against the code. This crate knows no rule of the control plane and speaks to nobody. Look next
//! at [`logs`] for what a line looks like, [`spans`] for the fields of a request, [`metrics`] for
//! the table of metrics, [`ops`] for `/health`, `/ready` and `/metrics`, [`settings`] for how a
//! program reads its settings.
//!
//! Traces: [`logs::subscriber`] is built from layers; an exporter is one more of them, and
//! [`spans`] already carries the trace id.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod build;
pub mod logs;
pub mod metrics;
pub mod ops;
pub mod probe;
pub mod settings;
pub mod spans;

pub use build::Build;
pub use build_info::git_sha;
pub use logs::{LogArgs, LogFormat, init};
pub use metrics::Metrics;
pub use ops::{Checks, ops_router};
