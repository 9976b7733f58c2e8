//! Holds one node against the contract and prints a line a case; ends with 1 when one fails.

mod cli;

use std::{io::Write, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use conformance::{
    learn::{Said, learn},
    run,
};
use fleet::{client::read_token, contract::NodeKind};

use crate::cli::Cli;

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
    let (mut probe, health) = (node.probe, &node.health);
    if let Some((name, file)) = cli.username.as_deref().zip(cli.password_file.as_deref()) {
        anyhow::ensure!(node.kind == NodeKind::Gateway, "only at a Gateway can one sign in");
        let signed_in = probe.sign_in(name, &read_token(file)?).await;
        probe = signed_in.map_err(|e| anyhow::anyhow!("{name} cannot sign in: {e}"))?;
    }
    let mut out = std::io::stdout().lock();
    let (kind, version) = (node.kind, &health.version);
    writeln!(out, "{} at {}: {kind} {version} ({})", health.node_id, cli.url, health.git_sha)?;
    writeln!(out, "tried with {}, and with {} as a stranger\n", probe.tenant, probe.spare)?;
    let verdicts = run(&probe, kind).await;
    let failed = verdicts.iter().filter(|(_, outcome)| outcome.is_err()).count();
    for (name, outcome) in &verdicts {
        let sentence = name.replace('_', " ");
        match outcome {
            Ok(()) => writeln!(out, "ok      {sentence}")?,
            Err(why) => writeln!(out, "FAILED  {sentence}: {why}")?,
        }
    }
    if kind == NodeKind::Gateway && !probe.is_signed_in() {
        writeln!(out, "\nnot tried: the administration; name somebody with --username")?;
    }
    writeln!(out, "\n{} of {} cases hold", verdicts.len() - failed, verdicts.len())?;
    Ok(failed)
}
