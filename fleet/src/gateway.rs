//! The Gateway client: sign-in, keys, rights, and the pass-through of its own administration.
//!
//! The control plane mints no tokens and keeps no password: it hands credentials on. The operator's
//! token goes to the configured Gateway origin and nowhere else, because no method takes a URL.
//! Rights are asked for with the service token. Caching is the caller's. Limits:
//! [`crate::transport`].

mod pass;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, header::IF_NONE_MATCH};
use secrecy::SecretString;
use streams::ids::{FlowIds, PrincipalId};

use crate::{
    contract::{Jwks, LoginRequest, LoginResponse, Rights, paths},
    error::NodeError,
    transport::{Limits, Outbound, SetupError, Transport},
};

pub use pass::{
    PassThrough, PassThroughAnswer, PassThroughRefused, REQUEST_HEADERS, from_gateway,
    pass_through_path, to_gateway,
};

/// Where the Gateway is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayConfig {
    /// Base URL of its API.
    pub url: String,
    /// Full URL of its keys; `None` is `<url>/.well-known/jwks.json`.
    pub jwks_url: Option<String>,
}

/// Client of one Gateway. Cheap to clone.
#[derive(Debug, Clone)]
pub struct GatewayClient {
    transport: Transport,
    config: Arc<GatewayConfig>,
    service_token: Arc<SecretString>,
}

/// Answer of the rights endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RightsReading {
    /// As they are now.
    Current(Rights),
    /// 304: as under the etag that was sent.
    Unchanged,
    /// 404: no such principal, so no rights.
    Unknown,
}

impl GatewayClient {
    /// A client of the Gateway at `config`.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn new(
        limits: &Limits,
        config: GatewayConfig,
        service_token: SecretString,
    ) -> Result<Self, SetupError> {
        Ok(Self {
            transport: Transport::new(limits)?,
            config: Arc::new(config),
            service_token: Arc::new(service_token),
        })
    }

    /// `POST /auth/v1/login`.
    ///
    /// # Errors
    /// [`NodeError`]; wrong credentials are a `Problem` with status 401.
    pub async fn login(
        &self,
        ids: &FlowIds,
        credentials: &LoginRequest,
    ) -> Result<LoginResponse, NodeError> {
        let mut call = Outbound::new(Method::POST, &self.config.url, paths::LOGIN, ids);
        let body = serde_json::to_vec(credentials).expect("contract types always serialise");
        call.body = Some((Bytes::from(body), "application/json"));
        self.transport.call(call).await?.success()?.decode()
    }

    /// `POST /auth/v1/logout` with the operator's own token.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn logout(&self, ids: &FlowIds, operator: &SecretString) -> Result<(), NodeError> {
        let mut call = Outbound::new(Method::POST, &self.config.url, paths::LOGOUT, ids);
        call.bearer = Some(operator);
        self.transport.call(call).await?.success().map(drop)
    }

    /// `GET /.well-known/jwks.json`, without a token.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn jwks(&self, ids: &FlowIds) -> Result<Jwks, NodeError> {
        let (base, path) = match &self.config.jwks_url {
            Some(url) => (url.as_str(), ""),
            None => (self.config.url.as_str(), paths::JWKS),
        };
        let call = Outbound::new(Method::GET, base, path, ids);
        self.transport.call(call).await?.success()?.decode()
    }

    /// Rights of `sub`, and whether its session is valid. Any error means: deny.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn rights(
        &self,
        ids: &FlowIds,
        sub: &PrincipalId,
        session_id: &str,
        etag: Option<&str>,
    ) -> Result<RightsReading, NodeError> {
        let path = paths::rights(sub, session_id);
        let mut call = Outbound::new(Method::GET, &self.config.url, &path, ids);
        call.bearer = Some(&self.service_token);
        if let Some(value) = etag.and_then(|e| HeaderValue::from_str(&format!("\"{e}\"")).ok()) {
            call.headers.insert(IF_NONE_MATCH, value);
        }
        let answer = self.transport.call(call).await?;
        match answer.status {
            304 if etag.is_some() => Ok(RightsReading::Unchanged),
            404 => Ok(RightsReading::Unknown),
            _ => answer.success()?.decode().map(RightsReading::Current),
        }
    }
}
