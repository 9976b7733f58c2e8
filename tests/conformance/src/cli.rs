//! The command line. What is done with it: `main.rs`.

use std::path::PathBuf;

use clap::Parser;
use streams::ids::{NodeId, TenantId};

/// Conformance suite of the node contract v1.
///
/// Drains and undrains one tenant and the node for a moment, and leaves higher fences behind: not
/// for a node that a control plane is using. At a Gateway, with a sign-in, users, roles and documents
/// of its own names are made and removed again.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Examples:
  conformance --url http://127.0.0.1:18103 --token-file .fleet-sim/node-token
  conformance --url http://127.0.0.1:18103 --node-id agg-01a \\
    --token-file .fleet-sim/node-token --tenant globex --spare acme
  conformance --url http://127.0.0.1:18101 --token-file .fleet-sim/node-token \\
    --username admin --password-file admin-password

Exit codes: 0 every case holds; 1 one does not, or the node cannot be asked; 2 wrong arguments"
)]
pub(crate) struct Cli {
    /// Base URL of the node's admin side.
    #[arg(long)]
    pub(crate) url: String,
    /// File with the service token.
    #[arg(long, env = "CONTROL_NODE_TOKEN_FILE")]
    pub(crate) token_file: PathBuf,
    /// Who should answer there; else whoever does.
    #[arg(long)]
    pub(crate) node_id: Option<NodeId>,
    /// Of a Gateway: somebody who may do everything, to try the administration as.
    #[arg(long, requires = "password_file")]
    pub(crate) username: Option<String>,
    /// File with their password.
    #[arg(long, requires = "username")]
    pub(crate) password_file: Option<PathBuf>,
    /// A tenant that the node serves; else the first it names.
    #[arg(long)]
    pub(crate) tenant: Option<TenantId>,
    /// A tenant that exists and that the node holds nothing of; else one of its placement.
    #[arg(long)]
    pub(crate) spare: Option<TenantId>,
}
