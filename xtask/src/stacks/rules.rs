//! The rules a Swarm stack must keep, as a table; Docker accepts every one of these mistakes.
//! It must not read files. Each rule has a broken fixture in `deploy/swarm/fixtures`.
//! Next: `rules/service.rs`, `rules/update.rs`, `rules/references.rs`.

mod references;
mod service;
mod update;

use serde_yaml_ng::Value;

/// One service of a stack.
pub(crate) struct Service<'a> {
    pub(crate) name: &'a str,
    pub(crate) body: &'a Value,
    pub(crate) stack: &'a Value,
}

/// What is wrong with a service, as a sentence that starts after its name.
type Complaint = Option<String>;

/// A rule's name and its check.
type Rule = (&'static str, fn(&Service<'_>) -> Complaint);

const RULES: &[Rule] = &[
    ("image", service::image),
    ("healthcheck", service::healthcheck),
    ("user", service::user),
    ("read-only", service::read_only),
    ("capabilities", service::capabilities),
    ("init", service::init),
    ("security-opt", service::security_opt),
    ("limits", service::limits),
    ("restart", service::restart),
    ("constraints", service::constraints),
    ("image-tag", service::image_tag),
    ("grace", update::grace),
    ("order", update::order),
    ("failure-action", update::failure_action),
    ("monitor", update::monitor),
    ("references", references::defined),
    ("mode", references::modes),
    ("deploy-mode", references::deploy_mode),
    ("immutable", references::immutable),
];

/// The rule about the text itself; see [`variables`].
pub(crate) const VARIABLES: &str = "variables";

/// The rules' names.
#[cfg(test)]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|(name, _)| *name).chain([VARIABLES])
}

/// Docker takes the first `-` or `+` inside `${…}` for an operator, even in the message after
/// `:?`, and then puts half the message where the value belongs.
pub(crate) fn variables(text: &str) -> Option<String> {
    let body = |rest: &str| rest.split('}').next().unwrap_or_default().to_owned();
    let mut bodies = text.split("${").skip(1).map(body);
    let wrong = bodies.find(|body| {
        body.split_once(":?").is_some_and(|(_, message)| message.contains(['-', '+']))
    })?;
    Some(format!("the message of `${{{wrong}}}` holds a `-` or `+`, which Docker misreads"))
}

/// Every broken rule of a stack, with the service and what is wrong.
pub(crate) fn check(stack: &Value) -> Vec<(&'static str, String)> {
    let Some(services) = stack["services"].as_mapping() else {
        return vec![("image", "the stack has no services".to_owned())];
    };
    let mut broken = Vec::new();
    for (name, body) in services {
        let service = Service { name: name.as_str().unwrap_or("?"), body, stack };
        for (rule, check) in RULES {
            if let Some(what) = check(&service) {
                broken.push((*rule, format!("service `{}` {what}", service.name)));
            }
        }
    }
    broken
}

/// A complaint unless `holds`.
fn unless(holds: bool, complaint: &str) -> Complaint {
    (!holds).then(|| complaint.to_owned())
}

/// A scalar as text, however YAML typed it.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A duration field in milliseconds.
fn millis(value: &Value) -> Option<u64> {
    value.as_str().and_then(super::duration::parse)
}
