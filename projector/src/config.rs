//! Settings: one table of flags, each also an environment variable; checked before anything starts.
//!
//! It opens no connection. [`crate::serve`] builds the service from it.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use observability::LogArgs;
use streams::jetstream::NatsArgs;

use crate::{Pace, registry::Named};

/// The projector: folds the logs into the read models that people see.
#[derive(Debug, Parser)]
#[command(
    name = "projector",
    after_help = "Examples:\n  \
        projector --nats-url nats://127.0.0.1:4222\n  \
        CONTROL_PROJECTOR_LISTEN=0.0.0.0:8082 CONTROL_LOG_FORMAT=json projector serve\n  \
        projector --config-file projector.toml config check\n  \
        projector rebuild jobs\n  \
        projector config print\n  \
        projector healthcheck\n  \
        projector completions bash > /etc/bash_completion.d/projector\n\n\
        Exit codes: 0 done, or stopped as asked; 1 failed; 2 wrong settings."
)]
pub struct Cli {
    /// What to do; `serve` when left out.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// TOML file of settings, named as in `config print`; variables and flags go before it.
    #[arg(long, global = true, env = "CONTROL_PROJECTOR_CONFIG_FILE")]
    pub config_file: Option<PathBuf>,
    /// Settings.
    #[command(flatten)]
    pub settings: Settings,
    /// Log settings.
    #[command(flatten)]
    pub logs: LogArgs,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run until SIGTERM or SIGINT.
    Serve,
    /// Build new generations from zero and let readers follow them; a running projector follows.
    Rebuild {
        /// Which views; every one when left out.
        #[arg(value_enum)]
        views: Vec<Named>,
    },
    /// Look at the settings without starting.
    Config {
        /// What to do with them.
        #[command(subcommand)]
        act: ConfigVerb,
    },
    /// Ask the running service of these settings whether it answers.
    Healthcheck,
    /// Print a completion script.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
}

/// What can be done with settings.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigVerb {
    /// Say whether they can be used.
    Check,
    /// Print them, secrets left out.
    Print,
    /// Print which there are, as JSON.
    Describe,
}

/// Flags and variables.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// The servers.
    #[command(flatten)]
    pub nats: NatsArgs,
    /// Where /health, /ready and /metrics are served.
    #[arg(long, env = "CONTROL_PROJECTOR_LISTEN", default_value = "127.0.0.1:8082", global = true)]
    pub listen: SocketAddr,
    /// Pause between two looks at the ends of the logs, milliseconds, 100 to 4000.
    #[arg(long, env = "CONTROL_PROJECTOR_CHECK_MS", default_value_t = 1_000, global = true)]
    pub check_ms: u64,
    /// Row writes under way at once, 1 to 1024.
    #[arg(long, env = "CONTROL_PROJECTOR_ROWS_INFLIGHT", default_value_t = 64, global = true)]
    pub rows_inflight: usize,
}

impl Settings {
    /// Checks every setting.
    ///
    /// # Errors
    /// A sentence naming the first that cannot be used, and the way out.
    pub fn check(&self) -> Result<Pace, String> {
        self.nats.check().map_err(|e| e.to_string())?;
        if !(100..=4_000).contains(&self.check_ms) {
            return Err("--check-ms (CONTROL_PROJECTOR_CHECK_MS) is 100 to 4000".to_owned());
        }
        if !(1..=1_024).contains(&self.rows_inflight) {
            let say = "--rows-inflight (CONTROL_PROJECTOR_ROWS_INFLIGHT) is 1 to 1024";
            return Err(say.to_owned());
        }
        let check = Duration::from_millis(self.check_ms);
        Ok(Pace { check, rows_inflight: self.rows_inflight, ..Pace::default() })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn settings(args: &[&str]) -> Settings {
        Cli::parse_from([&["projector"], args].concat()).settings
    }

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_setting_out_of_range_is_refused_with_its_variable_named() {
        let error = settings(&["--check-ms", "60000"]).check().unwrap_err();
        assert!(error.contains("CONTROL_PROJECTOR_CHECK_MS"), "{error}");
        let error = settings(&["--rows-inflight", "0"]).check().unwrap_err();
        assert!(error.contains("CONTROL_PROJECTOR_ROWS_INFLIGHT"), "{error}");
        assert!(settings(&[]).check().is_ok());
    }
}
