//! Metrics: a registry that takes only what [`declared`] lists.
//!
//! A service asks for a declared metric and gets the handle; asking twice gives the same one. No
//! label may hold a tenant, a job or any other unbounded value.

pub mod declared;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder,
};

use crate::Build;
use declared::{BUILD_INFO, Metric, OWN_BUILDS};

#[derive(Debug, Clone)]
enum Handle {
    Counter(IntCounterVec),
    Gauge(IntGaugeVec),
    Histogram(HistogramVec),
}

/// The metrics of one process.
#[derive(Debug, Clone)]
pub struct Metrics {
    build: Build,
    registry: Registry,
    handles: Arc<Mutex<HashMap<&'static str, Handle>>>,
}

impl Metrics {
    /// An empty registry that says which program it is, under the name all share and under its own:
    /// `control_plane_build_info` and e.g. `projector_build_info`, `{service,version,git_sha} 1`.
    #[must_use]
    pub fn new(build: Build) -> Self {
        let metrics = Self { build, registry: Registry::new(), handles: Arc::default() };
        let own = OWN_BUILDS.iter().filter(|(service, _)| *service == build.service);
        for info in own.map(|(_, metric)| *metric).chain([&BUILD_INFO]) {
            let labels = [build.service, build.version, build.git_sha];
            metrics.gauge(info).with_label_values(&labels).set(1);
        }
        metrics
    }

    /// Which program this is.
    #[must_use]
    pub fn build(&self) -> Build {
        self.build
    }

    /// A declared counter.
    ///
    /// # Panics
    /// When the metric is declared as another kind: a mistake in the calling code.
    #[must_use]
    pub fn counter(&self, metric: &Metric) -> IntCounterVec {
        match self.handle(metric) {
            Handle::Counter(counter) => counter,
            other => panic!("{} is declared as {other:?}, not as a counter", metric.name()),
        }
    }

    /// A declared gauge.
    ///
    /// # Panics
    /// As [`Metrics::counter`].
    #[must_use]
    pub fn gauge(&self, metric: &Metric) -> IntGaugeVec {
        match self.handle(metric) {
            Handle::Gauge(gauge) => gauge,
            other => panic!("{} is declared as {other:?}, not as a gauge", metric.name()),
        }
    }

    /// A declared histogram; observe seconds.
    ///
    /// # Panics
    /// As [`Metrics::counter`].
    #[must_use]
    pub fn histogram(&self, metric: &Metric) -> HistogramVec {
        match self.handle(metric) {
            Handle::Histogram(histogram) => histogram,
            other => panic!("{} is declared as {other:?}, not as a histogram", metric.name()),
        }
    }

    /// Everything in Prometheus' text format.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = Vec::new();
        // Writing into memory does not fail, and names and help are ours.
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        String::from_utf8(text).unwrap_or_default()
    }

    fn handle(&self, metric: &Metric) -> Handle {
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        handles.entry(metric.name()).or_insert_with(|| self.register(metric)).clone()
    }

    /// Declared names, labels and buckets are valid (a test registers all of them).
    fn register(&self, metric: &Metric) -> Handle {
        let (opts, labels) = (Opts::new(metric.name(), metric.help()), metric.labels());
        let valid = "declared metrics are valid";
        match metric.kind() {
            declared::Kind::Counter => {
                let counter = IntCounterVec::new(opts, labels).expect(valid);
                self.registry.register(Box::new(counter.clone())).expect(valid);
                Handle::Counter(counter)
            }
            declared::Kind::Gauge => {
                let gauge = IntGaugeVec::new(opts, labels).expect(valid);
                self.registry.register(Box::new(gauge.clone())).expect(valid);
                Handle::Gauge(gauge)
            }
            declared::Kind::Histogram(buckets) => {
                let opts = HistogramOpts::from(opts).buckets(buckets.to_vec());
                let histogram = HistogramVec::new(opts, labels).expect(valid);
                self.registry.register(Box::new(histogram.clone())).expect(valid);
                Handle::Histogram(histogram)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_declared_metric_registers_and_asking_twice_gives_the_same_one() {
        let metrics =
            Metrics::new(Build { service: "projector", version: "0.1.0", git_sha: "abc" });
        for metric in declared::ALL {
            let labels = vec!["x"; metric.labels().len()];
            match metric.kind() {
                declared::Kind::Counter => {
                    metrics.counter(metric).with_label_values(&labels).inc();
                    assert_eq!(metrics.counter(metric).with_label_values(&labels).get(), 1);
                }
                declared::Kind::Gauge => metrics.gauge(metric).with_label_values(&labels).set(1),
                declared::Kind::Histogram(_) => {
                    metrics.histogram(metric).with_label_values(&labels).observe(0.1);
                }
            }
            assert!(metrics.render().contains(metric.name()), "{}", metric.name());
        }
    }

    /// Plan 3.3
    #[test]
    fn the_program_says_which_build_it_is() {
        for (service, own) in OWN_BUILDS {
            let text = Metrics::new(Build { service, version: "0.1.0", git_sha: "abc" }).render();
            let labels = format!("{{git_sha=\"abc\",service={service:?},version=\"0.1.0\"}} 1");
            assert_eq!(own.name(), format!("{}_build_info", service.replace('-', "_")));
            for name in [own.name(), "control_plane_build_info"] {
                assert!(text.contains(&format!("\n{name}{labels}\n")), "{name} in {text}");
            }
        }
    }
}
