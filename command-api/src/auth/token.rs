//! Verification of one access token (RFC 8725, RFC 9068), offline once the keys are known.
//!
//! Everything is required: the library checks signature, issuer and audience; what it would let
//! pass when absent (`nbf`, `sub`, `typ`, `crit`, `session_id`) is checked here. The algorithm comes
//! from the key, never from the token. What is in `jku`, `jwk`, `x5u` and `x5c` is not looked at.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Validation, decode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use streams::ids::TenantId;

use super::{Principal, keys::Key};

/// Longest token that is looked at, bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// Longest `session_id`, bytes.
const MAX_SESSION_ID_BYTES: usize = 128;
/// Longest leeway that can be configured, seconds.
pub const MAX_LEEWAY_S: i64 = 60;

/// What tokens are held against.
#[derive(Debug, Clone)]
pub struct Expected {
    /// `iss`, exactly.
    pub issuer: String,
    /// Must be in `aud`.
    pub audience: String,
    /// Allowed difference of clocks, seconds, at most [`MAX_LEEWAY_S`].
    pub leeway_s: i64,
}

/// Why a token is not good. The client hears `unauthenticated`; this is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Longer than [`MAX_TOKEN_BYTES`].
    #[error("the token is larger than 8 KiB")]
    TooLarge,
    /// Not three base64url parts with a JSON header.
    #[error("the token is not a signed JWT")]
    Shape,
    /// The header demands something: `typ`, `crit`, `alg`.
    #[error("the token's header is not acceptable: {0}")]
    Header(&'static str),
    /// No key of that id.
    #[error("no key is known for the token's kid")]
    UnknownKey,
    /// Signature, issuer or audience.
    #[error("the token does not verify: {0}")]
    Verify(String),
    /// A claim is missing or not what it must be.
    #[error("the token's claims are not acceptable: {0}")]
    Claims(&'static str),
    /// Past `exp`.
    #[error("the token has expired")]
    Expired,
    /// Before `nbf`, or issued in the future.
    #[error("the token is not valid yet")]
    NotYet,
}

/// The protected header as far as it decides.
#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
    b64: Option<serde_json::Value>,
    zip: Option<serde_json::Value>,
}

/// The part of a token that can be read before its key is known.
#[derive(Debug)]
pub struct Unverified {
    /// Key id; a token without one is only good where one key is configured.
    pub kid: Option<String>,
    alg: String,
}

/// Reads and checks the header.
///
/// # Errors
/// [`TokenError`].
pub fn inspect(token: &SecretString) -> Result<Unverified, TokenError> {
    use base64::Engine as _;
    let text = token.expose_secret();
    if text.len() > MAX_TOKEN_BYTES {
        return Err(TokenError::TooLarge);
    }
    let mut parts = text.split('.');
    let header = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(claims), Some(signature), None)
            if !claims.is_empty() && !signature.is_empty() =>
        {
            header
        }
        _ => return Err(TokenError::Shape),
    };
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(header)
        .map_err(|_| TokenError::Shape)?;
    let header: Header = serde_json::from_slice(&bytes).map_err(|_| TokenError::Shape)?;
    if !header.typ.as_deref().is_some_and(|t| t.eq_ignore_ascii_case("at+jwt")) {
        return Err(TokenError::Header("typ is not at+jwt"));
    }
    if header.crit.is_some() || header.b64.is_some() || header.zip.is_some() {
        return Err(TokenError::Header("it demands an extension"));
    }
    Ok(Unverified { kid: header.kid, alg: header.alg })
}

/// The claims we hold tokens against. Duplicate claims are refused by the decoder.
#[derive(Debug, Deserialize)]
struct Claims {
    exp: i64,
    nbf: i64,
    iat: i64,
    sub: String,
    session_id: String,
    #[serde(default)]
    tenant_id: Option<TenantId>,
}

/// Verifies a token with the key its `kid` names.
///
/// # Errors
/// [`TokenError`].
pub fn verify(
    token: &SecretString,
    unverified: &Unverified,
    key: &Key,
    expected: &Expected,
    now: DateTime<Utc>,
) -> Result<Principal, TokenError> {
    if unverified.alg != format!("{:?}", key.alg) {
        return Err(TokenError::Header("alg is not the key's own"));
    }
    let mut validation = Validation::new(key.alg);
    validation.set_issuer(&[&expected.issuer]);
    validation.set_audience(&[&expected.audience]);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    // Times are held against our clock below, by which tests can move too.
    (validation.validate_exp, validation.validate_nbf) = (false, false);
    let claims = decode::<Claims>(token.expose_secret(), &key.decoding, &validation)
        .map_err(|e| TokenError::Verify(e.to_string()))?
        .claims;
    let (at, leeway) = (now.timestamp(), expected.leeway_s.clamp(0, MAX_LEEWAY_S));
    if claims.exp <= at.saturating_sub(leeway) {
        return Err(TokenError::Expired);
    }
    if claims.nbf > at + leeway || claims.iat > at + leeway {
        return Err(TokenError::NotYet);
    }
    if claims.nbf > claims.exp {
        return Err(TokenError::Claims("nbf lies behind exp"));
    }
    principal(claims)
}

fn principal(claims: Claims) -> Result<Principal, TokenError> {
    let session = &claims.session_id;
    let plain = session.bytes().all(|b| b.is_ascii_graphic());
    if session.is_empty() || session.len() > MAX_SESSION_ID_BYTES || !plain {
        return Err(TokenError::Claims("session_id"));
    }
    let expires_at = DateTime::from_timestamp(claims.exp, 0).ok_or(TokenError::Claims("exp"))?;
    Ok(Principal {
        sub: claims.sub.parse().map_err(|_| TokenError::Claims("sub"))?,
        session_id: claims.session_id,
        expires_at,
        tenant_id: claims.tenant_id,
    })
}
