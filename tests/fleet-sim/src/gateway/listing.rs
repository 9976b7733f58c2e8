//! Pages of rows that are in memory: order, cursor, total. Pure.
//!
//! A cursor is where the page before ended, not a number: rows that come or go meanwhile make no
//! row appear twice and none be left out. It must not be used with another order.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use fleet::contract::{ProblemCode, administration::Listing};

use crate::problem::{Answer, fail};

/// Rows of a page when nobody says.
const LIMIT: u16 = 50;
const LIMITS: std::ops::RangeInclusive<u16> = 1..=200;

/// What is asked of a list besides its filter.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ask<'q> {
    /// Order, with `-` in front for descending.
    pub sort: Option<&'q str>,
    /// Where the page before ended.
    pub cursor: Option<&'q str>,
    /// How many rows.
    pub limit: Option<u16>,
}

/// What a list can be ordered by: a name, and the key as text that sorts as it should.
pub type Field<T> = (&'static str, fn(&T) -> String);

/// A time as text that sorts as it should; none comes before all.
#[must_use]
pub fn time_key(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(String::new, |at| format!("{:020}", at.timestamp_micros()))
}

/// One page of `rows`, which are those that fit the filter. The first of `fields` is also what
/// tells rows apart; `usual` is the order when none is asked for.
///
/// # Errors
/// 422 `bad_argument` naming `sort`, `cursor` or `limit`.
pub fn page<T>(
    rows: Vec<T>,
    ask: Ask<'_>,
    usual: &str,
    id: fn(&T) -> String,
    fields: &[Field<T>],
) -> Answer<Listing<T>> {
    let bad = |detail: String| fail(ProblemCode::BadArgument, detail);
    let sort = ask.sort.unwrap_or(usual);
    let (descending, name) = sort.strip_prefix('-').map_or((false, sort), |rest| (true, rest));
    let field = fields.iter().find(|(known, _)| *known == name).ok_or_else(|| {
        let known: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        bad(format!("sort is one of {}, with - in front for descending", known.join(", ")))
    })?;
    let limit = ask.limit.unwrap_or(LIMIT);
    if !LIMITS.contains(&limit) {
        return Err(bad("limit is 1 to 200".to_owned()));
    }
    let after = match ask.cursor {
        None => None,
        Some(text) => {
            let read = read_cursor(text).filter(|(of, _)| of == sort);
            let wrong = || bad("cursor is not one of this list in this order".to_owned());
            Some(read.ok_or_else(wrong)?.1)
        }
    };
    let total = rows.len() as u64;
    let mut keyed: Vec<_> = rows.into_iter().map(|row| ((field.1(&row), id(&row)), row)).collect();
    keyed.sort_by(|(a, _), (b, _)| if descending { b.cmp(a) } else { a.cmp(b) });
    let comes_after = |key: &(String, String)| {
        after.as_ref().is_none_or(|end| if descending { key < end } else { key > end })
    };
    let mut rest = keyed.into_iter().filter(|(key, _)| comes_after(key));
    let page: Vec<_> = rest.by_ref().take(usize::from(limit)).collect();
    let more = rest.next().is_some();
    let next_cursor = page.last().filter(|_| more).map(|(end, _)| cursor(sort, end));
    Ok(Listing { items: page.into_iter().map(|(_, row)| row).collect(), next_cursor, total })
}

fn cursor(sort: &str, end: &(String, String)) -> String {
    let json = serde_json::to_vec(&(sort, end)).expect("texts always serialise");
    URL_SAFE_NO_PAD.encode(json)
}

fn read_cursor(text: &str) -> Option<(String, (String, String))> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// Whether any of `texts` has `part` in it, whatever the case; no part fits all.
#[must_use]
pub fn fits(part: Option<&str>, texts: &[&str]) -> bool {
    let Some(part) = part.map(str::to_lowercase) else { return true };
    texts.iter().any(|text| text.to_lowercase().contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (&'static str, u32);
    const FIELDS: &[Field<Row>] =
        &[("name", |r| r.0.to_owned()), ("size", |r| format!("{:010}", r.1))];

    fn rows() -> Vec<Row> {
        vec![("c", 1), ("a", 2), ("e", 1), ("b", 1), ("d", 3)]
    }

    fn names(sort: &str, limit: u16) -> Vec<&'static str> {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let ask = Ask { sort: Some(sort), cursor: cursor.as_deref(), limit: Some(limit) };
            let page = page(rows(), ask, "name", |r| r.0.to_owned(), FIELDS).unwrap();
            assert_eq!(page.total, 5);
            assert!(page.items.len() <= usize::from(limit));
            all.extend(page.items.iter().map(|r| r.0));
            cursor = page.next_cursor;
            if cursor.is_none() {
                return all;
            }
        }
    }

    #[test]
    fn pages_of_any_size_and_order_are_complete_and_without_repeats() {
        for limit in 1..=6 {
            assert_eq!(names("name", limit), ["a", "b", "c", "d", "e"]);
            assert_eq!(names("-name", limit), ["e", "d", "c", "b", "a"]);
            assert_eq!(names("size", limit), ["b", "c", "e", "a", "d"]);
            assert_eq!(names("-size", limit), ["d", "a", "e", "c", "b"]);
        }
    }

    #[test]
    fn a_cursor_of_another_order_and_odd_asks_are_refused_by_name() {
        let ask = |ask| page(rows(), ask, "name", |r| r.0.to_owned(), FIELDS);
        let first = ask(Ask { limit: Some(2), ..Ask::default() }).unwrap();
        let cursor = first.next_cursor.as_deref();
        for (wrong, named) in [
            (Ask { sort: Some("-name"), cursor, limit: None }, "cursor"),
            (Ask { cursor: Some("%%%"), ..Ask::default() }, "cursor"),
            (Ask { sort: Some("colour"), ..Ask::default() }, "sort"),
            (Ask { limit: Some(0), ..Ask::default() }, "limit"),
            (Ask { limit: Some(201), ..Ask::default() }, "limit"),
        ] {
            let problem = ask(wrong).unwrap_err().0;
            assert_eq!(problem.code, ProblemCode::BadArgument);
            assert!(problem.detail.starts_with(named), "{}", problem.detail);
        }
    }

    #[test]
    fn a_part_is_found_whatever_the_case() {
        assert!(fits(Some("ADA"), &["usr_1", "ada.lovelace"]));
        assert!(!fits(Some("bob"), &["ada"]));
        assert!(fits(None, &[]));
    }
}
