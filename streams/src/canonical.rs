//! Canonical JSON (RFC 8785) and the hashes over it.

use serde::Serialize;

use crate::ids::Hash;

/// Canonical bytes of `value`.
///
/// # Panics
/// When `value` cannot be JSON at all (a map with non-text keys): a bug in the type, not in data.
#[must_use]
pub fn bytes<T: Serialize>(value: &T) -> Vec<u8> {
    serde_jcs::to_vec(value).expect("wire types always serialise")
}

/// SHA-256 over the canonical bytes.
#[must_use]
pub fn hash<T: Serialize>(value: &T) -> Hash {
    Hash::of(&bytes(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_order_does_not_change_the_hash() {
        let a: serde_json::Value =
            serde_json::from_str(r#"{"b":1,"a":[2,{"d":1,"c":2}]}"#).unwrap();
        let b: serde_json::Value =
            serde_json::from_str(r#"{"a":[2,{"c":2,"d":1}],"b":1}"#).unwrap();
        assert_eq!(hash(&a), hash(&b));
    }
}
