//! What the derives cannot say of the schemas: the shapes of ids, maps by service kind, references
//! where a generic type was written out, and that a parameter which is not sent is not null.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Ids with the pattern of their wire form and an example of each.
const IDS: &[(&str, &str, &str)] = &[
    ("TenantId", "^[a-z0-9][a-z0-9_-]{0,62}$", "acme"),
    ("ShardId", "^[a-z0-9][a-z0-9_-]{0,62}$", "prj-02"),
    ("NodeId", "^[a-z0-9][a-z0-9_-]{0,62}$", "prj-02a"),
    ("JobId", "^job_[0-9A-HJKMNP-TV-Z]{26}$", "job_01J9ZK7Q4M8V2T6RX3WB5NCE0H"),
    ("CommandId", "^cmd_[0-9A-HJKMNP-TV-Z]{26}$", "cmd_01J9ZK7Q4M8V2T6RX3WB5NCE0H"),
    ("RequestId", "^[A-Za-z0-9_:-]{1,128}$", "req_01J9ZK7Q4M8V2T6RX3WB5NCE0H"),
    ("CorrelationId", "^[A-Za-z0-9_:-]{1,128}$", "cor_01J9ZK7Q4M8V2T6RX3WB5NCE0H"),
    ("TraceId", "^[0-9a-f]{32}$", "4bf92f3577b34da6a3ce929d0e0e4736"),
    ("StepId", "^[0-9]{2}\\.[a-z0-9][a-z0-9_-]{0,60}$", "07.flip"),
    ("PrincipalId", "^[!-~]{1,128}$", "usr_ops"),
    ("Hash", "^[0-9a-f]{64}$", HASH),
    ("AuditKey", "^(evt|aud)-(0|[1-9][0-9]{0,17})(\\.[1-9][0-9]{0,8})?$", "evt-90347"),
];

const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Finishes the document in place.
pub(super) fn finish(document: &mut Value) {
    maps_by_kind(document);
    parameters(document);
    let Some(schemas) = document.pointer_mut("/components/schemas") else { return };
    for (name, pattern, example) in IDS {
        if let Some(Value::Object(schema)) = schemas.get_mut(*name) {
            schema.insert("pattern".to_owned(), json!(pattern));
            schema.insert("examples".to_owned(), json!([example]));
        }
    }
    asked_targets(schemas);
    generics(schemas);
}

/// `Current_<T>`, `Page_<T>` and `Listing_<T>` refer to `<T>` instead of repeating it.
fn generics(schemas: &mut Value) {
    let Value::Object(schemas) = schemas else { return };
    let known: BTreeSet<String> = schemas.keys().cloned().collect();
    for (name, schema) in schemas {
        let Some((generic, thing)) = name.split_once('_').filter(|(_, t)| known.contains(*t))
        else {
            continue;
        };
        let list = matches!(generic, "Page" | "Listing");
        let place = if list { "/properties/items/items" } else { "/allOf/0" };
        if let Some(repeated) = schema.pointer_mut(place) {
            *repeated = json!({ "$ref": format!("#/components/schemas/{thing}") });
        }
    }
}

/// The targets of a plan request are those of a job, and each may be null.
fn asked_targets(schemas: &mut Value) {
    let named = schemas.pointer("/MigrateParams/properties/targets/properties").cloned();
    let (Some(Value::Object(mut members)), Some(Value::Object(asked))) =
        (named, schemas.pointer_mut("/MigrateAsk/properties/targets"))
    else {
        return;
    };
    for shard in members.values_mut() {
        *shard = json!({ "oneOf": [shard.take(), { "type": "null" }] });
    }
    asked.insert("additionalProperties".to_owned(), Value::Bool(false));
    asked.insert("properties".to_owned(), Value::Object(members));
    let told = "Target shard of each service kind that moves, at least one; null: the shard with \
                the most room is chosen.";
    asked.insert("description".to_owned(), json!(told));
}

/// A query parameter or header that is optional can be missing, not null.
fn parameters(document: &mut Value) {
    let Some(Value::Object(paths)) = document.get_mut("paths") else { return };
    let operations = paths.values_mut().filter_map(Value::as_object_mut);
    for operation in operations.flat_map(Map::values_mut) {
        let Some(Value::Array(all)) = operation.get_mut("parameters") else { continue };
        all.iter_mut().filter_map(|p| p.get_mut("schema")).for_each(not_null);
    }
    let Some(Value::Object(paths)) = document.get_mut("paths") else { return };
    let operations = paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    let responses = operations.filter_map(|o| o.get_mut("responses")?.as_object_mut());
    let headers = responses.flat_map(Map::values_mut).filter_map(|r| r.get_mut("headers"));
    for header in headers.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        header.get_mut("schema").into_iter().for_each(not_null);
    }
}

fn not_null(schema: &mut Value) {
    let Value::Object(own) = schema else { return };
    if let Some(Value::Array(types)) = own.get_mut("type") {
        types.retain(|t| t != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            own.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(any)) = own.get_mut("oneOf") {
        any.retain(|one| one.get("type").is_none_or(|t| t != "null"));
        if let [only] = any.as_mut_slice() {
            *schema = only.take();
        }
    }
}

/// A map whose keys are the words of an enum is an object with these members, each optional:
/// generators make `string` of `propertyNames`.
fn maps_by_kind(value: &mut Value) {
    match value {
        Value::Object(schema) => {
            if let Some(members) = members(schema) {
                schema.remove("propertyNames");
                schema.insert("additionalProperties".to_owned(), Value::Bool(false));
                schema.insert("properties".to_owned(), Value::Object(members));
            }
            schema.values_mut().for_each(maps_by_kind);
        }
        Value::Array(all) => all.iter_mut().for_each(maps_by_kind),
        _ => {}
    }
}

fn members(schema: &Map<String, Value>) -> Option<Map<String, Value>> {
    let words = schema.get("propertyNames")?.get("enum")?.as_array()?;
    let value = schema.get("additionalProperties").filter(|v| v.is_object())?;
    let member = |word: &Value| Some((word.as_str()?.to_owned(), value.clone()));
    words.iter().map(member).collect()
}

#[cfg(test)]
mod tests {
    use streams::{ids, views::audit_row::AuditKey};

    use super::*;

    #[test]
    fn every_example_is_an_id_of_its_kind() {
        for (name, _, example) in IDS {
            let good = match *name {
                "TenantId" => example.parse::<ids::TenantId>().is_ok(),
                "ShardId" => example.parse::<ids::ShardId>().is_ok(),
                "NodeId" => example.parse::<ids::NodeId>().is_ok(),
                "JobId" => example.parse::<ids::JobId>().is_ok(),
                "CommandId" => example.parse::<ids::CommandId>().is_ok(),
                "RequestId" => example.parse::<ids::RequestId>().is_ok(),
                "CorrelationId" => example.parse::<ids::CorrelationId>().is_ok(),
                "TraceId" => example.parse::<ids::TraceId>().is_ok(),
                "StepId" => example.parse::<ids::StepId>().is_ok(),
                "PrincipalId" => example.parse::<ids::PrincipalId>().is_ok(),
                "Hash" => example.parse::<ids::Hash>().is_ok(),
                "AuditKey" => example.parse::<AuditKey>().is_ok(),
                other => panic!("{other} has no parser here"),
            };
            assert!(good, "{name}: {example}");
        }
    }

    #[test]
    fn a_map_by_service_kind_has_a_member_for_each_word() {
        let mut schema = json!({
            "type": "object",
            "propertyNames": { "type": "string", "enum": ["a", "b"] },
            "additionalProperties": { "type": "integer" },
        });
        maps_by_kind(&mut schema);
        let member = json!({ "type": "integer" });
        assert_eq!(schema["properties"], json!({ "a": member, "b": member }));
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema.get("propertyNames"), None);
    }

    #[test]
    fn an_optional_parameter_is_missing_and_never_null() {
        let mut text = json!({ "type": ["string", "null"] });
        not_null(&mut text);
        assert_eq!(text, json!({ "type": "string" }));
        let mut id = json!({ "oneOf": [{ "$ref": "#/x" }, { "type": "null" }] });
        not_null(&mut id);
        assert_eq!(id, json!({ "$ref": "#/x" }));
    }
}
