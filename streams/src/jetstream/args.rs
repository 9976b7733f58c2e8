//! The connection settings every program shares, as command-line flags and environment variables.

use std::path::PathBuf;

use super::connect::{ConnectError, Options};

/// Flags and variables of the connection; flatten into a program's own arguments.
#[derive(Debug, Clone, clap::Args)]
pub struct NatsArgs {
    /// Servers, separated by commas.
    #[arg(long, global = true, env = "CONTROL_NATS_URL", default_value = "nats://127.0.0.1:4222")]
    pub nats_url: String,
    /// Credentials file (JWT and seed).
    #[arg(long, global = true, env = "CONTROL_NATS_CREDS")]
    pub nats_creds: Option<PathBuf>,
    /// File with the seed of an nkey user.
    #[arg(long, global = true, env = "CONTROL_NATS_NKEY_FILE", conflicts_with = "nats_creds")]
    pub nats_nkey_file: Option<PathBuf>,
    /// Certificate authority of the servers (PEM).
    #[arg(long, global = true, env = "CONTROL_NATS_CA")]
    pub nats_ca: Option<PathBuf>,
    /// Replicas of streams and buckets this program creates: 3 in production.
    #[arg(long, global = true, env = "CONTROL_NATS_REPLICAS", default_value_t = 1)]
    pub nats_replicas: usize,
}

impl NatsArgs {
    /// Whether they can be used, without connecting: addresses are addresses, files can be read.
    ///
    /// # Errors
    /// [`ConnectError`], each a sentence with the way out.
    pub fn check(&self) -> Result<(), ConnectError> {
        self.options("check").check()
    }

    /// The settings for a program of this name.
    #[must_use]
    pub fn options(&self, name: &str) -> Options {
        Options {
            creds_file: self.nats_creds.clone(),
            nkey_file: self.nats_nkey_file.clone(),
            ca_file: self.nats_ca.clone(),
            replicas: self.nats_replicas,
            ..Options::new(&self.nats_url, name)
        }
    }
}
