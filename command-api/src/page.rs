//! Lists: `cursor`, `limit`, `sort`, comma-separated filters, and the envelope of a page.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned, de::Error as _};
use std::{fmt::Display, str::FromStr};

use crate::error::{ApiError, ApiResult, Code};

/// Rows of a page when nobody says.
const DEFAULT_LIMIT: u32 = 50;
/// Most rows of a page.
pub const MAX_LIMIT: u32 = 200;

/// How current an answer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AsOf {
    /// `<incarnation>-<sequence of CONTROL_EVENTS>` that the answer stands on.
    #[schema(example = "1-90347")]
    pub seq: String,
    /// For how long it may have been behind, milliseconds.
    pub age_ms: u64,
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; null on the last.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
    /// How many rows there are in all, about.
    #[schema(required = true)]
    pub total_estimate: Option<u64>,
    /// How current it is.
    pub as_of: AsOf,
}

/// How many rows: 1 to 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u32);

impl Default for Limit {
    fn default() -> Self {
        Self(DEFAULT_LIMIT)
    }
}

impl Limit {
    /// As a count.
    #[must_use]
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let limit = u32::deserialize(deserializer)?;
        if (1..=MAX_LIMIT).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(D::Error::custom(format!("limit is 1 to {MAX_LIMIT}")))
        }
    }
}

/// Alternatives of a filter, separated by commas. Empty: no filter.
#[derive(Debug, Clone)]
pub struct AnyOf<T>(pub Vec<T>);

impl<T> Default for AnyOf<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: PartialEq> AnyOf<T> {
    /// Whether a value passes.
    #[must_use]
    pub fn takes(&self, value: &T) -> bool {
        self.0.is_empty() || self.0.contains(value)
    }

    /// Whether a value that may be missing passes.
    #[must_use]
    pub fn takes_some(&self, value: Option<&T>) -> bool {
        self.0.is_empty() || value.is_some_and(|v| self.0.contains(v))
    }
}

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for AnyOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(Self::default());
        }
        let part = |part: &str| match part {
            "" => Err(D::Error::custom("a word between commas is missing")),
            part => part.parse().map_err(D::Error::custom),
        };
        text.split(',').map(part).collect::<Result<_, _>>().map(Self)
    }
}

/// Newest or oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Descending.
    #[default]
    Newest,
    /// Ascending.
    Oldest,
}

/// Reads `sort`: `<field>` or `-<field>`.
///
/// # Errors
/// 400 `invalid_query` naming what is possible.
pub fn order(sort: Option<&str>, field: &str, default: Order) -> ApiResult<Order> {
    match sort {
        None => Ok(default),
        Some(text) if text.strip_prefix('-') == Some(field) => Ok(Order::Newest),
        Some(text) if text == field => Ok(Order::Oldest),
        Some(_) => Err(ApiError::new(Code::InvalidQuery, format!("sort is {field} or -{field}"))),
    }
}

/// A position in a list as an opaque text.
#[must_use]
pub fn cursor<T: Serialize>(position: &T) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(position).unwrap_or_default())
}

/// The position of a cursor.
///
/// # Errors
/// 400 `invalid_query` when it is not one of this list.
pub fn position<T: DeserializeOwned>(cursor: Option<&str>) -> ApiResult<Option<T>> {
    let Some(text) = cursor else { return Ok(None) };
    let refuse = || ApiError::new(Code::InvalidQuery, "cursor is not one of this list");
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| refuse())?;
    serde_json::from_slice(&bytes).map(Some).map_err(|_| refuse())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_a_made_up_one_is_refused() {
        let text = cursor(&(7_u64, "x"));
        assert_eq!(position::<(u64, String)>(Some(&text)).unwrap(), Some((7, "x".to_owned())));
        assert_eq!(position::<u64>(None).unwrap(), None);
        for bad in ["", "!", "bm9uZQ", &cursor(&"other")] {
            assert_eq!(
                position::<(u64, String)>(Some(bad)).unwrap_err().code(),
                Code::InvalidQuery
            );
        }
    }

    #[test]
    fn sort_names_one_field_in_two_directions() {
        assert_eq!(order(Some("-at"), "at", Order::Oldest).unwrap(), Order::Newest);
        assert_eq!(order(Some("at"), "at", Order::Newest).unwrap(), Order::Oldest);
        assert!(order(Some("name"), "at", Order::Newest).is_err());
    }
}
