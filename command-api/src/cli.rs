//! The command line.

use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use observability::LogArgs;
use streams::jetstream::NatsArgs;

use crate::{config::Config, file, version};

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
#[command(name = "command-api", version = version::BUILD.text(), after_help = EXAMPLES)]
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
    /// Reads flags over variables over the settings file over defaults. Ends the process when the
    /// arguments cannot be used, or when help was asked for.
    ///
    /// # Errors
    /// A sentence about the settings file.
    pub fn read() -> Result<Self, String> {
        // The file is named by the very arguments it is a layer of.
        let first = Self::command().ignore_errors(true).get_matches();
        let command = match first.get_one::<PathBuf>("config_file") {
            Some(path) => file::layered(Self::command(), path)?,
            None => Self::command(),
        };
        Self::from_arg_matches(&command.get_matches()).map_err(|e| e.to_string())
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
}
