//! What signs access tokens: two keys that overlap, kept in the state directory, or a secret shared
//! with whoever verifies them.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock, RwLockReadGuard},
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use streams::ids::TenantId;

use crate::durable;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredKey {
    kid: String,
    pkcs8: String,
}

/// Claims of an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// For whom; contains `control`.
    pub aud: Vec<String>,
    /// End, seconds since 1970.
    pub exp: i64,
    /// Start.
    pub nbf: i64,
    /// When it was issued.
    pub iat: i64,
    /// The principal.
    pub sub: String,
    /// The sign-in it belongs to.
    pub session_id: String,
    /// The only tenant the principal has to do with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
}

/// A secret that signs the tokens, known to whoever verifies them; instead of keys of one's own.
#[derive(Clone)]
pub struct SharedSecret {
    algorithm: Algorithm,
    secret: SecretSlice<u8>,
}

impl std::fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedSecret").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl SharedSecret {
    /// A secret of an algorithm: what `file` holds, without white space round it.
    ///
    /// # Errors
    /// When the file cannot be read, or is shorter than the algorithm's hash.
    pub fn read(algorithm: SecretAlg, file: &Path) -> io::Result<Self> {
        let bytes = std::fs::read(file)
            .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", file.display())))?;
        let secret = bytes.trim_ascii();
        let (algorithm, least) = match algorithm {
            SecretAlg::Hs256 => (Algorithm::HS256, 32),
            SecretAlg::Hs384 => (Algorithm::HS384, 48),
            SecretAlg::Hs512 => (Algorithm::HS512, 64),
        };
        if secret.len() < least {
            let short = format!("{}: {algorithm:?} needs {least} bytes or more", file.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, short));
        }
        Ok(Self { algorithm, secret: SecretSlice::from(secret.to_vec()) })
    }
}

/// Algorithm of a [`SharedSecret`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SecretAlg {
    /// HMAC with SHA-256.
    #[value(name = "HS256")]
    Hs256,
    /// HMAC with SHA-384.
    #[value(name = "HS384")]
    Hs384,
    /// HMAC with SHA-512.
    #[value(name = "HS512")]
    Hs512,
}

struct Key {
    kid: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    jwk: Map<String, Value>,
}

/// What signs: a pair that has been published, and the one before or after it.
struct Pairs {
    path: PathBuf,
    stored: Vec<StoredKey>,
    keys: Vec<Key>,
}

enum Mode {
    /// The first signs, all verify.
    Pairs(RwLock<Pairs>),
    Shared(SharedSecret),
}

/// What signs and verifies access tokens.
pub struct Keys(Mode);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Mode::Pairs(_) => f.debug_list().entries(self.kids()).finish(),
            Mode::Shared(shared) => shared.fmt(f),
        }
    }
}

fn read(pairs: &RwLock<Pairs>) -> RwLockReadGuard<'_, Pairs> {
    pairs.read().unwrap_or_else(PoisonError::into_inner)
}

impl Keys {
    /// Reads `keys.json`, or makes two keys and writes it; with a shared secret there are none.
    ///
    /// # Errors
    /// When the file cannot be read, written or understood.
    pub fn open(state_dir: &Path, shared: Option<&SharedSecret>) -> io::Result<Self> {
        if let Some(shared) = shared {
            return Ok(Self(Mode::Shared(shared.clone())));
        }
        let path = state_dir.join("keys.json");
        let stored = match durable::read::<Vec<StoredKey>>(&path)? {
            Some(stored) => stored,
            None => {
                let made = vec![make()?, make()?];
                durable::write(&path, &made, true)?;
                made
            }
        };
        let keys = stored.iter().map(key).collect::<io::Result<_>>()?;
        Ok(Self(Mode::Pairs(RwLock::new(Pairs { path, stored, keys }))))
    }

    /// Ids of the keys, the one that signs first; none with a shared secret.
    #[must_use]
    pub fn kids(&self) -> Vec<String> {
        match &self.0 {
            Mode::Pairs(pairs) => read(pairs).keys.iter().map(|k| k.kid.clone()).collect(),
            Mode::Shared(_) => Vec::new(),
        }
    }

    /// Signs with a new key from now on. The one that signed so far stays published, so that its
    /// tokens are good until the next rotation. Gives the ids as [`Self::kids`] does.
    ///
    /// # Errors
    /// When the key cannot be made durable; the old ones then go on. With a shared secret there is
    /// nothing to rotate.
    pub fn rotate(&self) -> io::Result<Vec<String>> {
        let Mode::Pairs(pairs) = &self.0 else {
            return Err(io::Error::other("tokens are signed with a shared secret"));
        };
        let mut pairs = pairs.write().unwrap_or_else(PoisonError::into_inner);
        let stored: Vec<_> =
            std::iter::once(make()?).chain(pairs.stored.first().cloned()).collect();
        let keys = stored.iter().map(key).collect::<io::Result<Vec<_>>>()?;
        durable::write(&pairs.path, &stored, true)?;
        let kids = keys.iter().map(|k| k.kid.clone()).collect();
        (pairs.stored, pairs.keys) = (stored, keys);
        Ok(kids)
    }

    /// `/.well-known/jwks.json`: empty with a shared secret, which is nobody's to publish.
    #[must_use]
    pub fn jwks(&self) -> fleet::contract::Jwks {
        let keys = match &self.0 {
            Mode::Pairs(pairs) => read(pairs).keys.iter().map(|k| k.jwk.clone()).collect(),
            Mode::Shared(_) => Vec::new(),
        };
        fleet::contract::Jwks { keys }
    }

    /// Signs an access token.
    ///
    /// # Errors
    /// When the signing fails.
    pub fn sign(&self, claims: &Claims) -> jsonwebtoken::errors::Result<String> {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("at+jwt".to_owned());
        match &self.0 {
            Mode::Pairs(pairs) => {
                let pairs = read(pairs);
                let Some(key) = pairs.keys.first() else {
                    return Err(jsonwebtoken::errors::ErrorKind::InvalidEcdsaKey.into());
                };
                header.kid = Some(key.kid.clone());
                jsonwebtoken::encode(&header, claims, &key.signing)
            }
            Mode::Shared(SharedSecret { algorithm, secret }) => {
                header.alg = *algorithm;
                let key = EncodingKey::from_secret(secret.expose_secret());
                jsonwebtoken::encode(&header, claims, &key)
            }
        }
    }

    /// The claims of one of our own tokens that is still valid.
    #[must_use]
    pub fn verify(&self, token: &str, issuer: &str) -> Option<Claims> {
        match &self.0 {
            Mode::Pairs(pairs) => {
                let header = jsonwebtoken::decode_header(token).ok()?;
                let pairs = read(pairs);
                let key = pairs.keys.iter().find(|k| Some(&k.kid) == header.kid.as_ref())?;
                claims(token, issuer, Algorithm::ES256, &key.verifying)
            }
            Mode::Shared(SharedSecret { algorithm, secret }) => {
                let key = DecodingKey::from_secret(secret.expose_secret());
                claims(token, issuer, *algorithm, &key)
            }
        }
    }
}

fn claims(token: &str, issuer: &str, algorithm: Algorithm, key: &DecodingKey) -> Option<Claims> {
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&["control"]);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    jsonwebtoken::decode::<Claims>(token, key, &validation).ok().map(|t| t.claims)
}

fn make() -> io::Result<StoredKey> {
    let failed = |_| io::Error::other("no key could be made");
    let pkcs8 =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    let pkcs8 = pkcs8.map_err(failed)?;
    let id = streams::ids::Hash::of(pkcs8.as_ref()); // one way: it tells nothing of the key
    let kid = format!("gw-{}", &id.as_str()[..12]);
    Ok(StoredKey { kid, pkcs8: STANDARD.encode(pkcs8.as_ref()) })
}

fn key(stored: &StoredKey) -> io::Result<Key> {
    let broken = || io::Error::other("keys.json holds something that is not a key");
    let pkcs8 = STANDARD.decode(&stored.pkcs8).map_err(|_| broken())?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8);
    let pair = pair.map_err(|_| broken())?;
    // Uncompressed point: 0x04, then x and y of 32 bytes each.
    let point = pair.public_key().as_ref();
    let (x, y) = match point {
        [4, rest @ ..] if rest.len() == 64 => rest.split_at(32),
        _ => return Err(broken()),
    };
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let verifying = DecodingKey::from_ec_components(&x, &y).map_err(|_| broken())?;
    let jwk = json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": stored.kid, "x": x, "y": y,
    });
    let Value::Object(jwk) = jwk else { return Err(broken()) };
    Ok(Key { kid: stored.kid.clone(), signing: EncodingKey::from_ec_der(&pkcs8), verifying, jwk })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some_claims() -> Claims {
        Claims {
            iss: "me".to_owned(),
            aud: vec!["control".to_owned()],
            exp: 32_503_680_000,
            nbf: 0,
            iat: 0,
            sub: "usr_admin".to_owned(),
            session_id: "s".to_owned(),
            tenant_id: None,
        }
    }

    #[test]
    fn a_token_is_verified_by_the_published_keys_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path(), None).unwrap();
        let token = keys.sign(&some_claims()).unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::ES256, Some("at+jwt")));
        let again = Keys::open(folder.path(), None).unwrap();
        assert_eq!(again.verify(&token, "me"), Some(some_claims()));
        assert_eq!(again.verify(&token, "another"), None);
        let jwks = again.jwks();
        assert_eq!(jwks.keys.len(), 2);
        assert_eq!(jwks.keys[0]["kid"], header.kid.unwrap());
        assert!(jwks.keys.iter().all(|k| !k.contains_key("d")), "no private part");
    }

    #[test]
    fn a_token_outlives_one_rotation_and_not_two() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path(), None).unwrap();
        let first = keys.sign(&some_claims()).unwrap();
        let kids = keys.rotate().unwrap();
        assert_eq!(kids.len(), 2);
        let second = keys.sign(&some_claims()).unwrap();
        assert_eq!(jsonwebtoken::decode_header(&second).unwrap().kid.as_ref(), Some(&kids[0]));
        assert_eq!(jsonwebtoken::decode_header(&first).unwrap().kid.as_ref(), Some(&kids[1]));
        assert!(keys.verify(&first, "me").is_some() && keys.verify(&second, "me").is_some());
        let again = Keys::open(folder.path(), None).unwrap();
        assert_eq!(again.kids(), kids);
        again.rotate().unwrap();
        assert!(again.verify(&first, "me").is_none() && again.verify(&second, "me").is_some());
    }

    #[test]
    fn a_shared_secret_signs_with_its_algorithm_and_is_published_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, format!("{}\n", "s".repeat(48))).unwrap();
        let shared = SharedSecret::read(SecretAlg::Hs384, &file).unwrap();
        assert!(!format!("{shared:?}").contains("sss"));
        let keys = Keys::open(folder.path(), Some(&shared)).unwrap();
        let token = keys.sign(&some_claims()).unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!((header.alg, header.kid), (Algorithm::HS384, None));
        assert_eq!(keys.verify(&token, "me"), Some(some_claims()));
        assert!(keys.jwks().keys.is_empty());
        assert!(keys.rotate().is_err());
        let pairs = Keys::open(folder.path(), None).unwrap();
        assert!(pairs.verify(&token, "me").is_none(), "with keys of its own it takes no secret");
        let short = SharedSecret::read(SecretAlg::Hs512, &file).unwrap_err().to_string();
        assert!(short.contains("64 bytes"), "{short}");
    }
}
