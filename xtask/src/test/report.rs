//! The closing table of `cargo xtask test` and its last line, which other programs read.
//! It must not decide anything but the sum.
//! Next: `../test.rs`.

use std::fmt;
use std::time::Duration;

/// How a stage ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    Passed,
    Failed(String),
    Skipped(String),
}

impl Ended {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "FAILED",
            Self::Skipped(_) => "skipped",
        }
    }
}

#[derive(Debug)]
struct Row {
    stage: &'static str,
    took: Option<Duration>,
    ended: Ended,
}

/// What every stage came to.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

impl Report {
    pub(crate) fn add(&mut self, stage: &'static str, took: Option<Duration>, ended: Ended) {
        if let Ended::Failed(why) = &ended {
            println!("{stage}: {why}");
        }
        self.rows.push(Row { stage, took, ended });
    }

    /// True when this stage ran and failed.
    pub(crate) fn failed(&self, stage: &str) -> bool {
        self.rows.iter().any(|row| row.stage == stage && matches!(row.ended, Ended::Failed(_)))
    }

    /// True when something ran and nothing failed.
    pub(crate) fn all_well(&self) -> bool {
        self.count(|ended| matches!(ended, Ended::Passed)) > 0
            && self.count(|ended| matches!(ended, Ended::Failed(_))) == 0
    }

    fn count(&self, is: impl Fn(&Ended) -> bool) -> usize {
        self.rows.iter().filter(|row| is(&row.ended)).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{:<16} {:<8} {:>9}", "stage", "result", "seconds")?;
        for row in &self.rows {
            let took = row.took.map_or("-".to_owned(), |took| format!("{:.1}", took.as_secs_f64()));
            write!(f, "{:<16} {:<8} {:>9}", row.stage, row.ended.word(), took)?;
            match &row.ended {
                Ended::Passed => writeln!(f)?,
                Ended::Failed(why) | Ended::Skipped(why) => {
                    writeln!(f, "  {}", why.lines().next().unwrap_or_default())?;
                }
            }
        }
        let total: Duration = self.rows.iter().filter_map(|row| row.took).sum();
        writeln!(f, "{:<16} {:<8} {:>9.1}\n", "all", "", total.as_secs_f64())?;
        let passed = self.count(|ended| matches!(ended, Ended::Passed));
        let failed = self.count(|ended| matches!(ended, Ended::Failed(_)));
        let skipped = self.count(|ended| matches!(ended, Ended::Skipped(_)));
        write!(f, "{passed} passed, {failed} failed")?;
        if skipped > 0 {
            write!(f, ", {skipped} skipped")?;
        }
        writeln!(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(rows: &[(&'static str, Ended)]) -> Report {
        let mut report = Report::default();
        for (stage, ended) in rows {
            report.add(stage, Some(Duration::from_millis(1500)), ended.clone());
        }
        report
    }

    #[test]
    fn the_last_line_counts_every_stage() {
        let rows = [("fmt", Ended::Passed), ("rust", Ended::Failed("1 test\nmore".into()))];
        let text = report(&rows).to_string();
        assert_eq!(text.lines().last(), Some("1 passed, 1 failed"));
        assert!(text.contains("rust             FAILED         1.5  1 test\n"), "{text}");
    }

    #[test]
    fn a_skipped_stage_is_named_and_never_counted_as_passed() {
        let rows = [("fmt", Ended::Passed), ("docker", Ended::Skipped("no engine".into()))];
        let text = report(&rows).to_string();
        assert_eq!(text.lines().last(), Some("1 passed, 0 failed, 1 skipped"));
        assert!(text.contains("no engine"), "{text}");
    }

    #[test]
    fn a_run_in_which_nothing_passed_is_not_well() {
        assert!(!report(&[("docker", Ended::Skipped("no engine".into()))]).all_well());
        assert!(!report(&[]).all_well());
        assert!(report(&[("fmt", Ended::Passed)]).all_well());
    }
}
