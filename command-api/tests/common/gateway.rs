//! A Gateway on the loopback: keys, rights, sign-in. What it says can be changed while it runs, and
//! it can be down. Tokens are minted here, with real ES256 keys.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use fleet::{
    gateway::{GatewayClient, GatewayConfig},
    transport::Limits,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use streams::clock::{Clock, SystemClock};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

#[path = "administration.rs"]
pub(crate) mod administration;

use administration::Administration;

/// `iss` of every good token.
pub(crate) const ISSUER: &str = "https://gateway.test";

/// An ES256 key pair under an id.
#[derive(Debug)]
pub(crate) struct Signer {
    pub(crate) kid: String,
    pair: EcdsaKeyPair,
}

impl Signer {
    pub(crate) fn new(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { kid: kid.to_owned(), pair }
    }

    /// The public key as a set shows it.
    pub(crate) fn jwk(&self) -> Value {
        let point = self.point();
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid,
            "x": base64(&point[1..33]), "y": base64(&point[33..65]),
        })
    }

    /// The public key as an uncompressed point.
    pub(crate) fn point(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    /// A token of any header and claims, signed.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    pub(crate) fn sign_text(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", base64(header.as_bytes()), base64(claims.as_bytes()));
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", base64(signature.as_ref()))
    }

    /// A good token of `sub`.
    pub(crate) fn token(&self, sub: &str) -> String {
        self.sign(&self.header(), &claims(sub))
    }

    pub(crate) fn header(&self) -> Value {
        json!({ "alg": "ES256", "typ": "at+jwt", "kid": self.kid })
    }
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Claims of a good token.
pub(crate) fn claims(sub: &str) -> Value {
    let now = SystemClock.now().timestamp();
    json!({
        "iss": ISSUER, "aud": ["control"], "sub": sub, "session_id": "ses-1",
        "iat": now, "nbf": now, "exp": now + 600,
    })
}

#[derive(Debug, Default)]
struct Said {
    keys: Vec<Value>,
    rights: BTreeMap<String, Vec<String>>,
    ended: Vec<String>,
    login: Option<String>,
    down: bool,
    asked: BTreeMap<&'static str, usize>,
}

/// The running Gateway.
#[derive(Debug, Clone)]
pub(crate) struct Gateway {
    pub(crate) url: String,
    pub(crate) signer: Arc<Signer>,
    pub(crate) administration: Administration,
    said: Arc<Mutex<Said>>,
    hang_up: CancellationToken,
    open: TaskTracker,
}

impl Gateway {
    /// Starts one with a key and an administrator, `admin`.
    pub(crate) async fn start() -> Self {
        let signer = Arc::new(Signer::new("key-1"));
        let said = Said { keys: vec![signer.jwk()], ..Said::default() };
        let said = Arc::new(Mutex::new(said));
        let router = Router::new()
            .route("/.well-known/jwks.json", get(jwks))
            .route("/auth/v1/login", post(login))
            .route("/auth/v1/logout", post(logout))
            .route("/iam/v1/principals/{sub}/rights", get(rights))
            .with_state(Arc::clone(&said));
        let administration = Administration::default();
        let rest = Router::new().fallback(administration::serve);
        let router = router.fallback_service(rest.with_state(administration.clone()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (hang_up, open) = (CancellationToken::new(), TaskTracker::new());
        let told = hang_up.clone().cancelled_owned();
        open.spawn(axum::serve(listener, router).with_graceful_shutdown(told).into_future());
        let this = Self { url, signer, administration, said, hang_up, open };
        this.grant("admin", &["control.*"]);
        this
    }

    pub(crate) fn client(&self) -> GatewayClient {
        let config = GatewayConfig { url: self.url.clone(), jwks_url: None };
        GatewayClient::new(&Limits::default(), config, SecretString::from("service")).unwrap()
    }

    fn with<T>(&self, change: impl FnOnce(&mut Said) -> T) -> T {
        change(&mut self.said.lock().unwrap())
    }

    /// A principal has exactly these rights from now on.
    pub(crate) fn grant(&self, sub: &str, rights: &[&str]) {
        let rights = rights.iter().map(|r| (*r).to_owned()).collect();
        self.with(|said| said.rights.insert(sub.to_owned(), rights));
    }

    /// The session of a principal has ended.
    pub(crate) fn end_session(&self, sub: &str) {
        self.with(|said| said.ended.push(sub.to_owned()));
    }

    /// What the key set is from now on.
    pub(crate) fn keys(&self, keys: Vec<Value>) {
        self.with(|said| said.keys = keys);
    }

    /// The token of the next sign-ins.
    pub(crate) fn logs_in_with(&self, token: String) {
        self.with(|said| said.login = Some(token));
    }

    /// Answers 503 to everything, or as usual again.
    pub(crate) fn down(&self, down: bool) {
        self.with(|said| said.down = down);
    }

    /// Nobody listens here from now on, and no connection is left.
    pub(crate) async fn hang_up(&self) {
        self.hang_up.cancel();
        self.open.close();
        self.open.wait().await;
    }

    /// How often an endpoint was asked.
    pub(crate) fn asked(&self, what: &str) -> usize {
        self.with(|said| said.asked.get(what).copied().unwrap_or(0))
    }

    /// `Authorization` of a good token of `sub`.
    pub(crate) fn bearer(&self, sub: &str) -> String {
        format!("Bearer {}", self.signer.token(sub))
    }
}

type Shared = State<Arc<Mutex<Said>>>;

fn problem(status: StatusCode, code: &str) -> Response {
    let body = json!({ "type": "about:blank", "title": code, "status": status.as_u16(),
        "detail": code, "code": code });
    (status, [("content-type", "application/problem+json")], body.to_string()).into_response()
}

fn answer(said: &Shared, what: &'static str, say: impl FnOnce(&Said) -> Response) -> Response {
    let mut said = said.lock().unwrap();
    *said.asked.entry(what).or_default() += 1;
    if said.down { problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable") } else { say(&said) }
}

async fn jwks(said: Shared) -> Response {
    answer(&said, "jwks", |said| Json(json!({ "keys": said.keys })).into_response())
}

async fn login(said: Shared) -> Response {
    answer(&said, "login", |said| match &said.login {
        Some(token) => Json(json!({ "access_token": token, "expires_in": 600 })).into_response(),
        None => problem(StatusCode::UNAUTHORIZED, "unauthenticated"),
    })
}

async fn logout(said: Shared) -> Response {
    answer(&said, "logout", |_| StatusCode::NO_CONTENT.into_response())
}

async fn rights(said: Shared, Path(sub): Path<String>) -> Response {
    answer(&said, "rights", |said| match said.rights.get(&sub) {
        None => problem(StatusCode::NOT_FOUND, "not_found"),
        Some(rights) => {
            let session_valid = !said.ended.contains(&sub);
            let body = json!({ "rights": rights, "session_valid": session_valid, "etag": "e" });
            Json(body).into_response()
        }
    })
}
