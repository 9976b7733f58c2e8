//! Secrets that were planted, and a search that also knows what they look like encoded.
//!
//! A secret is named by its kind; findings say the name and never the secret.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// Shorter values would be found by chance.
const SHORTEST: usize = 12;

/// One planted secret with everything it may look like.
#[derive(Debug)]
struct Planted {
    name: &'static str,
    forms: Vec<String>,
}

/// All planted secrets.
#[derive(Debug, Default)]
pub(crate) struct Secrets(Vec<Planted>);

impl Secrets {
    /// Plants one.
    ///
    /// # Panics
    /// When the value is too short to be looked for.
    pub(crate) fn plant(&mut self, name: &'static str, value: &str) {
        assert!(value.len() >= SHORTEST, "{name} is too short to be looked for");
        self.0.push(Planted { name, forms: forms(value) });
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Names of those that a text holds, in whatever form.
    pub(crate) fn found_in(&self, text: &str) -> Vec<&'static str> {
        let holds = |planted: &&Planted| planted.forms.iter().any(|form| text.contains(form));
        self.0.iter().filter(holds).map(|planted| planted.name).collect()
    }

    /// Shows that each is found in each of its forms, in the midst of `text`. How many forms.
    ///
    /// # Errors
    /// The name of one that is not.
    pub(crate) fn prove(&self, text: &str) -> anyhow::Result<usize> {
        let middle = (0..=text.len() / 2).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        let (before, after) = text.split_at(middle);
        for planted in &self.0 {
            for form in &planted.forms {
                if !self.found_in(&format!("{before}{form}{after}")).contains(&planted.name) {
                    anyhow::bail!("{} is not found although it is there", planted.name);
                }
            }
        }
        Ok(self.0.iter().map(|planted| planted.forms.len()).sum())
    }
}

/// As it is, percent-encoded, in hexadecimal, and in base64 at each of the three places where it can
/// begin within longer bytes, as in `user:password`.
fn forms(value: &str) -> Vec<String> {
    let percent = value.bytes().map(|b| {
        if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
            char::from(b).to_string()
        } else {
            format!("%{b:02X}")
        }
    });
    let percent: String = percent.collect();
    let hex: String = value.bytes().map(|b| format!("{b:02x}")).collect();
    let mut all = vec![value.to_owned(), percent.to_lowercase(), percent, hex];
    for before in 0..3 {
        let bytes = [&b"\0\0"[..before], value.as_bytes()].concat();
        // Characters that also hold bits of a neighbour are not looked for.
        let (first, last) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            all.push(engine.encode(&bytes)[first..last].to_owned());
        }
    }
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let mut secrets = Secrets::default();
        secrets.plant("password", "p@ss/word+2026!");
        assert_eq!(secrets.found_in("nothing here"), Vec::<&str>::new());
        for user in ["", "u", "us", "use", "user"] {
            let basic = STANDARD_NO_PAD.encode(format!("{user}:p@ss/word+2026!"));
            assert_eq!(secrets.found_in(&format!("Basic {basic}")), ["password"], "{user}");
        }
        for text in ["?x=p%40ss%2Fword%2B2026%21&y", "p%40ss%2fword%2b2026%21", "a p@ss/word+2026!"]
        {
            assert_eq!(secrets.found_in(text), ["password"], "{text}");
        }
        assert!(secrets.prove("some text").is_ok_and(|forms| forms > 4));
    }
}
