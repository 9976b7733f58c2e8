//! The verbs of `cargo xtask` and their flags.
//! It must not do the work: each verb calls its module. Next: the module named like the verb.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Every command of the Cloudlysis Control Plane, in one place.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "Examples:
  cargo xtask dev                       start the whole system, open it at the printed URL
  cargo xtask test                      everything CI runs, each stage timed
  cargo xtask test --only nats          one stage
  cargo xtask image --all --load        images of every program, into this machine's engine
  cargo xtask nats -- stream ls         the operators' nats command line

Exit codes: 0 done, or every stage passed or was skipped with its reason; 1 failed, and the last
lines say what; 2 wrong arguments; `nats` ends as the program it runs.";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start NATS, the fleet simulator, the services and the UI; Ctrl-C stops all of it
    Dev(crate::dev::Options),
    /// Install what is needed and run every check and test, each stage timed
    Test(crate::test::Options),
    /// The same as `test`, under the name CI uses
    Ci(crate::test::Options),
    /// Check what the compiler cannot: sizes, layers, orphans, ticks that name no test
    Tidy,
    /// Write the generated files: OpenAPI document, TypeScript types, the catalogue's JSON
    Gen {
        /// Write nothing; fail when a generated file is out of date
        #[arg(long)]
        check: bool,
    },
    /// Measure against raw appends on a private server, in release mode
    Bench {
        /// Passed on to the benchmark
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Run the acceptance cases: migrations with processes killed and frozen on the way
    Faults {
        /// Passed on to the cases: `--only CASE`, `--smoke`, `--list`, `--env-file FILE`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Fuzz what reads bytes of strangers, guided by coverage, in release mode
    Fuzz(crate::fuzz::Options),
    /// Write images of our programs: static, FROM scratch, without a registry or an engine
    Image(crate::image::Options),
    /// Check the Swarm stacks against our rules and the broken ones against theirs
    LintStacks,
    /// Obtain the pinned programs now instead of when they are first needed
    Tools,
    /// Run the pinned `nats` command line (built on first use)
    Nats {
        /// Passed on to `nats`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

impl Cli {
    /// Carries out the verb; the exit code is the child's where one program is wrapped.
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.verb {
            Verb::Dev(options) => crate::dev::dev(&options)?,
            Verb::Test(options) | Verb::Ci(options) => return crate::test::test(&options),
            Verb::Tidy => crate::tidy::tidy()?,
            Verb::Gen { check } => crate::generate::generate(check)?,
            Verb::Bench { args } => crate::bench::bench(&args)?,
            Verb::Faults { args } => crate::faults::faults(&args)?,
            Verb::Fuzz(options) => crate::fuzz::fuzz(&options)?,
            Verb::Image(options) => crate::image::image(&options)?,
            Verb::LintStacks => crate::stacks::lint_stacks()?,
            Verb::Tools => crate::test::install()?,
            Verb::Nats { args } => return nats(&args),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The names of all verbs, for checks of what the documents promise.
pub(crate) fn verbs() -> Vec<String> {
    use clap::CommandFactory;
    Cli::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect()
}

fn nats(args: &[String]) -> Result<ExitCode> {
    let program = crate::tools::obtain(&crate::tools::pins::NATS_CLI)?;
    let status = std::process::Command::new(program).args(args).status()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_verbs_of_the_design_exist() {
        let verbs = verbs();
        for verb in ["dev", "test", "ci", "tidy", "gen", "bench", "lint-stacks"] {
            assert!(verbs.iter().any(|known| known == verb), "no verb {verb} in {verbs:?}");
        }
    }
}
