//! Settings of how much is taken, from whom. What they do: [`crate::limits`], [`crate::http`].

use std::time::Duration;

use ipnet::IpNet;

use crate::{http::Connections, limits::Rates};

/// Settings as flags and variables.
#[derive(Debug, Clone, clap::Args)]
pub struct LimitArgs {
    /// Requests worked on at the same time.
    #[arg(long, global = true, env = "CONTROL_API_MAX_IN_FLIGHT", default_value_t = 512)]
    pub max_in_flight: usize,
    /// Connections open at the same time.
    #[arg(long, global = true, env = "CONTROL_API_MAX_CONNECTIONS", default_value_t = 4_096)]
    pub max_connections: usize,
    /// Time of a request's head to arrive, milliseconds, 100 to 60000.
    #[arg(long, global = true, env = "CONTROL_API_HEAD_TIMEOUT_MS", default_value_t = 15_000)]
    pub head_timeout_ms: u64,
    /// Requests a second from one address, three times as many at once; 0 is no limit.
    #[arg(long, global = true, env = "CONTROL_API_RATE_PER_ADDRESS", default_value_t = 1_000)]
    pub rate_per_address: u32,
    /// Requests a second of one principal, three times as many at once; 0 is no limit.
    #[arg(long, global = true, env = "CONTROL_API_RATE_PER_PRINCIPAL", default_value_t = 500)]
    pub rate_per_principal: u32,
    /// Sign-ins a minute under one user name, good or bad; 0 is no limit.
    #[arg(long, global = true, env = "CONTROL_API_SIGN_INS_PER_NAME", default_value_t = 20)]
    pub sign_ins_per_name: u32,
    /// Sign-ins a minute from one address, good or bad; 0 is no limit.
    #[arg(long, global = true, env = "CONTROL_API_SIGN_INS_PER_ADDRESS", default_value_t = 60)]
    pub sign_ins_per_address: u32,
    /// Networks of proxies whose X-Forwarded-For is believed, CIDR, separated by commas.
    #[arg(long, global = true, env = "CONTROL_API_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<IpNet>,
}

impl LimitArgs {
    /// Whether they can be used.
    ///
    /// # Errors
    /// A sentence naming what cannot be used.
    pub fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.max_in_flight > 0,
            "CONTROL_API_MAX_IN_FLIGHT (--max-in-flight) is at least 1"
        );
        anyhow::ensure!(
            self.max_connections > 0,
            "CONTROL_API_MAX_CONNECTIONS (--max-connections) is at least 1"
        );
        anyhow::ensure!(
            (100..=60_000).contains(&self.head_timeout_ms),
            "CONTROL_API_HEAD_TIMEOUT_MS (--head-timeout-ms) is 100 to 60000"
        );
        Ok(())
    }

    /// How often somebody may ask.
    #[must_use]
    pub fn rates(&self) -> Rates {
        Rates {
            address: self.rate_per_address,
            principal: self.rate_per_principal,
            sign_in_name: self.sign_ins_per_name,
            sign_in_address: self.sign_ins_per_address,
        }
    }

    /// Limits of connections.
    #[must_use]
    pub fn connections(&self) -> Connections {
        Connections {
            most: self.max_connections,
            head: Duration::from_millis(self.head_timeout_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        limits: LimitArgs,
    }

    fn limits(args: &[&str]) -> Result<LimitArgs, String> {
        let args = ["api"].iter().chain(args);
        Cli::try_parse_from(args).map(|cli| cli.limits).map_err(|e| e.to_string())
    }

    #[test]
    fn the_settings_begin_with_the_defaults_of_the_code() {
        let limits = limits(&[]).unwrap();
        assert_eq!(limits.rates(), Rates::default());
        assert_eq!(limits.connections(), Connections::default());
        assert!(limits.check().is_ok() && limits.trusted_proxies.is_empty());
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_name() {
        let refused = |args: &[&str]| limits(args).unwrap().check().unwrap_err().to_string();
        assert!(refused(&["--max-in-flight", "0"]).contains("CONTROL_API_MAX_IN_FLIGHT"));
        assert!(refused(&["--max-connections", "0"]).contains("CONTROL_API_MAX_CONNECTIONS"));
        assert!(refused(&["--head-timeout-ms", "99"]).contains("CONTROL_API_HEAD_TIMEOUT_MS"));
        assert!(limits(&["--trusted-proxies", "10.0.0.0/8,proxy"]).is_err());
        let two = limits(&["--trusted-proxies", "10.0.0.0/8,fd00::/8"]).unwrap();
        assert_eq!(two.trusted_proxies.len(), 2);
    }
}
