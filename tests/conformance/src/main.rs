//! Holds one node against the contract and prints a line a case; ends with 1 when one fails.

use std::{io::Write, path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use conformance::{probe::Probe, run};
use fleet::{
    client::read_token,
    contract::{Info, paths},
};
use streams::ids::{NodeId, TenantId};

/// Conformance suite of the node contract v1.
///
/// Drains and undrains the tenant and the node for a moment: not for a node in use.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Example:
  conformance --url http://127.0.0.1:18103 --node-id agg-01a \\
    --token-file .fleet-sim/node-token --tenant globex --spare acme"
)]
struct Cli {
    /// Base URL of the node's admin side.
    #[arg(long)]
    url: String,
    /// Who should answer there.
    #[arg(long)]
    node_id: NodeId,
    /// File with the service token.
    #[arg(long, env = "CONTROL_NODE_TOKEN_FILE")]
    token_file: PathBuf,
    /// A tenant that the node serves (for a Gateway: any).
    #[arg(long)]
    tenant: TenantId,
    /// A tenant that exists and that the node holds nothing of (for a Gateway: any).
    #[arg(long)]
    spare: TenantId,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let cli = Cli::parse();
    let token = read_token(&cli.token_file)?;
    let probe = Probe::new(&cli.url, cli.node_id, token, (cli.tenant, cli.spare))?;
    let info = probe.get(paths::INFO).await.and_then(|reply| reply.body::<Info>());
    let kind = info.map_err(|e| anyhow::anyhow!("the node does not say what it is: {e}"))?.kind;
    let mut out = std::io::stdout().lock();
    let mut code = ExitCode::SUCCESS;
    for (name, outcome) in run(&probe, kind).await {
        match outcome {
            Ok(()) => writeln!(out, "ok      {name}")?,
            Err(why) => {
                code = ExitCode::FAILURE;
                writeln!(out, "FAILED  {name}: {why}")?;
            }
        }
    }
    Ok(code)
}
