//! Optimistic concurrency: what a write says of the version it is made from. Pure.

use axum::extract::FromRequestParts;
use fleet::contract::{Problem, ProblemCode};
use http::{HeaderMap, header, request::Parts};

use crate::problem::{Answer, Fail, fail};

/// What a write says of the row as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    None,
    /// `If-Match`: it is this version; none of ours when it is no version at all.
    Is(Option<u64>),
    /// `If-None-Match: *`: there is none.
    IsNew,
}

impl Condition {
    /// What the headers say.
    ///
    /// # Errors
    /// 422 `bad_argument` when they say two things.
    pub fn of(headers: &HeaderMap) -> Answer<Self> {
        let mut matches = headers.get_all(header::IF_MATCH).iter();
        let mut news = headers.get_all(header::IF_NONE_MATCH).iter();
        let twice = || fail(ProblemCode::BadArgument, "one of If-Match and If-None-Match, once");
        let condition = match (matches.next(), news.next()) {
            (None, None) => Self::None,
            (Some(_), Some(_)) => return Err(twice()),
            (Some(value), None) if value == "*" => Self::None, // names no version
            (Some(value), None) => Self::Is(value.to_str().ok().and_then(version)),
            (None, Some(value)) if value == "*" => Self::IsNew,
            (None, Some(_)) => {
                return Err(fail(ProblemCode::BadArgument, "If-None-Match can only be *"));
            }
        };
        if matches.next().is_some() || news.next().is_some() {
            return Err(twice());
        }
        Ok(condition)
    }

    /// Whether a change or removal of `current` is meant.
    ///
    /// # Errors
    /// 428 `version_required`, 412 `stale_version`.
    pub fn changes(self, current: u64) -> Answer<()> {
        match self {
            Self::Is(Some(version)) if version == current => Ok(()),
            Self::Is(_) | Self::IsNew => Err(Problem::stale_version(current).into()),
            Self::None => {
                let detail = "If-Match with the version that is changed, in quotes, is required";
                Err(fail(ProblemCode::VersionRequired, detail))
            }
        }
    }
}

/// The version of a strong `ETag` of ours.
fn version(value: &str) -> Option<u64> {
    let digits = value.strip_prefix('"')?.strip_suffix('"')?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

impl<S: Send + Sync> FromRequestParts<S> for Condition {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fail> {
        Self::of(&parts.headers)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn of(headers: &[(&'static str, &'static str)]) -> Answer<Condition> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        Condition::of(&map)
    }

    #[test]
    fn only_the_version_in_force_in_quotes_changes_it() {
        assert_eq!(of(&[("if-match", "\"7\"")]).unwrap().changes(7), Ok(()));
        for other in ["\"6\"", "7", "W/\"7\"", "\"+7\"", "\"7\", \"8\"", "\"\"", "\"x\""] {
            let refused = of(&[("if-match", other)]).unwrap().changes(7).unwrap_err().0;
            assert_eq!(refused.code, ProblemCode::StaleVersion, "{other}");
            assert_eq!(refused.current_version, Some(7));
        }
        for nothing in [&[][..], &[("if-match", "*")]] {
            let refused = of(nothing).unwrap().changes(7).unwrap_err().0;
            assert_eq!((refused.code, refused.status), (ProblemCode::VersionRequired, 428));
        }
    }

    #[test]
    fn a_creation_says_that_there_is_none_and_two_sayings_are_refused() {
        assert_eq!(of(&[("if-none-match", "*")]).unwrap(), Condition::IsNew);
        for odd in [
            &[("if-none-match", "\"1\"")][..],
            &[("if-none-match", "*"), ("if-match", "\"1\"")],
            &[("if-match", "\"1\""), ("if-match", "\"2\"")],
        ] {
            assert_eq!(of(odd).unwrap_err().0.code, ProblemCode::BadArgument, "{odd:?}");
        }
    }
}
