//! Every metric of the control plane: name, help, labels, buckets. Dashboards and alerts are
//! checked against this table.
//!
//! A label's values come from the bounded list beside it; a test refuses any other label.

/// What a metric measures with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Only rises.
    Counter,
    /// Rises and falls.
    Gauge,
    /// Seconds, in these buckets.
    Histogram(&'static [f64]),
}

/// One declared metric; only this file can make one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    name: &'static str,
    help: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
}

impl Metric {
    const fn counter(
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str],
    ) -> Self {
        Self { name, help, kind: Kind::Counter, labels }
    }

    const fn gauge(
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str],
    ) -> Self {
        Self { name, help, kind: Kind::Gauge, labels }
    }

    const fn seconds(
        name: &'static str,
        help: &'static str,
        labels: &'static [&'static str],
    ) -> Self {
        Self { name, help, kind: Kind::Histogram(&LATENCY), labels }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// One sentence.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.help
    }

    /// What it measures with.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its labels, in the order of their values.
    #[must_use]
    pub fn labels(&self) -> &'static [&'static str] {
        self.labels
    }
}

/// From a raw append to a slow effect, seconds.
const LATENCY: [f64; 14] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Every label, and what bounds its values.
pub const LABELS: [(&str, &str); 17] = [
    ("service", "the programs of this repository"),
    ("version", "one a process"),
    ("git_sha", "one a process"),
    ("method", "HTTP methods a route is declared for, else `other`"),
    ("route", "patterns of the router, else `unmatched`"),
    ("limit", "fixed words in the code"),
    ("status", "HTTP status codes"),
    ("view", "registered views"),
    ("source", "`events`, `audit`"),
    ("cause", "fixed words in the code"),
    ("state", "job states"),
    ("kind", "job kinds"),
    ("step", "step kinds"),
    ("outcome", "fixed words in the code"),
    ("log", "streams of the catalogue"),
    ("node_kind", "service kinds and `gateway`"),
    ("operation", "fixed words in the code"),
];

/// Which build runs.
pub const BUILD_INFO: Metric = Metric::gauge(
    "control_plane_build_info",
    "1 for the running build.",
    &["service", "version", "git_sha"],
);

/// Which build of the operators' API runs; each program has one of its own besides.
pub const COMMAND_API_BUILD: Metric = own_build("command_api_build_info");
/// Which build of the saga runs.
pub const JOB_SAGA_BUILD: Metric = own_build("job_saga_build_info");
/// Which build of the projector runs.
pub const PROJECTOR_BUILD: Metric = own_build("projector_build_info");

const fn own_build(name: &'static str) -> Metric {
    Metric::gauge(name, "1 for the running build of this program.", BUILD_INFO.labels)
}

/// The programs that have a build metric under their own name.
pub const OWN_BUILDS: [(&str, &Metric); 3] = [
    ("command-api", &COMMAND_API_BUILD),
    ("job-saga", &JOB_SAGA_BUILD),
    ("projector", &PROJECTOR_BUILD),
];

/// Requests answered.
pub const HTTP_REQUESTS: Metric = Metric::counter(
    "control_plane_http_requests_total",
    "Requests answered.",
    &["method", "route", "status"],
);
/// Time to the answer's head.
pub const HTTP_DURATION: Metric = Metric::seconds(
    "control_plane_http_request_duration_seconds",
    "Time from a request to its answer.",
    &["method", "route"],
);
/// Requests being answered.
pub const HTTP_INFLIGHT: Metric =
    Metric::gauge("control_plane_http_inflight", "Requests being answered.", &[]);
/// Requests refused because they came too often.
pub const HTTP_LIMITED: Metric = Metric::counter(
    "control_plane_http_limited_total",
    "Requests and sign-ins refused because they came too often, by limit.",
    &["limit"],
);
/// Open event streams of browsers.
pub const SSE_CLIENTS: Metric =
    Metric::gauge("control_plane_sse_clients", "Open event streams of browsers.", &[]);

/// Appends to a log, by how they ended.
pub const APPENDS: Metric = Metric::counter(
    "control_plane_appends_total",
    "Appends to a log, by how they ended: stored, or the class of the error.",
    &["log", "outcome"],
);
/// Time of an append.
pub const APPEND_DURATION: Metric = Metric::seconds(
    "control_plane_append_duration_seconds",
    "Time from an append to its settled outcome.",
    &["log"],
);

/// Who leads.
pub const SAGA_LEADER: Metric = Metric::gauge(
    "control_plane_saga_leader",
    "1 while this saga leads, 0 while it stands by.",
    &[],
);
/// Times this saga took the lead.
pub const SAGA_TAKEOVERS: Metric =
    Metric::counter("control_plane_saga_takeovers_total", "Times this saga took the lead.", &[]);
/// Open jobs.
pub const SAGA_OPEN_JOBS: Metric = Metric::gauge(
    "control_plane_saga_open_jobs",
    "Jobs that have not ended, by state.",
    &["state"],
);
/// Age of the oldest open job.
pub const SAGA_OLDEST_JOB: Metric = Metric::gauge(
    "control_plane_saga_oldest_open_job_age_seconds",
    "Age of the oldest job that has not ended, 0 when there is none.",
    &[],
);
/// Jobs ended.
pub const SAGA_JOBS_ENDED: Metric = Metric::counter(
    "control_plane_saga_jobs_ended_total",
    "Jobs ended, by kind and terminal state.",
    &["kind", "state"],
);
/// Commits appended.
pub const SAGA_COMMITS: Metric =
    Metric::counter("control_plane_saga_commits_total", "Commits this saga has appended.", &[]);
/// Commands beyond the folded cursor.
pub const SAGA_COMMAND_LAG: Metric = Metric::gauge(
    "control_plane_saga_command_lag",
    "Commands stored and not yet answered by a commit.",
    &[],
);
/// Effects by how they ended.
pub const SAGA_EFFECTS: Metric = Metric::counter(
    "control_plane_saga_effects_total",
    "Attempts of steps and undos, by how they ended.",
    &["step", "outcome"],
);
/// Time of an effect.
pub const SAGA_EFFECT_DURATION: Metric = Metric::seconds(
    "control_plane_saga_effect_duration_seconds",
    "Time of one attempt of a step or an undo.",
    &["step"],
);

/// Calls to nodes and Gateways.
pub const FLEET_CALLS: Metric = Metric::counter(
    "control_plane_fleet_calls_total",
    "Calls to nodes and Gateways, by how they ended.",
    &["node_kind", "operation", "outcome"],
);
/// Time of a call.
pub const FLEET_CALL_DURATION: Metric = Metric::seconds(
    "control_plane_fleet_call_duration_seconds",
    "Time of one call to a node or a Gateway.",
    &["node_kind", "operation"],
);

/// Messages not yet visible in a view.
pub const PROJECTOR_LAG: Metric = Metric::gauge(
    "control_plane_projector_lag_messages",
    "Messages of a log that are not yet in a view's rows.",
    &["view", "source"],
);
/// Messages folded.
pub const PROJECTOR_FOLDED: Metric = Metric::counter(
    "control_plane_projector_folded_total",
    "Messages folded into a view.",
    &["view", "source"],
);
/// Rows written.
pub const PROJECTOR_ROWS: Metric = Metric::counter(
    "control_plane_projector_rows_total",
    "Rows of a view: written, or kept because an equal or later one was stored.",
    &["view", "outcome"],
);
/// Rebuilds begun.
pub const PROJECTOR_REBUILDS: Metric = Metric::counter(
    "control_plane_projector_rebuilds_total",
    "Rebuilds of a view from zero, by cause.",
    &["view", "cause"],
);
/// Generation in use.
pub const PROJECTOR_GENERATION: Metric = Metric::gauge(
    "control_plane_projector_generation",
    "Generation of a view that readers follow; 0 while the first is being built.",
    &["view"],
);
/// A stopped view.
pub const PROJECTOR_STOPPED: Metric = Metric::gauge(
    "control_plane_projector_stopped",
    "1 while a view has stopped because its log cannot be: page somebody.",
    &["view"],
);
/// Unreadable audit records.
pub const PROJECTOR_UNREADABLE: Metric = Metric::counter(
    "control_plane_projector_unreadable_total",
    "Audit records that could not be read and became a row that says so.",
    &[],
);
/// Seconds of a rebuild.
pub const PROJECTOR_REBUILD_DURATION: Metric = Metric::seconds(
    "control_plane_projector_rebuild_duration_seconds",
    "Time of a rebuild, from the first message to the flipped pointer.",
    &["view"],
);

/// All of them.
pub const ALL: [&Metric; 30] = [
    &BUILD_INFO,
    &COMMAND_API_BUILD,
    &JOB_SAGA_BUILD,
    &PROJECTOR_BUILD,
    &HTTP_REQUESTS,
    &HTTP_DURATION,
    &HTTP_INFLIGHT,
    &HTTP_LIMITED,
    &SSE_CLIENTS,
    &APPENDS,
    &APPEND_DURATION,
    &SAGA_LEADER,
    &SAGA_TAKEOVERS,
    &SAGA_OPEN_JOBS,
    &SAGA_OLDEST_JOB,
    &SAGA_JOBS_ENDED,
    &SAGA_COMMITS,
    &SAGA_COMMAND_LAG,
    &SAGA_EFFECTS,
    &SAGA_EFFECT_DURATION,
    &FLEET_CALLS,
    &FLEET_CALL_DURATION,
    &PROJECTOR_LAG,
    &PROJECTOR_FOLDED,
    &PROJECTOR_ROWS,
    &PROJECTOR_REBUILDS,
    &PROJECTOR_GENERATION,
    &PROJECTOR_STOPPED,
    &PROJECTOR_UNREADABLE,
    &PROJECTOR_REBUILD_DURATION,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Plan 0.4, I14
    #[test]
    fn every_label_is_on_the_bounded_list_and_none_names_a_tenant_or_a_job() {
        for metric in ALL {
            for label in metric.labels {
                assert!(LABELS.iter().any(|(l, _)| l == label), "{} {label}", metric.name);
            }
        }
        for (label, _) in LABELS {
            assert!(!["tenant", "tenant_id", "job_id", "request_id", "path"].contains(&label));
        }
    }

    #[test]
    fn names_are_unique_and_say_their_unit() {
        let names: BTreeSet<_> = ALL.iter().map(|m| m.name).collect();
        assert_eq!(names.len(), ALL.len());
        for metric in ALL {
            let name = metric.name;
            let own = OWN_BUILDS.iter().any(|(_, build)| build.name == name);
            assert!(own || name.starts_with("control_plane_"), "{name}");
            assert_eq!(matches!(metric.kind, Kind::Counter), name.ends_with("_total"), "{name}");
            if matches!(metric.kind, Kind::Histogram(_)) {
                assert!(name.ends_with("_seconds"), "{name}");
            }
            assert!(metric.help.ends_with('.'), "{name}");
        }
    }
}
