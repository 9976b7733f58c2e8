//! Holds one node against the contract and prints a line a case; ends with 1 when one fails.

use std::{io::Write, path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use conformance::{
    learn::{Said, learn},
    run,
};
use fleet::client::read_token;
use streams::ids::{NodeId, TenantId};

/// Conformance suite of the node contract v1.
///
/// Drains and undrains one tenant and the node for a moment, and leaves higher fences behind: not
/// for a node that a control plane is using.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Examples:
  conformance --url http://127.0.0.1:18103 --token-file .fleet-sim/node-token
  conformance --url http://127.0.0.1:18103 --node-id agg-01a \\
    --token-file .fleet-sim/node-token --tenant globex --spare acme

Exit codes: 0 every case holds; 1 one does not, or the node cannot be asked; 2 wrong arguments"
)]
struct Cli {
    /// Base URL of the node's admin side.
    #[arg(long)]
    url: String,
    /// File with the service token.
    #[arg(long, env = "CONTROL_NODE_TOKEN_FILE")]
    token_file: PathBuf,
    /// Who should answer there; else whoever does.
    #[arg(long)]
    node_id: Option<NodeId>,
    /// A tenant that the node serves; else the first it names.
    #[arg(long)]
    tenant: Option<TenantId>,
    /// A tenant that exists and that the node holds nothing of; else one of its placement.
    #[arg(long)]
    spare: Option<TenantId>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match hold(Cli::parse()).await {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "conformance: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// How many cases failed.
async fn hold(cli: Cli) -> Result<usize> {
    let token = read_token(&cli.token_file)?;
    let said = Said { node_id: cli.node_id, tenant: cli.tenant, spare: cli.spare };
    let node = learn(&cli.url, token, said).await?;
    let (probe, health) = (&node.probe, &node.health);
    let mut out = std::io::stdout().lock();
    let (kind, version) = (node.kind, &health.version);
    writeln!(out, "{} at {}: {kind} {version} ({})", health.node_id, cli.url, health.git_sha)?;
    writeln!(out, "tried with {}, and with {} as a stranger\n", probe.tenant, probe.spare)?;
    let verdicts = run(probe, kind).await;
    let failed = verdicts.iter().filter(|(_, outcome)| outcome.is_err()).count();
    for (name, outcome) in &verdicts {
        let sentence = name.replace('_', " ");
        match outcome {
            Ok(()) => writeln!(out, "ok      {sentence}")?,
            Err(why) => writeln!(out, "FAILED  {sentence}: {why}")?,
        }
    }
    writeln!(out, "\n{} of {} cases hold", verdicts.len() - failed, verdicts.len())?;
    Ok(failed)
}
