//! The command line and the environment of the program.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use streams::{ids::NodeId, jetstream::Options};

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
  The settings in force, and whether a running fleet answers:
    fleet-sim --config-file fleet.toml config print
    fleet-sim healthcheck
  What was lost, doubled or misrouted so far:
    curl -s http://127.0.0.1:18100/sim/v1/counters
  What each node holds of a tenant:
    curl -s http://127.0.0.1:18100/sim/v1/tenants/acme
  Crash a node for five seconds, and stop the traffic:
    curl -X PUT -H 'content-type: application/json' -d '{\"ms\":5000}' \\
      http://127.0.0.1:18100/sim/v1/nodes/run-01a/faults/crash
    curl -X PUT -H 'content-type: application/json' -d '{\"rps\":0}' \\
      http://127.0.0.1:18100/sim/v1/traffic

Exit codes: 0 stopped as asked, or done; 1 failed (NATS, an address, the state directory); 2 wrong
arguments or settings.

When everything is up it says where: to a person on a terminal, else as one JSON line:
  {\"ready\":true,\"sim\":…,\"gateways\":[…],\"nodes\":[…],\"users_file\":…,\"node_token_file\":…}";

/// A simulated Cloudlysis fleet: the reference implementation of the node contract v1.
#[derive(Debug, Parser)]
#[command(name = "fleet-sim", after_help = EXAMPLES)]
pub struct Cli {
    /// What to do; `run` when not said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// TOML file of settings, named as in `config print`; variables and flags go before it.
    #[arg(long, global = true, env = "FLEET_SIM_CONFIG_FILE")]
    pub config_file: Option<PathBuf>,
    /// How to run a fleet.
    #[command(flatten)]
    pub run: RunArgs,
}

/// What the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs a fleet until it is told to stop.
    Run,
    /// Prints who can sign in.
    Users {
        /// As JSON, with passwords.
        #[arg(long)]
        json: bool,
    },
    /// Looks at the settings without starting.
    Config {
        /// What to do with them.
        #[command(subcommand)]
        act: ConfigVerb,
    },
    /// Asks the running fleet of these settings whether it answers.
    Healthcheck,
    /// Prints a completion script.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
}

/// What can be done with settings.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigVerb {
    /// Says whether they can be used.
    Check,
    /// Prints them, secrets left out.
    Print,
    /// Prints which there are, as JSON.
    Describe,
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
    #[arg(long, global = true, env = "CONTROL_NATS_URL", default_value = "nats://127.0.0.1:4222")]
    pub nats_url: String,
    /// Use no NATS: log and buckets in memory, gone when the program ends.
    #[arg(long, global = true)]
    pub memory: bool,
    /// Where the nodes, users, keys and findings are kept.
    #[arg(long, global = true, env = "FLEET_SIM_STATE_DIR", default_value = ".fleet-sim")]
    pub state_dir: PathBuf,
    /// Where the simulator's own API listens; the nodes listen on the same address, so that it is
    /// also the one their placement entries give (a wildcard address leaves them on loopback).
    #[arg(long, global = true, env = "FLEET_SIM_LISTEN", default_value = "127.0.0.1:18100")]
    pub listen: SocketAddr,
    /// First of the eight ports of the nodes, in the order gw, agg, prj, run.
    #[arg(long, global = true, env = "FLEET_SIM_PORT_BASE", default_value_t = 18_101)]
    pub port_base: u16,
    /// Take free ports instead.
    #[arg(long, global = true, value_enum, conflicts_with = "port_base")]
    pub ports: Option<PortChoice>,
    /// How many tenants.
    #[arg(
        long,
        global = true,
        default_value_t = 24,
        value_parser = clap::value_parser!(u16).range(1..=400)
    )]
    pub tenants: u16,
    /// Requests a second through the Gateways; 0 is none.
    #[arg(long, global = true, env = "FLEET_SIM_RPS", default_value_t = 40.0)]
    pub rps: f64,
    /// How long a Gateway holds a request of a moving tenant, ms.
    #[arg(long, global = true, default_value_t = 15_000)]
    pub buffer_ms: u64,
    /// `iss` of the access tokens.
    #[arg(
        long,
        global = true,
        env = "CONTROL_TOKEN_ISSUER",
        default_value = "https://gateway.cloudlysis.test"
    )]
    pub token_issuer: String,
    /// How long an access token lives, seconds.
    #[arg(
        long,
        global = true,
        default_value_t = 3_600,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub token_ttl_s: u32,
    /// Sign access tokens with the secret in this file instead of keys of one's own; whoever verifies
    /// them must know it.
    #[arg(long, global = true, env = "CONTROL_TOKEN_SECRET_FILE", requires = "token_secret_alg")]
    pub token_secret_file: Option<PathBuf>,
    /// Algorithm of that secret.
    #[arg(
        long,
        global = true,
        value_enum,
        env = "CONTROL_TOKEN_SECRET_ALG",
        requires = "token_secret_file"
    )]
    pub token_secret_alg: Option<SecretAlg>,
    /// Passwords `<username>-password` instead of random ones; for tests only.
    #[arg(long, global = true)]
    pub fixed_passwords: bool,
    /// Switch a fault or broken rule on from the start, e.g. `agg-01a=double_append`.
    #[arg(
        long = "break-rule",
        global = true,
        value_name = "NODE=RULE",
        value_delimiter = ',',
        value_parser = broken
    )]
    pub break_rules: Vec<Broken>,
    /// How log lines look; else for a person on a terminal, JSON into a file or a pipe.
    #[arg(long, global = true, env = "CONTROL_LOG_FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,
    /// Which log lines there are.
    #[arg(long, global = true, env = "CONTROL_LOG", default_value = "info,async_nats=warn")]
    pub log: String,
}

impl RunArgs {
    /// Whether they can be used; opens nothing.
    ///
    /// # Errors
    /// A sentence naming the first that cannot, and the way out.
    pub fn check(&self) -> Result<(), String> {
        if !self.memory {
            Options::new(&self.nats_url, "fleet-sim").check().map_err(|e| e.to_string())?;
        }
        if self.port_base > u16::MAX - 7 {
            return Err("--port-base (FLEET_SIM_PORT_BASE) is at most 65528: eight ports".into());
        }
        if !(0.0..=10_000.0).contains(&self.rps) {
            return Err("--rps (FLEET_SIM_RPS) is 0 to 10000".into());
        }
        Ok(())
    }

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
        let users = parse(&["users", "--json", "--state-dir", "x"]).unwrap();
        assert_eq!(users.run.state_dir, PathBuf::from("x"));
        assert!(matches!(users.command, Some(Command::Users { json: true })));
    }

    #[test]
    fn settings_that_cannot_be_used_are_named_before_anything_is_opened() {
        let check = |args: &[&str]| {
            let all = std::iter::once("fleet-sim").chain(args.iter().copied());
            Cli::try_parse_from(all).unwrap().run.check()
        };
        assert_eq!(check(&[]), Ok(()));
        for (args, named) in [
            (["--port-base", "65530"], "FLEET_SIM_PORT_BASE"),
            (["--rps", "NaN"], "FLEET_SIM_RPS"),
            (["--nats-url", "nats://h:port"], "h:port"),
        ] {
            let error = check(&args).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
