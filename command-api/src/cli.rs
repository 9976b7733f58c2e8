//! The command line.

use clap::{Parser, Subcommand};
use observability::LogArgs;
use streams::jetstream::NatsArgs;

use crate::{config::Config, version};

const EXAMPLES: &str = "Examples:
  command-api                                  serve on 127.0.0.1:8080
  command-api --listen 0.0.0.0:8080            serve on every address
  command-api config print                     show the settings in force, secrets left out
  command-api openapi > openapi.json           write the OpenAPI document
  command-api healthcheck                      exit 0 when the service on --listen is ready

Exit codes: 0 ended well, 1 failed, 2 settings or arguments that cannot be used.";

/// The operators' API of the control plane.
#[derive(Debug, Parser)]
#[command(name = "command-api", version = version::BUILD.text(), after_help = EXAMPLES)]
pub struct Cli {
    /// What to do; `serve` when not said.
    #[command(subcommand)]
    pub verb: Option<Verb>,
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

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Verb {
    /// Serves the API and the console.
    Serve,
    /// Prints the OpenAPI 3.1 document.
    Openapi,
    /// Prints the table of error codes as a page.
    Errors,
    /// Asks the service on `--listen` whether it is ready.
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
