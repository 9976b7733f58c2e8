//! What documents of known names and kinds may hold. Names that are not known are free. Pure.

use fleet::contract::administration::DefinitionKind;
use serde_json::{Map, Value};

use super::{
    Shelf,
    check::{Field, Shape, object},
};

const METHODS: Shape = Shape::OneOf(&["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]);

const GATEWAY_LIMITS: &[Field] = &[
    Field::must("requests_per_second", Shape::Whole(1, 1_000_000)),
    Field::must("burst", Shape::Whole(1, 1_000_000)),
    Field::must("body_bytes_max", Shape::Whole(1_024, 64 * 1_024 * 1_024)),
    Field::must("request_timeout_ms", Shape::Whole(100, 600_000)),
    Field::may("header_bytes_max", Shape::Whole(1_024, 65_536)),
    Field::may("connections_max", Shape::Whole(1, 1_000_000)),
];

const GATEWAY_CORS: &[Field] = &[
    Field::must("allowed_origins", Shape::List(0, 50, &Shape::Origin)),
    Field::must("allowed_methods", Shape::List(1, 7, &METHODS)),
    Field::may("allowed_headers", Shape::List(0, 50, &Shape::Text(64))),
    Field::may("allow_credentials", Shape::Flag),
    Field::may("max_age_s", Shape::Whole(0, 86_400)),
];

const GATEWAY_SESSIONS: &[Field] = &[
    Field::must("token_ttl_s", Shape::Whole(60, 86_400)),
    Field::may("idle_s", Shape::Whole(60, 86_400)),
    Field::may("per_user_max", Shape::Whole(1, 1_000)),
];

const RUNNER_CONCURRENCY: &[Field] = &[
    Field::must("workers", Shape::Whole(1, 1_024)),
    Field::must("per_tenant", Shape::Whole(1, 1_024)),
    Field::must("lease_ms", Shape::Whole(1_000, 3_600_000)),
    Field::may("queue_max", Shape::Whole(1, 1_000_000)),
];

const PROJECTION_CATCH_UP: &[Field] = &[
    Field::must("batch", Shape::Whole(1, 10_000)),
    Field::must("lag_warn_events", Shape::Whole(1, 10_000_000)),
    Field::may("lag_warn_ms", Shape::Whole(1, 86_400_000)),
];

const TENANT_LIMITS: &[Field] = &[
    Field::must("requests_per_second", Shape::Whole(1, 100_000)),
    Field::must("storage_gb", Shape::Whole(1, 100_000)),
    Field::may("users_max", Shape::Whole(1, 1_000_000)),
    Field::may("burst", Shape::Whole(1, 100_000)),
];

const TENANT_RETENTION: &[Field] = &[
    Field::must("events_days", Shape::Whole(30, 36_500)),
    Field::must("backups_days", Shape::Whole(1, 3_650)),
    Field::may("audit_days", Shape::Whole(90, 36_500)),
    Field::may("delete_after_days", Shape::Whole(1, 36_500)),
];

const COMMAND: &[Field] = &[
    Field::must("name", Shape::Type),
    Field::must("emits", Shape::List(1, 20, &Shape::Type)),
    Field::may("timeout_ms", Shape::Whole(10, 60_000)),
];

const EVENT: &[Field] = &[
    Field::must("name", Shape::Type),
    Field::must("schema_version", Shape::Whole(1, 1_000)),
    Field::may("personal_data", Shape::Flag),
];

const AGGREGATE: &[Field] = &[
    Field::must("commands", Shape::List(1, 200, &Shape::Object(COMMAND))),
    Field::must("events", Shape::List(1, 200, &Shape::Object(EVENT))),
    Field::may("snapshot_every", Shape::Whole(1, 1_000_000)),
];

const COLUMN: &[Field] = &[
    Field::must("name", Shape::Name),
    Field::must(
        "type",
        Shape::OneOf(&["text", "integer", "decimal", "boolean", "timestamp", "json"]),
    ),
    Field::may("nullable", Shape::Flag),
];

const PROJECTION: &[Field] = &[
    Field::must("source", Shape::Name),
    Field::must("events", Shape::List(1, 200, &Shape::Type)),
    Field::must("key", Shape::Name),
    Field::must("columns", Shape::List(1, 200, &Shape::Object(COLUMN))),
    Field::may("rebuild", Shape::OneOf(&["parallel", "in_place"])),
];

const RETRY: &[Field] = &[
    Field::must("attempts", Shape::Whole(1, 100)),
    Field::must("backoff_ms", Shape::Whole(1, 3_600_000)),
    Field::may("jitter", Shape::Number(0.0, 1.0)),
];

const RUNNER: &[Field] = &[
    Field::must("on", Shape::List(1, 50, &Shape::Type)),
    Field::must("effect", Shape::OneOf(&["http", "email", "queue", "webhook"])),
    Field::must("target", Shape::Text(200)),
    Field::must("timeout_ms", Shape::Whole(100, 600_000)),
    Field::may("retry", Shape::Object(RETRY)),
    Field::may("concurrency", Shape::Whole(1, 1_024)),
];

fn fields_of(shelf: &Shelf, name: &str) -> Option<&'static [Field]> {
    match shelf {
        Shelf::Platform => match name {
            "gateway.limits" => Some(GATEWAY_LIMITS),
            "gateway.cors" => Some(GATEWAY_CORS),
            "gateway.sessions" => Some(GATEWAY_SESSIONS),
            "runner.concurrency" => Some(RUNNER_CONCURRENCY),
            "projection.catch-up" => Some(PROJECTION_CATCH_UP),
            _ => None,
        },
        Shelf::Tenant(_) => match name {
            "limits" => Some(TENANT_LIMITS),
            "retention" => Some(TENANT_RETENTION),
            _ => None,
        },
        Shelf::Definition(kind) => Some(match kind {
            DefinitionKind::Aggregate => AGGREGATE,
            DefinitionKind::Projection => PROJECTION,
            DefinitionKind::Runner => RUNNER,
        }),
    }
}

/// Holds a document against what its name or kind asks for.
///
/// # Errors
/// One sentence that begins with the field.
pub fn check(shelf: &Shelf, name: &str, document: &Map<String, Value>) -> Result<(), String> {
    let Some(fields) = fields_of(shelf, name) else { return Ok(()) };
    object("", document, fields)?;
    match (shelf, name) {
        (Shelf::Platform, "gateway.limits") => not_below(document, "burst", "requests_per_second"),
        (Shelf::Platform, "gateway.cors") => cors(document),
        (Shelf::Platform, "runner.concurrency") => not_below(document, "workers", "per_tenant"),
        (Shelf::Definition(DefinitionKind::Aggregate), _) => aggregate(document),
        (Shelf::Definition(DefinitionKind::Projection), _) => projection(document),
        _ => Ok(()),
    }
}

fn not_below(document: &Map<String, Value>, field: &str, floor: &str) -> Result<(), String> {
    let number = |name: &str| document.get(name).and_then(Value::as_u64).unwrap_or(0);
    if number(field) >= number(floor) {
        return Ok(());
    }
    Err(format!("{field}: must not be below {floor}, which is {}", number(floor)))
}

fn cors(document: &Map<String, Value>) -> Result<(), String> {
    let any = items(document, "allowed_origins").any(|origin| origin == "*");
    if any && document.get("allow_credentials") == Some(&Value::Bool(true)) {
        return Err("allow_credentials: must be false while allowed_origins has *".to_owned());
    }
    Ok(())
}

fn items<'d>(document: &'d Map<String, Value>, field: &str) -> impl Iterator<Item = &'d Value> {
    document.get(field).and_then(Value::as_array).into_iter().flatten()
}

/// Names are given once, and a command emits events that are defined.
fn aggregate(document: &Map<String, Value>) -> Result<(), String> {
    once(document, "events")?;
    once(document, "commands")?;
    let events: Vec<_> = items(document, "events").map(|event| &event["name"]).collect();
    for (at, command) in items(document, "commands").enumerate() {
        let emits = command["emits"].as_array().into_iter().flatten();
        if let Some((n, odd)) = emits.enumerate().find(|(_, event)| !events.contains(event)) {
            return Err(format!("commands[{at}].emits[{n}]: {odd} is none of the events"));
        }
    }
    Ok(())
}

/// Columns are named once, and the key is one of them.
fn projection(document: &Map<String, Value>) -> Result<(), String> {
    once(document, "columns")?;
    let key = &document["key"];
    if items(document, "columns").any(|column| &column["name"] == key) {
        return Ok(());
    }
    Err(format!("key: {key} is none of the columns"))
}

fn once(document: &Map<String, Value>, field: &str) -> Result<(), String> {
    let names: Vec<_> = items(document, field).map(|item| &item["name"]).collect();
    let twice = (1..names.len()).find(|n| names[..*n].contains(&names[*n]));
    match twice {
        None => Ok(()),
        Some(n) => Err(format!("{field}[{n}].name: {} is there twice", names[n])),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wrong(shelf: &Shelf, name: &str, document: Value) -> String {
        check(shelf, name, document.as_object().unwrap()).unwrap_err()
    }

    #[test]
    fn fields_that_depend_on_another_are_held_against_it() {
        let limits = json!({
            "requests_per_second": 100, "burst": 50, "body_bytes_max": 65_536,
            "request_timeout_ms": 5_000,
        });
        let why = wrong(&Shelf::Platform, "gateway.limits", limits);
        assert_eq!(why, "burst: must not be below requests_per_second, which is 100");
        let cors = json!({
            "allowed_origins": ["*"], "allowed_methods": ["GET"], "allow_credentials": true,
        });
        let why = wrong(&Shelf::Platform, "gateway.cors", cors);
        assert!(why.starts_with("allow_credentials: must be false"), "{why}");
        let aggregate = Shelf::Definition(DefinitionKind::Aggregate);
        let order = json!({
            "commands": [{"name": "Place", "emits": ["Placed", "Paid"]}],
            "events": [{"name": "Placed", "schema_version": 1}],
        });
        let why = wrong(&aggregate, "order", order);
        assert_eq!(why, "commands[0].emits[1]: \"Paid\" is none of the events");
        let projection = Shelf::Definition(DefinitionKind::Projection);
        let view = json!({
            "source": "order", "events": ["Placed"], "key": "id",
            "columns": [{"name": "total", "type": "decimal"}],
        });
        assert_eq!(wrong(&projection, "orders", view), "key: \"id\" is none of the columns");
        let twice = json!({
            "source": "order", "events": ["Placed"], "key": "id",
            "columns": [{"name": "id", "type": "text"}, {"name": "id", "type": "integer"}],
        });
        let why = wrong(&projection, "orders", twice);
        assert_eq!(why, "columns[1].name: \"id\" is there twice");
    }

    #[test]
    fn a_name_that_is_not_known_is_free_and_a_known_one_means_its_shelf_only() {
        let anything = json!({"a": [1, {"b": null}]});
        for (shelf, name) in [
            (Shelf::Platform, "limits"),
            (Shelf::Platform, "my.own"),
            (Shelf::Tenant("acme".parse().unwrap()), "gateway.limits"),
        ] {
            assert_eq!(check(&shelf, name, anything.as_object().unwrap()), Ok(()), "{name}");
        }
        let tenant = Shelf::Tenant("acme".parse().unwrap());
        assert!(wrong(&tenant, "retention", json!({"events_days": 1})).starts_with("events_days"));
        let runner = Shelf::Definition(DefinitionKind::Runner);
        assert!(wrong(&runner, "any", anything).starts_with("a: there is no such setting"));
    }
}
