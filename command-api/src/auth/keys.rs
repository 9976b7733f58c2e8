//! The keys tokens are verified with: the Gateway's JWKS (asymmetric only, one algorithm a key), or
//! one shared secret where an operator configured exactly that.
//!
//! A refresh is single-flight and rate-limited, also when it fails: a flood of unknown key ids costs
//! the Gateway nothing. Keys that vanish from the set are gone with the next refresh.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde_json::{Map, Value};
use streams::ids::FlowIds;
use tokio::time::Instant;

use crate::ports::Gateway;

/// Between two refreshes because of an unknown key id.
const UNKNOWN_KID_PAUSE: Duration = Duration::from_secs(5);
/// After a refresh that failed.
const FAILED_PAUSE: Duration = Duration::from_secs(1);
/// Keys are fetched anew after this, so that a withdrawn one stops working.
const MAX_AGE: Duration = Duration::from_secs(300);
/// Keys older than this are not used although the Gateway cannot be asked.
const MAX_STALE: Duration = Duration::from_secs(3600);
/// More keys than a set can sensibly have.
const MAX_KEYS: usize = 32;

/// A verification key with the one algorithm it is good for.
#[derive(Clone)]
pub struct Key {
    /// Pinned: by the JWK, or by configuration.
    pub alg: Algorithm,
    /// The key.
    pub decoding: DecodingKey,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("alg", &self.alg).finish_non_exhaustive()
    }
}

/// Where keys come from.
#[derive(Debug, Clone)]
pub enum KeyMode {
    /// The Gateway's key set.
    Jwks,
    /// One shared secret: whoever holds it could mint tokens.
    Shared(Key),
}

/// The keys cannot be had now.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the key set cannot be had: {0}")]
pub struct KeysUnavailable(String);

#[derive(Debug, Default)]
struct Held {
    keys: HashMap<String, Key>,
    fetched: Option<Instant>,
}

#[derive(Debug, Default)]
struct Attempts {
    last: Option<Instant>,
    failed: bool,
}

/// The keys known now.
#[derive(Debug)]
pub struct Keys {
    mode: KeyMode,
    gateway: Arc<dyn Gateway>,
    held: RwLock<Held>,
    refreshing: tokio::sync::Mutex<Attempts>,
}

impl Keys {
    /// No keys yet; the first token fetches them.
    #[must_use]
    pub fn new(mode: KeyMode, gateway: Arc<dyn Gateway>) -> Self {
        let (held, refreshing) = (RwLock::default(), tokio::sync::Mutex::default());
        Self { mode, gateway, held, refreshing }
    }

    /// The key of a token; `None` when there is none.
    ///
    /// # Errors
    /// [`KeysUnavailable`] when no key is known and the set cannot be fetched.
    pub async fn find(
        &self,
        kid: Option<&str>,
        ids: &FlowIds,
    ) -> Result<Option<Key>, KeysUnavailable> {
        let kid = match (&self.mode, kid) {
            (KeyMode::Shared(key), _) => return Ok(Some(key.clone())),
            (KeyMode::Jwks, None) => return Ok(None),
            (KeyMode::Jwks, Some(kid)) => kid,
        };
        let (found, age) = self.look(kid);
        let fresh = age.is_some_and(|a| a < MAX_AGE);
        if found.is_some() && fresh {
            return Ok(found);
        }
        let refreshed = self.refresh(age, found.is_none(), ids).await;
        let (found, age) = self.look(kid);
        match refreshed {
            Err(error) if age.is_none_or(|a| a > MAX_STALE) => Err(error),
            _ => Ok(found),
        }
    }

    fn look(&self, kid: &str) -> (Option<Key>, Option<Duration>) {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        (held.keys.get(kid).cloned(), held.fetched.map(|at| at.elapsed()))
    }

    /// Fetches the set unless somebody else just did, or it is too soon.
    async fn refresh(
        &self,
        seen_age: Option<Duration>,
        unknown_kid: bool,
        ids: &FlowIds,
    ) -> Result<(), KeysUnavailable> {
        let mut attempts = self.refreshing.lock().await;
        let age = self.look("").1;
        if age < seen_age || (seen_age.is_none() && age.is_some()) {
            return Ok(()); // another request fetched while this one waited
        }
        let pause = if attempts.failed { FAILED_PAUSE } else { UNKNOWN_KID_PAUSE };
        let too_soon = attempts.last.is_some_and(|at| at.elapsed() < pause);
        if too_soon && (unknown_kid || attempts.failed) {
            return if age.is_some() {
                Ok(())
            } else {
                Err(KeysUnavailable("the last attempt failed just now".to_owned()))
            };
        }
        attempts.last = Some(Instant::now());
        match self.gateway.jwks(ids).await {
            Ok(set) => {
                attempts.failed = false;
                let keys = set.iter().take(MAX_KEYS).filter_map(usable).collect();
                let fetched = Some(Instant::now());
                *self.held.write().unwrap_or_else(PoisonError::into_inner) = Held { keys, fetched };
                Ok(())
            }
            Err(error) => {
                attempts.failed = true;
                tracing::warn!(%error, "key set of the Gateway cannot be fetched");
                Err(KeysUnavailable(error.to_string()))
            }
        }
    }
}

/// A key of the set that may verify tokens: asymmetric, for signatures, with an id and one
/// algorithm. Anything else is left out.
fn usable(raw: &Map<String, Value>) -> Option<(String, Key)> {
    if raw.contains_key("d") {
        tracing::warn!("key set of the Gateway holds a private key; it is not used");
        return None;
    }
    let jwk: Jwk = serde_json::from_value(Value::Object(raw.clone())).ok()?;
    if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let kid = jwk.common.key_id.clone().filter(|k| !k.is_empty() && k.len() <= 128)?;
    let alg = match (&jwk.algorithm, jwk.common.key_algorithm) {
        (AlgorithmParameters::EllipticCurve(ec), named) => {
            let own = match &ec.curve {
                EllipticCurve::P256 => Algorithm::ES256,
                EllipticCurve::P384 => Algorithm::ES384,
                _ => return None,
            };
            own_or_named(own, named)?
        }
        (AlgorithmParameters::OctetKeyPair(_), named) => own_or_named(Algorithm::EdDSA, named)?,
        (AlgorithmParameters::RSA(_), Some(named)) => rsa(named)?,
        // An RSA key without `alg` fits several; a symmetric key is never ours.
        _ => return None,
    };
    Some((kid, Key { alg, decoding: DecodingKey::from_jwk(&jwk).ok()? }))
}

fn own_or_named(own: Algorithm, named: Option<KeyAlgorithm>) -> Option<Algorithm> {
    match named {
        None => Some(own),
        Some(named) => (named.to_string() == format!("{own:?}")).then_some(own),
    }
}

fn rsa(named: KeyAlgorithm) -> Option<Algorithm> {
    match named {
        KeyAlgorithm::RS256 => Some(Algorithm::RS256),
        KeyAlgorithm::RS384 => Some(Algorithm::RS384),
        KeyAlgorithm::RS512 => Some(Algorithm::RS512),
        KeyAlgorithm::PS256 => Some(Algorithm::PS256),
        KeyAlgorithm::PS384 => Some(Algorithm::PS384),
        KeyAlgorithm::PS512 => Some(Algorithm::PS512),
        _ => None,
    }
}

/// A key from a configured secret.
///
/// # Errors
/// A sentence when the algorithm is not a symmetric one or the secret is shorter than its hash.
pub fn shared(alg: &str, secret: &[u8]) -> Result<Key, String> {
    let (alg, least) = match alg {
        "HS256" => (Algorithm::HS256, 32),
        "HS384" => (Algorithm::HS384, 48),
        "HS512" => (Algorithm::HS512, 64),
        other => return Err(format!("{other} is not HS256, HS384 or HS512")),
    };
    if secret.len() < least {
        return Err(format!("a secret for {alg:?} has at least {least} bytes"));
    }
    Ok(Key { alg, decoding: DecodingKey::from_secret(secret) })
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    };

    use async_trait::async_trait;
    use fleet::{
        contract::{LoginRequest, LoginResponse},
        error::NodeError,
        gateway::{PassThrough, PassThroughAnswer},
    };
    use secrecy::SecretString;
    use serde_json::json;
    use streams::ids::{PrincipalId, RandomIds};
    use tokio::time::advance;

    use super::*;
    use crate::{edge::flow, ports::RightsNow};

    #[derive(Debug, Default)]
    struct Set {
        kids: Mutex<Vec<&'static str>>,
        away: Mutex<bool>,
        asked: AtomicUsize,
    }

    #[async_trait]
    impl Gateway for Set {
        async fn jwks(&self, _: &FlowIds) -> Result<Vec<Map<String, Value>>, NodeError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            if *self.away.lock().unwrap() {
                return Err(NodeError::Timeout { url: "set".to_owned(), after_ms: 1 });
            }
            let part = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
            let key = |kid: &&str| {
                let jwk = json!({ "kty": "EC", "crv": "P-256", "kid": kid, "x": part, "y": part });
                jwk.as_object().unwrap().clone()
            };
            Ok(self.kids.lock().unwrap().iter().map(key).collect())
        }
        async fn login(&self, _: &FlowIds, _: &LoginRequest) -> Result<LoginResponse, NodeError> {
            unreachable!("keys only")
        }
        async fn logout(&self, _: &FlowIds, _: &SecretString) -> Result<(), NodeError> {
            unreachable!("keys only")
        }
        async fn rights(
            &self,
            _: &FlowIds,
            _: &PrincipalId,
            _: &str,
        ) -> Result<RightsNow, NodeError> {
            unreachable!("keys only")
        }
        async fn pass_through(
            &self,
            _: &FlowIds,
            _: PassThrough<'_>,
        ) -> Result<PassThroughAnswer, NodeError> {
            unreachable!("keys only")
        }
    }

    fn keys(kids: &[&'static str]) -> (Arc<Set>, Keys) {
        let set = Arc::new(Set { kids: Mutex::new(kids.to_vec()), ..Set::default() });
        (Arc::clone(&set), Keys::new(KeyMode::Jwks, set))
    }

    async fn found(keys: &Keys, kid: &str) -> bool {
        let ids = flow::from_headers(&axum::http::HeaderMap::new(), &RandomIds);
        keys.find(Some(kid), &ids).await.unwrap().is_some()
    }

    /// T2.2
    #[tokio::test(start_paused = true)]
    async fn a_new_key_is_found_within_seconds_and_a_withdrawn_one_stops_working() {
        let (set, keys) = keys(&["old"]);
        assert!(found(&keys, "old").await);
        *set.kids.lock().unwrap() = vec!["old", "new"];
        assert!(!found(&keys, "new").await, "not asked again at once");
        advance(UNKNOWN_KID_PAUSE).await;
        assert!(found(&keys, "new").await && found(&keys, "old").await, "two keys overlap");
        *set.kids.lock().unwrap() = vec!["new"];
        assert!(found(&keys, "old").await, "keys are held for a while");
        advance(MAX_AGE).await;
        assert!(!found(&keys, "old").await && found(&keys, "new").await);
        assert_eq!(set.asked.load(Ordering::Relaxed), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_unknown_keys_asks_once() {
        let (set, keys) = keys(&["one"]);
        assert!(found(&keys, "one").await);
        advance(UNKNOWN_KID_PAUSE).await;
        let names: Vec<String> = (0..200).map(|n| format!("unknown-{n}")).collect();
        let all = futures::future::join_all(names.iter().map(|kid| found(&keys, kid))).await;
        assert!(all.iter().all(|found| !found));
        assert_eq!(set.asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn keys_outlive_a_gateway_that_is_away_for_an_hour_and_no_longer() {
        let (set, keys) = keys(&["one"]);
        assert!(found(&keys, "one").await);
        *set.away.lock().unwrap() = true;
        advance(MAX_AGE).await;
        assert!(found(&keys, "one").await);
        advance(MAX_STALE).await;
        let ids = flow::from_headers(&axum::http::HeaderMap::new(), &RandomIds);
        assert!(keys.find(Some("one"), &ids).await.is_err());
        *set.away.lock().unwrap() = false;
        advance(FAILED_PAUSE).await;
        assert!(found(&keys, "one").await);
    }
}
