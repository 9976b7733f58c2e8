//! Log lines: one JSON object a line, or one line a person reads; always to standard error.
//!
//! Every line carries `ts`, `level`, `service`, `target`, `message`, its own fields, and the fields
//! of the spans around it at the top level: `request_id`, `correlation_id`, `trace_id`,
//! `principal_id`, `tenant_id` are found without digging. Nothing secret passes: see [`redact`].

pub mod layer;
pub mod redact;

use std::{io, str::FromStr, sync::Arc};

use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, Registry, layer::SubscriberExt};

use self::layer::{Lines, Sink};
use crate::Build;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For a person at a terminal.
    Text,
    /// One JSON object a line.
    Json,
}

/// The log settings every program shares; flatten into a program's own arguments.
#[derive(Debug, Clone, clap::Args)]
pub struct LogArgs {
    /// How log lines look.
    #[arg(long, env = "CONTROL_LOG_FORMAT", value_enum, default_value = "text", global = true)]
    pub log_format: LogFormat,
    /// Which lines are written, e.g. `info` or `info,projector=debug`.
    #[arg(long = "log", env = "CONTROL_LOG", default_value = "info", global = true)]
    pub log_filter: String,
}

impl LogArgs {
    /// Sets logging up for the whole process.
    ///
    /// # Errors
    /// [`InitError`].
    pub fn init(&self, build: Build) -> Result<(), InitError> {
        init(build, self.log_format, &self.log_filter)
    }
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The filter is not one.
    #[error("CONTROL_LOG (--log) is not a log filter: {0}; use e.g. info,projector=debug")]
    Filter(String),
    /// It was set up before.
    #[error("logging is set up already")]
    Twice,
}

/// Sets logging up for the whole process: lines go to standard error.
///
/// # Errors
/// [`InitError`].
pub fn init(build: Build, format: LogFormat, filter: &str) -> Result<(), InitError> {
    let sink: Sink = Arc::new(|line: &str| {
        use io::Write;
        // Nobody is left to be told when standard error is closed.
        let _ = io::stderr().lock().write_all(line.as_bytes());
    });
    let subscriber = subscriber(build, format, filter, sink)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| InitError::Twice)
}

/// The subscriber that [`init`] installs, with lines going to `sink`. Further layers (an exporter
/// of traces) are added with `.with(…)`.
///
/// # Errors
/// [`InitError::Filter`].
pub fn subscriber(
    build: Build,
    format: LogFormat,
    filter: &str,
    sink: Sink,
) -> Result<
    impl Subscriber + Send + Sync + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    InitError,
> {
    let filter = EnvFilter::from_str(filter).map_err(|e| InitError::Filter(e.to_string()))?;
    Ok(Registry::default().with(filter).with(Lines::new(build, format, sink)))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use serde_json::Value;

    use super::*;
    use crate::spans::{self, Flow};

    fn capture(format: LogFormat, run: impl FnOnce()) -> Vec<String> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let sink: Sink = Arc::new(move |line: &str| kept.lock().unwrap().push(line.to_owned()));
        let build = Build { service: "projector", version: "0.1.0", git_sha: "abc" };
        let subscriber = subscriber(build, format, "info", sink).unwrap();
        tracing::subscriber::with_default(subscriber, run);
        let lines = lines.lock().unwrap();
        lines.clone()
    }

    const FLOW: Flow<'static> =
        Flow { request_id: "req_1", correlation_id: "cor_1", trace_id: "0af7" };

    /// Plan 2.2
    #[test]
    fn a_line_inside_a_request_carries_the_ids_at_the_top_level() {
        let lines = capture(LogFormat::Json, || {
            let span = spans::request("POST", "/admin/v1/jobs/{kind}", FLOW);
            let _in = span.enter();
            span.record("principal_id", "ines.moreau");
            span.record("tenant_id", "acme");
            tracing::info!(job_id = "job_1", seq = 7_u64, "command appended");
        });
        let line: Value = serde_json::from_str(&lines[0]).unwrap();
        for (field, value) in [
            ("level", "info"),
            ("service", "projector"),
            ("message", "command appended"),
            ("request_id", "req_1"),
            ("correlation_id", "cor_1"),
            ("trace_id", "0af7"),
            ("principal_id", "ines.moreau"),
            ("tenant_id", "acme"),
            ("job_id", "job_1"),
        ] {
            assert_eq!(line[field], value, "{field} in {line}");
        }
        assert_eq!(line["seq"], 7);
        assert!(line["ts"].as_str().unwrap().ends_with('Z'), "{line}");
        assert!(lines[0].ends_with('\n') && lines[0].matches('\n').count() == 1);
    }

    /// Plan 0.4, I12
    #[test]
    fn no_secret_reaches_a_line_in_either_format() {
        let token = concat!("eyJhbGciOiJFUzI1NiJ9", ".", "eyJzdWIiOiJ1MSJ9", ".", "c2lnbmF0dXJl");
        for format in [LogFormat::Json, LogFormat::Text] {
            let lines = capture(format, || {
                tracing::warn!(authorization = "Bearer planted-1", "refused");
                tracing::warn!(header = %format!("Bearer {token}"), "refused {token}");
                tracing::warn!(url = "nats://user:planted-2@host:4222", "unreachable");
                let span = tracing::info_span!("s", password = "planted-3");
                let _in = span.enter();
                tracing::warn!(cause = ?Some("nats://u:planted-4@h/x"), "unreachable");
            });
            let all = lines.concat();
            assert!(!all.contains("planted") && !all.contains("c2lnbmF0dXJl"), "{all}");
            assert_eq!(lines.len(), 4);
            assert!(all.contains("host:4222"), "{all}");
        }
    }

    #[test]
    fn a_message_with_line_breaks_stays_one_line() {
        for format in [LogFormat::Json, LogFormat::Text] {
            let lines = capture(format, || tracing::error!(cause = "a\nb", "x\r\ny"));
            assert_eq!(lines[0].matches('\n').count(), 1, "{:?}", lines[0]);
        }
    }

    #[test]
    fn a_bad_filter_is_refused_with_its_variable_named() {
        let sink: Sink = Arc::new(|_: &str| {});
        let build = Build { service: "x", version: "0", git_sha: "0" };
        let error = subscriber(build, LogFormat::Text, "a=b=c", sink).err().unwrap();
        assert!(error.to_string().contains("CONTROL_LOG"), "{error}");
    }
}
