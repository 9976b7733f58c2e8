//! How a case speaks with the node: raw calls, so that it can also say what no client would.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use fleet::{
    client::{NodeClient, NodeTarget},
    contract::{LoginResponse, Problem, ProblemCode, headers, paths},
    transport::{Answer, Limits},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use streams::{
    clock::pause,
    ids::{Epoch, Fence, FlowIds, NodeId, TenantId},
};

use crate::Outcome;

/// The node under test.
#[derive(Debug, Clone)]
pub struct Probe {
    node: NodeTarget,
    client: NodeClient,
    stranger: NodeClient,
    administrator: Option<SecretString>,
    /// A tenant that the node serves.
    pub tenant: TenantId,
    /// A tenant that exists, and that the node holds nothing of.
    pub spare: TenantId,
}

/// Headers of a mutation.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// `x-tenant-id`, when a tenant is meant.
    pub tenant: Option<&'a TenantId>,
    /// `x-control-fence`.
    pub fence: Fence,
    /// `x-placement-epoch`.
    pub epoch: Epoch,
}

/// Answer as a case reads it.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; null when it is not JSON.
    pub json: Value,
}

impl Probe {
    /// A probe of the node at `url`.
    ///
    /// # Errors
    /// When the client cannot be set up.
    pub fn new(
        url: &str,
        node_id: NodeId,
        token: SecretString,
        (tenant, spare): (TenantId, TenantId),
    ) -> anyhow::Result<Self> {
        let limits = Limits::default();
        let stranger = SecretString::from("not-the-token".to_owned());
        Ok(Self {
            node: NodeTarget { node_id, admin_url: url.to_owned() },
            client: NodeClient::new(&limits, token)?,
            stranger: NodeClient::new(&limits, stranger)?,
            administrator: None,
            tenant,
            spare,
        })
    }

    /// The probe of a Gateway, signed in as somebody who may do everything.
    ///
    /// # Errors
    /// With the answer, when that is refused.
    pub async fn sign_in(self, username: &str, password: &SecretString) -> Result<Self, String> {
        let answer: LoginResponse = self.login(username, password).await?.body()?;
        Ok(Self { administrator: Some(answer.access_token), ..self })
    }

    /// Whether somebody is signed in.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.administrator.is_some()
    }

    /// What the token of the one who is signed in says that it is signed with.
    #[must_use]
    pub fn token_algorithm(&self) -> Option<String> {
        let head = self.administrator.as_ref()?.expose_secret().split('.').next()?;
        let head: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).ok()?).ok()?;
        head["alg"].as_str().map(str::to_owned)
    }

    /// The node it probes.
    #[must_use]
    pub fn node_id(&self) -> &NodeId {
        &self.node.node_id
    }

    /// The flow of every call.
    ///
    /// # Panics
    /// Never: the ids are valid.
    #[must_use]
    pub fn flow(&self) -> FlowIds {
        FlowIds {
            request_id: "req_conformance".parse().expect("valid"),
            correlation_id: "cor_conformance".parse().expect("valid"),
            trace_id: "0af7651916cd43dd8448eb211c80319c".parse().expect("valid"),
        }
    }

    /// A read.
    ///
    /// # Errors
    /// When no complete answer comes.
    pub async fn get(&self, path: &str) -> Result<Reply, String> {
        self.call(&self.client, Method::GET, path, HeaderMap::new(), None).await
    }

    /// A read of something that is text.
    ///
    /// # Errors
    /// When no complete answer comes, or it is not 200.
    pub async fn text(&self, path: &str) -> Result<String, String> {
        let (flow, none) = (self.flow(), HeaderMap::new());
        let answer = self.client.raw(&self.node, Method::GET, path, &flow, none, None).await;
        let answer = answer.map_err(|e| e.to_string())?;
        demand(answer.status == 200, || format!("{path} answered {}", answer.status))?;
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }

    /// A read with a wrong token.
    ///
    /// # Errors
    /// When no complete answer comes.
    pub async fn get_as_stranger(&self, path: &str) -> Result<Reply, String> {
        self.call(&self.stranger, Method::GET, path, HeaderMap::new(), None).await
    }

    /// A sign-in, without any token.
    ///
    /// # Errors
    /// When no complete answer comes.
    pub async fn login(&self, username: &str, password: &SecretString) -> Result<Reply, String> {
        let body = json!({"username": username, "password": password.expose_secret()});
        let none = HeaderMap::new();
        self.call(&self.stranger, Method::POST, paths::LOGIN, none, Some(body)).await
    }

    /// A call as somebody with this access token.
    ///
    /// # Errors
    /// When no complete answer comes.
    pub async fn as_bearer(
        &self,
        token: &SecretString,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Option<Value>,
    ) -> Result<Reply, String> {
        let client = NodeClient::new(&Limits::default(), token.clone());
        let client = client.map_err(|e| e.to_string())?;
        self.call(&client, method, path, headers, body).await
    }

    /// A call as the one who is signed in.
    ///
    /// # Errors
    /// When nobody is, or no complete answer comes.
    pub async fn as_administrator(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Option<Value>,
    ) -> Result<Reply, String> {
        let token = self.administrator.as_ref().ok_or("nobody is signed in")?;
        self.as_bearer(token, method, path, headers, body).await
    }

    /// A mutation with these headers.
    ///
    /// # Errors
    /// When no complete answer comes.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Option<Value>,
    ) -> Result<Reply, String> {
        self.call(&self.client, method, path, headers, body).await
    }

    /// A mutation as the contract wants it.
    ///
    /// # Errors
    /// When no complete answer comes.
    pub async fn order(
        &self,
        method: Method,
        path: &str,
        order: Order<'_>,
        body: Option<Value>,
    ) -> Result<Reply, String> {
        self.send(method, path, order_headers(order), body).await
    }

    async fn call(
        &self,
        client: &NodeClient,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Option<Value>,
    ) -> Result<Reply, String> {
        let body = body.map(|b| Bytes::from(b.to_string()));
        let answer = client.raw(&self.node, method, path, &self.flow(), headers, body).await;
        let Answer { status, headers, body, .. } = answer.map_err(|e| e.to_string())?;
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Ok(Reply { status, headers, json })
    }

    /// Asks until the answer is what `enough` wants, at most 10 s.
    ///
    /// # Errors
    /// With the last answer, when it never is.
    pub async fn until(
        &self,
        path: &str,
        enough: impl Fn(&Reply) -> bool + Send,
    ) -> Result<Reply, String> {
        let mut last = None;
        for _ in 0..100 {
            let reply = self.get(path).await?;
            if enough(&reply) {
                return Ok(reply);
            }
            last = Some(reply);
            pause(Duration::from_millis(100)).await;
        }
        Err(format!("{path} never came to it; last: {last:?}"))
    }
}

/// Headers of a mutation.
///
/// # Panics
/// Never: ids are header values.
#[must_use]
pub fn order_headers(order: Order<'_>) -> HeaderMap {
    let mut all = HeaderMap::new();
    let mut put = |name: &'static str, value: String| {
        let value = HeaderValue::from_str(&value).expect("ids are header values");
        all.insert(HeaderName::from_static(name), value);
    };
    put(headers::IDEMPOTENCY_KEY, "job_00000000000000000000000000/01.conformance".to_owned());
    put(headers::CONTROL_FENCE, order.fence.to_string());
    if let Some(tenant) = order.tenant {
        put(headers::TENANT_ID, tenant.to_string());
        put(headers::PLACEMENT_EPOCH, order.epoch.to_string());
    }
    all
}

impl Reply {
    /// Demands a status.
    ///
    /// # Errors
    /// With the answer, when it has another.
    pub fn is(&self, status: u16) -> Outcome {
        demand(self.status == status, || format!("wanted {status}, got {self:?}"))
    }

    /// Demands problem JSON with a code and its status.
    ///
    /// # Errors
    /// With the answer, when it is something else.
    pub fn is_problem(&self, code: &ProblemCode) -> Outcome {
        self.is(code.status())?;
        let kind = self.headers.get("content-type").and_then(|v| v.to_str().ok());
        demand(kind.is_some_and(|k| k.starts_with("application/problem+json")), || {
            format!("a problem with content type {kind:?}")
        })?;
        let problem: Problem =
            serde_json::from_value(self.json.clone()).map_err(|e| e.to_string())?;
        demand(&problem.code == code, || format!("wanted {code:?}, got {problem:?}"))
    }

    /// Reads the body as a type of the contract.
    ///
    /// # Errors
    /// With the answer, when it is not 200 or not that type.
    pub fn body<T: serde::de::DeserializeOwned>(&self) -> Result<T, String> {
        demand((200..300).contains(&self.status), || format!("wanted success, got {self:?}"))?;
        serde_json::from_value(self.json.clone()).map_err(|e| format!("{e}: {}", self.json))
    }
}

/// A demand of the contract.
///
/// # Errors
/// `why` when it does not hold.
pub fn demand(holds: bool, why: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(why()) }
}
