//! Wire types of the data side, and its paths: the simulator's own, the contract leaves them open.

use serde::{Deserialize, Serialize};
use streams::ids::Seq;

/// An Aggregate takes a command: `POST`.
pub const COMMANDS: &str = "/data/v1/commands";
/// A Projection answers a read: `GET`.
pub const ENTITY: &str = "/data/v1/entities/{entity}";
/// A Gateway takes a command: `POST`.
pub const PUBLIC_COMMANDS: &str = "/v1/commands";
/// A Gateway answers a read: `GET`.
pub const PUBLIC_ENTITY: &str = "/v1/entities/{entity}";
/// Header naming the node that served a request.
pub const SERVED_BY: &str = "x-served-by";

/// Body of a command; `x-request-id` makes it repeatable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// What to change: 1 to 64 of a-z, 0-9 and `-`.
    pub entity: String,
    /// By how much.
    pub amount: i64,
    /// Whether a Runner has to act on it.
    #[serde(default)]
    pub effect: bool,
}

impl Command {
    /// Whether the entity's name can be one.
    #[must_use]
    pub fn valid(&self) -> bool {
        let ok = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !self.entity.is_empty() && self.entity.len() <= 64 && self.entity.bytes().all(ok)
    }
}

/// Acknowledgement of a command: it is in the tenant's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Where.
    pub seq: Seq,
    /// Whether it had been stored by an earlier attempt.
    pub replayed: bool,
}

/// Answer to a read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityView {
    /// Which.
    pub entity: String,
    /// Events that touched it.
    pub count: u64,
    /// Sum of their amounts.
    pub sum: i64,
    /// How far the read side has come.
    pub applied_seq: Seq,
}
