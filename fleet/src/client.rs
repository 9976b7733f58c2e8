//! The node client: one method per endpoint of the contract, typed both ways.
//!
//! It makes no choices: no retries (the saga's log owns them), no waiting but what the endpoint
//! itself does. Reads need the flow's ids; mutations a [`Stamp`]. Limits: [`crate::transport`].

mod mutate;
mod read;

use std::{path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::SecretString;
use serde::Serialize;
use streams::{
    ids::{Epoch, Fence, FlowIds, JobId, NodeId, StepId, TenantId},
    placement::ShardNode,
};

use crate::{
    contract::headers,
    error::NodeError,
    transport::{Answer, Limits, Outbound, SetupError, Transport},
};

pub use {mutate::Reloaded, read::DigestReading};

/// Whom to call, from the directory or from a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeTarget {
    /// The node.
    pub node_id: NodeId,
    /// Base URL of its admin API.
    pub admin_url: String,
}

impl From<&ShardNode> for NodeTarget {
    fn from(node: &ShardNode) -> Self {
        Self { node_id: node.node_id.clone(), admin_url: node.admin_url.clone() }
    }
}

/// What every mutation carries: who ordered it, in which step, under which fence and flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The job.
    pub job_id: JobId,
    /// Its step.
    pub step: StepId,
    /// True when this is the undo of the step: another `Idempotency-Key`.
    pub undo: bool,
    /// Fence of the commit that ordered it.
    pub fence: Fence,
    /// The job's flow.
    pub ids: FlowIds,
}

/// The tenant a mutation is about, and the epoch it acts under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantAt<'a> {
    /// The tenant.
    pub tenant: &'a TenantId,
    /// `x-placement-epoch`.
    pub epoch: Epoch,
}

/// Why the service token cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file cannot be read.
    #[error("the service token file {path} cannot be read")]
    Read {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is empty or holds something that is not one header value.
    #[error("the service token file {0} does not hold one token")]
    Shape(String),
}

/// Reads the service token (`aud = node-admin`) from a file; white space around it is dropped.
///
/// # Errors
/// [`TokenError`].
pub fn read_token(path: &Path) -> Result<SecretString, TokenError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|source| TokenError::Read { path: shown.clone(), source })?;
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(TokenError::Shape(shown));
    }
    Ok(SecretString::from(token))
}

/// Client of every node of the fleet. Cheap to clone.
#[derive(Debug, Clone)]
pub struct NodeClient {
    transport: Transport,
    token: Arc<SecretString>,
}

impl NodeClient {
    /// A client that presents `token` to every node.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn new(limits: &Limits, token: SecretString) -> Result<Self, SetupError> {
        Ok(Self { transport: Transport::new(limits)?, token: Arc::new(token) })
    }

    /// One call as given, with token and flow ids added: for the conformance suite, which must say
    /// things no typed method would.
    ///
    /// # Errors
    /// [`NodeError`], never `Problem`.
    pub async fn raw(
        &self,
        node: &NodeTarget,
        method: Method,
        path: &str,
        ids: &FlowIds,
        headers: HeaderMap,
        body: Option<Bytes>,
    ) -> Result<Answer, NodeError> {
        let mut call = Outbound::new(method, &node.admin_url, path, ids);
        call.bearer = Some(&self.token);
        call.headers = headers;
        call.body = body.map(|b| (b, "application/json"));
        self.transport.call(call).await
    }

    async fn get(&self, node: &NodeTarget, path: &str, ids: &FlowIds) -> Result<Answer, NodeError> {
        self.raw(node, Method::GET, path, ids, HeaderMap::new(), None).await
    }

    /// A mutation: the stamp's headers, the tenant's when one is meant, a JSON body when there is.
    async fn mutate<B: Serialize>(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        tenant: Option<TenantAt<'_>>,
        (method, path): (Method, &str),
        body: Option<&B>,
        extra: Duration,
    ) -> Result<Answer, NodeError> {
        let mut call = Outbound::new(method, &node.admin_url, path, &stamp.ids);
        call.bearer = Some(&self.token);
        call.headers = stamp_headers(stamp, tenant);
        call.extra = extra;
        call.body = body.map(|b| {
            let bytes = serde_json::to_vec(b).expect("contract types always serialise");
            (Bytes::from(bytes), "application/json")
        });
        self.transport.call(call).await?.success()
    }
}

/// Headers of a mutation.
#[must_use]
pub fn stamp_headers(stamp: &Stamp, tenant: Option<TenantAt<'_>>) -> HeaderMap {
    let mut all = HeaderMap::new();
    let mut put = |name: &'static str, text: String| {
        let value = HeaderValue::from_str(&text).expect("ids are header values");
        all.insert(HeaderName::from_static(name), value);
    };
    let key = headers::idempotency_key(&stamp.job_id, &stamp.step, stamp.undo);
    put(headers::IDEMPOTENCY_KEY, key);
    put(headers::CONTROL_FENCE, stamp.fence.to_string());
    if let Some(at) = tenant {
        put(headers::TENANT_ID, at.tenant.to_string());
        put(headers::PLACEMENT_EPOCH, at.epoch.to_string());
    }
    all
}
