//! The figures as a table: what, how long or how many a second, how many times a raw append.

use std::fmt;

use crate::quantiles::Quantiles;

const MS: f64 = 1_000.0;

/// Lines of figures that share one yardstick.
#[derive(Debug)]
pub(crate) struct Table {
    raw: Quantiles,
    lines: Vec<String>,
}

impl Table {
    /// With the raw append as the yardstick and first line.
    pub(crate) fn of(raw: &Quantiles) -> Self {
        let mut table = Self { raw: *raw, lines: Vec::new() };
        table.times("raw append (500 B, one at a time)", raw, None);
        table
    }

    /// Times, with the aim as a multiple of the yardstick's median.
    pub(crate) fn times(&mut self, what: &str, seen: &Quantiles, aim: Option<f64>) {
        let (p50, p99) = (seen.p50 / self.raw.p50, seen.p99 / self.raw.p99);
        let aim = aim.map_or_else(String::new, |aim| {
            format!("p50 ≤ {aim:.0} × raw: {}", if p50 <= aim { "met" } else { "MISSED" })
        });
        self.lines.push(format!(
            "{what:<42} {:>9.2} ms {:>9.2} ms {p50:>7.1} × {p99:>7.1} × {:>6}  {aim}",
            seen.p50 * MS,
            seen.p99 * MS,
            seen.n
        ));
    }

    /// A rate, with the aim in the same unit.
    pub(crate) fn rate(&mut self, what: &str, rate: f64, unit: &str, aim: Option<f64>) {
        let ratio = rate * self.raw.p50;
        let aim = aim.map_or_else(String::new, |aim| {
            format!("≥ {aim:.0} {unit}/s: {}", if rate >= aim { "met" } else { "MISSED" })
        });
        let rate = format!("{rate:.0} {unit}/s");
        self.lines.push(format!("{what:<42} {rate:>25} {ratio:>7.1} × {:>17}  {aim}", ""));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<42} {:>12} {:>12} {:>9} {:>9} {:>6}  aim",
            "", "p50", "p99", "× raw p50", "× raw p99", "n"
        )?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_aim_is_said_and_a_met_one_too() {
        let raw = Quantiles { n: 1, p50: 0.001, p99: 0.002 };
        let mut table = Table::of(&raw);
        table.times("slow", &Quantiles { n: 1, p50: 0.005, p99: 0.01 }, Some(4.0));
        table.rate("fast", 200_000.0, "events", Some(100_000.0));
        let text = table.to_string();
        assert!(text.contains("p50 ≤ 4 × raw: MISSED"), "{text}");
        assert!(text.contains("≥ 100000 events/s: met"), "{text}");
        assert!(text.contains("200.0 ×"), "200,000 a second in the time of 1,000 appends: {text}");
    }
}
