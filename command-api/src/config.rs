//! Every setting of the service: a flag and an environment variable each, checked before it starts.

pub mod limits;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use fleet::{
    client::read_token,
    directory::Directory,
    facts::Observer,
    gateway::{GatewayClient, GatewayConfig},
    transport::Limits,
};
use observability::Build;
use streams::{clock::Clock, ports::KvStore};

use crate::{
    auth::{grants::Ages, keys, keys::KeyMode, token::Expected},
    state::Settings,
};

/// Settings as flags and variables.
#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// Where to listen.
    #[arg(long, global = true, env = "CONTROL_API_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Base URL of the Gateway.
    #[arg(
        long,
        global = true,
        env = "CONTROL_GATEWAY_URL",
        default_value = "http://127.0.0.1:8000"
    )]
    pub gateway_url: String,
    /// The Gateway's keys; `<gateway>/.well-known/jwks.json` when not said.
    #[arg(long, global = true, env = "CONTROL_JWKS_URL")]
    pub jwks_url: Option<String>,
    /// `iss` of access tokens; the Gateway's URL when not said.
    #[arg(long, global = true, env = "CONTROL_TOKEN_ISSUER")]
    pub token_issuer: Option<String>,
    /// `aud` of access tokens.
    #[arg(long, global = true, env = "CONTROL_TOKEN_AUDIENCE", default_value = "control")]
    pub token_audience: String,
    /// Allowed difference of clocks, seconds, at most 60.
    #[arg(long, global = true, env = "CONTROL_TOKEN_LEEWAY_S", default_value_t = 30)]
    pub token_leeway_s: i64,
    /// File with a secret shared with the Gateway; only where it signs with one.
    #[arg(long, global = true, env = "CONTROL_TOKEN_SECRET_FILE", requires = "token_secret_alg")]
    pub token_secret_file: Option<PathBuf>,
    /// Algorithm of that secret: HS256, HS384 or HS512.
    #[arg(long, global = true, env = "CONTROL_TOKEN_SECRET_ALG", requires = "token_secret_file")]
    pub token_secret_alg: Option<String>,
    /// File with the service token for nodes and Gateway.
    #[arg(long, global = true, env = "CONTROL_NODE_TOKEN_FILE")]
    pub node_token_file: Option<PathBuf>,
    /// Placement from this file instead of NATS; jobs are refused then.
    #[arg(long, global = true, env = "CONTROL_PLACEMENT_FILE")]
    pub placement_file: Option<PathBuf>,
    /// Which control plane this is.
    #[arg(long, global = true, env = "CONTROL_ENVIRONMENT", default_value = "dev")]
    pub environment: String,
    /// Base URL of the Grafana the console links to for logs and traces; no links when not said.
    #[arg(long, global = true, env = "CONTROL_GRAFANA_URL")]
    pub grafana_url: Option<String>,
    /// Origins besides our own from which the console may be served, separated by commas.
    #[arg(long, global = true, env = "CONTROL_ALLOWED_ORIGINS", value_delimiter = ',')]
    pub allowed_origins: Vec<String>,
    /// How much is taken.
    #[command(flatten)]
    pub limits: limits::LimitArgs,
}

/// Settings that were found usable, and the clients made of them.
#[derive(Debug)]
pub struct Checked {
    /// What requests depend on.
    pub settings: Settings,
    /// Client of the Gateway.
    pub gateway: GatewayClient,
    /// Observer of the nodes.
    pub observer: Observer,
}

impl Config {
    /// The settings requests depend on.
    ///
    /// # Errors
    /// A sentence naming what cannot be used.
    pub fn settings(&self, build: Build) -> anyhow::Result<Settings> {
        anyhow::ensure!(
            (0..=60).contains(&self.token_leeway_s),
            "CONTROL_TOKEN_LEEWAY_S (--token-leeway-s) is 0 to 60"
        );
        self.limits.check()?;
        let issuer = self.token_issuer.clone().unwrap_or_else(|| self.gateway_url.clone());
        Ok(Settings {
            build,
            environment: self.environment.clone(),
            grafana_url: self.grafana_url.as_deref().map(grafana).transpose()?,
            cookie_secure: self.environment != "dev",
            allowed_origins: self.allowed_origins.clone(),
            token: Expected {
                issuer,
                audience: self.token_audience.clone(),
                leeway_s: self.token_leeway_s,
            },
            keys: self.key_mode()?,
            ages: Ages::default(),
            rates: self.limits.rates(),
            trusted_proxies: self.limits.trusted_proxies.clone(),
            connections: self.limits.connections(),
            max_in_flight: self.limits.max_in_flight,
            request_deadline: Duration::from_secs(10),
            max_streams: 1_000,
            heartbeat: Duration::from_secs(15),
        })
    }

    fn key_mode(&self) -> anyhow::Result<KeyMode> {
        let (file, alg) = match (&self.token_secret_file, &self.token_secret_alg) {
            (Some(file), Some(alg)) => (file, alg),
            (None, None) => return Ok(KeyMode::Jwks),
            (Some(_), None) | (None, Some(_)) => anyhow::bail!(
                "CONTROL_TOKEN_SECRET_FILE (--token-secret-file) and CONTROL_TOKEN_SECRET_ALG \
                 (--token-secret-alg) go together"
            ),
        };
        let secret = std::fs::read(file).with_context(|| {
            format!("CONTROL_TOKEN_SECRET_FILE {} cannot be read", file.display())
        })?;
        let key = keys::shared(alg, secret.trim_ascii()).map_err(anyhow::Error::msg)?;
        tracing::warn!(alg, "tokens are verified with a shared secret: its holders can mint them");
        Ok(KeyMode::Shared(key))
    }

    /// Everything checked, as the service needs it.
    ///
    /// # Errors
    /// A sentence naming what cannot be used.
    pub fn checked(&self, build: Build, clock: Arc<dyn Clock>) -> anyhow::Result<Checked> {
        let settings = self.settings(build)?;
        let (gateway, observer) = self.clients(clock)?;
        Ok(Checked { settings, gateway, observer })
    }

    /// The Gateway client and the observer of nodes.
    fn clients(&self, clock: Arc<dyn Clock>) -> anyhow::Result<(GatewayClient, Observer)> {
        let file = self.node_token_file.as_ref().context(
            "set CONTROL_NODE_TOKEN_FILE (--node-token-file): nodes and the Gateway ask for it",
        )?;
        let token = read_token(file)?;
        let limits = Limits::default();
        let gateway =
            GatewayConfig { url: self.gateway_url.clone(), jwks_url: self.jwks_url.clone() };
        let gateway = GatewayClient::new(&limits, gateway, token.clone())?;
        let nodes = fleet::client::NodeClient::new(&limits, token)?;
        Ok((gateway, Observer::new(nodes, clock)))
    }

    /// Placement from the file, when one is named.
    #[must_use]
    pub fn directory(&self, kv: Arc<dyn KvStore>, clock: Arc<dyn Clock>) -> Directory {
        match &self.placement_file {
            Some(file) => Directory::follow_file(file.clone(), clock, Duration::from_secs(1)).0,
            None => Directory::follow_kv(kv, clock).0,
        }
    }
}

/// A base URL that may stand behind a link: `http` or `https`, a host, no credentials. Not a parser
/// of the flag: that one's errors repeat the value, with the password in it.
fn grafana(text: &str) -> anyhow::Result<String> {
    let url = text.parse::<http::Uri>().ok();
    let good = url.is_some_and(|url| {
        let scheme = url.scheme_str().is_some_and(|scheme| ["http", "https"].contains(&scheme));
        scheme && url.authority().is_some_and(|authority| !authority.as_str().contains('@'))
    });
    anyhow::ensure!(
        good,
        "CONTROL_GRAFANA_URL (--grafana-url) is http:// or https://, a host, and no credentials"
    );
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_web_address_without_credentials_stands_behind_a_link() {
        assert_eq!(grafana("https://grafana.example/g").unwrap(), "https://grafana.example/g");
        for bad in ["javascript:alert(1)", "grafana", "/g", "ftp://g", "https://u:p@g", ""] {
            let told = grafana(bad).expect_err(bad).to_string();
            assert!(!told.contains("u:p"), "{told}");
        }
    }
}
