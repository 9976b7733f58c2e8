//! Rules about a service itself: image, health, privileges, limits, where it runs.
//! It must not look at other services. Next: `update.rs`.

use serde_yaml_ng::Value;

use super::{Complaint, Service, millis, text, unless};

/// By digest and fully qualified, or a required variable whose value will be.
pub(super) fn image(service: &Service<'_>) -> Complaint {
    let Some(image) = service.body["image"].as_str() else {
        return Some("has no image".to_owned());
    };
    let variable = image.starts_with("${") && image.ends_with('}') && image.contains(":?");
    let registry = image.split('/').next().is_some_and(|host| host.contains('.'));
    let digest = image
        .split_once("@sha256:")
        .is_some_and(|(_, sum)| sum.len() == 64 && sum.chars().all(|c| c.is_ascii_hexdigit()));
    unless(
        variable || (registry && digest && image.contains('/')),
        "names its image neither by registry and digest nor by a required variable",
    )
}

/// Its own command, with all four numbers, so that `monitor` can be computed.
pub(super) fn healthcheck(service: &Service<'_>) -> Complaint {
    let check = &service.body["healthcheck"];
    let command = check["test"]
        .as_sequence()
        .is_some_and(|test| test.len() > 1 && matches!(test[0].as_str(), Some("CMD")));
    let times = ["interval", "timeout", "start_period"];
    let timed = times.iter().all(|field| millis(&check[*field]).is_some());
    unless(
        command && timed && check["retries"].as_u64().is_some() && check["disable"] != true,
        "needs a healthcheck with a CMD test, interval, timeout, start_period and retries",
    )
}

/// A numeric user that is not root.
pub(super) fn user(service: &Service<'_>) -> Complaint {
    let user = text(&service.body["user"]).unwrap_or_default();
    let numeric = |part: &str| part.parse::<u32>().is_ok_and(|id| id > 0);
    unless(
        !user.is_empty() && user.split(':').all(numeric),
        "needs a numeric user that is not root",
    )
}

pub(super) fn read_only(service: &Service<'_>) -> Complaint {
    unless(service.body["read_only"] == true, "needs `read_only: true`")
}

pub(super) fn capabilities(service: &Service<'_>) -> Complaint {
    let dropped = service.body["cap_drop"].as_sequence();
    let all = dropped.is_some_and(|list| list.iter().any(|cap| cap == "ALL"));
    unless(all, "needs `cap_drop: [ALL]`")
}

pub(super) fn init(service: &Service<'_>) -> Complaint {
    unless(service.body["init"] == true, "needs `init: true`")
}

/// `docker stack deploy` drops it without a word, so relying on it is a mistake.
pub(super) fn security_opt(service: &Service<'_>) -> Complaint {
    unless(service.body["security_opt"].is_null(), "uses security_opt, which Swarm drops")
}

pub(super) fn limits(service: &Service<'_>) -> Complaint {
    let limits = &service.body["deploy"]["resources"]["limits"];
    let both = text(&limits["cpus"]).is_some() && text(&limits["memory"]).is_some();
    unless(both, "needs limits for cpus and memory")
}

pub(super) fn restart(service: &Service<'_>) -> Complaint {
    let condition = &service.body["deploy"]["restart_policy"]["condition"];
    unless(condition == "any", "needs `restart_policy.condition: any`")
}

/// At least one node label or role decides where it runs.
pub(super) fn constraints(service: &Service<'_>) -> Complaint {
    let constraints = service.body["deploy"]["placement"]["constraints"].as_sequence();
    let label = |rule: &Value| rule.as_str().is_some_and(|text| text.starts_with("node."));
    unless(
        constraints.is_some_and(|list| list.iter().any(label)),
        "needs a placement constraint on a node's labels or role",
    )
}

/// The label every scrape job relabels into `image_tag`.
pub(super) fn image_tag(service: &Service<'_>) -> Complaint {
    let labels = &service.body["deploy"]["labels"];
    let listed = labels.as_sequence().is_some_and(|list| {
        list.iter().any(|label| label.as_str().is_some_and(|text| text.starts_with("image_tag=")))
    });
    unless(listed || text(&labels["image_tag"]).is_some(), "needs the deploy label `image_tag`")
}
