//! Median and 99th percentile of measured times.

use std::time::Duration;

/// Quantiles in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quantiles {
    pub(crate) n: usize,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

impl Quantiles {
    /// Of at least one time.
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        let at = |per_mille: usize| {
            let index = (times.len() * per_mille / 1000).min(times.len().saturating_sub(1));
            times.get(index).map_or(f64::NAN, Duration::as_secs_f64)
        };
        Self { n: times.len(), p50: at(500), p99: at(990) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_sorted_times() {
        let times = (1..=100).rev().map(Duration::from_millis).collect();
        let quantiles = Quantiles::of(times);
        assert_eq!((quantiles.p50, quantiles.p99), (0.051, 0.100));
    }
}
