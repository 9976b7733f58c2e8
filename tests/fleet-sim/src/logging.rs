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

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use axum::{Router, body::Body, http::Request, middleware, routing::get};
    use streams::ids::RandomIds;
    use tower::ServiceExt;

    use super::*;
    use crate::flow;

    #[derive(Debug, Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    async fn handler() -> &'static str {
        flow::note_principal("usr_ada");
        tracing::info!(rows = 3, "a line on the way");
        "done"
    }

    /// Lines of one request to `path`.
    async fn lines(path: &str, headers: &[(&str, &str)]) -> Vec<Value> {
        let sink = Sink::default();
        let writer = sink.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .json()
            .event_format(Flat::new())
            .finish();
        let _here = tracing::subscriber::set_default(subscriber);
        let layer = middleware::from_fn(|request, next| {
            flow::layer("gw-1".to_owned(), Arc::new(RandomIds), request, next)
        });
        let app = Router::new()
            .route("/iam/v1/users", get(handler))
            .route("/admin/v1/tenants/{tenant}/drain", get(|| async {}).put(handler))
            .layer(layer);
        let method = if path.starts_with("/admin") { "PUT" } else { "GET" };
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Plan 1.4
    #[tokio::test]
    async fn every_line_of_a_request_has_the_ids_the_tenant_and_who_calls_at_its_top() {
        let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let headers = [
            ("x-request-id", "req_1"),
            ("x-correlation-id", "cor_1"),
            ("traceparent", traceparent),
            ("x-tenant-id", "acme"),
            ("authorization", "Bearer a-secret-token"),
        ];
        let all = lines("/iam/v1/users", &headers).await;
        assert_eq!(all.len(), 2, "{all:?}");
        for line in &all {
            for (field, value) in [
                ("node_id", "gw-1"),
                ("request_id", "req_1"),
                ("correlation_id", "cor_1"),
                ("trace_id", "0af7651916cd43dd8448eb211c80319c"),
                ("tenant_id", "acme"),
                ("principal_id", "usr_ada"),
            ] {
                assert_eq!(line[field], value, "{field} of {line}");
            }
            assert!(!line.to_string().contains("a-secret-token"), "{line}");
        }
        assert_eq!((&all[0]["rows"], &all[1]["status"]), (&Value::from(3), &Value::from(200)));
    }

    /// Plan 1.4
    #[tokio::test]
    async fn the_tenant_of_the_path_is_meant_too_and_a_refused_call_says_that_nobody_is_known() {
        let all = lines("/admin/v1/tenants/acme/drain", &[]).await;
        assert!(all.iter().all(|line| line["tenant_id"] == "acme"), "{all:?}");
        let all = lines("/iam/v1/nothing", &[("x-tenant-id", "not.a.tenant")]).await;
        assert_eq!(all.len(), 1);
        assert_eq!((&all[0]["caller"], &all[0]["tenant_id"]), (&"unknown".into(), &Value::Null));
        assert!(all[0]["request_id"].is_string() && all[0]["trace_id"].is_string());
    }
}
