//! What all nodes of one simulated fleet share: the log, the buckets, time, ids, the outside world.
//!
//! Nothing here belongs to a node: a crashed node loses none of it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use streams::{
    clock::Clock,
    ids::IdSource,
    ports::{KvStore, MessageLog},
};

use crate::{
    calls::Calls,
    checker::Checker,
    gateway::{documents::Documents, iam::Iam, journal::Journal},
};

/// Version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The common ground of a simulated fleet.
#[derive(Debug)]
pub struct World {
    /// Where everything durable lies.
    pub state_dir: PathBuf,
    /// How long a Gateway holds a request of a moving tenant.
    pub buffer: Duration,
    /// Commit of this build.
    pub git_sha: &'static str,
    /// The tenants' logs.
    pub log: Arc<dyn MessageLog>,
    /// Placement maps and Gateways.
    pub kv: Arc<dyn KvStore>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// For calls among nodes; follows no redirect.
    pub http: reqwest::Client,
    /// What the admin side demands as bearer token.
    pub node_token: String,
    /// The judge.
    pub checker: Arc<Checker>,
    /// Calls that reached the admin side.
    pub calls: Calls,
    /// Users, sessions, rights, keys: the Gateways' shared state.
    pub iam: Iam,
    /// Configuration and definitions: the Gateways' shared state.
    pub documents: Documents,
    /// Who changed either, and why.
    pub changes: Journal,
}

impl World {
    /// Now.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

/// The HTTP client of nodes and traffic.
///
/// # Errors
/// When TLS cannot be set up.
pub fn http_client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(1))
        .timeout(Duration::from_secs(40))
        .no_proxy()
        .build()
}
