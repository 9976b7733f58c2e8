//! What never appears in a log line, by the field's name and by the value's look.
//!
//! The second line of defence: secrets are typed (`secrecy`) and do not print by themselves. This
//! catches what a library or a person puts into a message: tokens, bearer headers, passwords in
//! URLs.

use serde_json::Value;

/// Stands for what is not shown.
pub const REDACTED: &str = "[redacted]";

/// A field whose name contains one of these is never shown.
const NAMES: [&str; 8] = [
    "authorization",
    "cookie",
    "password",
    "secret",
    "token",
    "credential",
    "api_key",
    "private_key",
];

/// The value as it may be shown under this name.
#[must_use]
pub fn field(name: &str, value: Value) -> Value {
    let lower = name.to_ascii_lowercase();
    match value {
        Value::String(_) if NAMES.iter().any(|n| lower.contains(n)) => Value::from(REDACTED),
        Value::String(shown) => Value::String(text(shown)),
        other => other,
    }
}

/// The text without tokens, bearer headers and passwords in URLs.
#[must_use]
pub fn text(shown: String) -> String {
    let mut shown = shown;
    if shown.contains("earer ") {
        shown = after(&shown, "earer ", |c| !c.is_whitespace() && c != '"');
    }
    if shown.contains("eyJ") {
        shown = web_tokens(&shown);
    }
    if shown.contains("://") && shown.contains('@') {
        shown = user_info(&shown);
    }
    shown
}

/// Replaces the run of `secret` characters after each `mark`.
fn after(text: &str, mark: &str, secret: impl Fn(char) -> bool) -> String {
    let mut parts = text.split(mark);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(mark);
        out.push_str(REDACTED);
        out.push_str(part.trim_start_matches(&secret));
    }
    out
}

/// Replaces what looks like a JSON web token: `eyJ…` with a dot in it.
fn web_tokens(text: &str) -> String {
    let of_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("eyJ") {
        let (before, candidate) = rest.split_at(at);
        let end = candidate.find(|c| !of_token(c)).unwrap_or(candidate.len());
        let (token, tail) = candidate.split_at(end);
        out.push_str(before);
        out.push_str(if token.contains('.') { REDACTED } else { token });
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Replaces `user:password` in `scheme://user:password@host`.
fn user_info(text: &str) -> String {
    let mut parts = text.split("://");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("://");
        let end = part.find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c));
        let authority = &part[..end.unwrap_or(part.len())];
        match authority.rfind('@') {
            Some(at) => {
                out.push_str(REDACTED);
                out.push_str(&part[at..]);
            }
            None => out.push_str(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_secret_stays_as_it_is() {
        for kept in [
            "plain",
            "seq 7 → 8",
            "eyJ",
            "http://h:1/a@b",
            "mail a@b",
            "bear er",
            "job_01J9ZK7Q4M8V2T6RX3WB5NCE0H",
        ] {
            assert_eq!(text(kept.to_owned()), kept);
        }
    }

    #[test]
    fn several_secrets_in_one_text_all_go() {
        let shown = text("a://u:p@h b://v:q@i Bearer x Bearer y".to_owned());
        assert_eq!(shown, "a://[redacted]@h b://[redacted]@i Bearer [redacted] Bearer [redacted]");
    }
}
