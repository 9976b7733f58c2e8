//! What the types of parameters cannot say: the texts that are taken, as patterns.
//!
//! A filter is a list of words separated by commas; nothing is the same as not asked for.

use serde_json::{Map, Value, json};

const SLUG: &str = "[a-z0-9][a-z0-9_-]{0,62}";
const FLOW_ID: &str = "[A-Za-z0-9_:-]{1,128}";
const JOB: &str = "job_[0-9A-HJKMNP-TV-Z]{26}";
/// Visible, but no comma.
const PRINCIPAL: &str = "[!-+\\--~]{1,128}";
const ANY: &str = "[^,]+";

/// Place, name, pattern.
const EVERYWHERE: &[(&str, &str, &str)] = &[
    ("query", "cursor", "^[A-Za-z0-9_-]+$"),
    ("query", "min_seq", "^([0-9]{1,9}-)?[0-9]{1,18}$"),
    ("query", "id", "^[!-~]{1,128}$"),
    ("header", "last-event-id", "^([0-9]{1,9}-)?[0-9]{1,18}$"),
    ("header", "idempotency-key", "^[!-~]{1,128}$"),
];

/// Words of a filter.
enum Words {
    /// Those of this schema's enum.
    Of(&'static str),
    /// Each like this.
    Like(&'static str),
    /// This field, downwards or upwards, and nothing else.
    Sort(&'static str),
}

/// Path, name, words.
const FILTERS: &[(&str, &str, Words)] = &[
    ("/admin/v1/jobs", "sort", Words::Sort("created_at")),
    ("/admin/v1/jobs", "state", Words::Of("JobState")),
    ("/admin/v1/jobs", "kind", Words::Of("JobKind")),
    ("/admin/v1/jobs", "tenant", Words::Like(SLUG)),
    ("/admin/v1/jobs", "actor", Words::Like(PRINCIPAL)),
    ("/admin/v1/jobs", "correlation_id", Words::Like(FLOW_ID)),
    ("/admin/v1/audit", "sort", Words::Sort("at")),
    ("/admin/v1/audit", "result", Words::Of("AuditResult")),
    ("/admin/v1/audit", "operation", Words::Like(ANY)),
    ("/admin/v1/audit", "resource", Words::Like(ANY)),
    ("/admin/v1/audit", "kind", Words::Of("JobKind")),
    ("/admin/v1/audit", "tenant", Words::Like(SLUG)),
    ("/admin/v1/audit", "actor", Words::Like(PRINCIPAL)),
    ("/admin/v1/audit", "correlation_id", Words::Like(FLOW_ID)),
    ("/admin/v1/audit", "job_id", Words::Like(JOB)),
    ("/admin/v1/tenants", "sort", Words::Sort("tenant_id")),
    ("/admin/v1/tenants", "state", Words::Of("TenantCondition")),
    ("/admin/v1/tenants", "shard", Words::Like(SLUG)),
];

/// Adds the patterns.
pub(super) fn finish(document: &mut Value) {
    let words = |schema: &str| {
        let all = document.pointer(&format!("/components/schemas/{schema}/enum"))?.as_array()?;
        Some(all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("|"))
    };
    let patterns: Vec<_> = FILTERS
        .iter()
        .filter_map(|(path, name, of)| {
            let pattern = match of {
                Words::Of(schema) => list(&words(schema)?),
                Words::Like(word) => list(word),
                Words::Sort(field) => format!("^-?{field}$"),
            };
            Some((*path, *name, pattern))
        })
        .collect();
    for (path, name, pattern) in patterns {
        let parameters = document.pointer_mut(&format!("/paths/{}/get/parameters", escaped(path)));
        set(parameters, "query", name, &pattern);
    }
    let Some(Value::Object(paths)) = document.get_mut("paths") else { return };
    for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        for (place, name, pattern) in EVERYWHERE {
            set(operation.get_mut("parameters"), place, name, pattern);
        }
    }
    stream(document);
}

fn list(word: &str) -> String {
    format!("^(({word})(,({word}))*)?$")
}

fn escaped(path: &str) -> String {
    path.replace('/', "~1")
}

fn set(parameters: Option<&mut Value>, place: &str, name: &str, pattern: &str) {
    let all = parameters.and_then(Value::as_array_mut).into_iter().flatten();
    for parameter in all.filter(|p| p["in"] == place && p["name"] == name) {
        parameter["schema"]["pattern"] = json!(pattern);
    }
}

/// What is said of an event stream is said of each of its events.
fn stream(document: &mut Value) {
    let place = format!(
        "/paths/{}/get/responses/200/content/text~1event-stream/schema",
        escaped("/admin/v1/events")
    );
    if let Some(schema) = document.pointer_mut(&place) {
        let row = schema.take();
        *schema = json!({
            "type": "object",
            "properties": {
                "id": { "type": "string", "description": "Where to resume: `Last-Event-ID`." },
                "event": { "type": "string", "enum": ["row"] },
                "data": {
                    "type": "string",
                    "contentMediaType": "application/json",
                    "contentSchema": row,
                },
            },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_of_a_list_says_which_words_it_takes() {
        let document = crate::router::document();
        for (path, name, _) in FILTERS {
            let parameters = &document["paths"][path]["get"]["parameters"];
            let of_name = |p: &&Value| p["name"] == *name;
            let found = parameters.as_array().unwrap().iter().find(of_name);
            let pattern =
                &found.unwrap_or_else(|| panic!("{path} has no {name}"))["schema"]["pattern"];
            assert!(pattern.is_string(), "{path} {name}");
        }
        let jobs = &document["paths"]["/admin/v1/jobs"]["get"]["parameters"];
        let state = jobs.as_array().unwrap().iter().find(|p| p["name"] == "state").unwrap();
        let pattern = state["schema"]["pattern"].as_str().unwrap();
        assert!(pattern.starts_with("^((pending|running|"), "{pattern}");
    }
}
