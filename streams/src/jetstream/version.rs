//! Server versions: which are refused, which are warned of.
//!
//! Below 2.10.23 optimistic concurrency has several winners in a cluster (nats-server#4320).

use std::{fmt, str::FromStr};

/// `major.minor.patch` of a server; a suffix such as `-beta.1` is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerVersion(pub u16, pub u16, pub u16);

/// Older servers are refused.
pub const FLOOR: ServerVersion = ServerVersion(2, 10, 23);
/// Older servers are warned of.
pub const ADVISED: ServerVersion = ServerVersion(2, 12, 7);

impl FromStr for ServerVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let core = text.trim_start_matches('v').split(['-', '+']).next().unwrap_or_default();
        let mut numbers = core.split('.').map(str::parse::<u16>);
        match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch)), None) => {
                Ok(Self(major, minor, patch))
            }
            _ => Err(format!("{text:?} is not a server version")),
        }
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_order_by_number_and_not_by_text() {
        let parse = |t: &str| t.parse::<ServerVersion>().unwrap();
        assert!(parse("2.9.10") < FLOOR && parse("2.10.22") < FLOOR);
        assert!(parse("2.10.26") >= FLOOR && parse("v2.10.26-RC.1") < ADVISED);
        assert!(parse("2.15.1") >= ADVISED);
        assert!("2.10".parse::<ServerVersion>().is_err());
    }
}
