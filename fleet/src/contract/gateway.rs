//! What the Gateway says to the control plane: sign-in, keys, rights.
//!
//! Secrets are typed; these types expose them on the wire and nowhere else.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

/// A secret on the wire, where it belongs.
pub(crate) fn expose<S: Serializer>(
    secret: &SecretString,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// `POST /auth/v1/login` → 200 [`LoginResponse`]; wrong credentials are 401 `unauthenticated`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// Who.
    pub username: String,
    /// Proof.
    #[serde(serialize_with = "expose")]
    pub password: SecretString,
}

/// Answer to a sign-in.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginResponse {
    /// A JWT: `typ` = `at+jwt`, claims of the contract.
    #[serde(serialize_with = "expose")]
    pub access_token: SecretString,
    /// Seconds until it expires.
    pub expires_in: u64,
}

/// `GET /.well-known/jwks.json`: public keys as they came (RFC 7517). The keys are decoded by the
/// one that verifies tokens, which also refuses symmetric ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwks {
    /// The keys; two overlap while rotating.
    pub keys: Vec<serde_json::Map<String, serde_json::Value>>,
}

/// `GET /iam/v1/principals/{sub}/rights?session_id=…`, asked with the *service* token (the control
/// plane asks about somebody). `ETag` equals `etag` in quotes; with `If-None-Match` an unchanged
/// answer is 304 without a body, and says so for the session too. An unknown principal is 404
/// `not_found`: no rights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Right strings, `control.<area>.<verb>[:<tenant>]` or `control.*`.
    pub rights: Vec<String>,
    /// Whether the session asked about is valid; false when none was named.
    pub session_valid: bool,
    /// Changes whenever anything else here does.
    pub etag: String,
    /// For people; none when the Gateway does not say.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Why each right is held; empty when the Gateway does not say.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

/// A right, and through what it is held. One held twice is here twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Grant {
    /// The right.
    pub right: String,
    /// The role that brings it; none when it is the principal's own.
    #[schema(required = true)]
    pub role: Option<String>,
}
