//! What a JSON value must look like, as data, and what is wrong with it in words for a person. Pure.

use serde_json::{Map, Value};

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A whole number in a range.
    Whole(u64, u64),
    /// A number in a range.
    Number(f64, f64),
    /// True or false.
    Flag,
    /// Text of 1 to so many characters.
    Text(usize),
    /// `^[a-z][a-z0-9._-]{0,62}$`.
    Name,
    /// `^[A-Z][A-Za-z0-9]{0,62}$`, as commands and events are called.
    Type,
    /// `https://host`, `http://localhost` with a port, or `*`.
    Origin,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// At least and at most so many of one shape, no two alike.
    List(usize, usize, &'static Shape),
    /// An object of these fields.
    Object(&'static [Field]),
}

/// A field of an object.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    name: &'static str,
    required: bool,
    shape: Shape,
}

impl Field {
    /// One that must be there.
    #[must_use]
    pub const fn must(name: &'static str, shape: Shape) -> Self {
        Self { name, required: true, shape }
    }

    /// One that may be there.
    #[must_use]
    pub const fn may(name: &'static str, shape: Shape) -> Self {
        Self { name, required: false, shape }
    }
}

fn at(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

/// Holds an object against its fields.
///
/// # Errors
/// One sentence that begins with the field.
pub fn object(path: &str, value: &Map<String, Value>, fields: &[Field]) -> Result<(), String> {
    if let Some(odd) = value.keys().find(|key| fields.iter().all(|f| f.name != key.as_str())) {
        let known: Vec<_> = fields.iter().map(|f| f.name).collect();
        let field = at(path, odd);
        return Err(format!("{field}: there is no such setting; known are {}", known.join(", ")));
    }
    for field in fields {
        match value.get(field.name) {
            Some(value) => holds(&at(path, field.name), value, &field.shape)?,
            None if field.required => {
                return Err(format!("{}: is missing", at(path, field.name)));
            }
            None => {}
        }
    }
    Ok(())
}

fn holds(path: &str, value: &Value, shape: &Shape) -> Result<(), String> {
    let fits = match shape {
        Shape::Whole(min, max) => value.as_u64().is_some_and(|n| (*min..=*max).contains(&n)),
        Shape::Number(min, max) => value.as_f64().is_some_and(|n| (*min..=*max).contains(&n)),
        Shape::Flag => value.is_boolean(),
        Shape::Text(max) => {
            value.as_str().is_some_and(|text| (1..=*max).contains(&text.chars().count()))
        }
        Shape::Name => value.as_str().is_some_and(super::is_name),
        Shape::Type => value.as_str().is_some_and(is_type),
        Shape::Origin => value.as_str().is_some_and(is_origin),
        Shape::OneOf(known) => value.as_str().is_some_and(|text| known.contains(&text)),
        Shape::List(min, max, of) => return list(path, value, (*min, *max), of),
        Shape::Object(fields) => {
            let inner = value.as_object().ok_or_else(|| format!("{path}: must be an object"))?;
            return object(path, inner, fields);
        }
    };
    if fits { Ok(()) } else { Err(format!("{path}: must be {}", wanted(shape))) }
}

fn list(path: &str, value: &Value, (min, max): (usize, usize), of: &Shape) -> Result<(), String> {
    let items = value.as_array().ok_or_else(|| format!("{path}: must be a list"))?;
    if !(min..=max).contains(&items.len()) {
        return Err(format!("{path}: must have {min} to {max} items"));
    }
    for (n, item) in items.iter().enumerate() {
        holds(&format!("{path}[{n}]"), item, of)?;
        if items[..n].contains(item) {
            return Err(format!("{path}[{n}]: is there twice"));
        }
    }
    Ok(())
}

fn wanted(shape: &Shape) -> String {
    match shape {
        Shape::Whole(min, max) => format!("a whole number from {min} to {max}"),
        Shape::Number(min, max) => format!("a number from {min} to {max}"),
        Shape::Flag => "true or false".to_owned(),
        Shape::Text(max) => format!("text of 1 to {max} characters"),
        Shape::Name => "a name of 1 to 63 of a-z, 0-9, dot, underscore and hyphen, the first of \
                        them a letter"
            .to_owned(),
        Shape::Type => {
            "a name of 1 to 63 letters and digits, the first of them a capital letter".to_owned()
        }
        Shape::Origin => "an origin such as https://console.example.com, or *".to_owned(),
        Shape::OneOf(known) => format!("one of {}", known.join(", ")),
        Shape::List(..) => "a list".to_owned(),
        Shape::Object(_) => "an object".to_owned(),
    }
}

fn is_type(text: &str) -> bool {
    let rest = u8::is_ascii_alphanumeric;
    matches!(text.as_bytes(), [b'A'..=b'Z', more @ ..] if more.len() < 63 && more.iter().all(rest))
}

fn is_origin(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let Ok(url) = reqwest::Url::parse(text) else { return false };
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && local);
    scheme && url.origin().ascii_serialization() == text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RETRY: &[Field] = &[Field::must("times", Shape::Whole(0, 9))];
    const FIELDS: &[Field] = &[
        Field::must("name", Shape::Name),
        Field::may("share", Shape::Number(0.0, 1.0)),
        Field::may("on", Shape::List(1, 2, &Shape::Type)),
        Field::may("retry", Shape::Object(RETRY)),
        Field::may("mode", Shape::OneOf(&["fast", "safe"])),
        Field::may("from", Shape::Origin),
        Field::may("deep", Shape::Flag),
    ];

    fn wrong(value: Value) -> String {
        object("", value.as_object().unwrap(), FIELDS).unwrap_err()
    }

    #[test]
    fn every_refusal_begins_with_the_field_and_says_what_would_do() {
        let whole = json!({
            "name": "a.b", "share": 0.5, "on": ["Placed", "Paid"], "retry": {"times": 3},
            "mode": "safe", "from": "https://a.example", "deep": true,
        });
        assert_eq!(object("", whole.as_object().unwrap(), FIELDS), Ok(()));
        for (odd, said) in [
            (json!({}), "name: is missing"),
            (json!({"name": "A"}), "name: must be a name"),
            (json!({"name": "a", "share": 1.5}), "share: must be a number from 0 to 1"),
            (json!({"name": "a", "on": []}), "on: must have 1 to 2 items"),
            (json!({"name": "a", "on": "Placed"}), "on: must be a list"),
            (json!({"name": "a", "on": ["Placed", "paid"]}), "on[1]: must be a name"),
            (json!({"name": "a", "on": ["Placed", "Placed"]}), "on[1]: is there twice"),
            (json!({"name": "a", "retry": {"times": 10}}), "retry.times: must be a whole number"),
            (json!({"name": "a", "retry": 3}), "retry: must be an object"),
            (json!({"name": "a", "retry": {"times": 1, "x": 1}}), "retry.x: there is no such"),
            (json!({"name": "a", "mode": "slow"}), "mode: must be one of fast, safe"),
            (json!({"name": "a", "from": "http://a.example"}), "from: must be an origin"),
            (json!({"name": "a", "from": "https://a.example/"}), "from: must be an origin"),
            (json!({"name": "a", "deep": 1}), "deep: must be true or false"),
            (json!({"name": "a", "colour": 1}), "colour: there is no such setting; known are"),
        ] {
            let why = wrong(odd.clone());
            assert!(why.starts_with(said), "{odd}: {why}");
        }
    }
}
