//! The error-code table: what the server's answer to an append means, by `err_code` alone.
//!
//! Never by kind or text: the client reports most conflicts of a cluster as "other". A code that is
//! not in the table, and no answer at all, mean that the outcome is unknown.

/// What an answer means for the message that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Not stored: the condition does not hold.
    Conflict,
    /// Not stored: no leader, or the cluster is not able to now. Try again within bounds.
    Later,
    /// Not stored: storage or a limit is exhausted.
    Full,
    /// Not stored, and never will be.
    Refused,
    /// The stream does not exist.
    Missing,
    /// Nobody can tell from this.
    Unknown,
}

/// Reads `error.err_code` and `error.code` of an answer.
#[must_use]
pub fn meaning(err_code: u64, status: u64) -> Meaning {
    match err_code {
        // Wrong last sequence; wrong last sequence (constant form, ≥ 2.12).
        10071 | 10164 => Meaning::Conflict,
        // Message id in process; cannot be processed now; JetStream temporarily unavailable.
        10158 | 10163 | 10008 => Meaning::Later,
        // Insufficient resources; storage resources exceeded; store failed by a limit.
        10023 | 10047 | 10077 => Meaning::Full,
        // Message larger than the stream allows; headers too large; sealed; another stream expected.
        10054 | 10097 | 10109 | 10060 => Meaning::Refused,
        10059 => Meaning::Missing,
        _ if status == 503 => Meaning::Later,
        _ => Meaning::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_table_has_its_meaning_and_any_other_is_unknown() {
        let table = [
            (10071, 400, Meaning::Conflict),
            (10164, 400, Meaning::Conflict),
            (10158, 503, Meaning::Later),
            (10163, 503, Meaning::Later),
            (10008, 503, Meaning::Later),
            (0, 503, Meaning::Later),
            (10023, 503, Meaning::Full),
            (10047, 500, Meaning::Full),
            (10077, 503, Meaning::Full),
            (10054, 400, Meaning::Refused),
            (10097, 400, Meaning::Refused),
            (10109, 400, Meaning::Refused),
            (10060, 400, Meaning::Refused),
            (10059, 404, Meaning::Missing),
            (10999, 500, Meaning::Unknown),
            (0, 0, Meaning::Unknown),
        ];
        for (err_code, status, expected) in table {
            assert_eq!(meaning(err_code, status), expected, "{err_code} {status}");
        }
    }
}
