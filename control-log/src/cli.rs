//! The command line: verbs, flags, exit codes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use streams::{
    ids::{JobId, TenantId},
    jetstream::NatsArgs,
    verify::Log,
};

/// Something is not as it must be: differences, findings.
pub(crate) const EXIT_FINDINGS: u8 = 1;
/// The call itself is wrong (also what clap uses).
pub(crate) const EXIT_USAGE: u8 = 2;
/// The servers or a file cannot be used now; nothing can be said.
pub(crate) const EXIT_UNAVAILABLE: u8 = 3;

const EXAMPLES: &str = "\
Examples:
  control-log provision                         make what is missing, refuse what differs
  control-log diff                              compare the servers with the catalogue
  control-log catalog --write streams/catalog   files for `nats stream add --config`
  control-log replay --job JOB_ID               the story of one job
  control-log job JOB_ID                        how it stands, and what may be asked of it
  control-log replay --of audit --tenant acme --output json
  control-log export --file log.ndjson && control-log verify --export log.ndjson
  control-log verify --ended                    after a fault run: nothing open any more
  control-log config print                      the settings in force, secrets left out

Exit codes:
  0  as it must be
  1  differences or findings, each printed
  2  wrong arguments, or a server that is refused (too old, without JetStream, credentials)
  3  not reachable, or a file cannot be read: nothing can be said";

/// The operators' tool for the control plane's log.
#[derive(Debug, Parser)]
#[command(name = "control-log", after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) nats: NatsArgs,
    /// TOML file of settings, named as in `config print`; variables and flags go before it.
    #[arg(long, global = true, env = "CONTROL_LOG_CONFIG_FILE")]
    pub(crate) config_file: Option<PathBuf>,
    /// How to print.
    #[arg(long, global = true, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    /// What to log to standard error, e.g. `info,streams=debug`.
    #[arg(long, global = true, env = "CONTROL_LOG", default_value = "error")]
    pub(crate) log: String,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For a person.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make streams and buckets that are missing; refuse with a diff when one differs.
    Provision(Provision),
    /// Compare streams and buckets with the catalogue; change nothing.
    Diff,
    /// Write or check the catalogue as files for `nats stream add --config`.
    Catalog(Catalog),
    /// Print what stands in a log.
    Replay(Replay),
    /// Print one job as its commits make it: state, steps, locks, and what may be asked of it.
    Job(JobArgs),
    /// Write the three logs as NDJSON.
    Export(Export),
    /// Check the invariants of the logs, live or of an export.
    Verify(Verify),
    /// Print the permissions of each role as a NATS configuration.
    Roles(Roles),
    /// Look at the settings without connecting.
    Config {
        /// What to do with them.
        #[command(subcommand)]
        act: ConfigVerb,
    },
    /// Succeed when the servers answer.
    Healthcheck,
    /// Print a completion script.
    Completions {
        /// For which shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

/// What can be done with settings.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum ConfigVerb {
    /// Say whether they can be used.
    Check,
    /// Print them, secrets left out.
    Print,
    /// Print which there are, as JSON.
    Describe,
}

#[derive(Debug, Args)]
pub(crate) struct Provision {
    /// Also update in place what an update can heal without touching what is stored.
    #[arg(long)]
    pub(crate) update: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Catalog {
    /// Write one file a stream into this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) write: Option<PathBuf>,
    /// Fail when the files in this folder are not what would be written.
    #[arg(long, value_name = "DIR")]
    pub(crate) check: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Which {
    /// Who asked for what.
    Commands,
    /// What happened.
    Events,
    /// What did not become a command.
    Audit,
}

impl Which {
    pub(crate) fn log(self) -> Log {
        match self {
            Self::Commands => Log::Commands,
            Self::Events => Log::Events,
            Self::Audit => Log::Audit,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Which log.
    #[arg(long = "of", value_enum, default_value_t = Which::Events, value_name = "LOG")]
    pub(crate) which: Which,
    /// Only of this tenant.
    #[arg(long)]
    pub(crate) tenant: Option<TenantId>,
    /// Only of this job.
    #[arg(long)]
    pub(crate) job: Option<JobId>,
    /// From this sequence on.
    #[arg(long, default_value_t = 1)]
    pub(crate) from: u64,
    /// Up to this sequence.
    #[arg(long)]
    pub(crate) to: Option<u64>,
    /// Go on with what comes; end with Ctrl-C.
    #[arg(long, conflicts_with = "to")]
    pub(crate) follow: bool,
}

#[derive(Debug, Args)]
pub(crate) struct JobArgs {
    /// The job.
    pub(crate) job: JobId,
    /// Its tenant: then only the job's own commits are read, else the log is searched for it.
    #[arg(long)]
    pub(crate) tenant: Option<TenantId>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Where to; standard output when absent. Written beside and renamed, never half.
    #[arg(long)]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Check this export instead of the servers.
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    /// Appends that were acknowledged, as NDJSON of {"stream","seq","msg_id"}: each must be there.
    #[arg(long, value_name = "FILE")]
    pub(crate) acked: Option<PathBuf>,
    /// Every command must be answered and every job have ended.
    #[arg(long)]
    pub(crate) ended: bool,
    /// Do not compare the read models with a replay.
    #[arg(long)]
    pub(crate) skip_views: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Roles {
    /// Public nkey of a role's user, e.g. `job-saga=UAB…`; once per role.
    #[arg(long = "nkey", value_name = "ROLE=KEY")]
    pub(crate) nkeys: Vec<String>,
}
