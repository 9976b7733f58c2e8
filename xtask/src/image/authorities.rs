//! The certificate authorities that a TLS client trusts, as the one file such clients read.
//!
//! They are Mozilla's, from a crate that the lockfile pins, and not the building machine's: else
//! the same checkout would give another image on another machine. Next: `layer.rs`.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};

/// Where TLS libraries look for it.
pub(crate) const FILE: &str = "etc/ssl/certs/ca-certificates.crt";

/// Every authority as PEM.
pub(crate) fn bundle() -> String {
    let mut pem = String::new();
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        let text = STANDARD.encode(certificate);
        for line in text.as_bytes().chunks(64) {
            let _ = writeln!(pem, "{}", String::from_utf8_lossy(line));
        }
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundle_is_pem_with_lines_of_64() {
        let pem = bundle();
        assert!(pem.matches("-----BEGIN CERTIFICATE-----\n").count() > 100);
        assert_eq!(pem.matches("-----BEGIN").count(), pem.matches("-----END").count());
        assert!(pem.lines().all(|line| line.len() <= 64));
    }
}
