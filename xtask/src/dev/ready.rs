//! How one knows that a process is ready.
//! It must ask the process itself, never guess by time. Next: `../nats.rs`, `../http.rs`.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The question that is answered once a process is ready.
#[derive(Debug, Clone)]
pub(crate) enum Ready {
    /// The NATS server on this monitoring port is healthy and obeys `sync_interval: always`.
    Nats { monitor_port: u16 },
    /// `GET` on this loopback port and path answers 200.
    Http { port: u16, path: &'static str },
    /// The process has written one JSON line with `"ready": true` into its log.
    Said { log: PathBuf },
}

/// Asks once.
pub(crate) fn is_ready(ready: &Ready) -> bool {
    match ready {
        Ready::Nats { monitor_port } => crate::nats::verify(*monitor_port).is_ok(),
        Ready::Http { port, path } => {
            crate::http::get(*port, path).is_ok_and(|answer| answer.status == 200)
        }
        Ready::Said { log } => said(log).is_some(),
    }
}

/// The last line of a log in which its process says where it is ready.
pub(crate) fn said(log: &Path) -> Option<Value> {
    let text = std::fs::read_to_string(log).ok()?;
    let lines = text.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.into_iter().find(|line| line["ready"] == true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_ready_once_it_said_so_in_a_line_of_its_own() {
        let log = tempfile::NamedTempFile::new().unwrap();
        assert!(said(log.path()).is_none());
        let text = "starting\n{\"level\":\"info\"}\n{\"ready\":true,\"sim\":\"x\"}\nlater\n";
        std::fs::write(log.path(), text).unwrap();
        assert_eq!(said(log.path()).unwrap()["sim"], "x");
    }
}
