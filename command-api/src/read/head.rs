//! The head of the event log, asked for once a second: how far a read model could be, and whether
//! NATS answers at all.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use streams::{clock::pause, ids::Seq, ports::MessageLog};
use tokio::{sync::watch, task::JoinHandle, time::timeout};

/// Between two questions.
const EVERY: Duration = Duration::from_secs(1);
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was answered last.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Last sequence, and when asking for it began.
    pub head: Option<(Seq, Instant)>,
    /// Why the last question had no answer.
    pub trouble: Option<String>,
}

/// A handle on what was answered last.
#[derive(Debug, Clone)]
pub struct Head(watch::Receiver<Seen>);

impl Head {
    /// Asks from now on.
    pub(super) fn follow(log: Arc<dyn MessageLog>) -> (Self, JoinHandle<()>) {
        let (out, seen) = watch::channel(Seen::default());
        let task = tokio::spawn(async move {
            loop {
                let asked = Instant::now();
                let answer = timeout(PATIENCE, log.info()).await;
                out.send_modify(|seen| match answer {
                    Ok(Ok(info)) => {
                        *seen = Seen { head: Some((info.last_seq, asked)), trouble: None };
                    }
                    Ok(Err(error)) => seen.trouble = Some(error.to_string()),
                    Err(_) => {
                        let patience = PATIENCE.as_millis();
                        seen.trouble = Some(format!("no answer within {patience} ms"));
                    }
                });
                pause(EVERY).await;
            }
        });
        (Self(seen), task)
    }

    /// What was answered last.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.0.borrow().clone()
    }

    /// A receiver woken by every answer.
    pub(super) fn subscribe(&self) -> watch::Receiver<Seen> {
        self.0.clone()
    }
}
