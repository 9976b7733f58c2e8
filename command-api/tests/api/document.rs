//! The OpenAPI document: what is served is what is committed, and nothing in it is vague by accident.

use serde_json::Value;

use super::app::{get, started};

/// Where anything may stand: data of others that we show and do not interpret.
const ANYTHING: [&str; 4] =
    ["ChangeRow.after", "ChangeRow.before", "ErrorRow.evidence", "StepError.evidence"];

fn committed() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/openapi.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// T1.4
#[tokio::test]
async fn the_served_document_is_the_committed_one() {
    let (_world, _projector, app) = started().await;
    let served = app.send(get("/openapi.json")).await.json();
    assert!(served == committed(), "write it with: cargo xtask gen");
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_is_described() {
    let document = committed();
    let mut refs = Vec::new();
    collect(&document, &mut refs);
    assert!(refs.len() > 100);
    for target in refs {
        let found = document.pointer(target.trim_start_matches('#'));
        assert!(found.is_some(), "{target}");
    }
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let at = format!("{method} {path}");
            assert!(operation["operationId"].is_string(), "{at}");
            assert!(
                operation["summary"].is_string() || operation["description"].is_string(),
                "{at}"
            );
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("default") && responses.len() > 1, "{at}");
            for (status, response) in responses.iter().filter(|(s, _)| s.starts_with(['4', '5'])) {
                let ready = path == "/ready" && status == "503";
                let problem = response["content"]["application/problem+json"].is_object();
                assert!(ready || problem, "{at} {status}");
            }
        }
    }
}

fn collect(value: &Value, refs: &mut Vec<String>) {
    match value {
        Value::Object(all) => {
            refs.extend(all.get("$ref").and_then(Value::as_str).map(str::to_owned));
            all.values().for_each(|v| collect(v, refs));
        }
        Value::Array(all) => all.iter().for_each(|v| collect(v, refs)),
        _ => {}
    }
}

#[test]
fn no_field_is_just_anything_but_for_what_others_say() {
    let document = committed();
    let says = ["type", "$ref", "oneOf", "allOf", "anyOf", "enum"];
    let mut vague = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (field, of) in schema["properties"].as_object().into_iter().flatten() {
            if says.iter().all(|word| of.get(word).is_none()) {
                vague.push(format!("{name}.{field}"));
            }
        }
    }
    assert_eq!(vague, ANYTHING);
}
