//! The command line.

use std::{path::PathBuf, sync::Arc};

use clap::{Parser, Subcommand};
use observability::{Build, LogArgs};
use streams::{clock::Clock, jetstream::NatsArgs};

use crate::config::{Checked, Config};

const EXAMPLES: &str = "Examples:
  command-api                                  serve on 127.0.0.1:8080
  command-api --listen 0.0.0.0:8080            serve on every address
  command-api config print                     show the settings in force, secrets left out
  command-api openapi > openapi.json           write the OpenAPI document
  command-api --config-file api.toml           settings from a file, below variables and flags
  command-api healthcheck                      exit 0 when the service on --listen answers

Exit codes: 0 ended well; 1 failed (NATS, the address or the service itself); 2 settings or
arguments that cannot be used, such as a missing --node-token-file.";

/// The operators' API of the control plane.
#[derive(Debug, Parser)]
#[command(name = "command-api", after_help = EXAMPLES)]
pub struct Cli {
    /// What to do; `serve` when not said.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// TOML file of settings, named as in `config print`; variables and flags go before it.
    #[arg(long, global = true, env = "CONTROL_API_CONFIG_FILE")]
    pub config_file: Option<PathBuf>,
    /// Settings of the service.
    #[command(flatten)]
    pub config: Config,
    /// Settings of the connection.
    #[command(flatten)]
    pub nats: NatsArgs,
    /// Settings of the log.
    #[command(flatten)]
    pub logs: LogArgs,
}

impl Cli {
    /// Every setting checked, and what the service needs made of it; nothing is connected.
    ///
    /// # Errors
    /// A sentence naming what cannot be used.
    pub fn checked(&self, build: Build, clock: Arc<dyn Clock>) -> anyhow::Result<Checked> {
        self.nats.check()?;
        self.config.checked(build, clock)
    }
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Verb {
    /// Serves the API and the console.
    Serve,
    /// Prints the OpenAPI 3.1 document.
    Openapi,
    /// Prints the table of error codes as a page.
    Errors,
    /// Asks the service on `--listen` whether it answers.
    Healthcheck,
    /// Checks or prints the settings.
    Config {
        /// Which.
        #[command(subcommand)]
        act: ConfigVerb,
    },
    /// Prints a completion script.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
}

/// What to do with the settings.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigVerb {
    /// Says whether they can be used.
    Check,
    /// Prints them, secrets left out.
    Print,
    /// Prints which there are, as JSON.
    Describe,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use observability::settings::read_from;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    /// Plan 0.4, I12
    #[test]
    fn printed_settings_name_each_flag_and_show_no_password() {
        let build = Build { service: "command-api", version: "0", git_sha: "0" };
        let args = ["command-api", "--nats-url", "nats://u:planted@h:4222", "config", "print"];
        let shown = read_from::<Cli>(build, args).unwrap().unwrap().shown;
        assert!(!shown.to_string().contains("planted"), "{shown}");
        for name in ["listen", "nats_url", "nats_creds", "nats_replicas", "log_filter"] {
            assert!(shown.get(name).is_some(), "{name} in {shown}");
        }
    }
}
