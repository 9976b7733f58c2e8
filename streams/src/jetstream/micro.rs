//! Which processes of the control plane are alive: each announces itself as a NATS micro service,
//! so that `nats micro ls` shows them, and answers when one asks for all.
//!
//! An announcement says which program it is and nothing about how it stands; that is `/ready`'s.

use std::{collections::HashMap, time::Duration};

use async_nats::service::{PingResponse, Service, ServiceExt};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::StreamExt;
use tokio::time::{Instant, timeout_at};

use super::Jetstream;
use crate::{clock::Clock, ids::IdSource, ports::ReadError};

/// Where every micro service hears.
const ASK: &str = "$SRV.PING";
/// After the first answer the others are not far.
const QUIET: Duration = Duration::from_millis(150);
/// More answers than this are not read.
const MOST: usize = 256;

const INSTANCE: &str = "instance_id";
const GIT_SHA: &str = "git_sha";
const STARTED: &str = "started_at";

/// One running process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Which program: letters, digits, `-`, `_`.
    pub service: String,
    /// Unique among all processes; of a saga, the name under which it holds the lease.
    pub instance_id: String,
    /// Semantic version.
    pub version: String,
    /// Commit it was built from, or `unknown`.
    pub git_sha: String,
    /// When it started, by its own clock.
    pub started_at: DateTime<Utc>,
}

impl Process {
    /// This process, which starts now, under a name of its own.
    #[must_use]
    pub fn starting(
        (service, version, git_sha): (&str, &str, &str),
        clock: &dyn Clock,
        ids: &dyn IdSource,
    ) -> Self {
        let hex = ids.uuid().simple().to_string();
        Self {
            service: service.to_owned(),
            instance_id: format!("{service}-{}", &hex[hex.len() - 8..]),
            version: version.to_owned(),
            git_sha: git_sha.to_owned(),
            started_at: clock.now(),
        }
    }
}

/// Keeps an announcement of [`Jetstream::announce`].
#[must_use]
pub struct Micro {
    _service: Service,
}

impl std::fmt::Debug for Micro {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Micro")
    }
}

impl Jetstream {
    /// Announces this process, so that `nats micro ls` and [`Jetstream::processes`] find it. The
    /// announcement lasts as long as the returned guard and the connection.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`]; a bad name (letters, digits, `-`, `_`) or version (semantic) is
    /// named in it.
    pub async fn announce(&self, process: &Process, what: &str) -> Result<Micro, ReadError> {
        let metadata = HashMap::from([
            (INSTANCE.to_owned(), process.instance_id.clone()),
            (GIT_SHA.to_owned(), process.git_sha.clone()),
            (STARTED.to_owned(), process.started_at.to_rfc3339()),
        ]);
        let builder = self.link.client.service_builder().description(what).metadata(metadata);
        let service = builder.start(&process.service, &process.version).await.map_err(|e| {
            ReadError::Unavailable(format!("micro service {}: {e}", process.service))
        })?;
        Ok(Micro { _service: service })
    }

    /// Every process that answers within `patience`, by service and instance. Micro services that
    /// are none of ours are left out.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`] when nobody can be asked.
    pub async fn processes(&self, patience: Duration) -> Result<Vec<Process>, ReadError> {
        let unavailable = |e: &dyn std::fmt::Display| ReadError::Unavailable(format!("{ASK}: {e}"));
        if self.state() != super::LinkState::Connected {
            return Err(unavailable(&"not connected"));
        }
        let client = &self.link.client;
        let inbox = client.new_inbox();
        let mut answers =
            client.subscribe(inbox.clone()).await.map_err(|e| unavailable(&e))?.take(MOST);
        let asked = client.publish_with_reply(ASK, inbox, Bytes::new()).await;
        asked.map_err(|e| unavailable(&e))?;
        let mut end = Instant::now() + patience;
        let mut found = Vec::new();
        while let Ok(Some(answer)) = timeout_at(end, answers.next()).await {
            found.extend(process(&answer.payload));
            end = end.min(Instant::now() + QUIET);
        }
        found.sort_by(|a, b| (&a.service, &a.instance_id).cmp(&(&b.service, &b.instance_id)));
        Ok(found)
    }
}

/// The process of an answer; none when it is no announcement of ours.
fn process(answer: &Bytes) -> Option<Process> {
    let told: PingResponse = serde_json::from_slice(answer).ok()?;
    let says = |name: &str| told.metadata.get(name).cloned();
    Some(Process {
        instance_id: says(INSTANCE)?,
        git_sha: says(GIT_SHA)?,
        started_at: says(STARTED)?.parse().ok()?,
        service: told.name,
        version: told.version,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(metadata: &str) -> Bytes {
        let text = format!(
            r#"{{"type":"io.nats.micro.v1.ping_response","name":"job-saga","id":"x",
                "version":"0.1.0","metadata":{metadata}}}"#
        );
        Bytes::from(text)
    }

    #[test]
    fn only_an_announcement_of_ours_is_a_process() {
        let ours =
            r#"{"instance_id":"saga-1","git_sha":"abc","started_at":"2026-11-24T08:00:00Z"}"#;
        let found = process(&answer(ours)).unwrap();
        assert_eq!((found.service.as_str(), found.instance_id.as_str()), ("job-saga", "saga-1"));
        assert_eq!(found.started_at.to_rfc3339(), "2026-11-24T08:00:00+00:00");
        for other in ["null", "{}", r#"{"instance_id":"a","git_sha":"b","started_at":"now"}"#] {
            assert_eq!(process(&answer(other)), None, "{other}");
        }
        assert_eq!(process(&Bytes::from_static(b"{")), None);
    }
}
