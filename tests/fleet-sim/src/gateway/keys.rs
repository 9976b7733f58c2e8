//! The keys that sign access tokens: two overlap, one signs. Kept in the state directory.

use std::{io, path::Path};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

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
}

struct Key {
    kid: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    jwk: Map<String, Value>,
}

/// The keys; the first signs, all verify.
pub struct Keys(Vec<Key>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|k| &k.kid)).finish()
    }
}

impl Keys {
    /// Reads `keys.json`, or makes two keys and writes it.
    ///
    /// # Errors
    /// When the file cannot be read, written or understood.
    pub fn open(state_dir: &Path) -> io::Result<Self> {
        let path = state_dir.join("keys.json");
        let stored = match durable::read::<Vec<StoredKey>>(&path)? {
            Some(stored) => stored,
            None => {
                let made = vec![make()?, make()?];
                durable::write(&path, &made, true)?;
                made
            }
        };
        stored.iter().map(key).collect::<io::Result<_>>().map(Self)
    }

    /// `/.well-known/jwks.json`.
    #[must_use]
    pub fn jwks(&self) -> fleet::contract::Jwks {
        fleet::contract::Jwks { keys: self.0.iter().map(|k| k.jwk.clone()).collect() }
    }

    /// Signs an access token.
    ///
    /// # Errors
    /// When the signing fails.
    pub fn sign(&self, claims: &Claims) -> jsonwebtoken::errors::Result<String> {
        let Some(key) = self.0.first() else {
            return Err(jsonwebtoken::errors::ErrorKind::InvalidEcdsaKey.into());
        };
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(key.kid.clone());
        jsonwebtoken::encode(&header, claims, &key.signing)
    }

    /// The claims of one of our own tokens that is still valid.
    #[must_use]
    pub fn verify(&self, token: &str, issuer: &str) -> Option<Claims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let key = self.0.iter().find(|k| Some(&k.kid) == header.kid.as_ref())?;
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&["control"]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        jsonwebtoken::decode::<Claims>(token, &key.verifying, &validation).ok().map(|t| t.claims)
    }
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

    #[test]
    fn a_token_is_verified_by_the_published_keys_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path()).unwrap();
        let claims = Claims {
            iss: "me".to_owned(),
            aud: vec!["control".to_owned()],
            exp: 32_503_680_000,
            nbf: 0,
            iat: 0,
            sub: "usr_admin".to_owned(),
            session_id: "s".to_owned(),
        };
        let token = keys.sign(&claims).unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::ES256, Some("at+jwt")));
        let again = Keys::open(folder.path()).unwrap();
        assert_eq!(again.verify(&token, "me"), Some(claims));
        assert_eq!(again.verify(&token, "another"), None);
        let jwks = again.jwks();
        assert_eq!(jwks.keys.len(), 2);
        assert_eq!(jwks.keys[0]["kid"], header.kid.unwrap());
        assert!(jwks.keys.iter().all(|k| !k.contains_key("d")), "no private part");
    }
}
