//! Log lines to standard error: text for a person, JSON for machines.
//!
//! In JSON the fields of the request a line belongs to stand at its top, so that a log store finds
//! the ids without digging.

use std::{fmt, io::IsTerminal};

use anyhow::Context;
use serde_json::{Map, Value};
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    EnvFilter,
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{Format, Json, Writer},
    },
    registry::LookupSpan,
};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For a person.
    Text,
    /// One JSON object a line.
    Json,
}

/// A JSON line with the fields of its span among its own.
struct Flat(Format<Json>);

impl Flat {
    fn new() -> Self {
        Self(Format::default().json().flatten_event(true).with_span_list(false))
    }
}

impl<S, N> FormatEvent<S, N> for Flat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        writeln!(writer, "{}", flat(&line).unwrap_or(line.trim_end().to_owned()))
    }
}

/// The line with `span` taken apart; a field of the line itself counts more.
fn flat(line: &str) -> Option<String> {
    let mut fields: Map<String, Value> = serde_json::from_str(line).ok()?;
    if let Some(Value::Object(span)) = fields.remove("span") {
        for (name, value) in span.into_iter().filter(|(name, _)| name != "name") {
            fields.entry(name).or_insert(value);
        }
    }
    serde_json::to_string(&fields).ok()
}

/// Starts logging.
///
/// # Errors
/// When the filter cannot be understood or logging was started before.
pub fn start(format: Option<LogFormat>, filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).context("--log is not a filter, e.g. info")?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let terminal = std::io::stderr().is_terminal();
    let started = match format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json }) {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().event_format(Flat::new()).try_init(),
    };
    started.map_err(|e| anyhow::anyhow!("logging cannot start: {e}"))
}
