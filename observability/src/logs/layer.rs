//! The layer that turns events into lines.
//!
//! Span fields are kept as JSON when a span is made or recorded to, and laid flat into each line:
//! the event's own fields win over a span's, an inner span's over an outer one's.

use std::{
    fmt::{self, Write as _},
    sync::Arc,
};

use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    fmt::{format::Writer, time::FormatTime, time::SystemTime},
    layer::Context,
    registry::LookupSpan,
};

use super::{LogFormat, redact};
use crate::Build;

/// Takes whole lines, each with its line end.
pub type Sink = Arc<dyn Fn(&str) + Send + Sync>;

/// The layer.
pub struct Lines {
    service: &'static str,
    format: LogFormat,
    sink: Sink,
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("format", &self.format).finish_non_exhaustive()
    }
}

/// Fields of one span.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn set(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), redact::field(field.name(), value));
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, Value::from(value));
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, Value::from(value));
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, Value::from(value));
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, Value::from(value));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, Value::from(value));
    }
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut chain = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            let _ = write!(chain, ": {cause}");
            source = cause.source();
        }
        self.set(field, Value::from(chain));
    }
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, Value::from(format!("{value:?}")));
    }
}

impl Lines {
    /// A layer that hands its lines to `sink`.
    #[must_use]
    pub fn new(build: Build, format: LogFormat, sink: Sink) -> Self {
        Self { service: build.service, format, sink }
    }

    fn text(ts: &str, level: &str, target: &str, mut fields: Map<String, Value>) -> String {
        let message = match fields.remove("message") {
            Some(Value::String(text)) => text,
            other => other.map(|v| v.to_string()).unwrap_or_default(),
        };
        let mut line = format!("{ts} {level:>5} {target}: {}", one_line(&message));
        for (name, value) in fields {
            let _ = match value {
                Value::String(text) => write!(line, " {name}={}", one_line(&text)),
                other => write!(line, " {name}={other}"),
            };
        }
        line
    }

    fn json(&self, ts: String, level: &str, target: &str, fields: Map<String, Value>) -> String {
        let mut line = Map::new();
        line.insert("ts".to_owned(), Value::from(ts));
        line.insert("level".to_owned(), Value::from(level));
        line.insert("service".to_owned(), Value::from(self.service));
        line.insert("target".to_owned(), Value::from(target));
        line.extend(fields);
        Value::Object(line).to_string()
    }
}

/// No forged lines: whatever is not printable in one line is escaped.
fn one_line(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
        .collect()
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Map::new();
        for span in
            context.event_scope(event).into_iter().flatten().collect::<Vec<_>>().iter().rev()
        {
            if let Some(Fields(of_span)) = span.extensions().get::<Fields>() {
                fields.extend(of_span.clone());
            }
        }
        let mut own = Fields::default();
        event.record(&mut own);
        fields.extend(own.0);
        let mut ts = String::new();
        if SystemTime.format_time(&mut Writer::new(&mut ts)).is_err() {
            ts.clear();
        }
        let level = event.metadata().level().as_str().to_lowercase();
        let target = event.metadata().target();
        let mut line = match self.format {
            LogFormat::Text => Self::text(&ts, &level, target, fields),
            LogFormat::Json => self.json(ts, &level, target, fields),
        };
        line.push('\n');
        (self.sink)(&line);
    }
}
