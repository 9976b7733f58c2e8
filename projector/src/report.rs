//! What one view tells the outside: its readiness check and its metrics.

use observability::{Checks, Metrics, metrics::declared};
use prometheus::{HistogramVec, IntCounterVec, IntGaugeVec};
use streams::{ids::Seq, views::Source};

/// Reports about one view; cheap to clone.
#[derive(Debug, Clone)]
pub struct Report {
    view: &'static str,
    check: &'static str,
    checks: Checks,
    lag: IntGaugeVec,
    folded: IntCounterVec,
    rows: IntCounterVec,
    rebuilds: IntCounterVec,
    generation: IntGaugeVec,
    stopped: IntGaugeVec,
    unreadable: IntCounterVec,
    duration: HistogramVec,
}

impl Report {
    /// For the view of this name, under this readiness check.
    #[must_use]
    pub fn new(
        view: &'static str,
        check: &'static str,
        checks: &Checks,
        metrics: &Metrics,
    ) -> Self {
        let report = Self {
            view,
            check,
            checks: checks.clone(),
            lag: metrics.gauge(&declared::PROJECTOR_LAG),
            folded: metrics.counter(&declared::PROJECTOR_FOLDED),
            rows: metrics.counter(&declared::PROJECTOR_ROWS),
            rebuilds: metrics.counter(&declared::PROJECTOR_REBUILDS),
            generation: metrics.gauge(&declared::PROJECTOR_GENERATION),
            stopped: metrics.gauge(&declared::PROJECTOR_STOPPED),
            unreadable: metrics.counter(&declared::PROJECTOR_UNREADABLE),
            duration: metrics.histogram(&declared::PROJECTOR_REBUILD_DURATION),
        };
        report.stopped.with_label_values(&[view]).set(0);
        report
    }

    /// The view's rows follow the logs.
    pub fn current(&self) {
        self.checks.pass(self.check);
    }

    /// The view's rows do not follow the logs now.
    pub fn behind(&self, because: impl Into<String>) {
        self.checks.fail(self.check, because);
    }

    /// Messages of a log that are not in the rows.
    pub fn lag(&self, source: Source, head: Seq, folded: Seq) {
        let lag = i64::try_from(head.0.saturating_sub(folded.0)).unwrap_or(i64::MAX);
        self.lag.with_label_values(&[self.view, source.as_str()]).set(lag);
    }

    /// A message was folded.
    pub fn folded(&self, source: Source) {
        self.folded.with_label_values(&[self.view, source.as_str()]).inc();
    }

    /// An audit record could not be read.
    pub fn unreadable(&self) {
        self.unreadable.with_label_values(&[] as &[&str]).inc();
    }

    /// A row was written, or an equal or later one was there.
    pub fn row(&self, written: bool) {
        let outcome = if written { "written" } else { "kept" };
        self.rows.with_label_values(&[self.view, outcome]).inc();
    }

    /// Rows written so far.
    #[must_use]
    pub fn rows_written(&self) -> u64 {
        self.rows.with_label_values(&[self.view, "written"]).get()
    }

    /// A rebuild begins.
    pub fn rebuild(&self, cause: &str) {
        self.rebuilds.with_label_values(&[self.view, cause]).inc();
    }

    /// A rebuild has ended after this time.
    pub fn rebuilt(&self, seconds: f64) {
        self.duration.with_label_values(&[self.view]).observe(seconds);
    }

    /// Readers follow this generation.
    pub fn generation(&self, generation: u64) {
        let generation = i64::try_from(generation).unwrap_or(i64::MAX);
        self.generation.with_label_values(&[self.view]).set(generation);
    }

    /// The view has stopped for good.
    pub fn stopped(&self, because: &str) {
        self.stopped.with_label_values(&[self.view]).set(1);
        self.behind(format!("stopped: {because}"));
    }
}
