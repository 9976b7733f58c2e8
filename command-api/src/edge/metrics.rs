//! Rate, errors, duration of requests. Labels are bounded: route patterns, known methods, statuses.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use observability::{Build, metrics::declared};
use prometheus::{HistogramVec, IntCounterVec, IntGauge};

/// The metrics of this service.
#[derive(Debug, Clone)]
pub struct Metrics {
    all: observability::Metrics,
    requests: IntCounterVec,
    limited: IntCounterVec,
    duration: HistogramVec,
    in_flight: IntGauge,
    streams: IntGauge,
}

/// Counts one while it lives.
#[derive(Debug)]
pub struct Counted(IntGauge);

impl Counted {
    fn new(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// A registry of one's own.
    #[must_use]
    pub fn new(build: Build) -> Self {
        let none: [&str; 0] = [];
        let all = observability::Metrics::new(build);
        Self {
            requests: all.counter(&declared::HTTP_REQUESTS),
            limited: all.counter(&declared::HTTP_LIMITED),
            duration: all.histogram(&declared::HTTP_DURATION),
            in_flight: all.gauge(&declared::HTTP_INFLIGHT).with_label_values(&none),
            streams: all.gauge(&declared::SSE_CLIENTS).with_label_values(&none),
            all,
        }
    }

    /// The text format.
    #[must_use]
    pub fn render(&self) -> String {
        self.all.render()
    }

    /// A request that begins.
    #[must_use]
    pub fn request(&self) -> Counted {
        Counted::new(&self.in_flight)
    }

    /// An event stream that begins.
    #[must_use]
    pub fn stream(&self) -> Counted {
        Counted::new(&self.streams)
    }

    /// A request or sign-in that was asked for too often.
    pub fn limited(&self, limit: &'static str) {
        self.limited.with_label_values(&[limit]).inc();
    }

    /// A request that was answered.
    pub fn answered(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let method = match *method {
            Method::GET | Method::HEAD => "GET",
            Method::POST => "POST",
            Method::DELETE => "DELETE",
            Method::PUT => "PUT",
            _ => "other",
        };
        self.requests.with_label_values(&[method, route, status.as_str()]).inc();
        self.duration.with_label_values(&[method, route]).observe(took.as_secs_f64());
    }
}
