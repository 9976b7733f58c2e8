//! Connecting: the client settings, and what is refused at the door.
//!
//! Short pings and time-outs, because with the client's defaults a frozen server costs the whole
//! freeze. Each role has an inbox prefix of its own, so that it can be allowed nothing but that.

use std::{path::PathBuf, sync::Arc, time::Duration};

use async_nats::{ConnectOptions, jetstream::context::ContextBuilder};

use super::{
    link::{Link, REQUEST_TIMEOUT},
    version::{ADVISED, FLOOR, ServerVersion},
};
use crate::error::{Classified, ErrorClass};

/// What a server takes as replicas of a stream.
const REPLICAS: std::ops::RangeInclusive<usize> = 1..=5;
/// How often the server is asked whether it lives.
const PING_INTERVAL: Duration = Duration::from_secs(2);
/// How long connecting may take, a server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Creating a stream on several servers takes longer than any other request.
const ADMIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Where and as whom to connect.
#[derive(Debug, Clone)]
pub struct Options {
    /// Servers, separated by commas, e.g. `nats://nats-1:4222,nats://nats-2:4222`. In development
    /// `nats://user:password@host` and `nats://token@host` are understood; production uses files.
    pub url: String,
    /// Name of the program: shown by `nats server report connections`, and the inbox prefix.
    pub name: String,
    /// Credentials file (JWT and seed).
    pub creds_file: Option<PathBuf>,
    /// File with the seed of an nkey user.
    pub nkey_file: Option<PathBuf>,
    /// Certificate authority of the servers (PEM).
    pub ca_file: Option<PathBuf>,
    /// Replicas of streams and buckets made through this connection.
    pub replicas: usize,
    /// How long an append may try to settle its outcome before it is `Unknown`.
    pub patience: Duration,
}

impl Options {
    /// Development settings: no credentials, one replica, 5 s of patience.
    #[must_use]
    pub fn new(url: &str, name: &str) -> Self {
        Self {
            url: url.to_owned(),
            name: name.to_owned(),
            creds_file: None,
            nkey_file: None,
            ca_file: None,
            replicas: 1,
            patience: Duration::from_secs(5),
        }
    }

    /// Whether they can be used, without connecting: addresses are addresses, files can be read.
    ///
    /// # Errors
    /// [`ConnectError::Address`], [`ConnectError::File`], [`ConnectError::Replicas`].
    pub fn check(&self) -> Result<(), ConnectError> {
        credentials(self)?;
        for url in addresses(&self.url) {
            url.parse::<async_nats::ServerAddr>()
                .map_err(|e| ConnectError::Address { url: url.clone(), cause: e.to_string() })?;
        }
        if REPLICAS.contains(&self.replicas) {
            return Ok(());
        }
        Err(ConnectError::Replicas { given: self.replicas })
    }

    /// The inbox prefix of this role; `streams::roles` allows subscribing to nothing else.
    #[must_use]
    pub fn inbox_prefix(&self) -> String {
        inbox_prefix(&self.name)
    }
}

/// Inbox prefix of a role or program.
#[must_use]
pub fn inbox_prefix(name: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
    format!("_INBOX_{}", name.chars().map(word).collect::<String>())
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Nobody answers, or the name does not resolve.
    #[error("cannot reach NATS at {url}: {cause}; start it or set CONTROL_NATS_URL")]
    Unreachable {
        /// Where.
        url: String,
        /// What the client said.
        cause: String,
    },
    /// The text is no address of a server.
    #[error("{url} is no address of NATS: {cause}; e.g. nats://127.0.0.1:4222")]
    Address {
        /// The text.
        url: String,
        /// What the client said.
        cause: String,
    },
    /// No server keeps so many replicas.
    #[error("CONTROL_NATS_REPLICAS (--nats-replicas) is 1 to 5, not {given}")]
    Replicas {
        /// The number.
        given: usize,
    },
    /// The server does not accept the credentials.
    #[error("NATS at {url} refuses the credentials: {cause}")]
    Denied {
        /// Where.
        url: String,
        /// What the client said.
        cause: String,
    },
    /// A file of the settings cannot be used.
    #[error("cannot use {path}: {cause}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// The server is too old for the one-writer rule.
    #[error(
        "nats-server {found} is too old: below {} two writers may both win; use 2.14 or newer",
        FLOOR
    )]
    TooOld {
        /// Its version.
        found: ServerVersion,
    },
    /// The server does not say which it is.
    #[error("the server at {url} does not report a usable version: {cause}")]
    NoVersion {
        /// Where.
        url: String,
        /// What it said.
        cause: String,
    },
    /// The server has no JetStream.
    #[error("NATS at {url} runs without JetStream; start it with -js or a jetstream block")]
    NoJetstream {
        /// Where.
        url: String,
    },
}

impl Classified for ConnectError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Unreachable { .. } => ErrorClass::Unavailable,
            Self::Address { .. }
            | Self::Denied { .. }
            | Self::Replicas { .. }
            | Self::File { .. }
            | Self::TooOld { .. }
            | Self::NoVersion { .. }
            | Self::NoJetstream { .. } => ErrorClass::Refused,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "nats_unreachable",
            Self::Address { .. } => "nats_address",
            Self::Denied { .. } => "nats_denied",
            Self::Replicas { .. } => "nats_replicas",
            Self::File { .. } => "nats_file",
            Self::TooOld { .. } => "nats_too_old",
            Self::NoVersion { .. } => "nats_no_version",
            Self::NoJetstream { .. } => "nats_no_jetstream",
        }
    }
}

pub(super) async fn connect(options: &Options) -> Result<Arc<Link>, ConnectError> {
    let events = Arc::new(super::link::Events::default());
    let seen = Arc::clone(&events);
    let settings = credentials(options)?
        .name(&options.name)
        .custom_inbox_prefix(options.inbox_prefix())
        .ping_interval(PING_INTERVAL)
        .connection_timeout(CONNECT_TIMEOUT)
        .request_timeout(Some(REQUEST_TIMEOUT))
        .max_reconnects(None)
        .reconnect_delay_callback(|attempt| {
            let doubled = 25_u64.saturating_mul(1 << attempt.min(6));
            Duration::from_millis(doubled.min(1000))
        })
        .event_callback(move |event| {
            let seen = Arc::clone(&seen);
            async move { seen.note(&event) }
        });
    let client =
        settings.connect(addresses(&options.url)).await.map_err(|e| refused(&options.url, &e))?;
    let info = client.server_info();
    let version: ServerVersion = info
        .version
        .parse()
        .map_err(|cause| ConnectError::NoVersion { url: options.url.clone(), cause })?;
    if version < FLOOR {
        return Err(ConnectError::TooOld { found: version });
    }
    if version < ADVISED {
        tracing::warn!(%version, advised = %ADVISED, "nats-server is older than advised");
    }
    if !info.jetstream {
        return Err(ConnectError::NoJetstream { url: options.url.clone() });
    }
    events.connected(true);
    let context = ContextBuilder::new().timeout(REQUEST_TIMEOUT).build(client.clone());
    let admin = ContextBuilder::new().timeout(ADMIN_TIMEOUT).build(client.clone());
    Ok(Arc::new(Link::new(client, context, admin, events, options)))
}

fn credentials(options: &Options) -> Result<ConnectOptions, ConnectError> {
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path)
            .map_err(|e| ConnectError::File { path: path.clone(), cause: e.to_string() })
    };
    // The client itself ignores what stands before the `@` of an address.
    let mut settings = match user_info(&options.url) {
        Some((user, Some(password))) => {
            ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned())
        }
        Some((token, None)) => ConnectOptions::with_token(token.to_owned()),
        None => ConnectOptions::new(),
    };
    if let Some(path) = &options.creds_file {
        settings = settings
            .credentials(&read(path)?)
            .map_err(|e| ConnectError::File { path: path.clone(), cause: e.to_string() })?;
    }
    if let Some(path) = &options.nkey_file {
        settings = settings.nkey(read(path)?.trim().to_owned());
    }
    if let Some(path) = &options.ca_file {
        read(path)?;
        settings = settings.add_root_certificates(path.clone()).require_tls(true);
    }
    Ok(settings)
}

fn refused(url: &str, error: &async_nats::ConnectError) -> ConnectError {
    use async_nats::ConnectErrorKind as Kind;
    let (url, cause) = (without_secret(url), error.to_string());
    match error.kind() {
        Kind::Authentication | Kind::AuthorizationViolation => ConnectError::Denied { url, cause },
        Kind::ServerParse => ConnectError::Address { url, cause },
        _ => ConnectError::Unreachable { url, cause },
    }
}

/// The addresses, without what stands before an `@`.
fn addresses(url: &str) -> Vec<String> {
    without_secret(url).split(',').map(|u| u.trim().to_owned()).collect()
}

/// `user:password` or a token before the `@` of the first address that has one; taken literally.
fn user_info(url: &str) -> Option<(&str, Option<&str>)> {
    let with = url.split(',').find_map(|part| part.trim().rsplit_once('@'))?.0;
    let info = with.split_once("://").map_or(with, |(_, info)| info);
    Some(info.split_once(':').map_or((info, None), |(user, password)| (user, Some(password))))
}

/// A URL may carry a password or token before the `@`: no error shows it.
fn without_secret(url: &str) -> String {
    let one = |part: &str| match (part.split_once("://"), part.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        (None, Some((_, host))) => host.to_owned(),
        (_, None) => part.to_owned(),
    };
    url.split(',').map(one).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_shows_a_password_of_the_url() {
        assert_eq!(
            without_secret("nats://u:p@h:1,nats://h2:2,tok@h3"),
            "nats://h:1,nats://h2:2,h3"
        );
    }

    #[test]
    fn user_and_password_or_a_token_are_taken_from_the_url() {
        assert_eq!(user_info("nats://a:1"), None);
        assert_eq!(user_info("nats://u:p@h:1,nats://h2"), Some(("u", Some("p"))));
        assert_eq!(user_info("tok@h"), Some(("tok", None)));
    }

    #[test]
    fn settings_that_cannot_be_used_are_found_without_a_server() {
        let good = Options::new("nats://u:p@h:1, h2:2", "x");
        assert_eq!(good.check(), Ok(()));
        let code = |options: Options| options.check().unwrap_err().code();
        assert_eq!(code(Options { url: "nats://h:x".to_owned(), ..good.clone() }), "nats_address");
        assert_eq!(code(Options { replicas: 0, ..good.clone() }), "nats_replicas");
        let nowhere = Some(PathBuf::from("/nowhere"));
        assert_eq!(code(Options { creds_file: nowhere.clone(), ..good.clone() }), "nats_file");
        assert_eq!(code(Options { nkey_file: nowhere.clone(), ..good.clone() }), "nats_file");
        assert_eq!(code(Options { ca_file: nowhere, ..good }), "nats_file");
    }

    #[test]
    fn an_inbox_prefix_is_one_token() {
        assert_eq!(inbox_prefix("job-saga.1 *"), "_INBOX_job-saga-1--");
    }
}
