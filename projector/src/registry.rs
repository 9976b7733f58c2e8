//! The views this program keeps: one line each.
//!
//! A new view is a type in `streams::views` and a line here. Each lives in a task of its own, so that
//! one that has stopped leaves the others be.

use observability::{Checks, Metrics};
use streams::views::{View, audit::AuditView, jobs::JobsView};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    Pace, Ports,
    report::Report,
    run::{rebuild, run},
    session::Halt,
};

/// Readiness checks of the views, in the order of the registry.
pub const CHECKS: [&str; 2] = ["view.jobs", "view.audit"];

/// Names of the views, for `projector rebuild`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Named {
    /// One row per job.
    Jobs,
    /// One row per privileged act.
    Audit,
}

/// Keeps every view until `stop`; ends early only when a view's task dies, which is a bug.
///
/// # Errors
/// The task's panic.
pub async fn keep(
    ports: &Ports,
    pace: Pace,
    metrics: &Metrics,
    checks: &Checks,
    stop: &CancellationToken,
) -> Result<(), tokio::task::JoinError> {
    let mut tasks = JoinSet::new();
    let report = |view, check| Report::new(view, check, checks, metrics);
    let jobs = report(JobsView::NAME, CHECKS[0]);
    tasks.spawn(run::<JobsView>(ports.clone(), pace, jobs, stop.clone()));
    let audit = report(AuditView::NAME, CHECKS[1]);
    tasks.spawn(run::<AuditView>(ports.clone(), pace, audit, stop.clone()));
    while let Some(ended) = tasks.join_next().await {
        ended?;
    }
    Ok(())
}

/// Builds a new generation of a view and lets readers follow it.
///
/// # Errors
/// [`Halt`].
pub async fn build(view: Named, ports: &Ports, pace: Pace, metrics: &Metrics) -> Result<u64, Halt> {
    let checks = Checks::new(&[]);
    let report = |view, check| Report::new(view, check, &checks, metrics);
    match view {
        Named::Jobs => rebuild::<JobsView>(ports, pace, &report(JobsView::NAME, CHECKS[0])).await,
        Named::Audit => {
            rebuild::<AuditView>(ports, pace, &report(AuditView::NAME, CHECKS[1])).await
        }
    }
}
