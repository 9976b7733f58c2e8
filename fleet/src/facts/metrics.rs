//! The few samples of a node's Prometheus text that are read: sums of a gauge over its labels.

/// Sum of all samples of `name`, as a whole number; `None` when there is none, or one of them is
/// not a number at or above zero.
#[must_use]
pub fn sum(text: &str, name: &str) -> Option<u64> {
    let mut total = None;
    for line in text.lines().map(str::trim_start) {
        let Some(rest) = line.strip_prefix(name) else { continue };
        let sample = match rest.as_bytes().first() {
            // A label value may hold any character, `}` too, but the last one ends the labels.
            Some(b'{') => rest.rsplit_once('}').map(|(_, sample)| sample),
            Some(b' ' | b'\t') => Some(rest),
            _ => continue,
        };
        let value: f64 = sample?.split_ascii_whitespace().next()?.parse().ok()?;
        if !value.is_finite() || value < 0.0 {
            return None;
        }
        *total.get_or_insert(0.0) += value;
    }
    // Saturates, which is right for a gauge beyond any real value.
    total.map(|t: f64| t as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_summed_and_what_is_not_there_or_not_a_number_is_unknown() {
        let text = "# HELP gateway_inflight x\n# TYPE gateway_inflight gauge\n\
            gateway_inflight{pool=\"a}b\"} 3\ngateway_inflight{pool=\"c\"} 4 1700000000\n\
            gateway_inflight_total 90\nother 1\nbad NaN\n";
        assert_eq!(sum(text, "gateway_inflight"), Some(7));
        assert_eq!(sum(text, "other"), Some(1));
        assert_eq!(sum(text, "missing"), None);
        assert_eq!(sum(text, "bad"), None);
    }
}
