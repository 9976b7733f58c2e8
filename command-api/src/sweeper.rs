//! Closes writes to the Gateway whose outcome nobody has recorded: their process died, or could not
//! append for too long. They end as `unknown`, because nobody can tell.
//!
//! It looks at the pending rows of the audit view and closes those that it has seen pending for
//! longer than a request can take; its own clock decides that, not the times in the log, so a wrong
//! clock closes nothing early. A row counts only once the view holds everything that the log held
//! when the time was up, so an outcome that is merely not visible yet is waited for. The closing
//! record is the same whichever process makes it, and a known outcome that comes later wins, so
//! several processes may sweep, and again after a restart. It never says that a write has succeeded
//! or failed.

use std::{collections::HashMap, time::Duration};

use streams::{clock::pause, ids::Seq, log::AuditLog};
use tokio::time::Instant;

use crate::{error::Code, state::AppState};

/// When and how often to sweep.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between two looks.
    pub every: Duration,
    /// A write that was pending for so long is closed.
    pub after: Duration,
}

impl Pace {
    /// For requests of this deadline: what is still pending 20 s after it has no request any more.
    #[must_use]
    pub fn of(request_deadline: Duration) -> Self {
        Self { every: Duration::from_secs(2), after: request_deadline + Duration::from_secs(20) }
    }
}

/// Sweeps until it is dropped.
pub async fn run(state: AppState, pace: Pace) {
    let mut sweeper = Sweeper::new(state, pace.after);
    loop {
        sweeper.sweep().await;
        pause(pace.every).await;
    }
}

/// What one pending write has come to here.
#[derive(Debug, Clone, Copy)]
enum Seen {
    /// Pending since.
    Since(Instant),
    /// Its time is up; it is closed when the view has reached this message of the audit log.
    Due(Seq),
    /// Closed by us; its row has not followed yet.
    Closed,
}

/// What one process has seen of pending writes. Nothing of it needs to survive a restart.
#[derive(Debug)]
pub struct Sweeper {
    state: AppState,
    after: Duration,
    seen: HashMap<Seq, Seen>,
}

impl Sweeper {
    /// Has seen nothing yet; closes what was pending for longer than `after`.
    #[must_use]
    pub fn new(state: AppState, after: Duration) -> Self {
        Self { state, after, seen: HashMap::new() }
    }

    /// One look. A pending row is seen at the first, due at one after its time, closed at a later
    /// one.
    pub async fn sweep(&mut self) {
        let pending = self.state.models().audit.read(|rows| {
            let all = rows.pending();
            all.map(|row| row.sequence).collect::<Vec<_>>()
        });
        // While the view is being rebuilt nothing is known to be pending.
        let Ok(pending) = pending else { return };
        let (now, reached) = (Instant::now(), self.state.models().audit.standing().audit);
        let mut seen = HashMap::new();
        for seq in pending {
            let before = self.seen.get(&seq).copied().unwrap_or(Seen::Since(now));
            let after = match before {
                Seen::Since(since) if now - since >= self.after => self.due(before).await,
                Seen::Due(head) if reached >= head => self.close(seq, before).await,
                unchanged => unchanged,
            };
            seen.insert(seq, after);
        }
        self.seen = seen;
    }

    async fn due(&self, before: Seen) -> Seen {
        let head = self.state.logs().audit.0.info().await;
        head.map_or(before, |info| Seen::Due(info.last_seq))
    }

    /// Closes one; what fails is tried at the next look.
    async fn close(&self, seq: Seq, before: Seen) -> Seen {
        let log = &self.state.logs().audit;
        let closing = match log.0.get(seq).await {
            Ok(Some(message)) => {
                let intent = AuditLog::decode(&message).ok();
                let code = Code::GatewayOutcomeUnknown.as_str();
                intent.and_then(|intent| intent.closed_as_unknown(seq, code))
            }
            Ok(None) => None,
            Err(error) => {
                tracing::warn!(%error, closes = seq.0, "a pending write cannot be looked at");
                return before;
            }
        };
        let Some(closing) = closing else {
            tracing::warn!(closes = seq.0, "a row is pending whose message is no intent");
            return Seen::Closed;
        };
        match log.append(&closing).await {
            Ok(_) => {
                tracing::warn!(
                    operation = closing.operation,
                    closes = seq.0,
                    request_id = %closing.ids.request_id,
                    correlation_id = %closing.ids.correlation_id,
                    "a write to the Gateway has no recorded outcome; it is closed as unknown"
                );
                Seen::Closed
            }
            Err(error) => {
                tracing::warn!(%error, closes = seq.0, "a pending write cannot be closed");
                before
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_closed_before_its_request_must_have_ended() {
        let pace = Pace::of(Duration::from_secs(10));
        assert!(pace.after > Duration::from_secs(20) && pace.every < pace.after);
    }
}
