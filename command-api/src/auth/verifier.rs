//! From a token to its principal, with a memory of tokens that verified.
//!
//! The memory is bounded, keyed by the token's hash, and holds no token; `exp` is looked at each
//! time. What a revoked session may do is decided by [`super::grants`] on every request.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use streams::{clock::Clock, ids::FlowIds};

use super::{
    SharedPrincipal,
    keys::Keys,
    token::{self, Expected, TokenError},
};
use crate::error::{ApiError, ApiResult, Code};

/// Most tokens remembered.
const CAPACITY: u64 = 10_000;
/// A withdrawn key's tokens are forgotten within this.
const MAX_AGE: Duration = Duration::from_secs(60);

/// Verifies tokens.
#[derive(Debug)]
pub struct Verifier {
    keys: Keys,
    expected: Expected,
    clock: Arc<dyn Clock>,
    verified: Cache<[u8; 32], SharedPrincipal>,
}

impl Verifier {
    /// A verifier with an empty memory.
    #[must_use]
    pub fn new(keys: Keys, expected: Expected, clock: Arc<dyn Clock>) -> Self {
        let verified = Cache::builder().max_capacity(CAPACITY).time_to_live(MAX_AGE).build();
        Self { keys, expected, clock, verified }
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// 401 `unauthenticated`, 503 `keys_unavailable`.
    pub async fn principal(
        &self,
        token: &SecretString,
        ids: &FlowIds,
    ) -> ApiResult<SharedPrincipal> {
        let refuse = |error: &TokenError| {
            let detail = match error {
                TokenError::Expired => "the access token has expired",
                _ => "the access token is not valid here",
            };
            ApiError::new(Code::Unauthenticated, detail).caused_by(error)
        };
        let unverified = token::inspect(token).map_err(|e| refuse(&e))?;
        let now = self.clock.now();
        let key: [u8; 32] = Sha256::digest(token.expose_secret().as_bytes()).into();
        if let Some(known) = self.verified.get(&key).await {
            let leeway = chrono::Duration::seconds(self.expected.leeway_s);
            return if now < known.expires_at + leeway {
                Ok(known)
            } else {
                Err(refuse(&TokenError::Expired))
            };
        }
        let found = self.keys.find(unverified.kid.as_deref(), ids).await.map_err(|e| {
            ApiError::new(Code::KeysUnavailable, Code::KeysUnavailable.title()).caused_by(e)
        })?;
        let found = found.ok_or_else(|| refuse(&TokenError::UnknownKey))?;
        let principal = token::verify(token, &unverified, &found, &self.expected, now)
            .map(Arc::new)
            .map_err(|e| refuse(&e))?;
        self.verified.insert(key, Arc::clone(&principal)).await;
        Ok(principal)
    }
}
