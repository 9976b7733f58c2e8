//! The command line and the environment of the program.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use streams::ids::NodeId;

use crate::{
    fault::Fault,
    gateway::keys::{SecretAlg, SharedSecret},
    logging::LogFormat,
    topology::Ports,
};

const EXAMPLES: &str = "\
Examples:
  A fleet on a NATS server, state kept in ./fleet:
    fleet-sim --nats-url nats://127.0.0.1:4222 --state-dir ./fleet
  Without NATS, gone when it ends, for a first look:
    fleet-sim --memory --state-dir /tmp/fleet
  Who can sign in, and with which password:
    fleet-sim users --json --state-dir ./fleet
  What was lost, doubled or misrouted so far:
    curl -s http://127.0.0.1:18100/sim/v1/counters
  What each node holds of a tenant:
    curl -s http://127.0.0.1:18100/sim/v1/tenants/acme
  Crash a node for five seconds, and stop the traffic:
    curl -X PUT -H 'content-type: application/json' -d '{\"ms\":5000}' \\
      http://127.0.0.1:18100/sim/v1/nodes/run-01a/faults/crash
    curl -X PUT -H 'content-type: application/json' -d '{\"rps\":0}' \\
      http://127.0.0.1:18100/sim/v1/traffic

When everything is up it says where: to a person on a terminal, else as one JSON line:
  {\"ready\":true,\"sim\":…,\"gateways\":[…],\"nodes\":[…],\"users_file\":…,\"node_token_file\":…}";

/// A simulated Cloudlysis fleet: the reference implementation of the node contract v1.
#[derive(Debug, Parser)]
#[command(name = "fleet-sim", version, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do instead of running a fleet.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to run a fleet.
    #[command(flatten)]
    pub run: RunArgs,
}

/// What else the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prints who can sign in.
    Users {
        /// As JSON, with passwords.
        #[arg(long)]
        json: bool,
        /// Directory of the fleet.
        #[arg(long, env = "FLEET_SIM_STATE_DIR", default_value = ".fleet-sim")]
        state_dir: PathBuf,
    },
}

/// `--ports auto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PortChoice {
    /// Whatever is free; the same again at the next start.
    Auto,
}

/// A rule to be broken by a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// By whom.
    pub node_id: NodeId,
    /// Which.
    pub rule: Fault,
}

fn broken(text: &str) -> Result<Broken, String> {
    let (node, rule) = text.split_once('=').ok_or("expected NODE=RULE, e.g. agg-01a=lag")?;
    let node_id = node.parse().map_err(|e: streams::ids::InvalidId| e.to_string())?;
    let rule = rule.parse().map_err(|e: crate::fault::UnknownFault| e.to_string())?;
    Ok(Broken { node_id, rule })
}

/// How to run a fleet.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// NATS server with JetStream.
    #[arg(long, env = "CONTROL_NATS_URL", default_value = "nats://127.0.0.1:4222")]
    pub nats_url: String,
    /// Use no NATS: log and buckets in memory, gone when the program ends.
    #[arg(long)]
    pub memory: bool,
    /// Where the nodes, users, keys and findings are kept.
    #[arg(long, env = "FLEET_SIM_STATE_DIR", default_value = ".fleet-sim")]
    pub state_dir: PathBuf,
    /// Where the simulator's own API listens; the nodes listen on the same address, so that it is
    /// also the one their placement entries give (a wildcard address leaves them on loopback).
    #[arg(long, env = "FLEET_SIM_LISTEN", default_value = "127.0.0.1:18100")]
    pub listen: SocketAddr,
    /// First of the eight ports of the nodes, in the order gw, agg, prj, run.
    #[arg(long, env = "FLEET_SIM_PORT_BASE", default_value_t = 18_101)]
    pub port_base: u16,
    /// Take free ports instead.
    #[arg(long, value_enum, conflicts_with = "port_base")]
    pub ports: Option<PortChoice>,
    /// How many tenants.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=400))]
    pub tenants: u16,
    /// Requests a second through the Gateways; 0 is none.
    #[arg(long, env = "FLEET_SIM_RPS", default_value_t = 40.0)]
    pub rps: f64,
    /// How long a Gateway holds a request of a moving tenant, ms.
    #[arg(long, default_value_t = 15_000)]
    pub buffer_ms: u64,
    /// `iss` of the access tokens.
    #[arg(long, env = "CONTROL_TOKEN_ISSUER", default_value = "https://gateway.cloudlysis.test")]
    pub token_issuer: String,
    /// How long an access token lives, seconds.
    #[arg(long, default_value_t = 3_600, value_parser = clap::value_parser!(u32).range(1..))]
    pub token_ttl_s: u32,
    /// Sign access tokens with the secret in this file instead of keys of one's own; whoever verifies
    /// them must know it.
    #[arg(long, env = "CONTROL_TOKEN_SECRET_FILE", requires = "token_secret_alg")]
    pub token_secret_file: Option<PathBuf>,
    /// Algorithm of that secret.
    #[arg(long, value_enum, env = "CONTROL_TOKEN_SECRET_ALG", requires = "token_secret_file")]
    pub token_secret_alg: Option<SecretAlg>,
    /// Passwords `<username>-password` instead of random ones; for tests only.
    #[arg(long)]
    pub fixed_passwords: bool,
    /// Switch a fault or broken rule on from the start, e.g. `agg-01a=double_append`.
    #[arg(long = "break-rule", value_name = "NODE=RULE", value_parser = broken)]
    pub break_rules: Vec<Broken>,
    /// How log lines look; else for a person on a terminal, JSON into a file or a pipe.
    #[arg(long, env = "CONTROL_LOG_FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,
    /// Which log lines there are.
    #[arg(long, env = "CONTROL_LOG", default_value = "info,async_nats=warn")]
    pub log: String,
}

impl RunArgs {
    /// The address the nodes listen on and are called by.
    #[must_use]
    pub fn nodes_ip(&self) -> IpAddr {
        let ip = self.listen.ip();
        if ip.is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { ip }
    }

    /// The secret that signs access tokens, if there is one.
    ///
    /// # Errors
    /// When its file cannot be read or is too short.
    pub fn shared_secret(&self) -> std::io::Result<Option<SharedSecret>> {
        let both = self.token_secret_file.as_ref().zip(self.token_secret_alg);
        both.map(|(file, alg)| SharedSecret::read(alg, file)).transpose()
    }

    /// Which ports the nodes take.
    #[must_use]
    pub fn ports(&self) -> Ports {
        match self.ports {
            Some(PortChoice::Auto) => Ports::Auto,
            None => Ports::From(self.port_base),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_bad_values_are_refused() {
        Cli::command().debug_assert();
        let parse = |args: &[&str]| {
            Cli::try_parse_from(std::iter::once("fleet-sim").chain(args.iter().copied()))
        };
        let cli = parse(&["--ports", "auto", "--break-rule", "agg-01a=double_append"]).unwrap();
        assert_eq!(cli.run.ports(), Ports::Auto);
        assert_eq!(cli.run.break_rules[0].rule, Fault::DoubleAppend);
        for bad in [
            ["--break-rule", "agg-01a"],
            ["--break-rule", "agg-01a=nothing"],
            ["--tenants", "0"],
            ["--listen", "nowhere"],
        ] {
            assert!(parse(&bad).is_err(), "{bad:?}");
        }
        assert!(parse(&["users", "--json", "--state-dir", "x"]).unwrap().command.is_some());
    }
}
