//! What the service needs from outside, as traits: the Gateway and the fleet. Logs and buckets are
//! the ports of `streams`. The adapters over the `fleet` crate are here too; they add nothing.

use std::{fmt::Debug, sync::Arc, time::Duration};

use async_trait::async_trait;
use fleet::{
    contract::{Grant, LoginRequest, LoginResponse},
    directory::{Directory, Snapshot},
    error::NodeError,
    facts::{FleetHealth, Observer, TenantsByNode, Wanted},
    gateway::{GatewayClient, PassThrough, PassThroughAnswer, RightsReading},
};
use secrecy::SecretString;
use serde_json::{Map, Value};
use streams::{
    clock::Clock,
    ids::{FlowIds, IdSource, PrincipalId, ServiceKind},
    jetstream::{Jetstream, Process},
    job::facts::Facts,
    log::Logs,
    ports::{KvStore, ReadError},
};

/// Time of all processes to answer, once asked.
const PROCESSES_PATIENCE: Duration = Duration::from_secs(1);

/// Rights of a principal and whether its session holds, as the Gateway says now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RightsNow {
    /// Right strings.
    pub rights: Vec<String>,
    /// Whether the session asked about is valid.
    pub session_valid: bool,
    /// The principal's name for people, when the Gateway says one.
    pub display_name: Option<String>,
    /// Through what each right is held, as far as the Gateway says.
    pub grants: Vec<Grant>,
}

/// The Gateway: the only one who knows passwords, keys and rights.
#[async_trait]
pub trait Gateway: Send + Sync + Debug {
    /// Public keys as they came (RFC 7517).
    ///
    /// # Errors
    /// [`NodeError`].
    async fn jwks(&self, ids: &FlowIds) -> Result<Vec<Map<String, Value>>, NodeError>;

    /// Signs in.
    ///
    /// # Errors
    /// [`NodeError`]; wrong credentials are a `Problem` with status 401.
    async fn login(
        &self,
        ids: &FlowIds,
        credentials: &LoginRequest,
    ) -> Result<LoginResponse, NodeError>;

    /// Signs the session of this token out.
    ///
    /// # Errors
    /// [`NodeError`].
    async fn logout(&self, ids: &FlowIds, token: &SecretString) -> Result<(), NodeError>;

    /// Rights of a principal; no rights for one that is not known. Any error means: deny.
    ///
    /// # Errors
    /// [`NodeError`].
    async fn rights(
        &self,
        ids: &FlowIds,
        sub: &PrincipalId,
        session_id: &str,
    ) -> Result<RightsNow, NodeError>;

    /// Passes an operator's request about the Gateway's administration on; any status is an answer.
    ///
    /// # Errors
    /// [`NodeError`] for the transport only, never `Problem`.
    async fn pass_through(
        &self,
        ids: &FlowIds,
        request: PassThrough<'_>,
    ) -> Result<PassThroughAnswer, NodeError>;
}

#[async_trait]
impl Gateway for GatewayClient {
    async fn jwks(&self, ids: &FlowIds) -> Result<Vec<Map<String, Value>>, NodeError> {
        Self::jwks(self, ids).await.map(|set| set.keys)
    }

    async fn login(
        &self,
        ids: &FlowIds,
        credentials: &LoginRequest,
    ) -> Result<LoginResponse, NodeError> {
        Self::login(self, ids, credentials).await
    }

    async fn logout(&self, ids: &FlowIds, token: &SecretString) -> Result<(), NodeError> {
        Self::logout(self, ids, token).await
    }

    async fn rights(
        &self,
        ids: &FlowIds,
        sub: &PrincipalId,
        session_id: &str,
    ) -> Result<RightsNow, NodeError> {
        Ok(match Self::rights(self, ids, sub, session_id, None).await? {
            RightsReading::Current(now) => RightsNow {
                rights: now.rights,
                session_valid: now.session_valid,
                display_name: now.display_name,
                grants: now.grants,
            },
            // Without an etag sent there is no 304; a principal nobody knows has no rights.
            RightsReading::Unchanged | RightsReading::Unknown => {
                RightsNow { session_valid: true, ..RightsNow::default() }
            }
        })
    }

    async fn pass_through(
        &self,
        ids: &FlowIds,
        request: PassThrough<'_>,
    ) -> Result<PassThroughAnswer, NodeError> {
        Self::pass_through(self, ids, request).await
    }
}

/// The fleet, looked at.
#[async_trait]
pub trait Fleet: Send + Sync + Debug {
    /// Facts for a plan.
    async fn facts(&self, snapshot: &Snapshot, wanted: Wanted<'_>) -> Facts;

    /// Every node.
    async fn health(&self, snapshot: &Snapshot, ids: &FlowIds) -> FleetHealth;

    /// Every tenant on every node.
    async fn tenants(&self, snapshot: &Snapshot, ids: &FlowIds) -> TenantsByNode;
}

#[async_trait]
impl Fleet for Observer {
    async fn facts(&self, snapshot: &Snapshot, wanted: Wanted<'_>) -> Facts {
        self.gather(snapshot, wanted).await
    }

    async fn health(&self, snapshot: &Snapshot, ids: &FlowIds) -> FleetHealth {
        self.fleet(snapshot, ids).await
    }

    async fn tenants(&self, snapshot: &Snapshot, ids: &FlowIds) -> TenantsByNode {
        Self::tenants(self, snapshot, &ServiceKind::DRAIN_ORDER, ids).await
    }
}

/// The processes of the control plane that are alive.
#[async_trait]
pub trait Processes: Send + Sync + Debug {
    /// Every one that answers now.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`] when nobody can be asked.
    async fn alive(&self) -> Result<Vec<Process>, ReadError>;
}

#[async_trait]
impl Processes for Jetstream {
    async fn alive(&self) -> Result<Vec<Process>, ReadError> {
        self.processes(PROCESSES_PATIENCE).await
    }
}

/// Everything from outside, in one place.
#[derive(Debug, Clone)]
pub struct Ports {
    /// The three logs.
    pub logs: Logs,
    /// The buckets.
    pub kv: Arc<dyn KvStore>,
    /// Placement, live.
    pub directory: Directory,
    /// The Gateway.
    pub gateway: Arc<dyn Gateway>,
    /// The nodes.
    pub fleet: Arc<dyn Fleet>,
    /// Our own processes.
    pub processes: Arc<dyn Processes>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
}
