//! Settings: one table of flags, each also an environment variable; checked before anything starts.
//!
//! It opens no connection. [`crate::serve`] builds the service from it.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use fleet::{admission::Admission, client::read_token, transport::Limits};
use observability::LogArgs;
use secrecy::SecretString;
use streams::{ids::NodeId, jetstream::NatsArgs};

/// The job saga: decides and drives every job; one leads, others stand by.
#[derive(Debug, Parser)]
#[command(
    name = "job-saga",
    after_help = "Examples:\n  \
        job-saga --nats-url nats://127.0.0.1:4222 --node-token-file node.token\n  \
        CONTROL_SAGA_ID=job-saga-2 CONTROL_SAGA_LISTEN=127.0.0.1:8083 job-saga serve\n  \
        job-saga --config-file saga.toml config check\n  \
        job-saga config print\n  \
        job-saga healthcheck\n  \
        job-saga completions bash > /etc/bash_completion.d/job-saga\n\n\
        Exit codes: 0 stopped as asked; 1 stopped because a person must look; 2 wrong settings."
)]
pub struct Cli {
    /// What to do; `serve` when left out.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// TOML file of settings, named as in `config print`; variables and flags go before it.
    #[arg(long, global = true, env = "CONTROL_SAGA_CONFIG_FILE")]
    pub config_file: Option<PathBuf>,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Log settings.
    #[command(flatten)]
    pub logs: LogArgs,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run until SIGTERM or SIGINT.
    Serve,
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
pub struct SettingsArgs {
    /// The servers.
    #[command(flatten)]
    pub nats: NatsArgs,
    /// Where /health, /ready and /metrics are served.
    #[arg(long, env = "CONTROL_SAGA_LISTEN", default_value = "127.0.0.1:8081", global = true)]
    pub listen: SocketAddr,
    /// The operator's name for this process.
    #[arg(long, env = "CONTROL_SAGA_ID", default_value = "job-saga", global = true)]
    pub id: NodeId,
    /// File with the service token that nodes accept.
    #[arg(long, env = "CONTROL_NODE_TOKEN_FILE", global = true)]
    pub node_token_file: Option<PathBuf>,
    /// Time to live of the leader lease, milliseconds.
    #[arg(long, env = "CONTROL_SAGA_LEASE_TTL_MS", default_value_t = 3_000, global = true)]
    pub lease_ttl_ms: u64,
    /// Networks in which nodes may be called, CIDR, separated by commas; loopback and private
    /// networks when left out.
    #[arg(long, env = "CONTROL_NODE_NETWORKS", value_delimiter = ',', global = true)]
    pub node_networks: Vec<String>,
    /// Ports at which nodes may be called, e.g. `8080,9000-9999`; any when left out.
    #[arg(long, env = "CONTROL_NODE_PORTS", value_delimiter = ',', global = true)]
    pub node_ports: Vec<String>,
    /// Schemes by which nodes may be called.
    #[arg(
        long,
        env = "CONTROL_NODE_SCHEMES",
        value_delimiter = ',',
        default_value = "http,https",
        global = true
    )]
    pub node_schemes: Vec<String>,
}

/// Settings that can be used.
#[derive(Debug)]
pub struct Checked {
    /// As given.
    pub args: SettingsArgs,
    /// The service token.
    pub token: SecretString,
    /// Limits of calls to nodes.
    pub limits: Limits,
    /// The lease's time to live.
    pub lease_ttl: Duration,
}

impl SettingsArgs {
    /// Checks every setting.
    ///
    /// # Errors
    /// A sentence naming the first that cannot be used, and the way out.
    pub fn check(self) -> Result<Checked, String> {
        self.nats.check().map_err(|e| e.to_string())?;
        let Some(file) = &self.node_token_file else {
            return Err("set --node-token-file (CONTROL_NODE_TOKEN_FILE): nodes ask for it".into());
        };
        let token = read_token(file).map_err(|e| e.to_string())?;
        let lease_ttl = Duration::from_millis(self.lease_ttl_ms);
        if !(300..=60_000).contains(&self.lease_ttl_ms) {
            return Err("--lease-ttl-ms (CONTROL_SAGA_LEASE_TTL_MS) is 300 to 60000".into());
        }
        let or = |given: &[String], all: &[&str]| -> Vec<String> {
            if given.is_empty() {
                all.iter().map(|s| (*s).to_owned()).collect()
            } else {
                given.to_vec()
            }
        };
        let networks = or(&self.node_networks, &PRIVATE);
        let ports = or(&self.node_ports, &["1-65535"]);
        let admission =
            Admission::parse(&self.node_schemes, &ports, &networks).map_err(|e| e.to_string())?;
        let limits = Limits { admission, ..Limits::default() };
        Ok(Checked { args: self, token, limits, lease_ttl })
    }
}

/// Loopback and private networks.
const PRIVATE: [&str; 6] =
    ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"];

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> SettingsArgs {
        Cli::try_parse_from(["job-saga"].iter().chain(args)).unwrap().settings
    }

    #[test]
    fn a_missing_token_file_is_named_with_the_way_out() {
        let error = parse(&["--node-token-file", "/nowhere/token"]).check().unwrap_err();
        assert!(error.contains("/nowhere/token"), "{error}");
    }

    #[test]
    fn an_address_that_is_none_is_refused_before_anything_is_opened() {
        let error = parse(&["--nats-url", "nats://h:port"]).check().unwrap_err();
        assert!(error.contains("h:port"), "{error}");
    }
}
