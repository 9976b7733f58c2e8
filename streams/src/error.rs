//! The four classes of error; HTTP status and retry policy derive from the class in one table each.
//!
//! Every error type of the project says its class; nothing flattens an error to text before the
//! place that handles it.

use serde::{Deserialize, Serialize};

/// What the caller can do about an error.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// The request is wrong or not allowed; repeating it changes nothing.
    Refused,
    /// The world has moved; look again, then decide again.
    Conflict,
    /// Something is not reachable or its outcome is unknown; try again later.
    Unavailable,
    /// What was read cannot be; stop and page a person.
    Corrupt,
}

/// Implemented by every error type that crosses a module.
pub trait Classified {
    /// The class that decides status and retry.
    fn class(&self) -> ErrorClass;
    /// A stable machine-readable code, listed in `docs/errors.md`.
    fn code(&self) -> &'static str;
}
