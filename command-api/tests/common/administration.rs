//! The administration of the test Gateway: says what a test wants, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Arrived {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// How the administration behaves.
#[derive(Debug, Clone)]
pub(crate) enum Script {
    /// Reads find an empty object, writes are done.
    Willing,
    /// Always this.
    Says(Says),
    /// Takes the request and never answers.
    Silent,
    /// Takes the request and says this once it is let go.
    Waits(Arc<tokio::sync::Notify>, Says),
    /// Takes the request, and the connection breaks in the middle of the answer.
    Breaks,
}

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Says {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

/// An answer with a content type, and more headers.
pub(crate) fn says(status: u16, content_type: &str, body: impl Into<Bytes>) -> Says {
    let headers = match content_type {
        "" => Vec::new(),
        text => vec![("content-type", text.to_owned())],
    };
    Says { status, headers, body: body.into() }
}

impl Says {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

impl IntoResponse for Says {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap();
        for (name, value) in self.headers {
            response.headers_mut().append(name, value.parse().unwrap());
        }
        response
    }
}

/// What it does, and what it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Administration(Arc<Mutex<(Script, Vec<Arrived>)>>);

impl Default for Administration {
    fn default() -> Self {
        Self(Arc::new(Mutex::new((Script::Willing, Vec::new()))))
    }
}

impl Administration {
    /// From now on.
    pub(crate) fn script(&self, script: Script) {
        self.0.lock().unwrap().0 = script;
    }

    /// Everything it was asked so far, oldest first.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.0.lock().unwrap().1.clone()
    }
}

/// The fallback of the test Gateway's router.
pub(super) async fn serve(State(this): State<Administration>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let path = parts.uri.path_and_query().unwrap().to_string();
    let read = parts.method.is_safe();
    let script = {
        let mut own = this.0.lock().unwrap();
        let (method, headers) = (parts.method.to_string(), parts.headers);
        own.1.push(Arrived { method, path, headers, body });
        own.0.clone()
    };
    match script {
        Script::Willing if read => axum::Json(serde_json::json!({})).into_response(),
        Script::Willing => StatusCode::NO_CONTENT.into_response(),
        Script::Says(says) => says.into_response(),
        Script::Waits(let_go, says) => {
            let_go.notified().await;
            says.into_response()
        }
        Script::Silent => std::future::pending().await,
        Script::Breaks => {
            let broken = futures::stream::iter([
                Ok(Bytes::from_static(b"{\"begun\":")),
                Err(std::io::Error::other("broken")),
            ]);
            Response::new(Body::from_stream(broken))
        }
    }
}
