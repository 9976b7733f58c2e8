//! `cargo xtask test`: every check and test as a list of stages, timed, all run, none hidden.
//! It must not retry a stage, and a stage that could not run is never counted as passed.
//! Next: `test/stages.rs` for the list, `test/report.rs` for the closing table.

mod browser;
mod report;
mod rust;
mod stages;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use report::{Ended, Report};
pub(crate) use stages::install;
use stages::{STAGES, Stage};

/// Which stages to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Run only this stage (may be repeated)
    #[arg(long, value_name = "STAGE")]
    only: Vec<String>,
    /// Leave this stage out (may be repeated)
    #[arg(long, value_name = "STAGE")]
    skip: Vec<String>,
    /// Print the stages and what each does, and stop
    #[arg(long)]
    list: bool,
}

/// How a stage that did not fail ended.
pub(crate) enum Outcome {
    Passed,
    /// It could not run here, and why; counted apart.
    Skipped(String),
}

/// Runs the chosen stages in order; fails when any of them failed.
pub(crate) fn test(options: &Options) -> Result<ExitCode> {
    if options.list {
        for stage in STAGES {
            println!("{:<16} {}", stage.name, stage.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut report = Report::default();
    for stage in choose(options)? {
        if let Some(broken) = stage.after.iter().find(|name| report.failed(name)) {
            report.add(stage.name, None, Ended::Skipped(format!("stage `{broken}` failed")));
            continue;
        }
        println!("\n=== {} · {}", stage.name, stage.about);
        let start = Instant::now();
        let ended = match (stage.run)() {
            Ok(Outcome::Passed) => Ended::Passed,
            Ok(Outcome::Skipped(why)) => Ended::Skipped(why),
            Err(error) => Ended::Failed(format!("{error:#}")),
        };
        let took = start.elapsed();
        println!("--- {} {} in {:.1} s", stage.name, ended.word(), took.as_secs_f64());
        report.add(stage.name, Some(took), ended);
    }
    print!("{report}");
    Ok(if report.all_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The stages the flags ask for; an unknown name is an error that lists the known ones.
fn choose(options: &Options) -> Result<Vec<&'static Stage>> {
    let known: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
    for name in options.only.iter().chain(&options.skip) {
        if !known.contains(&name.as_str()) {
            bail!("there is no stage `{name}`; the stages are: {}", known.join(", "));
        }
    }
    let named = |list: &[String], stage: &Stage| list.iter().any(|name| name == stage.name);
    let wanted = |stage: &&Stage| {
        (options.only.is_empty() || named(&options.only, stage)) && !named(&options.skip, stage)
    };
    Ok(STAGES.iter().filter(wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(only: &[&str], skip: &[&str]) -> Options {
        let own = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        Options { only: own(only), skip: own(skip), list: false }
    }

    #[test]
    fn without_flags_every_stage_is_chosen() {
        assert_eq!(choose(&options(&[], &[])).unwrap().len(), STAGES.len());
    }

    #[test]
    fn only_and_skip_choose_by_name() {
        let names = |options: &Options| -> Vec<&str> {
            choose(options).unwrap().iter().map(|stage| stage.name).collect()
        };
        assert_eq!(names(&options(&["fmt", "tidy"], &["fmt"])), ["tidy"]);
        assert!(!names(&options(&[], &["browser"])).contains(&"browser"));
    }

    #[test]
    fn an_unknown_stage_is_refused_with_the_known_ones() {
        let error = choose(&options(&["clipy"], &[])).unwrap_err().to_string();
        assert!(error.contains("clipy") && error.contains("clippy"), "{error}");
    }
}
