//! Shapes: what a stream or bucket looks like, as owned data, and as the JSON that the server and
//! `nats stream add --config` take.
//!
//! The fixed ones come from [`crate::catalog`]; this file adds what a test or the fleet simulator
//! makes itself. Pure: it compares an echoed configuration with a wanted one, it asks nobody. The
//! adapters in [`crate::memory`] and [`crate::jetstream`] build from it.

use serde::Serialize;
use serde_json::Value;

use crate::catalog::{self, BucketSpec, StreamSpec};

/// One stream, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamShape {
    /// Its name.
    pub name: String,
    /// One line for `nats stream ls`.
    pub description: String,
    /// What it stores; NATS wildcards.
    pub subjects: Vec<String>,
    /// At most this many messages on one subject; −1: any.
    pub max_per_subject: i64,
    /// At most this many messages in all; −1: any.
    pub max_messages: i64,
    /// Largest message with its headers, bytes.
    pub max_message_bytes: i32,
    /// History can be neither deleted nor purged.
    pub permanent: bool,
    /// How long a `Nats-Msg-Id` is remembered, seconds.
    pub duplicate_window_s: u64,
    /// A bucket: the oldest revision of a key makes room, keys may roll up.
    pub bucket: bool,
}

impl StreamShape {
    /// A log of one's own: no limits but 256 KiB messages, two minutes of duplicate memory.
    #[must_use]
    pub fn log(name: &str, description: &str, subjects: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            description: description.to_owned(),
            subjects: subjects.iter().map(|&s| s.to_owned()).collect(),
            max_per_subject: -1,
            max_messages: -1,
            max_message_bytes: 256 * 1024,
            permanent: false,
            duplicate_window_s: 120,
            bucket: false,
        }
    }

    /// A full subject refuses the new message instead of dropping the old one.
    #[must_use]
    pub fn refuses_new_per_subject(&self) -> bool {
        !self.bucket && self.max_per_subject > 0
    }

    /// The configuration as `nats stream add --config` and the server's API take it.
    ///
    /// # Panics
    /// Never: the fields are JSON by construction.
    #[must_use]
    pub fn config(&self, replicas: usize) -> Value {
        serde_json::to_value(self.wire(replicas)).expect("always JSON")
    }

    /// The same as the text of a catalogue file: fields in one fixed order, a newline at the end.
    ///
    /// # Panics
    /// Never: the fields are JSON by construction.
    #[must_use]
    pub fn config_file(&self, replicas: usize) -> String {
        serde_json::to_string_pretty(&self.wire(replicas)).expect("always JSON") + "\n"
    }

    fn wire(&self, replicas: usize) -> WireConfig<'_> {
        WireConfig {
            name: &self.name,
            description: &self.description,
            subjects: &self.subjects,
            retention: "limits",
            max_consumers: -1,
            max_msgs_per_subject: self.max_per_subject,
            max_msgs: self.max_messages,
            max_bytes: -1,
            max_age: 0,
            max_msg_size: self.max_message_bytes,
            storage: "file",
            discard: "new",
            discard_new_per_subject: self.refuses_new_per_subject(),
            num_replicas: replicas,
            duplicate_window: self.duplicate_window_s * 1_000_000_000,
            sealed: false,
            deny_delete: self.permanent || self.bucket,
            deny_purge: self.permanent,
            allow_rollup_hdrs: self.bucket,
            allow_direct: true,
            mirror_direct: false,
        }
    }
}

/// A stream's configuration in the server's words; durations in nanoseconds.
#[derive(Serialize)]
struct WireConfig<'a> {
    name: &'a str,
    description: &'a str,
    subjects: &'a [String],
    retention: &'static str,
    max_consumers: i64,
    max_msgs_per_subject: i64,
    max_msgs: i64,
    max_bytes: i64,
    max_age: u64,
    max_msg_size: i32,
    storage: &'static str,
    discard: &'static str,
    discard_new_per_subject: bool,
    num_replicas: usize,
    duplicate_window: u64,
    sealed: bool,
    deny_delete: bool,
    deny_purge: bool,
    allow_rollup_hdrs: bool,
    allow_direct: bool,
    mirror_direct: bool,
}

impl From<&StreamSpec> for StreamShape {
    fn from(spec: &StreamSpec) -> Self {
        Self {
            max_per_subject: spec.max_per_subject,
            max_message_bytes: spec.max_message_bytes,
            permanent: spec.permanent,
            duplicate_window_s: spec.duplicate_window_s,
            ..Self::log(spec.name, spec.description, spec.subjects)
        }
    }
}

/// One bucket, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketShape {
    /// Its name.
    pub name: String,
    /// One line.
    pub description: String,
    /// How many revisions of a key are kept, 1 to 64.
    pub history: u8,
    /// Largest value with its headers, bytes.
    pub max_value_bytes: i32,
}

impl BucketShape {
    /// A read model: one revision a key, values to 1 MiB.
    #[must_use]
    pub fn read_model(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            description: "Control plane: a read model, rebuilt from the log.".to_owned(),
            history: catalog::VIEW_HISTORY,
            max_value_bytes: 1024 * 1024,
        }
    }

    /// The stream that holds it.
    #[must_use]
    pub fn stream(&self) -> StreamShape {
        StreamShape {
            max_per_subject: i64::from(self.history),
            max_message_bytes: self.max_value_bytes,
            bucket: true,
            ..StreamShape::log(
                &bucket_stream(&self.name),
                &self.description,
                &[&format!("$KV.{}.>", self.name)],
            )
        }
    }
}

impl From<&BucketSpec> for BucketShape {
    fn from(spec: &BucketSpec) -> Self {
        Self {
            name: spec.name.to_owned(),
            description: spec.description.to_owned(),
            history: spec.history,
            max_value_bytes: spec.max_value_bytes,
        }
    }
}

/// Name of the stream behind a bucket.
#[must_use]
pub fn bucket_stream(bucket: &str) -> String {
    format!("KV_{bucket}")
}

/// Subject of a key.
#[must_use]
pub fn key_subject(bucket: &str, key: &str) -> String {
    format!("$KV.{bucket}.{key}")
}

/// Whether a subject matches a pattern: `*` is one token, a final `>` is one or more.
#[must_use]
pub fn matches_subject(pattern: &str, subject: &str) -> bool {
    let mut tokens = subject.split('.');
    for part in pattern.split('.') {
        match (part, tokens.next()) {
            (">", Some(first)) => return !first.is_empty() && tokens.all(|t| !t.is_empty()),
            ("*", Some(token)) if !token.is_empty() => {}
            (literal, Some(token)) if literal == token => {}
            _ => return false,
        }
    }
    tokens.next().is_none()
}

/// Whether a bucket is a read model, the only kind the projector may make and drop.
#[must_use]
pub fn is_read_model(bucket: &str) -> bool {
    let Some((view, generation)) =
        bucket.strip_prefix("control_").and_then(|rest| rest.rsplit_once("_g"))
    else {
        return false;
    };
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    !view.is_empty()
        && view.bytes().all(word)
        && !generation.is_empty()
        && generation.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a key can be one: letters, digits and `-/_=.`, no dot at either end nor two in a row.
#[must_use]
pub fn is_key(key: &str) -> bool {
    !key.is_empty()
        && key.split('.').all(|token| !token.is_empty())
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-/_=.".contains(&b))
}

/// The streams of the catalogue, buckets included, in the order of provisioning.
#[must_use]
pub fn catalogue() -> Vec<StreamShape> {
    let logs = catalog::STREAMS.iter().map(StreamShape::from);
    let buckets = catalog::BUCKETS.iter().map(|spec| BucketShape::from(spec).stream());
    logs.chain(buckets).collect()
}

/// One field in which a stream on the server differs from the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The stream.
    pub stream: String,
    /// The field of its configuration.
    pub field: String,
    /// As the catalogue says.
    pub wanted: Value,
    /// As the server echoes it; null when it does not know the field.
    pub found: Value,
    /// An update in place may set it without touching what is stored.
    pub updatable: bool,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.stream, self.sentence())
    }
}

impl Difference {
    /// The difference without the stream's name; durations in seconds.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (field, found, wanted) =
            (&self.field, self.shown(&self.found), self.shown(&self.wanted));
        format!("{field} is {found}, the catalogue says {wanted}")
    }

    fn shown(&self, value: &Value) -> String {
        let is_time = matches!(self.field.as_str(), "max_age" | "duplicate_window");
        match value.as_u64().filter(|_| is_time) {
            Some(nanoseconds) => format!("{} s", nanoseconds / 1_000_000_000),
            None => value.to_string(),
        }
    }
}

/// Fields an update may change: none of them drops, moves or reinterprets what is stored.
const UPDATABLE: [&str; 4] = ["description", "num_replicas", "duplicate_window", "allow_direct"];

/// Where an echoed configuration differs from the wanted one. Fields that the catalogue does not
/// name are left to the server, except those that would lose history.
#[must_use]
pub fn differences(wanted: &Value, echoed: &Value) -> Vec<Difference> {
    let stream = wanted["name"].as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    let empty = serde_json::Map::new();
    for (field, want) in wanted.as_object().unwrap_or(&empty) {
        let have = echoed.get(field).cloned().unwrap_or(Value::Null);
        // The server leaves out what is false or zero.
        let same = *want == have || (have.is_null() && is_zero(want));
        if !same {
            found.push(Difference {
                stream: stream.clone(),
                field: field.clone(),
                wanted: want.clone(),
                found: have,
                updatable: UPDATABLE.contains(&field.as_str()),
            });
        }
    }
    for field in ["mirror", "sources", "republish", "subject_transform"] {
        let have = echoed.get(field).cloned().unwrap_or(Value::Null);
        if wanted.get(field).is_none() && !is_zero(&have) {
            found.push(Difference {
                stream: stream.clone(),
                field: field.to_owned(),
                wanted: Value::Null,
                found: have,
                updatable: false,
            });
        }
    }
    found.sort_by(|a, b| a.field.cmp(&b.field));
    found
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(b) => !b,
        Value::Number(n) => n.as_f64() == Some(0.0),
        Value::String(s) => s.is_empty(),
        Value::Array(a) => a.is_empty(),
        Value::Object(o) => o.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_echo_that_leaves_out_zeros_and_adds_its_own_fields_is_no_difference() {
        for shape in catalogue() {
            let wanted = shape.config(3);
            let mut echo = wanted.clone();
            let fields = echo.as_object_mut().unwrap();
            fields.retain(|_, v| !is_zero(v));
            fields.insert("compression".to_owned(), json!("none"));
            fields.insert("consumer_limits".to_owned(), json!({}));
            assert_eq!(differences(&wanted, &echo), vec![], "{}", shape.name);
        }
    }

    #[test]
    fn a_changed_limit_is_a_difference_that_no_update_may_heal() {
        let wanted = catalogue()[0].config(1);
        let mut echo = wanted.clone();
        echo["max_age"] = json!(5);
        echo["discard"] = json!("old");
        echo["num_replicas"] = json!(3);
        echo["republish"] = json!({"src": ">", "dest": "x"});
        let found = differences(&wanted, &echo);
        let fields: Vec<_> = found.iter().map(|d| (d.field.as_str(), d.updatable)).collect();
        assert_eq!(
            fields,
            [("discard", false), ("max_age", false), ("num_replicas", true), ("republish", false)]
        );
    }

    #[test]
    fn only_generations_of_views_are_read_models() {
        for yes in ["control_jobs_g1", "control_audit_by_tenant_g20"] {
            assert!(is_read_model(yes), "{yes}");
        }
        for no in ["control_meta", "aggregate_placement", "control_jobs_g", "control__g1x", "x_g1"]
        {
            assert!(!is_read_model(no), "{no}");
        }
    }

    #[test]
    fn a_key_that_would_be_another_subject_is_none() {
        for no in ["", ".", "a.", ".a", "a..b", "a.*", ">", "a b", "a\r\nb"] {
            assert!(!is_key(no), "{no:?}");
        }
        assert!(is_key("tenant.acme") && is_key("a/b=c-d_e"));
    }
}
