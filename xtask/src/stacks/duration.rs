//! Compose durations (`1m30s`, `500ms`) as milliseconds.
//! It must not accept what Docker would not. Next: `rules.rs`.

/// The duration in milliseconds; `None` when it is not one.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let scale = match &rest[..end] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        total += number * scale;
        rest = &rest[end..];
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_add_up_and_nonsense_is_none() {
        assert_eq!(parse("1m30s"), Some(90_000));
        assert_eq!(parse("500ms"), Some(500));
        for wrong in ["", "10", "s", "1x", "1.5s"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
