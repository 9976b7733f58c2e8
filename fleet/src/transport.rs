//! One HTTP exchange under the outbound limits: the only code of this crate that opens connections.
//!
//! No redirects, no proxy, no retries; one deadline over connecting, sending and reading; the body
//! is cut off while streaming. It knows nothing of paths or bodies: see [`crate::client`] and
//! [`crate::gateway`].

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER},
};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use streams::ids::{FlowIds, IdSource, RandomIds};
use tokio::time::timeout;

use crate::{
    admission::{Admission, Outside, Resolver, shown},
    contract::{Problem, ProblemCode, headers},
    error::NodeError,
};

/// Limits of every outbound call.
#[derive(Debug, Clone)]
pub struct Limits {
    /// From the first byte of connecting to the last byte read.
    pub total: Duration,
    /// Connecting alone.
    pub connect: Duration,
    /// Largest answer read, bytes.
    pub max_body: usize,
    /// What may be called.
    pub admission: Admission,
    /// Root certificates (PEM) to trust instead of the system's; needed where there are none.
    pub ca_pem: Option<Vec<u8>>,
}

impl Default for Limits {
    /// 3 s, 3 s, 4 MiB, loopback and private networks.
    fn default() -> Self {
        Self {
            total: Duration::from_secs(3),
            connect: Duration::from_secs(3),
            max_body: 4 * 1024 * 1024,
            admission: Admission::default(),
            ca_pem: None,
        }
    }
}

/// Why the client cannot be made: the configuration is wrong, or the system trusts nobody. The cause
/// comes from below as a text, so the way out of the likely one is always said.
#[derive(Debug, thiserror::Error)]
#[error(
    "the HTTP client cannot be set up; where a system has no certificate authorities, install them \
     (package ca-certificates) or name a file of them in SSL_CERT_FILE"
)]
pub struct SetupError(#[source] reqwest::Error);

/// What is to be sent.
#[derive(Debug)]
pub struct Outbound<'a> {
    /// Method.
    pub method: Method,
    /// Base URL, from the directory or the configuration; checked against the admitted lists.
    pub base: &'a str,
    /// Path and query, starting with `/`.
    pub path: &'a str,
    /// Flow of the call.
    pub ids: &'a FlowIds,
    /// Bearer token.
    pub bearer: Option<&'a SecretString>,
    /// Further headers.
    pub headers: HeaderMap,
    /// Body and its content type.
    pub body: Option<(Bytes, &'static str)>,
    /// Time on top of the total, for calls that wait on the other side by design.
    pub extra: Duration,
}

impl<'a> Outbound<'a> {
    /// A call without body, token and further headers.
    #[must_use]
    pub fn new(method: Method, base: &'a str, path: &'a str, ids: &'a FlowIds) -> Self {
        Self {
            method,
            base,
            path,
            ids,
            bearer: None,
            headers: HeaderMap::new(),
            body: None,
            extra: Duration::ZERO,
        }
    }
}

/// A complete answer, whatever its status (but not 3xx).
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was called.
    pub url: String,
    /// HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, within the limit.
    pub body: Bytes,
}

impl Answer {
    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as `T`, whatever the status.
    ///
    /// # Errors
    /// [`NodeError::BadBody`].
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, NodeError> {
        serde_json::from_slice(&self.body)
            .map_err(|e| NodeError::BadBody { url: self.url.clone(), cause: e.to_string() })
    }

    /// The answer itself when it is 2xx, else its problem.
    ///
    /// # Errors
    /// [`NodeError::Problem`].
    pub fn success(self) -> Result<Self, NodeError> {
        if (200..300).contains(&self.status) { Ok(self) } else { Err(self.problem()) }
    }

    /// The answer as a problem; a body that is none gives code `http_<status>`.
    #[must_use]
    pub fn problem(&self) -> NodeError {
        let foreign = || {
            let code = ProblemCode::Other(format!("http_{}", self.status));
            Problem { status: self.status, ..Problem::new(code, "no problem body") }
        };
        let body = self.decode::<Problem>().unwrap_or_else(|_| foreign());
        let seconds = self.header(RETRY_AFTER.as_str()).and_then(|v| v.trim().parse::<u64>().ok());
        NodeError::Problem {
            url: self.url.clone(),
            status: self.status,
            retry_after_ms: seconds.map(|s| s.saturating_mul(1000)),
            body: Box::new(body),
        }
    }
}

/// The HTTP client of this crate.
#[derive(Debug, Clone)]
pub struct Transport {
    http: reqwest::Client,
    admission: Arc<Admission>,
    total: Duration,
    max_body: usize,
    spans: Arc<dyn IdSource>,
}

impl Transport {
    /// A client under `limits`.
    ///
    /// # Errors
    /// [`SetupError`] when the certificates cannot be used.
    pub fn new(limits: &Limits) -> Result<Self, SetupError> {
        let admission = Arc::new(limits.admission.clone());
        Self::over(limits, Resolver::system(admission))
    }

    /// A transport whose names are looked up by `resolver`.
    pub(crate) fn over(limits: &Limits, resolver: Resolver) -> Result<Self, SetupError> {
        let admission = Arc::new(limits.admission.clone());
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(limits.connect)
            .dns_resolver(Arc::new(resolver))
            .user_agent(concat!("cloudlysis-control/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = &limits.ca_pem {
            let roots = reqwest::Certificate::from_pem_bundle(pem).map_err(SetupError)?;
            builder = builder.tls_certs_only(roots);
        }
        let http = builder.build().map_err(SetupError)?;
        let (total, max_body) = (limits.total, limits.max_body);
        Ok(Self { http, admission, total, max_body, spans: Arc::new(RandomIds) })
    }

    /// One exchange.
    ///
    /// # Errors
    /// [`NodeError`], never `Problem`: any status but 3xx is an answer.
    pub async fn call(&self, call: Outbound<'_>) -> Result<Answer, NodeError> {
        let url = format!("{}{}", call.base.trim_end_matches('/'), call.path);
        let target = self.target(&call, &url);
        // From here on only for people: without credentials.
        let url = shown(&url);
        let deadline = self.total + call.extra;
        let (method, ids) = (call.method.clone(), call.ids.clone());
        let started = tokio::time::Instant::now();
        let result = match timeout(deadline, self.exchange(call, target, &url)).await {
            Ok(result) => result,
            Err(_) => Err(NodeError::Timeout { url: url.clone(), after_ms: millis(deadline) }),
        };
        tracing::debug!(
            %method, %url,
            status = result.as_ref().map(|a| a.status).ok(),
            error = result.as_ref().err().map(tracing::field::display),
            request_id = %ids.request_id,
            correlation_id = %ids.correlation_id,
            trace_id = %ids.trace_id,
            elapsed_ms = millis(started.elapsed()),
            "outbound call"
        );
        result
    }

    fn target(&self, call: &Outbound<'_>, url: &str) -> Result<Url, String> {
        // Without a path the base is the whole URL, from the configuration.
        if !call.path.is_empty() {
            self.admission.base(call.base)?;
        }
        self.admission.url(url)
    }

    async fn exchange(
        &self,
        call: Outbound<'_>,
        target: Result<Url, String>,
        url: &str,
    ) -> Result<Answer, NodeError> {
        let refuse = |because| NodeError::NotAdmitted { url: url.to_owned(), because };
        let target = target.map_err(refuse)?;
        let headers = self.headers(&call).map_err(refuse)?;
        let mut request = self.http.request(call.method, target).headers(headers);
        if let Some((body, _)) = call.body {
            request = request.body(body);
        }
        let response = request.send().await.map_err(|e| self.broken(url, e))?;
        let status = response.status();
        if status.is_redirection() && status != http::StatusCode::NOT_MODIFIED {
            return Err(NodeError::Redirect { url: url.to_owned(), status: status.as_u16() });
        }
        let headers = response.headers().clone();
        let body = self.read(response, url).await?;
        Ok(Answer { url: url.to_owned(), status: status.as_u16(), headers, body })
    }

    /// The caller's headers with ours on top: flow ids, token, content type.
    fn headers(&self, call: &Outbound<'_>) -> Result<HeaderMap, String> {
        let mut all = call.headers.clone();
        let span = (self.spans.uuid().as_u128() & u128::from(u64::MAX)) as u64;
        let flow = [
            (headers::REQUEST_ID, call.ids.request_id.to_string()),
            (headers::CORRELATION_ID, call.ids.correlation_id.to_string()),
            (headers::TRACEPARENT, headers::traceparent(&call.ids.trace_id, span)),
        ];
        for (name, value) in flow {
            all.insert(HeaderName::from_static(name), header_value(&value)?);
        }
        if let Some(token) = call.bearer {
            let mut value = header_value(&format!("Bearer {}", token.expose_secret()))
                .map_err(|_| "the bearer token is not a header value".to_owned())?;
            value.set_sensitive(true);
            all.insert(AUTHORIZATION, value);
        }
        if let Some((_, content_type)) = &call.body {
            all.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        Ok(all)
    }

    async fn read(&self, mut response: reqwest::Response, url: &str) -> Result<Bytes, NodeError> {
        let too_large = || NodeError::TooLarge { url: url.to_owned(), limit: self.max_body };
        if response.content_length().is_some_and(|n| n > self.max_body as u64) {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| self.broken(url, e))? {
            if body.len() + chunk.len() > self.max_body {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    fn broken(&self, url: &str, error: reqwest::Error) -> NodeError {
        let (timed_out, connecting) = (error.is_timeout(), error.is_connect());
        let error = error.without_url();
        let mut causes = vec![error.to_string()];
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            if let Some(Outside(because)) = cause.downcast_ref::<Outside>() {
                return NodeError::NotAdmitted { url: url.to_owned(), because: because.clone() };
            }
            causes.push(cause.to_string());
            source = cause.source();
        }
        causes.dedup();
        let (url, cause) = (url.to_owned(), causes.join(": "));
        if connecting {
            NodeError::NotConnected { url, cause }
        } else if timed_out {
            NodeError::Timeout { url, after_ms: millis(self.total) }
        } else {
            NodeError::Unreachable { url, cause }
        }
    }
}

fn header_value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text).map_err(|_| "a header value is not valid".to_owned())
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
