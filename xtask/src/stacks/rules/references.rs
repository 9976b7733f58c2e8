//! Rules about what a service names elsewhere: networks, secrets, configs, modes.
//! Docker's `stack config` accepts undefined names and nonsense modes.
//! Next: `../rules.rs` for the table.

use serde_yaml_ng::Value;

use super::{Complaint, Service, text};

/// The sections a service may name things of.
const SECTIONS: [&str; 3] = ["networks", "secrets", "configs"];

/// The names a service uses of one section, short and long form, list and mapping.
fn used(body: &Value, section: &str) -> Vec<String> {
    match &body[section] {
        Value::Sequence(list) => {
            list.iter().filter_map(|item| text(item).or_else(|| text(&item["source"]))).collect()
        }
        Value::Mapping(map) => map.keys().filter_map(text).collect(),
        _ => Vec::new(),
    }
}

/// Every network, secret and config is defined by the stack.
pub(super) fn defined(service: &Service<'_>) -> Complaint {
    for section in SECTIONS {
        for name in used(service.body, section) {
            let known = service.stack[section].as_mapping();
            if !known.is_some_and(|map| map.contains_key(name.as_str())) {
                return Some(format!("uses `{name}`, which the stack's {section} do not define"));
            }
        }
    }
    None
}

/// Secrets and configs are readable, never writable or executable, secrets never by everyone.
pub(super) fn modes(service: &Service<'_>) -> Complaint {
    for (section, allowed) in
        [("secrets", &[0o400, 0o440][..]), ("configs", &[0o400, 0o440, 0o444])]
    {
        for item in service.body[section].as_sequence().into_iter().flatten() {
            let shown = text(&item["mode"]).unwrap_or_default();
            let octal = u32::from_str_radix(shown.trim_start_matches("0o"), 8).ok();
            if !octal.is_some_and(|mode| allowed.contains(&mode)) {
                let name = text(&item["source"]).or_else(|| text(item)).unwrap_or_default();
                let shown = if shown.is_empty() { "none" } else { &shown };
                return Some(format!("mounts `{name}` of {section} with mode {shown}"));
            }
        }
    }
    None
}

/// The words Docker passes through unread until a deployment fails.
pub(super) fn deploy_mode(service: &Service<'_>) -> Complaint {
    let deploy = &service.body["deploy"];
    let words = [
        ("mode", &deploy["mode"], &["replicated", "global"][..]),
        ("endpoint_mode", &deploy["endpoint_mode"], &["vip", "dnsrr"]),
    ];
    for (field, value, allowed) in words {
        let wrong = !value.is_null() && !allowed.iter().any(|word| value == word);
        if wrong {
            return Some(format!("has `deploy.{field}` that is none of {allowed:?}"));
        }
    }
    let ports = service.body["ports"].as_sequence();
    for port in ports.into_iter().flatten() {
        let mode = &port["mode"];
        if mode != "ingress" && mode != "host" {
            return Some("publishes a port without mode ingress or host".to_owned());
        }
        if mode == "ingress" && deploy["endpoint_mode"] == "dnsrr" {
            return Some("publishes an ingress port with endpoint_mode dnsrr".to_owned());
        }
    }
    None
}

/// Secrets and configs carry their content's hash in the name, so a change is a new object.
pub(super) fn immutable(service: &Service<'_>) -> Complaint {
    for section in ["secrets", "configs"] {
        for name in used(service.body, section) {
            let object = &service.stack[section][name.as_str()];
            let named = text(&object["name"]).unwrap_or_default();
            let hashed = named.contains("${") && named.contains("_SHA");
            if !object.is_null() && !hashed {
                return Some(format!("uses `{name}` of {section}, whose name carries no hash"));
            }
        }
    }
    None
}
