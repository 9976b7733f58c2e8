//! What every request works with: ports, settings, read models, memories. Cheap to clone.
//!
//! Nothing here is the truth: the logs are. A restart loses nothing but warm memories.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::http::Method;
use fleet::directory::Snapshot;
use ipnet::IpNet;
use moka::future::Cache;
use observability::Build;
use streams::{
    clock::Clock,
    ids::{Hash, IdSource, JobId},
    jetstream::Process,
    job::{command::Command, plan::Plan, policy::Policy},
    log::Logs,
};
use tokio::sync::{Semaphore, watch};
use tokio_util::task::TaskTracker;

use crate::{
    auth::{
        grants::{Ages, Grants},
        keys::{KeyMode, Keys},
        token::Expected,
        verifier::Verifier,
    },
    edge::{
        audit::{self, Repeats},
        metrics::Metrics,
    },
    error::{ApiError, ApiResult, Code},
    http::Connections,
    limits::{Limits, Rates, Who},
    ports::Ports,
    read::ReadModels,
    router::{self, Declared},
};

/// Plans remembered, so that a job can carry what its plan rested on.
const PLANS: u64 = 1_000;
/// Accepted commands remembered until their job is visible.
const ACCEPTED: u64 = 10_000;
/// How long node readings serve several pages.
const READINGS_AGE: Duration = Duration::from_secs(2);

/// Settings that requests depend on.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which program this is.
    pub build: Build,
    /// Shown on every page: `dev`, `staging`, `production`.
    pub environment: String,
    /// Base URL of the Grafana whose Explore the console links to, if there is one.
    pub grafana_url: Option<String>,
    /// `Secure` and the `__Host-` prefix of the session cookie.
    pub cookie_secure: bool,
    /// Origins besides our own from which the console may be served.
    pub allowed_origins: Vec<String>,
    /// What tokens are held against.
    pub token: Expected,
    /// Where token keys come from.
    pub keys: KeyMode,
    /// How long rights are remembered.
    pub ages: Ages,
    /// How often somebody may ask.
    pub rates: Rates,
    /// Proxies whose word about an address is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// Limits of connections.
    pub connections: Connections,
    /// Requests worked on at the same time.
    pub max_in_flight: usize,
    /// Time of one request.
    pub request_deadline: Duration,
    /// Browsers on the event stream at the same time.
    pub max_streams: usize,
    /// Pause after which the event stream sends a sign of life.
    pub heartbeat: Duration,
}

impl Settings {
    /// Development defaults for an issuer.
    #[must_use]
    pub fn dev(build: Build, issuer: &str) -> Self {
        Self {
            build,
            environment: "dev".to_owned(),
            grafana_url: None,
            cookie_secure: false,
            allowed_origins: Vec::new(),
            token: Expected {
                issuer: issuer.to_owned(),
                audience: "control".to_owned(),
                leeway_s: 30,
            },
            keys: KeyMode::Jwks,
            ages: Ages::default(),
            rates: Rates::default(),
            trusted_proxies: Vec::new(),
            connections: Connections::default(),
            max_in_flight: 512,
            request_deadline: Duration::from_secs(10),
            max_streams: 1_000,
            heartbeat: Duration::from_secs(15),
        }
    }
}

/// State of the service.
#[derive(Debug, Clone)]
pub struct AppState(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ports: Ports,
    settings: Settings,
    verifier: Verifier,
    grants: Grants,
    models: ReadModels,
    plans: Cache<Hash, Arc<Plan>>,
    accepted: Cache<JobId, Arc<Command>>,
    readings: Readings,
    repeats: Repeats,
    metrics: Metrics,
    limits: Limits,
    in_flight: Semaphore,
    streams: Arc<Semaphore>,
    background: TaskTracker,
    stop: watch::Sender<bool>,
    declared: HashMap<(Method, String), Declared>,
    policy: Policy,
}

/// What the nodes said last, for a moment.
#[derive(Debug)]
pub struct Readings {
    /// Health of every node.
    pub health: Cache<(), Arc<fleet::facts::FleetHealth>>,
    /// Tenants on every node.
    pub tenants: Cache<(), Arc<fleet::facts::TenantsByNode>>,
    /// Our own processes.
    pub processes: Cache<(), Arc<Vec<Process>>>,
    /// What is wrong with the Gateway, if anything.
    pub gateway: Cache<(), Option<String>>,
}

impl AppState {
    /// A state over `ports`; follows the read models from now on, until it is dropped.
    #[must_use]
    pub fn new(ports: Ports, settings: Settings) -> Self {
        let keys = Keys::new(settings.keys.clone(), Arc::clone(&ports.gateway));
        let verifier = Verifier::new(keys, settings.token.clone(), Arc::clone(&ports.clock));
        let declared = router::declared().into_iter();
        Self(Arc::new(Inner {
            verifier,
            grants: Grants::new(Arc::clone(&ports.gateway), settings.ages),
            models: ReadModels::follow(&ports),
            plans: Cache::new(PLANS),
            accepted: Cache::builder()
                .max_capacity(ACCEPTED)
                .time_to_live(Duration::from_secs(3600))
                .build(),
            readings: Readings {
                health: Cache::builder().time_to_live(READINGS_AGE).build(),
                tenants: Cache::builder().time_to_live(READINGS_AGE).build(),
                processes: Cache::builder().time_to_live(READINGS_AGE).build(),
                gateway: Cache::builder().time_to_live(READINGS_AGE).build(),
            },
            repeats: audit::repeats(),
            metrics: Metrics::new(settings.build),
            limits: Limits::new(settings.rates),
            in_flight: Semaphore::new(settings.max_in_flight),
            streams: Arc::new(Semaphore::new(settings.max_streams)),
            background: TaskTracker::new(),
            stop: watch::Sender::new(false),
            declared: declared.map(|d| ((d.method.clone(), d.matched()), d)).collect(),
            policy: Policy::default(),
            ports,
            settings,
        }))
    }

    /// The ports.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.0.ports
    }

    /// The three logs.
    #[must_use]
    pub fn logs(&self) -> &Logs {
        &self.0.ports.logs
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.ports.clock
    }

    /// Where new ids come from.
    #[must_use]
    pub fn ids(&self) -> &dyn IdSource {
        &*self.0.ports.ids
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Verifies tokens.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    /// Knows rights.
    #[must_use]
    pub fn grants(&self) -> &Grants {
        &self.0.grants
    }

    /// The read models.
    #[must_use]
    pub fn models(&self) -> &ReadModels {
        &self.0.models
    }

    /// Plans served lately, by hash.
    #[must_use]
    pub fn plans(&self) -> &Cache<Hash, Arc<Plan>> {
        &self.0.plans
    }

    /// Create commands accepted lately by this process.
    #[must_use]
    pub fn accepted(&self) -> &Cache<JobId, Arc<Command>> {
        &self.0.accepted
    }

    /// Node readings of the last moment.
    #[must_use]
    pub fn readings(&self) -> &Readings {
        &self.0.readings
    }

    /// Denials of reads recorded lately.
    #[must_use]
    pub fn repeats(&self) -> &Repeats {
        &self.0.repeats
    }

    /// The metrics.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Counts one request or sign-in of somebody.
    ///
    /// # Errors
    /// 429 `rate_limited`.
    pub async fn limit(&self, who: Who<'_>) -> ApiResult<()> {
        let counted = self.0.limits.check(who).await;
        if counted.is_err() {
            self.metrics().limited(who.limit());
        }
        counted
    }

    /// Permits of requests.
    #[must_use]
    pub fn in_flight(&self) -> &Semaphore {
        &self.0.in_flight
    }

    /// Permits of event streams.
    #[must_use]
    pub fn streams(&self) -> &Arc<Semaphore> {
        &self.0.streams
    }

    /// Tasks that outlive their request: writes to the Gateway until their outcome is recorded.
    #[must_use]
    pub fn background(&self) -> &TaskTracker {
        &self.0.background
    }

    /// Ends what would never end by itself: the event streams.
    pub fn stop(&self) {
        self.0.stop.send_replace(true);
    }

    /// Waits until the service is told to stop.
    pub async fn stopping(&self) {
        let mut stop = self.0.stop.subscribe();
        // The sender lives as long as this state.
        let _ = stop.wait_for(|stop| *stop).await;
    }

    /// Thresholds and limits.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// How a matched route was declared.
    #[must_use]
    pub fn declared(&self, method: &Method, matched: &str) -> Option<&Declared> {
        let method = if method == Method::HEAD { Method::GET } else { method.clone() };
        self.0.declared.get(&(method, matched.to_owned()))
    }

    /// The placement in force.
    ///
    /// # Errors
    /// 503 `rebuilding` until it has been read once.
    pub fn placement(&self) -> ApiResult<Arc<Snapshot>> {
        let view = self.0.ports.directory.view();
        view.map(|v| Arc::clone(&v.snapshot))
            .ok_or_else(|| ApiError::new(Code::Rebuilding, "the placement has not been read yet"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared<T: Send + Sync + 'static>() {}

    /// T2.4
    #[test]
    fn the_core_state_types_can_be_shared_between_threads() {
        shared::<AppState>();
        shared::<Settings>();
        shared::<Ports>();
        shared::<ReadModels>();
        shared::<Verifier>();
        shared::<Grants>();
        shared::<ApiError>();
    }
}
