//! Passwords as they are kept: a salted, slow hash. The clear text is never stored here.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use rand::RngCore;
use serde::{Deserialize, Serialize};

/// Rounds of a new hash: enough for a simulated fleet, and a hundred sign-ins a second in tests.
const ROUNDS: NonZeroU32 = NonZeroU32::new(20_000).expect("not zero");
const LENGTH: usize = 32;

/// A password that can be checked and not read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hashed {
    salt: String,
    rounds: NonZeroU32,
    hash: String,
}

impl std::fmt::Debug for Hashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hashed")
    }
}

impl Hashed {
    /// The hash of a password under a fresh salt.
    #[must_use]
    pub fn new(password: &str) -> Self {
        let mut salt = [0; 16];
        rand::rng().fill_bytes(&mut salt);
        let mut hash = [0; LENGTH];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, &salt, password.as_bytes(), &mut hash);
        let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
        Self { salt, rounds: ROUNDS, hash }
    }

    /// Whether this is the hash of `password`; how long it takes tells nothing of it.
    #[must_use]
    pub fn fits(&self, password: &str) -> bool {
        let decoded = STANDARD_NO_PAD.decode(&self.salt).ok();
        let Some((salt, hash)) = decoded.zip(STANDARD_NO_PAD.decode(&self.hash).ok()) else {
            return false;
        };
        let given = password.as_bytes();
        pbkdf2::verify(pbkdf2::PBKDF2_HMAC_SHA256, self.rounds, &salt, given, &hash).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_fits_and_no_two_hashes_are_alike() {
        let (first, second) = (Hashed::new("a password"), Hashed::new("a password"));
        assert!(first.fits("a password") && second.fits("a password"));
        assert!(!first.fits("a Password") && !first.fits(""));
        assert_ne!(first, second);
        let text = serde_json::to_string(&first).unwrap();
        assert!(!text.contains("a password") && serde_json::from_str::<Hashed>(&text).is_ok());
    }
}
